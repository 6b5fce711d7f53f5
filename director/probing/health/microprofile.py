"""MicroProfile Health 2 to 4: the wire format of its specification, appendix B."""

from __future__ import annotations

from typing import Final

from director.model.health import HealthFormat, HealthStatus
from director.probing.health.reading import Dialect, Object, Reading, members


def _owns(dialect: Dialect, value: Object) -> bool:
    return (
        isinstance(value.get("checks"), list) and dialect.meaning(value.get("status")) is not None
    )


def _read(value: Object, reading: Reading) -> object:
    for number, (name, check) in enumerate(members(value.get("checks")), 1):
        if not isinstance(check, dict):
            reading.fault(f"the check {number} must be an object")
        elif not name:
            reading.fault(f"the check {number} must have a name")
        else:
            reading.add((name,), check.get("status"))
    return value.get("status")


MICROPROFILE: Final = Dialect(
    format=HealthFormat.MICROPROFILE,
    words={"UP": HealthStatus.PASS, "DOWN": HealthStatus.FAIL},
    fold=str,
    owns=_owns,
    read=_read,
    places=("checks",),
    worst_wins=True,
    passing=frozenset({200}),
    failing=frozenset({500, 503}),
)
