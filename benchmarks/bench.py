"""Measure speed and memory beside peers: ``make bench``, into ``build/bench.jsonl``.

Usage: bench.py [--long] [NAME...]. A name is a benchmark or the beginning of one, for example
``cli`` or ``evaluate.folder_peak_mb``. Exits 1 if a bar is not met.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import audit
import cli
import company
import crowd
import decide
import folder
import isolation
import probe
import schedule
import serving
import store
from measure import Figure, LeftOutError, Setting

BENCHMARKS = (
    decide,
    cli,
    folder,
    store,
    audit,
    probe,
    crowd,
    company,
    isolation,
    schedule,
    serving,
)

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run what was asked for, print a table, and return the exit code."""
    parser = argparse.ArgumentParser(description="Measure speed and memory beside peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to measure; all if none")
    parser.add_argument("--long", action="store_true", help="take the long forms")
    arguments = parser.parse_args()
    setting = Setting(ROOT, ROOT / "build", arguments.long)
    setting.build.mkdir(exist_ok=True)
    known = [name for benchmark in BENCHMARKS for name in benchmark.NAMES]
    wanted = tuple(arguments.names) or tuple(known)
    for name in wanted:
        if not any(each.startswith(name) for each in known):
            parser.error(f"unknown benchmark {name!r}, known are {', '.join(known)}")

    began = time.monotonic()
    figures = []
    with (setting.build / "bench.jsonl").open("w", encoding="utf-8") as lines:
        for figure in _figures(setting, wanted):
            figures.append(figure)
            lines.write(json.dumps(figure.line(), ensure_ascii=False) + "\n")
            lines.flush()
    if figures:
        _print_table(figures)
    print(f"{time.monotonic() - began:.0f} s; also in {lines.name}")
    return 0 if all(figure.bar.met(figure.ratio) for figure in figures) else 1


def _figures(setting: Setting, wanted: tuple[str, ...]) -> Iterator[Figure]:
    for benchmark in BENCHMARKS:
        names = [name for name in benchmark.NAMES if name.startswith(wanted)]
        if not names:
            continue
        print(f"Measuring {', '.join(names)} ...", flush=True)
        try:
            for figure in benchmark.measure(setting):
                if figure.name in names:
                    yield figure
        except LeftOutError as reason:
            print(f"Left out {', '.join(names)}: {reason}", flush=True)


def _print_table(figures: Iterable[Figure]) -> None:
    rows = [("", "measured", "ratio", "bar", "met", "peer", "")]
    for figure in figures:
        met = "yes" if figure.bar.met(figure.ratio) else "NO"
        value = f"{figure.value:,.{0 if figure.value >= 1000 else 1 if figure.value >= 10 else 2}f}"
        measured = f"{value} {figure.unit}"
        ratio = f"{figure.ratio:.2f}×"
        rows.append((figure.name, measured, ratio, str(figure.bar), met, figure.peer, figure.note))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


if __name__ == "__main__":
    sys.exit(main())
