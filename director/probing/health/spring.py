"""Spring Boot's actuator: ``/actuator/health`` of 2.2 and later, and of 2.0 and 2.1.

Words, order and codes are those of its ``SimpleStatusAggregator`` and
``SimpleHttpCodeStatusMapper``. An operator may map DOWN to another code than 503.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from director.model.health import HealthFormat, HealthStatus
from director.probing.health.reading import Dialect, Object, Reading, shown

_ORDER: Final = ("DOWN", "OUT_OF_SERVICE", "UP", "UNKNOWN")
_SIGNS: Final = re.compile("[^a-z0-9]")
_WORD: Final = re.compile("[A-Z][A-Z0-9_]*")
_BARE: Final = frozenset({"status", "groups"})
_LEGACY: Final = frozenset({"status", "details", "description"})


def uniform(word: str) -> str:
    """Return *word* as Spring compares it: without case and signs."""
    return _SIGNS.sub("", word.lower())


def aggregate(words: Iterable[str]) -> str:
    """Return what Spring makes of the *words* of several parts: the first in its order.

    Words of others do not count; where none is left, it is UNKNOWN.
    """
    there = {uniform(word) for word in words}
    return next((word for word in _ORDER if uniform(word) in there), "UNKNOWN")


def _owns(dialect: Dialect, value: Object) -> bool:
    said = value.get("status")
    if isinstance(value.get("components"), dict):
        return dialect.meaning(said) is not None
    if not isinstance(said, str) or isinstance(value.get("checks"), dict):
        return False
    # Without any detail, as by default, a word of its own shows by its letters.
    return said in _ORDER or (value.keys() <= _BARE and _WORD.fullmatch(said) is not None)


def _read(value: Object, reading: Reading) -> object:
    legacy = "components" not in value
    _take_below(dict(value), (), reading, legacy=legacy)
    return value.get("status")


def _take_below(
    node: dict[str, Any], path: tuple[str, ...], reading: Reading, *, legacy: bool
) -> None:
    """Take the parts of *node*, and hold its own status against theirs."""
    parts = _legacy(node.get("details")) if legacy else node.get("components")
    if parts is None:
        return
    if not isinstance(parts, dict):
        reading.fault("the components must be an object")
        return
    words = []
    for name, part in parts.items():
        at = (*path, name)
        if not isinstance(part, dict):
            reading.fault(f"the component {shown('/'.join(at))} must be an object")
            continue
        reading.add(at, part.get("status"))
        if isinstance(part.get("status"), str):
            words.append(part["status"])
        _take_below(part, at, reading, legacy=legacy)
    own, least = SPRING.meaning(node.get("status")), SPRING.meaning(aggregate(words))
    if words and own and least:
        reading.hold(own, least, shown("/".join(path)) or "the service")


def _legacy(details: object) -> dict[str, Any] | None:
    """Return those of the details that are parts; with them stands whatever was measured."""
    if not isinstance(details, dict):
        return None
    return {
        name: part
        for name, part in details.items()
        if isinstance(part, dict)
        and part.keys() <= _LEGACY
        and isinstance(part.get("status"), str)
        and _WORD.fullmatch(part["status"])
    }


SPRING: Final = Dialect(
    format=HealthFormat.SPRING,
    words={
        "UP": HealthStatus.PASS,
        "UNKNOWN": HealthStatus.WARN,
        "OUT_OF_SERVICE": HealthStatus.FAIL,
        "DOWN": HealthStatus.FAIL,
    },
    fold=uniform,
    owns=_owns,
    read=_read,
    places=("components", "details"),
    # A word that Spring does not know goes out with 200.
    custom=HealthStatus.PASS,
)
