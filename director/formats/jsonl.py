"""The report as JSON lines: one object on one line for each target, as soon as it is there.

Each is the object that ``json`` writes for the target, so whoever reads one reads the other.
"""

from __future__ import annotations

import json

from director.formats.format import Setting
from director.formats.json import document, visible
from director.model.report import Item


class JsonlFormat:
    """Writes each item as one line of strict JSON."""

    def begin(self) -> str:
        """Return what stands before the first item."""
        return ""

    def item(self, item: Item) -> str:
        """Return *item* as one line."""
        text = json.dumps(document(item), ensure_ascii=False, allow_nan=False)
        return visible(text) + "\n"

    def end(self) -> str:
        """Return what stands after the last item."""
        return ""


def make(setting: Setting) -> JsonlFormat:  # noqa: ARG001  # one line for one target or for many
    """Return the format for *setting*."""
    return JsonlFormat()
