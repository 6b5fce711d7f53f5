"""probe.memory and probe.lag: many slow targets at once."""

from __future__ import annotations

from collections.abc import Iterator

from measure import Figure, Setting, within
from side import side

NAMES = ("probe.memory", "probe.lag")

TARGETS = 10_000


def measure(_: Setting) -> Iterator[Figure]:
    """Yield what many slow targets at once cost."""
    with (
        side("probe_server.py") as service,
        side("probe_crowd.py", service.about["port"], TARGETS) as crowd,
    ):
        said = crowd.ask("go")
    peak_mb = said["peak_bytes"] / 1e6
    note = f"{TARGETS:,} at once, 2 s each, in {said['took_s']:.1f} s"
    yield within("probe.memory", peak_mb, 300, "MB", note)
    most = f"loop lag, p99, in the same run; at most {said['lag_most_s'] * 1000:.0f} ms"
    yield within("probe.lag", said["lag_p99_s"] * 1000, 50, "ms", most)
