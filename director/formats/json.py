"""The report as JSON: one object for one target, an array for several.

Every object begins with ``service``, ``decision`` and ``pass_rate``; where there is no decision
they are null, and ``error`` says why. ``decision`` is what was evaluated; what gates act on
follows, ``effective_decision``, with the ``override`` that makes the difference.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from director.formats.forced import override_document
from director.formats.format import Setting
from director.model.difference import Difference
from director.model.record import Record
from director.model.report import Interrupted, Item, Judged, Rejected, Undecided

_BEHIND = {
    "pass_rate": ("effective_decision", "override"),
    "waiver_counts": ("overrides",),
}
"""What stands behind which key of the record."""


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
        return separator + written(document(item))

    def end(self) -> str:
        """Return what stands after the last item."""
        return "\n]\n" if self._several else "\n"


def written(document: dict[str, Any]) -> str:
    """Return *document* as indented JSON in which nothing is hidden, and no terminal acts on."""
    return visible(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def visible(text: str) -> str:
    """Return JSON *text* so that nothing in it is hidden or obeyed by who prints it.

    What a terminal would act on, or hide, is said as an escape; half a surrogate pair, which no
    JSON can hold, is U+FFFD. ``##`` begins a command where a pipeline's runner reads along.
    Both can only stand inside of texts, where JSON knows escapes.
    """
    text = text.replace("##", "#\\u0023")
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else _escaped(c) for c in text)


def _escaped(unseen: str) -> str:
    return "\ufffd" if "\ud800" <= unseen <= "\udfff" else json.dumps(unseen)[1:-1]


def document(item: Item) -> dict[str, Any]:
    """Return *item* as plain JSON values in the public order."""
    match item:
        case Judged(record, recorded, difference, expired, _, gone):
            said = _decided(record, override_document(item))
            said |= {"recorded": recorded, "expired": expired}
            if gone:
                said["gone"] = list(gone)
            return said if difference is None else {**said, "difference": _plain(difference)}
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


def _decided(record: Record, acted: dict[str, Any]) -> dict[str, Any]:
    """Return the record with what gates act on where a reader meets it early.

    Other overrides may be many; they stand with the waivers.
    """
    said: dict[str, Any] = {}
    for name, value in record.document().items():
        said[name] = value
        for beside in _BEHIND.get(name, ()):
            said[beside] = acted[beside]
    return said


def _plain(difference: Difference) -> dict[str, Any]:
    changes = [asdict(change) for change in difference.changes]
    return {**asdict(replace(difference, changes=())), "changes": changes}


def _without(target: str | None, source: str, error: dict[str, Any]) -> dict[str, Any]:
    """Return the object for a target without a decision."""
    service, _, environment = (target or "").partition("@")
    return {
        "service": service or None,
        "decision": None,
        "pass_rate": None,
        "effective_decision": None,
        "override": None,
        "environment": environment,
        "source": source,
        "partial": error["code"] == "interrupted",
        "error": error,
        "recorded": False,
    }


def make(setting: Setting) -> JsonFormat:
    """Return the format for *setting*."""
    return JsonFormat(several=setting.several)
