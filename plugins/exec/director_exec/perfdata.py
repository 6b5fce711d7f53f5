"""What a Nagios plugin measured: ``'label'=value[unit];[warn];[crit];[min];[max]``.

The format: https://www.monitoring-plugins.org/doc/guidelines.html, "Performance data".
"""

from __future__ import annotations

import re

from director.plugin import dataclass
from director_exec.ranges import LONGEST_NUMBER, NUMBER, Range, read_number, read_range
from director_exec.units import unit_of

MOST_METRICS = 1_000
"""A plugin that measures more has run wild; what follows is not read."""

_LABEL = re.compile(r"\s*(?:'((?:[^']|''){0,200})'|([^'=\s][^=\s]{0,200}))=")
_FIELDS = re.compile(r"\S*")
_VALUE = re.compile(rf"({NUMBER})([^\d\s;,'\"=.+-]{{0,20}})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measured value, in the unit that such values are compared in.

    Attributes:
        label: What was measured.
        value: How much; None where the plugin says that it does not know.
        unit: ``seconds``, ``bytes``, ``bits``, ``percent``, ``count``; empty for a plain number.
        written: The unit as the plugin wrote it.
        warn: When the plugin itself warns.
        crit: When the plugin itself is critical.
        min: The least value there can be.
        max: The greatest value there can be.
    """

    label: str
    value: float | None
    unit: str = ""
    written: str = ""
    warn: Range | None = None
    crit: Range | None = None
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything a plugin measured.

    Attributes:
        metrics: What could be read, in order; of two with one label the last holds.
        faults: What could not, and why.
    """

    metrics: tuple[Metric, ...] = ()
    faults: tuple[str, ...] = ()

    def metric(self, label: str) -> Metric | None:
        """Return what was measured under *label*, or None."""
        return next((each for each in reversed(self.metrics) if each.label == label), None)


def read_perfdata(text: str) -> Measured:
    """Return what *text* says was measured; what cannot be read spoils nothing else.

    >>> read_perfdata("time=20ms;100;200 'a b'=7%").metric("time").value
    0.02
    """
    metrics: list[Metric] = []
    faults: list[str] = []
    at = 0
    while text[at:].strip() and len(metrics) + len(faults) < MOST_METRICS:
        label = _LABEL.match(text, at)
        fields = _FIELDS.match(text, label.end() if label else _word(text, at))
        end = fields.end() if fields else len(text)
        if label is None or fields is None:
            faults.append(f"must be label=value, got {text[at:end].strip()[:80]!r}")
        else:
            name = (label[1] or "").replace("''", "'") or label[2] or ""
            try:
                metrics.append(_metric(name, fields[0]))
            except ValueError as error:
                faults.append(f"{name[:80]}: {error}")
        at = max(end, at + 1)
    return Measured(tuple(metrics), tuple(faults))


def _word(text: str, at: int) -> int:
    """Return where the next word of *text* begins."""
    return at + len(text[at:]) - len(text[at:].lstrip())


def _metric(label: str, fields: str) -> Metric:
    value, *rest = fields.removesuffix(";").split(";")
    if len(rest) > 4:
        raise ValueError(f"must have at most 5 fields, got {len(rest) + 1}")
    warn, crit, least, most = (*rest, *[""] * (4 - len(rest)))
    found = _VALUE.fullmatch(value)
    if value == "U":
        number, written = None, ""
    elif found is None or len(found[1]) > LONGEST_NUMBER:
        raise ValueError(f"must be a number with a unit, got {value[:80]!r}")
    else:
        number, written = read_number(found[1]), found[2]
    unit = unit_of(written)

    def scaled(text: str) -> float | None:
        return read_number(text) * unit.times / unit.over if text else None

    def ranged(text: str) -> Range | None:
        return read_range(text).scaled(unit.times, unit.over) if text else None

    return Metric(
        label=label,
        value=None if number is None else number * unit.times / unit.over,
        unit=unit.name,
        written=written,
        warn=ranged(warn),
        crit=ranged(crit),
        min=scaled(least),
        max=scaled(most),
    )
