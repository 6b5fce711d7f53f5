"""director.probing.timeline: where the time goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.model.probe import ProbeReason
from director.probing.timeline import Phase, Timeline
from director.testing import FakeClock

durations = st.floats(min_value=0, max_value=100, allow_nan=False)


@given(st.lists(st.tuples(durations, st.sampled_from(Phase))), durations)
def test_phases_sum_to_the_total(steps: list[tuple[float, Phase]], last_s: float) -> None:
    """However a probe goes, and wherever it ends, its phases sum to what was measured."""
    clock = FakeClock()
    timeline = Timeline(clock)
    for elapsed_s, phase in steps:
        clock.advance(elapsed_s)
        timeline.enter(phase)
    clock.advance(last_s)
    timeline.stop()
    clock.advance(1000)

    total_s = sum(elapsed_s for elapsed_s, _ in steps) + last_s
    assert timeline.phases().total_s == pytest.approx(total_s, abs=1e-6)


def test_each_phase_is_billed_its_own_time() -> None:
    """Time is billed to the phase in which it passed, over several hops too."""
    clock = FakeClock()
    timeline = Timeline(clock)
    for phase, elapsed_s in [("dns", 1), ("connect", 2), ("ttfb", 4), ("connect", 8)]:
        timeline.enter(Phase(phase))
        clock.advance(elapsed_s)

    phases = timeline.phases()

    assert (phases.dns_s, phases.connect_s, phases.ttfb_s) == (1, 10, 4)


def test_a_running_probe_can_be_looked_at() -> None:
    """Whoever looks while it runs sees the time until now, and disturbs nothing."""
    clock = FakeClock()
    timeline = Timeline(clock)
    timeline.enter(Phase.TTFB)
    clock.advance(2)

    assert timeline.phases().ttfb_s == 2
    clock.advance(3)
    assert timeline.phases().ttfb_s == 5


@pytest.mark.parametrize(
    ("phase", "reason"),
    [
        (Phase.DNS, ProbeReason.DNS_TIMEOUT),
        (Phase.CONNECT, ProbeReason.CONNECT_TIMEOUT),
        (Phase.TLS, ProbeReason.TLS_TIMEOUT),
        (Phase.SEND, ProbeReason.SEND_TIMEOUT),
        (Phase.TTFB, ProbeReason.TTFB_TIMEOUT),
        (Phase.TRANSFER, ProbeReason.BODY_TIMEOUT),
        (Phase.OTHER, ProbeReason.CONNECT_TIMEOUT),
    ],
)
def test_a_timeout_names_its_phase(phase: Phase, reason: ProbeReason) -> None:
    """The reason of a timeout is the phase in which the deadline struck."""
    timeline = Timeline(FakeClock())

    timeline.enter(phase)

    assert timeline.timed_out is reason


@pytest.mark.parametrize(
    ("peer", "shown"),
    [(None, ""), (("10.1.2.3", 443), "10.1.2.3:443"), (("::1", 80), "[::1]:80")],
)
def test_the_address_for_people(peer: tuple[str, int] | None, shown: str) -> None:
    """An address of the sixth version stands in brackets before its port."""
    timeline = Timeline(FakeClock())

    timeline.peer = peer

    assert timeline.address == shown
