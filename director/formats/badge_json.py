"""The report as JSON from which shields.io draws a badge.

The keys are those of its endpoint schema, which refuses any other:
https://shields.io/badges/endpoint-badge
"""

from __future__ import annotations

import json

from director.formats.badge import COLOURS, LABEL, Summary
from director.formats.format import Setting
from director.formats.headline import State
from director.formats.json import visible
from director.model.report import Item


class BadgeJsonFormat:
    """Writes one object for all items."""

    def __init__(self) -> None:
        self._summary = Summary()

    def begin(self) -> str:
        """Return what stands before the first item."""
        return ""

    def item(self, item: Item) -> str:
        """Take in *item*; the object is written when all are there."""
        self._summary.add(item)
        return ""

    def end(self) -> str:
        """Return the object, on one line."""
        state = self._summary.state
        badge = {
            "schemaVersion": 1,
            "label": LABEL,
            "message": self._summary.message,
            "color": COLOURS[state].removeprefix("#"),
            # So that no address with ``?color=green`` paints a closed gate green.
            "isError": state > State.CONDITIONAL_GO,
        }
        return visible(json.dumps(badge)) + "\n"


def make(setting: Setting) -> BadgeJsonFormat:  # noqa: ARG001  # a badge counts the targets itself
    """Return the format for *setting*."""
    return BadgeJsonFormat()
