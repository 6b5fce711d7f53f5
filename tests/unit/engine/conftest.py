"""What the tests of the engine share: checks that do as they are told, and a probe that counts."""

# ruff: noqa: ANN401  # a check may return anything, and that is the point

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

import pytest

from director.engine.limits import Limits
from director.engine.ready import Order
from director.engine.run import Engine
from director.model.check import CheckSpec, Role
from director.model.manifest import Manifest, Target
from director.model.outcome import Missing, NotApplicable
from director.model.plan import Plan, PlannedCheck
from director.model.probe import ProbeError, Reply
from director.model.profile import CheckPolicy
from director.model.result import Result
from director.ports import Check, Clock, LiveCheck, ManifestCheck, Probe
from director.testing import FakeClock, FakeProbe, target

Act = Callable[[Probe], Awaitable[Any]]


@dataclass
class FakeSession:
    """Hands out a fake probe to each check."""

    answers: Mapping[str, Reply | ProbeError]
    deadlines: list[float] = field(default_factory=list)
    closed: int = 0

    def view(self, deadline_at: float) -> FakeProbe:
        """Return a probe of its own."""
        self.deadlines.append(deadline_at)
        return FakeProbe(self.answers)

    async def close(self) -> None:
        """Count how often it was closed."""
        self.closed += 1


@dataclass
class FakeProber:
    """Opens fake sessions and remembers them."""

    answers: Mapping[str, Reply | ProbeError] = field(default_factory=dict)
    sessions: list[FakeSession] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    closed: bool = False

    def session(self, target: Target) -> FakeSession:
        """Open a session for *target*."""
        self.targets.append(target)
        self.sessions.append(FakeSession(self.answers))
        return self.sessions[-1]

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


@dataclass
class Stage:
    """Builds checks, plans and engines; every default is the plainest that holds."""

    clock: FakeClock = field(default_factory=FakeClock)
    prober: FakeProber = field(default_factory=FakeProber)
    reported: list[tuple[str, Result]] = field(default_factory=list)

    def spec(self, check: str, deadline_s: float = 10.0) -> CheckSpec:
        """Return the identity of a check."""
        return CheckSpec(
            id=check, title="t", category="c", why="w", remedy="r", deadline_s=deadline_s
        )

    def inline(self, say: Callable[[], Any], check: str = "fake.inline") -> ManifestCheck:
        """Return a manifest check that answers with what *say* returns."""
        its_spec = self.spec(check)

        class Inline:
            spec: ClassVar[CheckSpec] = its_spec

            def judge(self, manifest: Manifest) -> Any:
                assert isinstance(manifest, Manifest)
                return say()

        return Inline()

    def live(self, act: Act, check: str = "fake.live", deadline_s: float = 10.0) -> LiveCheck:
        """Return a live check that answers with what *act* returns."""
        its_spec = self.spec(check, deadline_s)

        class Live:
            spec: ClassVar[CheckSpec] = its_spec

            async def run(self, target: Target, probe: Probe) -> Any:
                assert isinstance(target, Target)
                return await act(probe)

        return Live()

    def planned(
        self,
        check: str,
        *,
        plugin: str = "director-fake",
        answer: NotApplicable | Missing | None = None,
        **options: Any,
    ) -> PlannedCheck:
        """Return a planned check."""
        policy = CheckPolicy(check=check, category="c", role=Role.REQUIRED, weight=Fraction(1))
        return PlannedCheck(
            policy=policy, plugin=plugin, answer=answer, options=tuple(sorted(options.items()))
        )

    def order(self, *checks: Check, plan: tuple[PlannedCheck, ...] = ()) -> Order:
        """Return an order for *checks*, with a plan of them unless one is given."""
        planned = plan or tuple(self.planned(check.spec.id) for check in checks)
        return Order(Plan(planned), target(), {check.spec.id: check for check in checks})

    def engine(self, limits: Limits | None = None, clock: Clock | None = None) -> Engine:
        """Return an engine on the fake clock and the fake prober."""
        return Engine(self.prober, clock or self.clock, limits or Limits())

    async def report(self, planned: PlannedCheck, result: Result) -> None:
        """Remember a result, after a moment in which others may run."""
        await asyncio.sleep(0)
        self.reported.append((planned.id, result))

    async def run(self, *checks: Check) -> tuple[Result, ...]:
        """Run *checks* and return their results."""
        return await self.engine().run(self.order(*checks), self.report)


@pytest.fixture
def stage() -> Stage:
    """Return a stage of its own for each test."""
    return Stage()
