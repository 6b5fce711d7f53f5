"""The report as JSON: one object for one target, an array for several.

Every object begins with ``service``, ``decision`` and ``pass_rate``; where there is no decision
they are null, and ``error`` says why.
"""

from __future__ import annotations

import json
import re
from typing import Any

from director.model.report import Interrupted, Item, Judged, Rejected, Undecided

_UNSEEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
"""What a terminal would act on, or hide; JSON can only say it inside a text."""


class JsonFormat:
    """Writes items as they come.

    Args:
        several: Whether more than one target was asked for: then the report is an array.
    """

    def __init__(self, *, several: bool) -> None:
        self._several = several
        self._written = 0

    def begin(self) -> str:
        """Return what stands before the first item."""
        return "[" if self._several else ""

    def item(self, item: Item) -> str:
        """Return *item*, with what separates it from the one before."""
        separator = ",\n" if self._written else "\n" if self._several else ""
        self._written += 1
        text = json.dumps(document(item), indent=2, ensure_ascii=False, allow_nan=False)
        return separator + _UNSEEN.sub(_escaped, text)

    def end(self) -> str:
        """Return what stands after the last item."""
        return "\n]\n" if self._several else "\n"


def _escaped(unseen: re.Match[str]) -> str:
    """Return one character as an escape; half a surrogate pair, which no JSON can hold, U+FFFD."""
    number = ord(unseen[0])
    return "\ufffd" if 0xD800 <= number <= 0xDFFF else f"\\u{number:04x}"


def document(item: Item) -> dict[str, Any]:
    """Return *item* as plain JSON values in the public order."""
    match item:
        case Judged(record, recorded):
            return {**record.document(), "recorded": recorded}
        case Rejected(source, faults):
            places = [
                {
                    "source": fault.source,
                    "line": fault.line,
                    "column": fault.column,
                    "problem": fault.problem,
                }
                for fault in faults
            ]
            return _without(None, source, {"code": "invalid_input", "faults": places})
        case Undecided(source, target, reason):
            return _without(target, source, {"code": "undecided", "reason": reason})
        case Interrupted(source, target, results):
            heard = [{"check": r.check, "outcome": r.outcome, "reason": r.reason} for r in results]
            return _without(target, source, {"code": "interrupted", "results": heard})


def _without(target: str | None, source: str, error: dict[str, Any]) -> dict[str, Any]:
    """Return the object for a target without a decision."""
    service, _, environment = (target or "").partition("@")
    return {
        "service": service or None,
        "decision": None,
        "pass_rate": None,
        "environment": environment,
        "source": source,
        "partial": error["code"] == "interrupted",
        "error": error,
        "recorded": False,
    }
