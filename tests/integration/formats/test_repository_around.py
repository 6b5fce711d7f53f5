"""formats.place: which repository a real working folder belongs to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_ASK = "from director.formats.place import repository as r; print(r().top, r().here, sep='\\n')"


def repository_of(folder: Path) -> list[str]:
    """Return the top and the working folder as a process sees them that is in *folder*."""
    command = [sys.executable, "-c", _ASK]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_the_top_has_git_in_it(tmp_path: Path, kind: str) -> None:
    """The top is the nearest folder with ``.git``; in a worktree that is a file."""
    folder = tmp_path.resolve() / "shop" / "services" / "pay"
    folder.mkdir(parents=True)
    mark = tmp_path / "shop" / ".git"
    mark.mkdir() if kind == "folder" else mark.write_text("gitdir: elsewhere", "utf-8")

    assert repository_of(folder) == [str(tmp_path.resolve() / "shop"), str(folder)]


def test_without_git_the_working_folder_is_the_top(tmp_path: Path) -> None:
    """Outside every repository, names are relative to the working folder."""
    here = str(tmp_path.resolve())

    assert repository_of(tmp_path) == [here, here]
