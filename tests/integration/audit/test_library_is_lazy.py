"""Who uses no key does not pay for the library that signs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

IMPORT = """
import sys
import director.audit.anchor, director.audit.checkpoint, director.audit.key
import director.audit.notary, director.audit.note, director.audit.tree
sys.exit("cryptography" in sys.modules)
"""

EVALUATE = """
import sys
from director.cli.main import main
sys.argv = ["director", "evaluate", sys.argv[1], "--no-store"]
try:
    main()
finally:
    print("cryptography" in sys.modules, file=sys.stderr)
"""


def test_importing_the_unit() -> None:
    """The modules that sign can be imported without the library."""
    subprocess.run([sys.executable, "-c", IMPORT], check=True)


def test_a_run_without_a_store(tmp_path: Path) -> None:
    """An evaluation that records nothing signs nothing."""
    manifest = tmp_path / "readiness.yaml"
    manifest.write_text(
        "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: shop}\n", "utf-8"
    )

    ended = subprocess.run(
        [sys.executable, "-c", EVALUATE, str(manifest)], capture_output=True, text=True, check=False
    )

    assert "shop" in ended.stdout
    assert ended.stderr.splitlines()[-1] == "False"
