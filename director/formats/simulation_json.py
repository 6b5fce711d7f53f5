"""Who another profile would change, as one JSON object, written as its targets come."""

from __future__ import annotations

import json

from director.formats.json import visible
from director.formats.simulation_tally import SimulationTally
from director.model.profile import Profile
from director.model.simulation import Simulation


class SimulationJson:
    """Writes simulations as they come.

    Args:
        profile: The profile that is tried.
        now: Whether ages are judged by this moment.
    """

    def __init__(self, profile: Profile, *, now: bool) -> None:
        self._profile = {"name": profile.name, "digest": profile.digest}
        self._now = now
        self._written = 0

    def begin(self) -> str:
        """Return what stands before the first one."""
        head = _indented({"profile": self._profile, "now": self._now})
        return head.removesuffix("\n}") + ',\n  "targets": ['

    def row(self, one: Simulation) -> str:
        """Return *one*, with what separates it from the one before."""
        separator = ",\n    " if self._written else "\n    "
        self._written += 1
        return separator + _indented(one.document()).replace("\n", "\n    ")

    def end(self, tally: SimulationTally) -> str:
        """Return what stands after the last one: what it comes to."""
        close = "\n  ],\n" if self._written else "],\n"
        counts = _indented(tally.document()).replace("\n", "\n  ")
        return f'{close}  "counts": {counts}\n}}\n'


def _indented(value: object) -> str:
    return visible(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))
