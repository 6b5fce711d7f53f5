"""Writes lines under other standards' names; our own names do without it, and cost nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from director.model.event import Stamp
from director.model.log_names import Flat
from director.model.value import dataclass
from director.sinks.line import Line
from director.sinks.render import LONGEST_LINE_BYTES, Emitter, Encoder
from director.sinks.standard_names import to_ecs, to_otel


@dataclass(frozen=True, slots=True)
class Renaming:
    """Other names for what stands in a line.

    Attributes:
        rename: From a line under our names to one under theirs.
        growth_bytes: By how much that makes a line longer, at most.
    """

    rename: Callable[[Flat], Flat]
    growth_bytes: int


RENAMINGS: Mapping[str, Renaming] = MappingProxyType(
    {"ecs": Renaming(to_ecs, 1_800), "otel": Renaming(to_otel, 3_600)}
)
"""Each standard whose names can be written; the limit on the length of a line stays the same."""


class RenamingEncoder(Encoder):
    """Turns events into lines under the names of another standard.

    Args:
        emitter: Who writes them.
        secrets: Values that must not appear in any line.
        renaming: The names.
    """

    def __init__(self, emitter: Emitter, secrets: tuple[str, ...], renaming: Renaming) -> None:
        super().__init__(emitter, secrets, LONGEST_LINE_BYTES - renaming.growth_bytes)
        self._rename = renaming.rename

    def _encode(self, said: Line, name: str, stamp: Stamp, seq: int) -> bytes:
        found = self._rename(json.loads(super()._encode(said, name, stamp, seq)))
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        # It begins a command where a pipeline's runner reads along; only texts can hold it.
        return text.replace("##", "#\\u0023").encode() + b"\n"
