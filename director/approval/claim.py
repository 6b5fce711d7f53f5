"""What somebody's text says it is about, whether or not it is what was requested."""

from __future__ import annotations

import json

from director.approval.desk import Place
from director.model.value import dataclass
from director.rules.statements import LONGEST_STATEMENT

_LONGEST_NAME = 256


@dataclass(frozen=True, slots=True)
class Claim:
    """What a text says of itself; nothing of it need be so.

    Attributes:
        id: The waiver or override that it says it is.
        place: The target that it says it is for.
    """

    id: str
    place: Place


def claim_of(text: str) -> Claim | None:
    """Return what *text* says it is about; None if it is nothing like a statement.

    A statement that somebody has changed is an attempt, which belongs into the log of its target.
    """
    if len(text) > LONGEST_STATEMENT:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    said = [found.get(key) for key in ("id", "service", "environment")]
    names = [each for each in said if isinstance(each, str) and _is_name(each)]
    if len(names) < len(said) or not names[0] or not names[1]:
        return None
    id_, service, environment = names
    return Claim(id_, Place(service, environment))


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and text.isprintable()
