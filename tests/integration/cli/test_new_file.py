"""cli.new_file: whole or not at all, and over nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from director.cli.new_file import demand_room, put
from director.errors import SettingsError


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    """It has the text and the usual rights, and nothing else is left behind."""
    umask = os.umask(0o027)
    try:
        put(tmp_path / "a", "é\n", force=False)
    finally:
        os.umask(umask)

    assert (tmp_path / "a").read_bytes() == b"\xc3\xa9\n"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_what_came_in_between_stays(tmp_path: Path) -> None:
    """A file that appears between asking and writing is not replaced."""
    path = tmp_path / "a"
    demand_room(path, force=False)
    path.write_text("mine")

    with pytest.raises(SettingsError, match="must not be there yet"):
        put(path, "yours", force=False)

    assert path.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_force_replaces_a_file(tmp_path: Path) -> None:
    """What is there is replaced if that is what was asked for."""
    path = tmp_path / "a"
    path.write_text("old and longer")
    demand_room(path, force=True)

    put(path, "new", force=True)

    assert path.read_text() == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling", "pipe"])
def test_what_is_there_is_in_the_way(tmp_path: Path, kind: str) -> None:
    """Whatever it is, it is not written over; only a regular file gives way to force."""
    path = tmp_path / "a"
    make: dict[str, Callable[[], object]] = {
        "file": path.touch,
        "folder": path.mkdir,
        "link": lambda: path.symlink_to(tmp_path),
        "dangling": lambda: path.symlink_to(tmp_path / "nothing"),
        "pipe": lambda: os.mkfifo(path),
    }
    make[kind]()

    with pytest.raises(SettingsError, match="--force replaces it"):
        demand_room(path, force=False)
    if kind != "file":
        with pytest.raises(SettingsError, match="must be a regular file"):
            demand_room(path, force=True)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Folders are not made on the way: it may be a slip."""
    with pytest.raises(SettingsError, match="must be in a folder that exists"):
        demand_room(tmp_path / "no" / "a", force=False)

    with pytest.raises(SettingsError, match="must be a file that can be written"):
        put(tmp_path / "no" / "a", "", force=False)
