"""What every benchmark shares: bars, figures, and how processes are timed fairly."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


class LeftOutError(Exception):
    """A benchmark cannot run here; the reason in one line, with what would help."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how long to measure.

    Attributes:
        root: The checkout.
        build: Where everything that is made goes.
        long: Whether to take the long forms.
    """

    root: Path
    build: Path
    long: bool = False

    def rounds(self, short: int, long: int) -> int:
        """Return how many rounds to run."""
        return long if self.long else short


@dataclass(frozen=True, slots=True)
class Bar:
    """What a ratio is held against.

    Attributes:
        limit: The first bar.
        aim: What we are after; None where the bar is all.
        least: Whether the ratio must be at least that much; otherwise it must be at most that.
    """

    limit: float
    aim: float | None = None
    least: bool = False

    def met(self, ratio: float) -> bool:
        """Return whether *ratio* meets the first bar."""
        return ratio >= self.limit if self.least else ratio <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.least else "≤"
        aim = "" if self.aim is None else f" (aim {self.aim:g}×)"
        return f"{sign} {self.limit:g}×{aim}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure.

    Attributes:
        name: Which, for example ``cli.help``.
        value: The median.
        unit: Its unit.
        peer: What it was measured beside, with its version; the bar where there is no peer.
        ratio: The median of value ÷ peer, pair by pair; value ÷ bar where there is no peer.
        bar: What the ratio is held against.
        note: What else a reader wants to know.
    """

    name: str
    value: float
    unit: str
    peer: str
    ratio: float
    bar: Bar
    note: str = ""

    def line(self) -> dict[str, str | float]:
        """Return the public line."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "peer": self.peer,
            "ratio": round(self.ratio, 4),
        }


def within(name: str, value: float, most: float, unit: str, note: str = "") -> Figure:
    """Return a figure without a peer, held against the bar *most*."""
    peer = f"bar: at most {most:g} {unit}"
    return Figure(
        name=name, value=value, unit=unit, peer=peer, ratio=value / most, bar=Bar(1), note=note
    )


@dataclass(frozen=True, slots=True)
class Ran:
    """One finished process.

    Attributes:
        wall_s: From just before its start until it was reaped, in seconds.
        peak_bytes: Its largest resident size.
    """

    wall_s: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Command:
    """A process to time.

    Attributes:
        line: The program and its arguments.
        expected: The exit code it must end with; anything else did different work.
    """

    line: Sequence[str | Path]
    expected: int = 0

    def run(self, environment: Mapping[str, str], folder: Path) -> Ran:
        """Run it once, with nothing to read and nobody reading.

        Args:
            environment: Every variable it sees.
            folder: Where it runs.

        Raises:
            RuntimeError: It ended otherwise than expected.
        """
        began = time.perf_counter()
        process = subprocess.Popen(
            self.line,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != self.expected:
            shown = " ".join(map(str, self.line))
            raise RuntimeError(f"exit {process.returncode}, expected {self.expected}: {shown}")
        unit_bytes = 1 if sys.platform == "darwin" else 1024
        return Ran(wall_s, usage.ru_maxrss * unit_bytes)


def bare_environment(home: Path) -> dict[str, str]:
    """Return an environment in which nothing of the caller's changes what is measured."""
    home.mkdir(parents=True, exist_ok=True)
    return {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def median_ratio(ours: Iterable[float], theirs: Iterable[float]) -> float:
    """Return the median of ours ÷ theirs, pair by pair.

    The two of a pair ran one after the other, so a machine that speeds up or slows down
    changes both.
    """
    return median(our / their for our, their in zip(ours, theirs, strict=True))
