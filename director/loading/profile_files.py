"""A profile's file and all that it extends: found, read and laid over each other."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from director.errors import Fault, ProfileError
from director.loading.shape import refusal
from director.loading.source import Source, read_source
from director.loading.terms import NAME_PATTERN
from director.loading.tree import Tree, grow
from director.loading.words import listed, meant, no_mapping, shorter, shown
from director.model.text import named
from director.model.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from director.loading.places import Places, Pointer

DEEPEST_EXTENDS = 8

_SUFFIXES = (".yaml", ".yml")
_EXTENDS = ("spec", "extends")


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """One file of a profile.

    Attributes:
        path: Where it was found.
        source: What was read.
        tree: The same as plain values.
    """

    path: Path
    source: Source
    tree: Tree

    @property
    def spec(self) -> object:
        """What stands under ``spec``; None if nothing does."""
        return self.tree.value.get("spec") if isinstance(self.tree.value, dict) else None

    @property
    def extends(self) -> str | None:
        """What it says it extends; None if nothing or no text, which is a fault of its shape."""
        written = self.spec.get("extends") if isinstance(self.spec, dict) else None
        return written if isinstance(written, str) else None


def profile_names(folders: Sequence[Path]) -> tuple[str, ...]:
    """Return the names under which the profiles in *folders* can be asked for, sorted."""
    found = {path.stem for folder in folders for path in folder.glob("*.yaml") if path.is_file()}
    return tuple(sorted(name for name in found if re.fullmatch(NAME_PATTERN, name)))


def find(name_or_path: str, folders: Sequence[Path], beside: Path | None = None) -> Path:
    """Return the file that *name_or_path* means.

    Args:
        name_or_path: A bare name is looked up in *folders*; what has a slash or ends in
            ``.yaml`` or ``.yml`` is a path.
        folders: Where profiles are looked up by name; the first that has it wins.
        beside: The folder to which a path is relative; None for the working directory.

    Raises:
        ValueError: No profile has this name, or a profile points at what does not even look like
            one; in one clause.
    """
    if "/" in name_or_path or name_or_path.endswith(_SUFFIXES):
        if beside is not None and not name_or_path.endswith(_SUFFIXES):
            # What a profile names is not opened to see: its faults would quote from it.
            wrong = shown(name_or_path)
            raise ValueError(f"must be the name of a profile or a .yaml file, got {wrong}")
        return (beside or Path()) / name_or_path
    if re.fullmatch(NAME_PATTERN, name_or_path):
        for folder in folders:
            if (path := folder / f"{name_or_path}.yaml").is_file():
                return path
    names = profile_names(folders)
    known = listed(names) or "none are installed"
    near = meant(name_or_path, names)
    raise ValueError(f"must be a profile ({known}), got {shown(name_or_path)}{near}")


def read_lineage(name_or_path: str, folders: Sequence[Path]) -> list[ProfileFile]:
    """Read a profile and all that it extends, the profile itself first.

    Raises:
        ProfileError: One of them cannot be found or read, it is no YAML, or they extend each
            other in a circle or more than 8 deep.
    """
    try:
        path = find(name_or_path, folders)
    except ValueError as error:
        raise ProfileError(Fault("profile", 0, 0, str(error))) from None
    lineage = [_read(path)]
    while (extends := lineage[-1].extends) is not None:
        child = lineage[-1]
        try:
            path = find(extends, folders, child.path.parent)
            parent = _read(path)  # First: where links go in a circle, nothing can be compared.
            _demand_new(path, lineage)
        except ValueError as error:
            fault = child.tree.places.fault(_EXTENDS, str(error))
            raise refusal(ProfileError, (*child.tree.faults, fault)) from None
        except ProfileError as error:
            # Where it is not even a file, the fault belongs to the line that names it.
            placed = [
                child.tree.places.fault(_EXTENDS, f"{fault.source}: {fault.problem}")
                if fault.line == 0
                else fault
                for fault in error.faults
            ]
            raise refusal(ProfileError, (*child.tree.faults, *placed)) from error
        lineage.append(parent)
    return lineage


def merged(lineage: Sequence[ProfileFile]) -> tuple[dict[str, Any], Places]:
    """Lay each profile's ``spec`` over what it extends; return the whole, with its places.

    Mappings are merged key by key; other values and lists replace what was there. What is not
    ``spec`` is the first profile's own.
    """
    spec: object = {}
    places = lineage[-1].tree.places
    for file in reversed(lineage):
        places = file.tree.places.over(places)
        if isinstance(file.tree.value, dict) and "spec" in file.tree.value:
            spec = _over(file.spec, spec)
    value = lineage[0].tree.value
    whole = {**value, "spec": spec} if isinstance(value, dict) else {}
    return whole, places


def broken(lineage: Sequence[ProfileFile]) -> frozenset[Pointer]:
    """Return the values that a fault of a file already covers."""
    return frozenset().union(*(file.tree.broken for file in lineage))


def _read(path: Path) -> ProfileFile:
    source = read_source(path, ProfileError)
    tree = grow(source)
    if not tree.complete or not isinstance(tree.value, dict):
        not_a_mapping = tree.places.fault((), no_mapping(tree.value))
        raise refusal(ProfileError, tree.faults or [not_a_mapping])
    return ProfileFile(path, source, tree)


def _demand_new(path: Path, lineage: Sequence[ProfileFile]) -> None:
    visited = [file.path.resolve() for file in lineage]
    if path.resolve() in visited:
        circle = [*lineage[visited.index(path.resolve()) :], replace(lineage[0], path=path)]
        names = " → ".join(named(shorter(file.path.stem)) for file in circle)
        raise ValueError(f"must not extend itself, got the circle {names}")
    if len(lineage) > DEEPEST_EXTENDS:
        raise ValueError(f"must extend at most {DEEPEST_EXTENDS} profiles, got more")


def _over(child: object, parent: object) -> object:
    # As deep as the tree may be, and no deeper: 32 levels.
    if not isinstance(child, dict) or not isinstance(parent, dict):
        return child
    both = {key: _over(child[key], parent[key]) for key in child if key in parent}
    return {**parent, **child, **both}
