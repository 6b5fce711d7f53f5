"""Where the kernel gives no PID namespace, workers behave the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]

# In a user namespace a limit of none can be set without being root outside.
WITHOUT = 'echo 0 > /proc/sys/user/max_pid_namespaces; exec "$@"'
ASKS = "from director.isolation.inside.confinement import enter_namespace; print(enter_namespace())"


def without(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command where there is no PID namespace, as here or because none is allowed."""
    here = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, check=True)
    line = list(map(str, command))
    if here.stdout.strip() == "True":
        line = ["unshare", "--user", "--map-root-user", "sh", "-c", WITHOUT, "sh", *line]
    return subprocess.run(line, capture_output=True, text=True, check=False, cwd=ROOT)


def test_there_is_none_then() -> None:
    """What the next test relies on."""
    assert without(sys.executable, "-c", ASKS).stdout.strip() == "False"


def test_workers_behave_the_same() -> None:
    """Everything that holds of workers holds without a namespace as well."""
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly"]

    ran = without(sys.executable, "-m", "pytest", *options, HERE / "test_workers.py")

    assert ran.returncode == 0, ran.stdout[-3000:]
