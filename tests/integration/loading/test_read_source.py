"""loading.source: only regular files are read, and nothing waits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from director.errors import ManifestError
from director.loading.source import LARGEST_BYTES, read_source


def refusal(path: Path) -> str:
    """Return the one problem with *path*."""
    with pytest.raises(ManifestError) as caught:
        read_source(path, ManifestError)
    (fault,) = caught.value.faults
    return fault.problem


def test_a_file_and_a_link_to_it_are_read(tmp_path: Path) -> None:
    """A regular file is read, and so is one behind a symbolic link."""
    file, link = tmp_path / "a.yaml", tmp_path / "b.yaml"
    file.write_bytes(b"a: 1")
    link.symlink_to(file)

    assert read_source(file, ManifestError).data == b"a: 1"
    assert read_source(link, ManifestError).name == str(link)


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    """A folder, a pipe, a device, a circle of links and nothing at all are refused at once."""
    pipe, loop, broken = tmp_path / "pipe", tmp_path / "loop", tmp_path / "broken"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    broken.symlink_to(tmp_path / "gone")

    assert refusal(tmp_path).endswith("it is a directory")
    assert refusal(pipe).endswith("it is a pipe, socket or device")
    assert refusal(Path("/dev/zero")).endswith("it is a pipe, socket or device")
    assert refusal(loop).startswith("must be a file that can be read: ")
    assert refusal(broken) == "must be a file, got nothing: no such file"
    assert refusal(tmp_path / "gone") == "must be a file, got nothing: no such file"
    assert refusal(tmp_path / "a\0b").startswith("must be a file that can be read: ")
    assert refusal(tmp_path / ("x" * 5000)).startswith("must be a file that can be read: ")


def test_no_more_than_the_limit_is_read(tmp_path: Path) -> None:
    """A file that is larger than 256 KiB is refused without being read whole."""
    file = tmp_path / "large"
    with file.open("wb") as stream:
        stream.truncate(LARGEST_BYTES * 1_000_000)

    assert refusal(file) == "must be at most 256 KiB, got more"


def test_a_strange_path_stays_on_one_line(tmp_path: Path) -> None:
    """A path with a line break or an undecodable byte does not break the fault's line."""
    with pytest.raises(ManifestError) as caught:
        read_source(tmp_path / "a\nb\udcff", ManifestError)

    assert str(caught.value).isprintable()
