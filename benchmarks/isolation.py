"""isolation.*: checks in worker processes beside the same checks in this process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from measure import Bar, Figure, Setting, median_ratio, within
from side import Side, side

NAMES = (
    "isolation.overhead_one",
    "isolation.overhead_200",
    "isolation.cold_start",
    "isolation.twenty",
    "isolation.twenty_lag",
)


def measure(setting: Setting) -> Iterator[Figure]:
    """Yield what it costs that a plugin cannot hurt."""
    with side("probe_server.py") as service, side("isolation_ours.py", service.about["port"]) as us:
        yield _overhead(us, setting, "one", Bar(3.0), "one live check after the other")
        yield _overhead(us, setting, "200", Bar(1.5), "200 live checks at the same time")
        yield _cold_start(us, setting)
        walls, lags = [], []
        for _ in range(setting.rounds(3, 15)):
            said = us.ask("twenty")
            walls.append(float(said["above_s"]))
            lags.append(float(said["lag_p99_s"]) * 1000)
    note = "20 plugins with 10 checks each, loaded and asked; above the slowest check"
    yield within("isolation.twenty", median(walls), 1.0, "s", note)
    yield within("isolation.twenty_lag", median(lags), 50, "ms", "p99 of the event loop meanwhile")


def _overhead(us: Side, setting: Setting, how: str, bar: Bar, note: str) -> Figure:
    ask = us.ask
    near, far = [], []
    ask(f"near {how}"), ask(f"far {how}")
    for _ in range(setting.rounds(5, 20)):
        near.append(float(ask(f"near {how}")["each_s"]))
        far.append(float(ask(f"far {how}")["each_s"]))
    return Figure(
        name=f"isolation.overhead_{how}",
        value=median(far) * 1000,
        unit="ms",
        peer="the same check in this process",
        ratio=median_ratio(far, near),
        bar=bar,
        note=note,
    )


def _cold_start(us: Side, setting: Setting) -> Figure:
    ask = us.ask
    ours, theirs = [], []
    for _ in range(setting.rounds(10, 40)):
        ours.append(float(ask("cold")["took_s"]) * 1000)
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import asyncio"], check=True)
        theirs.append((time.perf_counter() - began) * 1000)
    note = f"python -c 'import asyncio' takes {median(theirs):.0f} ms here"
    return within("isolation.cold_start", median(ours), 150, "ms", note)
