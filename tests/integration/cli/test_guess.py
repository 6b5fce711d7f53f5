"""cli.guess: the repository's name, or the folder's."""

from __future__ import annotations

from pathlib import Path

import pytest

from director.cli.guess import guessed_name


def repository(folder: Path, config: str | bytes) -> Path:
    """Make *folder* a repository with this configuration."""
    (folder / ".git").mkdir(parents=True)
    data = config if isinstance(config, bytes) else config.encode()
    (folder / ".git" / "config").write_bytes(data)
    return folder


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://git.example.com/team/pay-service.git", "pay-service"),
        ("https://git.example.com/team/Pay_Service/", "pay_service"),
        ("git@git.example.com:team/pay.git", "pay"),
        ("git@git.example.com:pay.git", "pay"),
        ("ssh://git@git.example.com:22/team/pay", "pay"),
        ("/srv/git/pay.git", "pay"),
        ("../pay", "pay"),
        ("https://user:secret@git.example.com/pay.git", "pay"),
        ("https://user:secret@git.example.com", "folder"),
        ("https://user:secret@git.example.com/", "folder"),
        ("https://git.example.com/team/....git", "folder"),
    ],
)
def test_the_remote_tells(tmp_path: Path, url: str, expected: str) -> None:
    """The last part of its path is taken, and nothing that could be a password."""
    config = f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {url}\n\tfetch = +x\n'

    assert guessed_name(repository(tmp_path / "folder", config)) == expected


@pytest.mark.parametrize(
    "config",
    [
        "", "[remote", '[remote "other"]\nurl = https://x/pay\n', b"\xff\x00" * 100_000,
        '[remote "origin"]\n[branch "a"]\nurl = https://x/pay\n', '[remote "origin"]\nurl =\n',
    ],
    ids=["empty", "torn", "other", "binary", "elsewhere", "nothing"],
)  # fmt: skip
def test_without_a_remote_the_folder_tells(tmp_path: Path, config: str | bytes) -> None:
    """A configuration that says nothing is no trouble."""
    assert guessed_name(repository(tmp_path / "My Folder!", config)) == "my-folder"


def test_a_folder_that_tells_nothing(tmp_path: Path) -> None:
    """Where no letter is left, nothing is guessed."""
    folder = tmp_path / "\u0436\u0436"
    folder.mkdir()

    assert guessed_name(folder) == ""
    assert guessed_name(Path("/")) == ""


def test_a_worktree_is_no_trouble(tmp_path: Path) -> None:
    """Where ``.git`` is a file, the folder tells."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / ".git").write_text("gitdir: /elsewhere\n")

    assert guessed_name(tmp_path / "tree") == "tree"
