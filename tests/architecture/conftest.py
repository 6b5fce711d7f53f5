"""What the architecture tests look at: our source files, parsed."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def trees(root: Path) -> Mapping[str, ast.Module]:
    """Return every module of director/ and plugins/, parsed, by its path from the root."""
    files = [
        file
        for folder in ("director", "plugins")
        for file in sorted((root / folder).rglob("*.py"))
        if "build" not in file.relative_to(root).parts
    ]
    return {file.relative_to(root).as_posix(): ast.parse(file.read_text("utf-8")) for file in files}
