"""What hostile tests share: how they come by a module that stands beside them and is no test."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import pytest

Beside: TypeAlias = Callable[[Path], ModuleType]


@pytest.fixture(scope="session")
def beside() -> Beside:
    """Import a module by its path; tests are no package, so no statement can.

    What it asserts is explained as what a test asserts.
    """

    def load(path: Path) -> ModuleType:
        if path.stem not in sys.modules:
            pytest.register_assert_rewrite(path.stem)
        sys.path.insert(0, str(path.parent))
        try:
            return import_module(path.stem)
        finally:
            sys.path.remove(str(path.parent))

    return load
