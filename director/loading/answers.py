"""From what somebody typed to a value that a manifest takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from director.errors import Fault, ManifestError, SettingsError
from director.loading.characters import forbidden, unwanted
from director.loading.document import API_VERSION
from director.loading.manifest import read_manifest
from director.loading.manifest_text import flow
from director.loading.shape import refusal
from director.loading.source import accept
from director.loading.tree import grow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from director.loading.manifest_text import Plain

_WORDS = {
    **dict.fromkeys(("y", "yes", "true"), True),
    **dict.fromkeys(("n", "no", "false"), False),
}
_OPEN = frozenset({"", "?", "unknown"})
_EXEMPT = re.compile(r"(?:n/a|na|not applicable)(?:\s*:\s*|\s+|$)(.*)", re.IGNORECASE)


def one_line(text: str, source: str) -> str:
    """Return *text* as one line: every run of white space becomes one space.

    Args:
        text: What was typed.
        source: The flag or the question, as a fault names it.

    Raises:
        SettingsError: It has a character that hides or reorders what a person reads.
    """
    line = " ".join(text.split())
    character = forbidden(line)
    if character is not None:
        raise SettingsError(Fault(source, 0, 0, unwanted(character)))
    return line


def read_answer(name: str, text: str, source: str) -> Plain:
    """Read what is declared under *name*; None if the answer is that nobody knows.

    Taken are yes and no, ``n/a: reason``, nothing or ``?``, and everything that may stand there
    in a manifest, such as ``87`` or ``{value: true, evidence: https://wiki/sec-42}``.

    Raises:
        SettingsError: A manifest would not take it.
    """
    line = one_line(text, source)
    if line.lower() in _OPEN:
        return None
    value: Plain
    if exempt := _EXEMPT.fullmatch(line):
        value = {"not_applicable": exempt[1]}
    elif line.lower() in _WORDS:
        value = _WORDS[line.lower()]
    else:
        value = _yaml(line, source)
    demand({"spec": {"declares": {name: value}}}, source)
    return value


def read_metadata(name: str, text: str, source: str) -> Plain:
    """Read what stands under *name* in ``metadata``.

    Raises:
        SettingsError: A manifest would not take it.
    """
    line = one_line(text, source)
    value: Plain = int(line) if name == "tier" and re.fullmatch("[0-9]{1,3}", line) else line
    demand({"metadata": {"name": "service", name: value}}, source)
    return value


def read_environment(text: str, source: str) -> tuple[str, str | None]:
    """Read ``NAME=URL`` or ``NAME`` as an environment with its URL, if it has one.

    Raises:
        SettingsError: A manifest would not take it.
    """
    name, equals, url = one_line(text, source).partition("=")
    written: Plain = {"base_url": url} if equals else {}
    demand({"spec": {"environments": {name: written}}}, source)
    return name, url if equals else None


def demand(part: Mapping[str, Plain], source: str) -> None:
    """Return if a manifest takes *part*: the one judge of that is what reads manifests.

    Raises:
        SettingsError: It does not.
    """
    whole: dict[str, Plain] = {
        "apiVersion": API_VERSION,
        "kind": "Service",
        "metadata": {"name": "service"},
        **part,
    }
    try:
        read_manifest(flow(whole).encode(), source)
    except ManifestError as error:
        raise SettingsError(*_unplaced(error.faults, source)) from None


def _yaml(line: str, source: str) -> Plain:
    tree = grow(accept(line.encode(), source, SettingsError))
    if tree.faults:
        bounded = refusal(SettingsError, tree.faults).faults
        raise SettingsError(*_unplaced(bounded, source))
    value: Plain = tree.value
    return value


def _unplaced(faults: tuple[Fault, ...], source: str) -> list[Fault]:
    """Return *faults* without the line and column of a text that nobody has before them."""
    return [Fault(source, 0, 0, problem) for problem in dict.fromkeys(f.problem for f in faults)]
