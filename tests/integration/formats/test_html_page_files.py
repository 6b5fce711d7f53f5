"""formats.html: its templates, as files of the distribution."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_file_of_the_page_travels() -> None:
    """Each template, and the style sheet, is among the files that a wheel takes along."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    patterns = table["setuptools"]["package-data"]["director"]
    page = [
        path.relative_to(ROOT / "director").as_posix()
        for path in (ROOT / "director/formats/page").iterdir()
    ]

    assert len(page) > 3
    assert [name for name in page if not any(fnmatch(name, each) for each in patterns)] == []
