"""From the operator's signers file to whose key is whose."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from director.errors import Fault, SettingsError
from director.loading.shape import refusal, shaped
from director.loading.signers_document import SignersDocument
from director.loading.source import read_source
from director.loading.tree import grow
from director.loading.words import shown
from director.model.signers import Person, Signers, exposure
from director.model.text import named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from director.loading.places import Pointer
    from director.loading.signers_document import PersonDocument

_FILES = ("allowed_signers", "revoked_keys")


def read_signers(path: Path) -> Signers:
    """Return what the signers file *path* says; the files that it names lie beside it.

    Raises:
        SettingsError: It cannot be used, or others could change it or a file that it names; all
            its faults, each where it was written.
    """
    tree = grow(read_source(path, SettingsError))
    faults = list(tree.faults)
    if problem := unsafe(path):
        faults.append(Fault(named(path), 0, 0, problem))
    document = shaped(SignersDocument, tree.value, tree.places, tree.broken)
    if isinstance(document, list):
        raise refusal(SettingsError, [*faults, *document])
    spec = document.spec
    files = {name: path.parent / text for name in _FILES if (text := getattr(spec, name))}
    for name, file in files.items():
        if problem := unsafe(file):
            faults.append(tree.places.fault(("spec", name), f"{problem}: {named(file)}"))
    faults += [tree.places.fault(*each) for each in _shared(spec.people)]
    if not spec.people:
        faults.append(tree.places.fault(("spec", "people"), "must name somebody, got nobody"))
    if faults:
        raise refusal(SettingsError, faults)
    return Signers(
        source=named(path),
        allowed_signers=str(files["allowed_signers"].absolute()),
        revoked_keys=str(files["revoked_keys"].absolute()) if "revoked_keys" in files else None,
        people=tuple(
            Person(
                name=name,
                principals=tuple(dict.fromkeys(person.principals)),
                roles=tuple(sorted(set(person.roles))),
            )
            for name, person in sorted(spec.people.items())
        ),
    )


def unsafe(path: Path) -> str | None:
    """Return what keeps *path* from being a file that only the operator changes, or None."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return f"must be a file that can be read: {why}"
    if not stat.S_ISREG(status.st_mode):
        return "must be a file, got something else"
    if problem := exposure(status.st_mode, status.st_uid, os.geteuid()):
        return problem
    return None if os.access(path, os.R_OK) else "must be a file that can be read"


def _shared(people: dict[str, PersonDocument]) -> Iterator[tuple[Pointer, str]]:
    """Yield the way to each principal that is already another person's, and what is wrong."""
    owners: dict[str, str] = {}
    for name, person in people.items():
        for index, principal in enumerate(person.principals):
            owner = owners.setdefault(principal.casefold(), name)
            if owner != name:
                problem = f"must be one person's, got {shown(principal)}, which is {owner}'s too"
                yield ("spec", "people", name, "principals", index), problem
