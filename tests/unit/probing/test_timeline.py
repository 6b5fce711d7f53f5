"""director.probing.timeline: where the time goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.model.probe import Phase, ProbeError, ProbeReason
from director.probing.timeline import Timeline
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


class Running(FakeClock):
    """A clock that goes on a little whenever somebody looks at it."""

    def monotonic(self) -> float:
        """Return the time, a millisecond later than the last one who asked was told."""
        self.advance(0.001)
        return super().monotonic()


@given(st.lists(st.tuples(st.booleans(), durations, st.sampled_from(Phase))), st.booleans())
def test_hops_sum_to_the_whole(steps: list[tuple[bool, float, Phase]], failed: bool) -> None:
    """What was seen is of one moment: each phase is the sum of that phase in every hop.

    That holds while time goes on too, and the phase that was running is marked.
    """
    clock = Running()
    timeline = Timeline(clock)
    for hop, elapsed_s, phase in steps:
        if hop:
            timeline.hop("http://pay.test/")
        timeline.enter(phase)
        clock.advance(elapsed_s)
    running = timeline.phase
    if failed:
        timeline.fail(ProbeError(ProbeReason.HTTP_PROTOCOL, "no"))

    seen = timeline.seen()

    assert seen.phase is running
    for phase in Phase:
        whole_s = getattr(seen.phases, f"{phase}_s")
        assert sum(getattr(hop.phases, f"{phase}_s") for hop in seen.hops) == pytest.approx(
            whole_s, abs=1e-6
        )
    assert getattr(seen.phases, f"{running}_s") > 0


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
    ("peer", "shown"), [(("10.1.2.3", 443), "10.1.2.3:443"), (("::1", 80), "[::1]:80")]
)
def test_the_address_for_people(peer: tuple[str, int], shown: str) -> None:
    """An address of the sixth version stands in brackets before its port."""
    timeline = Timeline(FakeClock())
    assert timeline.address == ""

    timeline.dialled(*peer)

    assert timeline.address == shown


def test_every_hop_has_its_own_phases() -> None:
    """Each request of a probe is billed for itself, and all of them together are the total."""
    clock = FakeClock()
    timeline = Timeline(clock, "http://a/")
    timeline.dialled("10.0.0.1", 80)
    clock.advance(1)
    timeline.answered(302)
    timeline.hop("http://b/")
    timeline.enter(Phase.DNS)
    clock.advance(2)
    timeline.stop()

    first, second = timeline.hops()

    assert (first.url, first.status, first.address) == ("http://a/", 302, "10.0.0.1:80")
    assert (first.phases.connect_s, first.phases.total_s) == (1, 1)
    assert (second.url, second.status, second.address) == ("http://b/", None, "")
    assert (second.phases.dns_s, second.phases.total_s) == (2, 2)
    assert timeline.phases().total_s == 3
    assert timeline.address == "10.0.0.1:80"
    assert timeline.peer is None


def test_a_failure_names_the_phase_in_which_it_happened() -> None:
    """What is found out after a failure takes time too, and it is not that of the phase."""
    clock = FakeClock()
    timeline = Timeline(clock)
    timeline.enter(Phase.TLS)
    clock.advance(1)
    timeline.fail(ProbeError(ProbeReason.TLS_EXPIRED, "the certificate has expired"))
    clock.advance(2)
    timeline.stop()

    seen = timeline.seen()

    assert seen.phase is Phase.TLS
    assert (seen.phases.tls_s, seen.phases.other_s) == (1, 2)
