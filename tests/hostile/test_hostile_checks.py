"""Checks that misbehave in every way we know, judged: never a GO, and nobody else is touched."""

# ruff: noqa: ANN401  # a check may return anything

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from functools import partial
from typing import Any, ClassVar, NoReturn

import pytest

from director.engine.limits import Limits
from director.engine.ready import Order
from director.engine.run import Engine
from director.errors import PluginError
from director.model.check import CheckSpec, Role
from director.model.decision import Decision, Verdict
from director.model.evidence import Evidence, EvidenceKind
from director.model.manifest import Manifest, Target
from director.model.outcome import Errored, Failed, Missing, Passed, Unknown
from director.model.plan import Plan, PlannedCheck
from director.model.probe import ProbeError, ProbeReason, Reply
from director.model.profile import CheckPolicy, Profile, Thresholds
from director.model.result import Result
from director.model.standing import Standing
from director.ports import Check, Probe
from director.rules.decide import decide
from director.testing import FakeClock, FakeProbe, target

GOOD = ("good.n0", "good.n1", "good.n2", "good.n3", "good.n4")
BAD = "bad.check"
DEADLINE_S = 0.05


@dataclass
class Bench:
    """One evaluation: a clock, a probe for everybody, and what outlives the run.

    It is a prober and a session in one.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    def session(self, _: Target) -> Bench:
        """Return itself."""
        return self

    def view(self, _: float) -> FakeProbe:
        """Return a probe that knows one page, and one that refuses."""
        refused = ProbeError(ProbeReason.CONNECT_REFUSED, "the connection was refused")
        denied = ProbeError(ProbeReason.POLICY_DENIED, "the address is denied")
        page = Reply(url="https://x/", status=200)
        return FakeProbe({"/": page, "/refused": refused, "/denied": denied})

    async def close(self) -> None:
        """Nothing to let go of."""


class OddError(BaseException):
    """Neither an exception nor one that the interpreter knows."""


class SilentError(Exception):
    """Will not say what it is."""

    def __str__(self) -> str:
        raise SystemExit(0)


class Better(Passed):
    """A subclass, which could say anything of itself."""


def throw(error: BaseException) -> NoReturn:
    """Raise *error*."""
    raise error


async def awaited() -> Passed:
    """Answer, if anybody awaits it."""
    return Passed("ok")


def forged(at: Any = None, *facts: Any) -> Passed:
    """Return a pass that rests on evidence nobody can use."""
    return Passed("ok", evidence=(Evidence(EvidenceKind.PROBED, "https://x/", at, facts),))


END_OF_TIME = datetime.max.replace(tzinfo=timezone(timedelta(hours=-2)))

EITHER: dict[str, Callable[[], Any]] = {
    "raises": lambda: throw(ValueError("bad")),
    "raises something odd": lambda: throw(OddError("odd")),
    "exits with 0": lambda: sys.exit(0),
    "interrupts": lambda: throw(KeyboardInterrupt()),
    "ends a generator": lambda: throw(GeneratorExit()),
    "stops an iteration": lambda: throw(StopIteration(Passed("ok"))),
    "cancels": lambda: throw(asyncio.CancelledError()),
    "raises a group": lambda: throw(BaseExceptionGroup("two", [SystemExit(0), OddError()])),
    "raises what will not say what it is": lambda: throw(SilentError()),
    "raises our own error": lambda: throw(PluginError(None, None)),  # type: ignore[arg-type]
    "runs out of stack": lambda: throw(RecursionError("too deep")),
    "runs out of memory": lambda: throw(MemoryError()),
    "returns nothing": lambda: None,
    "returns true": lambda: True,
    "returns a word": lambda: "go",
    "returns a verdict": lambda: Verdict.GO,
    "returns NaN": lambda: float("nan"),
    "returns the class": lambda: Passed,
    "returns a subclass": lambda: Better("ok"),
    "returns a coroutine": awaited,
    "speaks for the engine": lambda: Errored("x", "y"),
    "says it is missing": lambda: Missing("x"),
    "gives no text": lambda: Passed(None),  # type: ignore[arg-type]
    "gives no reason": lambda: Passed(""),
    "names a list": lambda: Passed("ok", evidence=[]),  # type: ignore[arg-type]
    "measures NaN": lambda: forged(None, ("a", float("nan"))),
    "measures more than fits": lambda: forged(None, ("a", 10**5000)),
    "saw it at the end of time": lambda: forged(END_OF_TIME),
}


async def late(bench: Bench, _: Probe) -> Passed:
    """Never answer."""
    await bench.release.wait()
    return Passed("ok")


async def stubborn(bench: Bench, _: Probe) -> Passed:
    """Refuse to be stopped."""
    while not bench.release.is_set():
        try:
            await bench.release.wait()
        except asyncio.CancelledError:
            continue
    return Passed("ok")


async def pleading(bench: Bench, _: Probe) -> Passed:
    """Answer when told to stop."""
    try:
        await bench.release.wait()
    except asyncio.CancelledError:
        return Passed("I was nearly done")
    return Passed("ok")


async def blocking(bench: Bench, _: Probe) -> Passed:
    """Keep everybody waiting, past every deadline."""
    bench.clock.advance(3600)
    return Passed("ok")


async def suicidal(_: Bench, __: Probe) -> Passed:
    """Cancel the task it runs in."""
    me = asyncio.current_task()
    assert me is not None
    me.cancel()
    return Passed("ok")


async def refused(_: Bench, probe: Probe) -> Passed:
    """Ask a service that is down."""
    await probe.get("/refused")
    return Passed("ok")


async def denied(_: Bench, probe: Probe) -> Passed:
    """Ask what it may not ask."""
    await probe.get("/denied")
    return Passed("ok")


async def lying(_: Bench, __: Probe) -> Passed:
    """Raise a probe error that holds nonsense."""
    raise ProbeError("fine", None)  # type: ignore[arg-type]


LIVE = (late, stubborn, pleading, blocking, suicidal, refused, denied, lying)


def spec_of(check: str, deadline_s: float = 10.0) -> CheckSpec:
    """Return the identity of a check."""
    return CheckSpec(id=check, title="t", category="c", why="w", remedy="r", deadline_s=deadline_s)


def inline(check: str, act: Callable[[], Any]) -> Check:
    """Return a manifest check that does *act*."""

    class Inline:
        spec: ClassVar[CheckSpec] = spec_of(check)

        def judge(self, _: Manifest) -> Any:
            return act()

    return Inline()


def live(check: str, act: Callable[[Probe], Any], deadline_s: float = 10.0) -> Check:
    """Return a live check that awaits *act*."""

    class Live:
        spec: ClassVar[CheckSpec] = spec_of(check, deadline_s)

        async def run(self, _: Target, probe: Probe) -> Any:
            return await act(probe)

    return Live()


async def well(probe: Probe) -> Passed:
    """Ask and answer as a check should."""
    reply = await probe.get("/")
    return Passed(f"answered {reply.status}")


def good_checks() -> list[Check]:
    """Return five checks that behave, of both kinds."""
    first, *others = GOOD
    return [inline(first, lambda: Passed("declared")), *(live(each, well) for each in others)]


PROFILE = Profile(
    name="test",
    digest="sha256:p",
    thresholds=Thresholds(go=Fraction("0.9"), conditional=Fraction("0.7")),
)


def planned(check: str, role: Role) -> PlannedCheck:
    """Return a planned check; each plugin has one word."""
    return PlannedCheck(
        policy=CheckPolicy(check=check, category="c", role=role), plugin=check.partition(".")[0]
    )


@dataclass(frozen=True)
class Judged:
    """What came of one evaluation."""

    decision: Decision
    results: tuple[Result, ...]
    reported: tuple[str, ...]
    abandoned: int

    @property
    def bad(self) -> Result:
        """The result of the one that misbehaves."""
        (bad,) = (result for result in self.results if result.check == BAD)
        return bad

    @property
    def good(self) -> list[Result]:
        """The results of those that behave."""
        return [result for result in self.results if result.check != BAD]


async def evaluate(bench: Bench, *checks: Check, role: Role = Role.REQUIRED) -> Judged:
    """Run *checks*, the bad one in *role*, and decide."""
    engine = Engine(bench, bench.clock, Limits())
    plan = Plan(
        tuple(
            planned(check.spec.id, role if check.spec.id == BAD else Role.REQUIRED)
            for check in sorted(checks, key=lambda check: check.spec.id)
        )
    )
    reported: list[str] = []

    async def report(check: PlannedCheck, _: Result) -> None:
        reported.append(check.id)

    order = Order(plan, target("https://x"), {check.spec.id: check for check in checks})
    results = await engine.run(order, report)
    decision = decide(plan, results, PROFILE, Standing(), bench.clock.now())
    return Judged(decision, results, tuple(reported), engine.abandoned)


async def require_contained(bench: Bench, bad: Check, role: Role, company: bool) -> Judged:
    """Evaluate *bad*, and assert that it neither helps nor hurts anybody else."""
    others = good_checks() if company else []

    judged = await evaluate(bench, *others, bad, role=role)

    alone = await evaluate(Bench(), *others)
    assert [r.outcome for r in judged.good] == [r.outcome for r in alone.good]
    assert [r.evidence for r in judged.good] == [r.evidence for r in alone.good]
    assert sorted(judged.reported) == sorted([*(r.check for r in alone.good), BAD])
    assert isinstance(judged.bad.outcome, Errored | Failed | Unknown)
    assert judged.bad.outcome.reason.isprintable()
    assert judged.decision.verdict is not Verdict.GO
    if role is not Role.ADVISORY or not company:
        assert judged.decision.verdict is Verdict.NO_GO
    return judged


everywhere = pytest.mark.parametrize("role", [Role.BLOCKER, Role.REQUIRED, Role.ADVISORY])
in_company = pytest.mark.parametrize("company", [False, True], ids=["alone", "among five"])


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """Return a bench, and let go whoever would not stop."""
    bench = Bench()
    yield bench
    bench.release.set()
    for _ in range(5):
        await asyncio.sleep(0)


@in_company
@everywhere
@pytest.mark.parametrize("act", EITHER.values(), ids=EITHER)
async def test_inline_misbehaviour_never_helps(
    bench: Bench, act: Callable[[], Any], role: Role, company: bool
) -> None:
    """A manifest check that misbehaves is errored, closes the gate, and touches nobody else."""
    judged = await require_contained(bench, inline(BAD, act), role, company)

    assert isinstance(judged.bad.outcome, Errored)
    assert judged.bad.evidence == ()


@in_company
@everywhere
@pytest.mark.parametrize("act", EITHER.values(), ids=EITHER)
async def test_live_misbehaviour_never_helps(
    bench: Bench, act: Callable[[], Any], role: Role, company: bool
) -> None:
    """A live check that misbehaves is errored, closes the gate, and touches nobody else."""

    async def misbehave(probe: Probe) -> Any:
        await probe.get("/")
        await asyncio.sleep(0)
        return act()

    judged = await require_contained(bench, live(BAD, misbehave), role, company)

    assert isinstance(judged.bad.outcome, Errored)


@in_company
@everywhere
@pytest.mark.parametrize("act", LIVE, ids=lambda act: act.__name__)
async def test_live_troubles_never_help(
    bench: Bench, act: Callable[[Bench, Probe], Any], role: Role, company: bool
) -> None:
    """Whoever is late, stubborn, blocking, blind or lying closes the gate, and nobody else does."""
    bad = live(BAD, partial(act, bench), DEADLINE_S)

    judged = await require_contained(bench, bad, role, company)

    assert judged.abandoned == (act is stubborn)
    kinds: dict[str, type] = {"refused": Failed, "denied": Unknown}
    assert type(judged.bad.outcome) is kinds.get(act.__name__, Errored)


async def test_five_that_behave_are_a_go(bench: Bench) -> None:
    """The bench itself is good for a GO: only the bad check keeps it away."""
    judged = await evaluate(bench, *good_checks())

    assert judged.decision.verdict is Verdict.GO


@pytest.mark.parametrize("kind", ["inline", "live"])
async def test_claiming_a_probe_verifies_nothing(bench: Bench, kind: str) -> None:
    """A check that claims to have probed passes, and verifies nothing."""

    async def claim(_: Probe) -> Passed:
        return forged()

    bad = inline(BAD, forged) if kind == "inline" else live(BAD, claim)
    judged = await evaluate(bench, inline("good.n0", forged), inline("good.n1", forged), bad)

    assert judged.decision.verdict is Verdict.GO
    assert judged.decision.verified == 0
    assert {e.kind for r in judged.results for e in r.evidence} == {EvidenceKind.DECLARED}


async def test_all_of_them_at_once(bench: Bench) -> None:
    """Every misbehaviour in one evaluation: one result each, and the good ones stand."""
    crowd = [
        *(inline(f"bad.inline{n}", act) for n, act in enumerate(EITHER.values())),
        *(live(f"bad.live{n}", partial(act, bench), DEADLINE_S) for n, act in enumerate(LIVE)),
    ]

    judged = await evaluate(bench, *crowd, *good_checks())

    assert len(judged.results) == len(crowd) + len(GOOD)
    assert [r.check for r in judged.results if isinstance(r.outcome, Passed)] == list(GOOD)
    assert judged.decision.verdict is Verdict.NO_GO
