"""``application/health+json``: draft-inadarei-api-health-check-06, and the shapes before it."""

from __future__ import annotations

from typing import Any, Final

from director.model.health import HealthFormat, HealthStatus
from director.probing.health.reading import Dialect, Object, Reading, members, shown

_ENOUGH: Final = frozenset({"status"})


def _owns(dialect: Dialect, value: Object) -> bool:
    return dialect.meaning(value.get("status")) is not None


def _read(value: Object, reading: Reading) -> object:
    """Take the parts: arrays of nodes by name; one node alone, as drafts before had it, too."""
    checks = value.get("checks")
    if not isinstance(checks, dict | list | None):
        reading.odd("the checks must be an object")
    for name, nodes in members(checks):
        for node in nodes if isinstance(nodes, list) else [nodes]:
            _take(name, node, reading)
    return value.get("status")


def _take(name: str, node: object, reading: Reading) -> None:
    if isinstance(node, dict):
        # The draft leaves it open whether a part says how it is.
        if node.keys() >= _ENOUGH:
            reading.add((name,), node["status"], _observed(node))
    elif isinstance(node, str) and HEALTH_JSON.meaning(node) is not None:
        reading.add((name,), node)
    else:
        reading.odd(f"the check {shown(name)} must be an array of objects")


def _observed(node: dict[str, Any]) -> str:
    """Return what was measured, with its unit, where it is one value."""
    value, unit = node.get("observedValue"), node.get("observedUnit")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return shown(f"{value} {unit}" if isinstance(unit, str) else str(value))


HEALTH_JSON: Final = Dialect(
    format=HealthFormat.HEALTH_JSON,
    words={
        "pass": HealthStatus.PASS,
        "ok": HealthStatus.PASS,
        "up": HealthStatus.PASS,
        "warn": HealthStatus.WARN,
        "fail": HealthStatus.FAIL,
        "error": HealthStatus.FAIL,
        "down": HealthStatus.FAIL,
    },
    fold=str.lower,
    owns=_owns,
    read=_read,
    places=("checks",),
)
"""A service may pass with concerns though a part fails; it does not pass without any."""
