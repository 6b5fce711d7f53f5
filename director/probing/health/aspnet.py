"""ASP.NET Core health checks: one word, or what the usual JSON writers make of a report.

``entries`` is the object of AspNetCore.Diagnostics.HealthChecks, ``results`` that of the writer
in Microsoft's documentation; ``checks`` comes from writers of one's own. .NET writes names in
the case of the serialiser's choice.
"""

from __future__ import annotations

from typing import Any, Final

from director.model.health import HealthFormat, HealthStatus
from director.probing.health.reading import Dialect, Object, Reading, members, shown

_PLACES: Final = ("entries", "results")
_OWN_PLACE: Final = "checks"


def _owns(dialect: Dialect, value: Object) -> bool:
    return any(dialect.meaning(each) is not None for each in _named(value, "status"))


def _read(value: Object, reading: Reading) -> object:
    names: set[str] = set()
    for place in _PLACES:
        for found in _named(value, place):
            for name, entry in members(found):
                _take(name, entry, names, reading)
    for found in _named(value, _OWN_PLACE):
        for name, entry in members(found):
            if isinstance(entry, dict) and any(map(ASPNET.meaning, _named(entry, "status"))):
                _take(name, entry, names, reading)
    return _only(value, "status", reading)


def _take(name: str, entry: object, names: set[str], reading: Reading) -> None:
    if not isinstance(entry, dict):
        reading.fault(f"the entry {shown(name)} must be an object")
        return
    called = name or next((each for each in _named(entry, "name") if isinstance(each, str)), "")
    if not called:
        reading.fault("each entry must have a name")
    elif called in names:
        # The framework refuses to start with them.
        reading.fault(f"the name {shown(called)} must be there once, was there twice")
    names.add(called)
    reading.add((called,), _only(entry, "status", reading))


def _named(value: Object, name: str) -> list[Any]:
    """Return the values under *name*, whatever its case."""
    return [each for key, each in value.items() if key.lower() == name]


def _only(value: Object, name: str, reading: Reading) -> object:
    found = _named(value, name)
    if len(found) > 1:
        reading.fault(f"must have the name {name} once in an object, has it twice")
    return found[0] if found else None


ASPNET: Final = Dialect(
    format=HealthFormat.ASPNET,
    words={
        "Healthy": HealthStatus.PASS,
        "Degraded": HealthStatus.WARN,
        "Unhealthy": HealthStatus.FAIL,
    },
    fold=str.lower,
    owns=_owns,
    read=_read,
    places=_PLACES,
    worst_wins=True,
)
