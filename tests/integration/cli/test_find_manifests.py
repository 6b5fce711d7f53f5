"""cli.targets: which manifests a path means; what cannot be read is refused, not passed over."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from director.cli.targets import find_manifests
from director.errors import ManifestError
from director.loading.settings import Settings
from director.service.desk import NAMES, Desk, Wishes

TOO_LONG = "x" * 5_000


def touch(path: Path) -> None:
    """Make an ordinary file."""
    path.write_text("")


def dangle(path: Path) -> None:
    """Make a link that leads nowhere."""
    path.symlink_to("nowhere")


def circle(path: Path) -> None:
    """Make a link that leads to itself."""
    path.symlink_to(path.name)


UNREADABLE = {"pipe": os.mkfifo, "dangling link": dangle, "circle": circle}


def faults(path: Path) -> list[str]:
    """Return why *path* cannot be used as a manifest."""
    with pytest.raises(ManifestError) as raised:
        Desk(Wishes(Settings(store=None))).request(path, "")
    return [str(fault) for fault in raised.value.faults]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", [*UNREADABLE.values(), Path.mkdir], ids=[*UNREADABLE, "folder"])
def test_the_manifest_of_a_folder_is_never_passed_over(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    """What has a manifest's name is the folder's manifest, and refused if it cannot be read."""
    touch(tmp_path / "other.yaml")
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    make(path)

    assert find_manifests((tmp_path,)) == (path,)
    (fault,) = faults(path)
    assert fault.startswith(f"{path}: must be a file")


@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE)
def test_no_other_yaml_file_is_passed_over(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Of several manifests in a folder none is left out because it cannot be read."""
    touch(tmp_path / "b.yaml")
    make(tmp_path / "a.yml")
    (tmp_path / "c.yaml").mkdir()

    assert find_manifests((tmp_path,)) == (tmp_path / "a.yml", tmp_path / "b.yaml")


def test_the_first_name_is_the_manifest(tmp_path: Path) -> None:
    """Where several of the usual names are there, the first of them is taken, and no other."""
    for name in reversed(NAMES):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        touch(path)

        assert find_manifests((tmp_path,)) == (path,)


def test_what_cannot_be_looked_at_stands_in_its_turn(tmp_path: Path) -> None:
    """An impossible path, a folder without manifests and one given twice lose no other."""
    touch(tmp_path / "a.yaml")
    (tmp_path / "empty").mkdir()
    paths = (tmp_path / TOO_LONG, tmp_path / "empty", tmp_path / "a.yaml")

    assert find_manifests((*paths, tmp_path)) == paths
    assert faults(paths[0])[0].endswith("must be a file that can be read: File name too long")
    assert faults(paths[1]) == [
        f"{paths[1]}: must contain readiness.yaml or another YAML file that can be read, got none"
    ]
