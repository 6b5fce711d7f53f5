"""What differs between two decisions besides what the checks say, in a few words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from director.model.contrast import Matter, Shift
from director.model.difference import Change, Turn

_NAMES = {Matter.POLICY: "text of the profile", Matter.DIRECTOR: "Director"}
_DIGESTS = frozenset((Matter.POLICY, Matter.MANIFEST, Matter.ARTIFACT))

IN_COLUMNS = frozenset((Matter.DECISION, Matter.PASS_RATE, Matter.SCORE))
"""What a list of decisions shows in columns of its own."""


def said_shift(shift: Shift) -> str:
    """Return *shift* as people say it; as it came in, so whoever shows it escapes it.

    >>> said_shift(Shift(Matter.VERSION, "", "2.7.0", "2.7.1"))
    'version 2.7.0 → 2.7.1'
    >>> said_shift(Shift(Matter.PLUGIN, "director-http", "", "0.1"))
    'plugin director-http (none) → 0.1'
    """
    what = " ".join(filter(None, (named_matter(shift.matter), shift.name)))
    return f"{what} {_value(shift, shift.before)} → {_value(shift, shift.after)}"


def said_briefly(shift: Shift) -> str:
    """Return *shift* without digests, which say nothing beyond that they differ.

    >>> said_briefly(Shift(Matter.MANIFEST, "", "sha256:aa", "sha256:bb"))
    'another manifest'
    """
    if shift.matter in _DIGESTS and shift.before and shift.after:
        return f"another {named_matter(shift.matter)}"
    return said_shift(shift)


def named_matter(matter: Matter) -> str:
    """Return *matter* as people call it."""
    return _NAMES.get(matter, matter.value.replace("_", " "))


def said_changes(changes: Iterable[Change]) -> Iterator[str]:
    """Yield *changes* in a few words, those that went the same way together; as they came in."""
    for (turn, before, after), alike in groupby(changes, key=_way):
        checks = ", ".join(change.check for change in alike)
        if turn is Turn.NEW:
            yield f"{checks} new, {_spoken(after)}"
        elif turn is Turn.GONE:
            yield f"{checks} gone, was {_spoken(before)}"
        else:
            yield f"{checks} {_spoken(before)} → {_spoken(after)}"


def _way(change: Change) -> tuple[Turn, str | None, str | None]:
    return change.turn, change.before, change.after


def _value(shift: Shift, value: str) -> str:
    """Return a value; of a digest no more than tells it from another."""
    if shift.matter in _DIGESTS and value.startswith("sha256:"):
        return value.removeprefix("sha256:")[:12]
    return value or "(none)"


def _spoken(word: str | None) -> str:
    return (word or "").replace("_", " ")
