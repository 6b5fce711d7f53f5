"""Run one check through the real engine, and return its result with the evidence."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, TypeAlias

from director.engine.clock import SystemClock
from director.engine.limits import Limits
from director.engine.ready import Order
from director.engine.run import Engine
from director.model.manifest import Manifest, Target
from director.model.plan import Plan, PlannedCheck
from director.model.profile import CheckPolicy
from director.model.result import Result
from director.ports import Check, Clock, Probe, Prober, ProbeSession, ProbeView
from director.testing.probe import FakeProbe

if TYPE_CHECKING:
    from director.testing.log_lines import LogLines

Asks: TypeAlias = Probe | Prober
"""What a check asks through: a probe of the test, or what opens real ones."""


async def examine(
    check: Check,
    subject: Target | Manifest,
    probe: Asks | None = None,
    *,
    clock: Clock | None = None,
    log: LogLines | None = None,
) -> Result:
    """Return the result of *check* about *subject*, as an evaluation has it.

    Deadline, containment, validation of the answer and the evidence of what was probed are the
    engine's own; there is no other road for tests.

    Args:
        check: The check, with its options.
        subject: The target it looks at, or a manifest alone.
        probe: What a live check asks: a fake probe, or a prober. If it is left out, the real
            one, which may reach loopback as well.
        clock: Where the times of the result come from; the machine's if it is left out. Where
            the real probe is asked it dates the result only: sockets know one time.
        log: Hears of the result as the JSON log does.

    Raises:
        ValueError: A line of the log does not fit the published schema.
    """
    target = Target(subject) if isinstance(subject, Manifest) else subject
    planned = planned_of(check)
    prober = _prober(check, probe)
    if clock is not None and not isinstance(prober, Handed):
        clock = _Dated(clock)
    engine = Engine(prober, clock or SystemClock(), Limits())
    try:
        (result,) = await engine.run(
            Order(Plan((planned,), target.manifest.owner), target, {check.spec.id: check}), _nobody
        )
    finally:
        await engine.close()
    if log is not None:
        log.hear(target, planned, result)
    return result


def planned_of(check: Check) -> PlannedCheck:
    """Return *check* as it stands in a plan, with the role and category of its own."""
    spec = check.spec
    return PlannedCheck(
        policy=CheckPolicy(check=spec.id, category=spec.category, role=spec.role),
        title=spec.title,
        remedy=spec.remedy,
        effort=spec.effort,
        reads=spec.reads,
        plugin=spec.id.partition(".")[0],
        version="0",
    )


def loopback_prober(ca_pem: str = "") -> Prober:
    """Return the real prober, which may reach loopback as well.

    Args:
        ca_pem: Certificate authorities to trust besides the system's, in PEM.

    Raises:
        DirectorError: aiohttp runs without its C parser.
    """
    from director.probing.guard import AddressPolicy  # noqa: PLC0415  # aiohttp is slow
    from director.probing.session import LiveProber  # noqa: PLC0415
    from director.probing.settings import ProbeSettings  # noqa: PLC0415

    policy = AddressPolicy(allow=(ip_network("127.0.0.0/8"), ip_network("::1/128")))
    return LiveProber(ProbeSettings(policy=policy, ca_pem=ca_pem), SystemClock())


def _prober(check: Check, probe: Asks | None) -> Prober:
    if probe is None:
        return loopback_prober() if hasattr(check, "run") else Handed(FakeProbe({}))
    given: Any = probe
    prober: Prober = Handed(given) if hasattr(given, "get") else given
    return prober


class _Dated:
    """The date of one clock, and the seconds of the machine's.

    Args:
        clock: Whose date.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seconds = SystemClock()

    def now(self) -> datetime:
        """Return the wall clock, aware, in UTC."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return seconds that never run backwards, on the time line of the event loop."""
        return self._seconds.monotonic()


class Handed:
    """A prober, and its only session, that hands out one probe.

    Args:
        probe: What every check asks.
    """

    def __init__(self, probe: ProbeView) -> None:
        self._probe = probe

    def session(self, target: Target) -> ProbeSession:
        """Return itself, whatever the target."""
        del target
        return self

    def view(self, deadline_at: float) -> ProbeView:
        """Return the probe, whatever the deadline."""
        del deadline_at
        return self._probe

    async def close(self) -> None:
        """Let go of nothing."""


async def _nobody(planned: PlannedCheck, result: Result) -> None:
    del planned, result
