"""schedule.lateness and schedule.memory: many targets on one grid, with simulated probes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from measure import Figure, Setting, within

NAMES = ("schedule.lateness", "schedule.memory", "schedule.missed")


def measure(setting: Setting) -> Iterator[Figure]:
    """Yield how late evaluations begin, and what it takes: 333 runs a second in both forms."""
    count, every_s, for_s = (100_000, 300, 300) if setting.long else (20_000, 60, 60)
    script = Path(__file__).with_name("schedule_crowd.py")
    ran = subprocess.run(
        [sys.executable, script, str(count), str(every_s), str(for_s)],
        check=True,
        stdout=subprocess.PIPE,
        cwd=setting.root,
    )
    said = json.loads(ran.stdout)
    note = (
        f"{count:,} targets, every {every_s} s: {said['runs'] / for_s:.0f}/s,"
        f" median {said['p50_s'] * 1000:.1f} ms, at most {said['most_s']:.2f} s,"
        f" {said['cpu']:.2f} cores"
    )
    yield within("schedule.lateness", said["p99_s"] * 1000, 1000, "ms", note)
    yield within("schedule.missed", said["missed"], 0.5, "runs", "of them, missed")
    yield within("schedule.memory", said["peak_mb"], 500, "MB", f"{count:,} targets")
