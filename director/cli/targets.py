"""From what was typed to manifests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from director.service.desk import NAMES, is_dir


def find_manifests(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the manifests that *paths* mean, in the order given, each once.

    A file is itself. A folder is its ``readiness.yaml``, or else every YAML file directly in
    it, sorted by name. Nothing at all is the current folder. What cannot be read, or holds no
    manifest, stands for itself: it is refused in its turn and stops no other.
    """
    found: dict[Path, None] = {}
    for path in paths or (Path(),):
        try:
            inside = tuple(_in_folder(path)) if path.is_dir() else ()
        except OSError:
            inside = ()
        found.update(dict.fromkeys(inside or (path,)))
    return tuple(found)


def _in_folder(folder: Path) -> Iterator[Path]:
    for name in NAMES:
        # A pipe, a link to nowhere, a folder: refused as a manifest, not passed over for another.
        if os.path.lexists(folder / name):
            yield folder / name
            return
    yield from sorted(
        path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and not is_dir(path)
    )
