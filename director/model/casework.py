"""Everything that was asked for and agreed to around a target's decisions, as it stands."""

from __future__ import annotations

from director.model.ledger import Kind
from director.model.override import Override
from director.model.value import dataclass
from director.model.waiver import WaiverCase


@dataclass(frozen=True, slots=True)
class Aside:
    """An entry of the log that fits nothing before it, and so changed nothing.

    Attributes:
        entry: Which entry.
        kind: What it tells.
        subject: The waiver or override it says it is about.
        why: Why it was set aside, in one line.
    """

    entry: str
    kind: Kind
    subject: str
    why: str


@dataclass(frozen=True, slots=True)
class Casework:
    """What the entries of a log come to.

    Attributes:
        waivers: In the order in which they were requested.
        overrides: In the order in which they were requested.
        aside: What was set aside, in the order of the log.
    """

    waivers: tuple[WaiverCase, ...] = ()
    overrides: tuple[Override, ...] = ()
    aside: tuple[Aside, ...] = ()
