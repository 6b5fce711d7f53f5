"""The reference pages are what the code says."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest


@pytest.mark.parametrize("page", ["checks.md", "hooks.md"])
def test_the_page_is_up_to_date(root: Path, page: str) -> None:
    """A page differs from the code: ``make docs`` writes it again."""
    folder = root / "docs" / "reference"
    pages = runpy.run_path(str(folder / "write.py"))["PAGES"]

    assert sorted(pages) == sorted(each.name for each in folder.glob("*.md"))
    assert (folder / page).read_text("utf-8") == pages[page]()
