"""Units of measured values, and what they are in the unit that such values are compared in."""

from __future__ import annotations

from director.plugin import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: a value in it times *times* over *over* is the value in *name*.

    Attributes:
        name: The unit that values of its kind are compared in: ``seconds``, ``bytes``, ``bits``,
            ``percent``; empty for a plain number; what was written for one we do not know.
        times: What to multiply by.
        over: What to divide by.
    """

    name: str
    times: float = 1
    over: float = 1


_TIMES = {
    "ns": Unit("seconds", 1, 1_000_000_000),
    "us": Unit("seconds", 1, 1_000_000),
    "µs": Unit("seconds", 1, 1_000_000),
    "ms": Unit("seconds", 1, 1_000),
    "s": Unit("seconds"),
    "m": Unit("seconds", 60),
    "h": Unit("seconds", 3_600),
    "d": Unit("seconds", 86_400),
}
_PREFIXES = "kmgtp"


def _sizes() -> dict[str, Unit]:
    """Return the units of bytes, ``kB`` and ``KiB``, and those of bits, ``kb`` and ``kib``."""
    units = {"B": Unit("bytes"), "b": Unit("bits")}
    for power, letter in enumerate(_PREFIXES, 1):
        for prefix in (letter, letter.upper()):
            units[f"{prefix}B"] = Unit("bytes", 1000**power)
            units[f"{prefix}iB"] = Unit("bytes", 1024**power)
        units[f"{letter}b"] = Unit("bits", 1000**power)
        units[f"{letter}ib"] = Unit("bits", 1024**power)
    return units


_UNITS = {"": Unit(""), "c": Unit("count"), "%": Unit("percent"), **_TIMES, **_sizes()}


def unit_of(text: str) -> Unit:
    """Return the unit that *text* names; one that we do not know is compared as it is.

    >>> unit_of("ms").name, unit_of("KiB").times
    ('seconds', 1024)
    """
    return _UNITS.get(text) or Unit(text)
