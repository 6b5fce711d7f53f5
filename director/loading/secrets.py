"""From the operator's secrets file to the values, and to whom each may be sent."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from director.errors import Fault, SettingsError
from director.loading.secrets_document import SecretsDocument
from director.loading.shape import refusal, shaped
from director.loading.signers import unsafe
from director.loading.source import read_source
from director.loading.tree import grow
from director.loading.words import shown
from director.model.secrecy import SHORTEST_SECRET
from director.model.secret import Secret, Secrets
from director.model.text import named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from director.loading.secrets_document import SecretDocument

LONGEST_VALUE = 8_192
"""Longest secret, in characters: about what servers take in all headers of a request."""

_SENDABLE = re.compile(r"[\x20-\x7e]+")


def read_secrets(path: Path, environ: Mapping[str, str] | None = None) -> Secrets:
    """Return what the secrets file *path* registers, with the values.

    That a value is not there is no fault yet: only who refers to it needs it.

    Args:
        path: The file; those that it names are looked for beside it.
        environ: The environment; that of this process by default.

    Raises:
        SettingsError: It cannot be used, others could change it, or a value cannot be sent or
            masked; all its faults, each where it was written and none with a value.
    """
    tree = grow(read_source(path, SettingsError))
    faults = list(tree.faults)
    if problem := unsafe(path):
        faults.append(Fault(named(path), 0, 0, problem))
    document = shaped(SecretsDocument, tree.value, tree.places, tree.broken)
    if isinstance(document, list):
        raise refusal(SettingsError, [*faults, *document])
    found: list[Secret] = []
    for name, each in sorted(document.spec.secrets.items()):
        value, absence, problem = _looked_up(each, path, os.environ if environ is None else environ)
        if problem:
            faults.append(tree.places.fault(("spec", "secrets", name), problem))
        found.append(
            Secret(
                name=name,
                value=value,
                hosts=tuple(dict.fromkeys(each.hosts)),
                plaintext=each.plaintext,
                absence=absence,
            )
        )
    if faults:
        raise refusal(SettingsError, faults)
    return Secrets(tuple(found))


def _looked_up(
    document: SecretDocument, path: Path, environ: Mapping[str, str]
) -> tuple[str, str, str]:
    """Return the value, why there is none, and what is wrong with it; two of them are empty."""
    if (document.env is None) == (document.file is None):
        return "", "", "must have either env or file"
    if document.env is not None:
        value = environ.get(document.env, "")
        if not value:
            return "", f"the variable {document.env} is not set, or is empty", ""
    else:
        file = path.parent / str(document.file)
        if not file.exists():
            return "", f"there is no file {shown(str(document.file))}", ""
        if problem := unsafe(file):
            return "", "", f"{problem}: {named(file)}"
        text = read_source(file, SettingsError).data.decode("utf-8", errors="replace")
        value = text.removesuffix("\n").removesuffix("\r")
    return ("", "", problem) if (problem := _unusable(value)) else (value, "", "")


def _unusable(value: str) -> str:
    """Return what keeps *value* from being sent and masked; it is never shown."""
    if not SHORTEST_SECRET <= len(value) <= LONGEST_VALUE:
        return (
            f"must have a value of {SHORTEST_SECRET} to {LONGEST_VALUE} characters, so that it can"
            f" be masked, got one of {len(value)}"
        )
    if not _SENDABLE.fullmatch(value):
        return "must have a value of printable ASCII, so that a header can hold it"
    return ""
