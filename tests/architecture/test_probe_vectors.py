"""Every test case of other systems is run, once, or stands in a list with the reason why not."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

RUN_BY = (
    "unit/rules/test_sampling_vectors.py",
    "unit/probing/test_plain_vectors.py",
    "unit/probing/conditions/test_condition_vectors.py",
    "integration/probing/test_http_vectors.py",
    "integration/probing/test_probe_dns_vectors.py",
    "../plugins/exec/tests/test_nagios_vectors.py",
)
"""The modules that run them; each has its ``VECTORS``, and its ``NOT_APPLICABLE``."""


def loaded(path: Path) -> ModuleType:
    """Return the module *path*."""
    spec = importlib.util.spec_from_file_location(f"vectors_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_no_case_is_lost(root: Path) -> None:
    """Each case belongs to one module, or to the list of what other parts would be asked."""
    folder = root / "tests" / "vectors"
    known = {each["id"] for each in json.loads((folder / "probe.json").read_text())["vectors"]}
    modules = [loaded(root / "tests" / path) for path in RUN_BY]
    elsewhere = json.loads((folder / "probe_not_applicable.d" / "elsewhere.json").read_text())

    owned = Counter(name for module in modules for name in module.VECTORS)
    owned.update(elsewhere.keys())

    assert len(known) == 442
    assert set(owned) == known
    assert [name for name, times in owned.items() if times > 1] == []
    assert all(module.NOT_APPLICABLE.keys() <= module.VECTORS.keys() for module in modules)
    assert all(len(reason) > 20 for reason in elsewhere.values())


def test_every_list_is_read(root: Path) -> None:
    """No list of what does not apply lies about unread."""
    folder = root / "tests" / "vectors" / "probe_not_applicable.d"
    named = "".join((root / "tests" / path).read_text("utf-8") for path in RUN_BY)

    assert [
        path.name
        for path in folder.iterdir()
        if path.name not in named and path.name != "elsewhere.json"
    ] == []


def test_the_copy_is_the_original(root: Path) -> None:
    """The cases are those that were collected, where the collection lies beside the checkout."""
    original = root.parent / "shared" / "vectors" / "probe.json"
    copy = (root / "tests" / "vectors" / "probe.json").read_text("utf-8")

    assert json.loads(copy)["vectors"]
    assert not original.exists() or json.loads(original.read_text("utf-8")) == json.loads(copy)
