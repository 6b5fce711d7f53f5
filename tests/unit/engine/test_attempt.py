"""engine.attempt: whatever a check does, one result comes of it."""

# ruff: noqa: ANN401  # a check may return anything

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from director.engine.attempt import Reading, judge
from director.engine.vet import Vetter
from director.errors import PluginError
from director.model.evidence import Evidence, EvidenceKind
from director.model.outcome import Errored, Failed, Passed, Unknown
from director.model.probe import ProbeError, ProbeReason, Reply
from director.ports import Probe
from director.testing import target

if TYPE_CHECKING:
    from tests.unit.engine.conftest import Act, Stage

GOOD = Passed("as it should be")
DEADLINE_S = 0.05


class OddError(BaseException):
    """Neither an exception nor one that the interpreter knows."""


class SilentError(Exception):
    """Will not say what it is."""

    def __str__(self) -> str:
        raise KeyboardInterrupt


class HollowProbeError(ProbeError):
    """Is made without what a probe error holds."""

    def __init__(self) -> None:
        """Set nothing."""


def throw(error: BaseException) -> NoReturn:
    """Raise *error*."""
    raise error


def reading(stage: Stage) -> Reading:
    """Return what a manifest check is judged with."""
    return Reading(target().manifest, stage.clock, Vetter())


END_OF_TIME = datetime.max.replace(tzinfo=timezone(timedelta(hours=-2)))

RAISED: dict[str, tuple[Callable[[], Any], str, str]] = {
    "exception": (lambda: throw(ValueError("bad")), "ValueError: bad", "exception:ValueError"),
    "wordless": (lambda: throw(RuntimeError()), "RuntimeError", "exception:RuntimeError"),
    "base exception": (lambda: throw(OddError("odd")), "OddError: odd", "exception:OddError"),
    "sys.exit": (lambda: sys.exit(0), "SystemExit: 0", "exception:SystemExit"),
    "interrupt": (
        lambda: throw(KeyboardInterrupt()),
        "KeyboardInterrupt",
        "exception:KeyboardInterrupt",
    ),
    "generator exit": (lambda: throw(GeneratorExit()), "GeneratorExit", "exception:GeneratorExit"),
    "cancelled": (
        lambda: throw(asyncio.CancelledError()),
        "CancelledError",
        "exception:CancelledError",
    ),
    "group": (
        lambda: throw(BaseExceptionGroup("two", [SystemExit(), ValueError()])),
        "BaseExceptionGroup: two (2 sub-exceptions)",
        "exception:BaseExceptionGroup",
    ),
    "unprintable": (
        lambda: throw(SilentError()),
        "SilentError: (it cannot be printed)",
        "exception:SilentError",
    ),
    "our own error": (
        lambda: throw(PluginError(None, None)),  # type: ignore[arg-type]
        "PluginError: None",
        "exception:PluginError",
    ),
    "deep recursion": (
        lambda: throw(RecursionError("too deep")),
        "RecursionError: too deep",
        "exception:RecursionError",
    ),
    "end of time": (
        lambda: Passed("ok", evidence=(Evidence(EvidenceKind.DECLARED, "x", END_OF_TIME),)),
        "OverflowError: date value out of range",
        "exception:OverflowError",
    ),
    "no answer": (
        lambda: None,
        "must return Passed, Warned, Failed, Unknown or NotApplicable, got NoneType",
        "invalid_result",
    ),
    "empty reason": (lambda: Passed(""), "Passed.reason must not be empty", "invalid_result"),
}

raised = pytest.mark.parametrize(("act", "reason", "code"), RAISED.values(), ids=RAISED)


def as_live(act: Callable[[], Any]) -> Act:
    """Return *act* as what a live check does."""

    async def live(_: Probe) -> Any:
        return act()

    return live


def as_late_as(act: Callable[[], Any]) -> Act:
    """Return *act* as what a live check does after it gave the others a turn."""

    async def live(_: Probe) -> Any:
        await asyncio.sleep(0)
        return act()

    return live


@raised
def test_inline_misbehaviour_is_errored(
    stage: Stage, act: Callable[[], Any], reason: str, code: str
) -> None:
    """Whatever a manifest check raises or returns is one errored result with its reason."""
    result = judge(stage.inline(act), stage.planned("fake.inline"), reading(stage))

    assert result.outcome == Errored(reason, code)
    assert (result.check, result.evidence) == ("fake.inline", ())


@raised
@pytest.mark.parametrize("how", [as_live, as_late_as], ids=["at once", "later"])
async def test_live_misbehaviour_is_errored(
    stage: Stage,
    act: Callable[[], Any],
    reason: str,
    code: str,
    how: Callable[[Callable[[], Any]], Act],
) -> None:
    """Whatever a live check raises or returns is one errored result, and its neighbour's stands."""
    bad, good = await stage.run(
        stage.live(how(act), "fake.bad"), stage.live(how(lambda: GOOD), "fake.good")
    )

    assert bad.outcome == Errored(reason, code)
    assert good.outcome == GOOD


async def test_inline_misbehaviour_leaves_neighbours_alone(stage: Stage) -> None:
    """A manifest check that exits changes nothing for the ones before and after it."""
    results = await stage.run(
        stage.inline(lambda: GOOD, "fake.a"),
        stage.inline(lambda: sys.exit(0), "fake.b"),
        stage.inline(lambda: GOOD, "fake.c"),
    )

    assert [type(result.outcome) for result in results] == [Passed, Errored, Passed]


@pytest.mark.parametrize(
    ("took_s", "kind"), [(9.9, Passed), (10.0, Passed), (10.1, Errored)], ids=str
)
def test_an_inline_answer_may_take_the_deadline(stage: Stage, took_s: float, kind: type) -> None:
    """A manifest check that took longer than its deadline has not answered."""

    def act() -> Passed:
        stage.clock.advance(took_s)
        return Passed("ok", evidence=(Evidence(EvidenceKind.DECLARED, "wiki"),))

    result = judge(stage.inline(act), stage.planned("fake.inline"), reading(stage))

    assert type(result.outcome) is kind
    assert result.duration_s == took_s
    assert bool(result.evidence) is (kind is Passed)


@pytest.mark.parametrize(
    ("took_s", "kind"), [(9.9, Passed), (10.0, Passed), (10.1, Errored)], ids=str
)
async def test_a_live_answer_is_judged_by_our_clock(
    stage: Stage, took_s: float, kind: type
) -> None:
    """A check that blocks past its deadline is late, though the loop heard of it in time."""

    async def act(_: Probe) -> Passed:
        stage.clock.advance(took_s)
        return GOOD

    (result,) = await stage.run(stage.live(act))

    assert type(result.outcome) is kind
    assert result.duration_s == took_s
    if kind is Errored:
        told = "no answer within its deadline of 10 s; what came later does not count"
        assert result.outcome == Errored(told, "late_result_discarded")


async def test_who_blocks_is_late_alone(stage: Stage) -> None:
    """A check that blocks the loop past every deadline does not make its neighbours late."""

    async def act(_: Probe) -> Passed:
        stage.clock.advance(60)
        return GOOD

    results = await stage.run(
        stage.live(as_live(lambda: GOOD), "fake.a"),
        stage.live(act, "fake.b"),
        stage.live(as_live(lambda: GOOD), "fake.c"),
    )

    assert [type(result.outcome) for result in results] == [Passed, Errored, Passed]


async def test_a_late_answer_is_errored(stage: Stage) -> None:
    """A check that does not answer in time is told to stop, and errored."""
    told: list[bool] = []

    async def act(_: Probe) -> Passed:
        try:
            await asyncio.Event().wait()
        finally:
            told.append(True)
        return GOOD

    engine = stage.engine()
    (result,) = await engine.run(stage.order(stage.live(act, deadline_s=DEADLINE_S)), stage.report)

    assert result.outcome == Errored("no answer within its deadline of 0.05 s", "deadline")
    assert told == [True]
    assert engine.abandoned == 0


async def test_an_answer_to_the_cancellation_is_discarded(stage: Stage) -> None:
    """A check that swallows its cancellation and answers then has answered too late."""

    async def act(_: Probe) -> Passed:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return Passed("I was nearly done", evidence=(Evidence(EvidenceKind.DECLARED, "wiki"),))

    (result,) = await stage.run(stage.live(act, deadline_s=DEADLINE_S))

    told = "no answer within its deadline of 0.05 s; what came later does not count"
    assert result.outcome == Errored(told, "late_result_discarded")
    assert result.evidence == ()


async def turns() -> None:
    """Let everybody who can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def stubborn(release: asyncio.Event) -> Passed:
    """Refuse every cancellation until *release*."""
    while not release.is_set():
        try:
            await release.wait()
        except asyncio.CancelledError:
            continue
    return GOOD


async def test_who_will_not_stop_is_left_behind(stage: Stage) -> None:
    """A check that swallows cancellation for ever is counted, and the run ends without it."""
    release = asyncio.Event()
    engine = stage.engine()
    order = stage.order(
        stage.live(lambda _: stubborn(release), "fake.bad", DEADLINE_S),
        stage.live(as_live(lambda: GOOD), "fake.good"),
    )

    bad, good = await engine.run(order, stage.report)

    assert bad.outcome == Errored("no answer within its deadline of 0.05 s", "deadline")
    assert good.outcome == GOOD
    assert engine.abandoned == 1
    release.set()
    await turns()
    assert engine.abandoned == 0
    assert bad.outcome == Errored("no answer within its deadline of 0.05 s", "deadline")


async def test_who_will_not_stop_is_counted_after_an_interruption(stage: Stage) -> None:
    """A check that outlives the run it belonged to is counted as well."""
    release, begun = asyncio.Event(), asyncio.Event()

    async def act(_: Probe) -> Passed:
        begun.set()
        return await stubborn(release)

    engine = stage.engine()
    running = asyncio.ensure_future(engine.run(stage.order(stage.live(act)), stage.report))
    await begun.wait()
    running.cancel()
    await asyncio.wait({running})

    assert running.cancelled()
    assert engine.abandoned == 1
    release.set()
    await turns()
    assert engine.abandoned == 0


@pytest.mark.parametrize("waits", [True, False], ids=["waits", "returns"])
async def test_who_cancels_itself_is_errored(stage: Stage, waits: bool) -> None:
    """A check that cancels the task it runs in has broken only itself."""

    async def act(_: Probe) -> Passed:
        me = asyncio.current_task()
        assert me is not None
        me.cancel()
        if waits:
            await asyncio.sleep(0)
        return GOOD

    bad, good = await stage.run(
        stage.live(act, "fake.bad"), stage.live(as_late_as(lambda: GOOD), "fake.good")
    )

    assert isinstance(bad.outcome, Errored)
    assert bad.outcome.code == "exception:CancelledError"
    assert good.outcome == GOOD


@pytest.mark.parametrize("reason", list(ProbeReason))
async def test_only_positive_evidence_is_a_failure(stage: Stage, reason: ProbeReason) -> None:
    """No answer of the probe is failed if it tells of the service, unknown if it tells of us."""
    stage.prober.answers = {"/": ProbeError(reason, "no luck", url="https://x/")}

    async def act(probe: Probe) -> Passed:
        await probe.get("/")
        return GOOD

    (result,) = await stage.run(stage.live(act))

    text = "https://x/: no luck"
    if reason.blind:
        assert result.outcome == Unknown(text, reason.value)
    else:
        assert result.outcome == Failed(text, observed=reason.value, code=reason.value)


def test_blindness_is_a_closed_list() -> None:
    """What says more about us than about the service is written down, not derived."""
    assert {reason.value for reason in ProbeReason if reason.blind} == {
        "invalid_url",
        "policy_denied",
        "secret_denied",
        "dns_timeout",
        "dns_servfail",
        "dns_protocol",
        "connect_timeout",
        "connect_unreachable",
        "redirect_cross_origin",
    }


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            ProbeError("timeout", "slow"),  # type: ignore[arg-type]
            Errored("ValueError: 'timeout' is not a valid ProbeReason", "exception:ValueError"),
        ),
        (
            HollowProbeError(),
            Errored(
                "AttributeError: 'HollowProbeError' object has no attribute 'reason'",
                "exception:AttributeError",
            ),
        ),
        (
            ProbeError(ProbeReason.CONNECT_REFUSED, 7),  # type: ignore[arg-type]
            Failed("7", observed="connect_refused", code="connect_refused"),
        ),
        (
            ProbeError(ProbeReason.POLICY_DENIED, "\x1b[31mno\n"),
            Unknown("\ufffd[31mno ", "policy_denied"),
        ),
    ],
    ids=["word", "hollow", "number", "escape"],
)
async def test_a_probe_error_of_its_own_is_not_trusted(
    stage: Stage, error: ProbeError, expected: object
) -> None:
    """A check may raise a probe error itself, with anything in it, and hurts only itself."""
    bad, good = await stage.run(
        stage.live(as_live(lambda: throw(error)), "fake.bad"),
        stage.live(as_live(lambda: GOOD), "fake.good"),
    )

    assert bad.outcome == expected
    assert good.outcome == GOOD


async def test_what_the_probe_showed_is_evidence(stage: Stage) -> None:
    """A result carries what the check named, as declared, then what the probe saw for it."""
    stage.prober.answers = {"/a": Reply(url="https://x/a", status=200)}

    async def act(probe: Probe) -> Passed:
        await probe.get("/a")
        return Passed("ok", evidence=(Evidence(EvidenceKind.PROBED, "https://forged/"),))

    (result,) = await stage.run(stage.live(act))

    assert result.evidence == (
        Evidence(EvidenceKind.DECLARED, "https://forged/"),
        Evidence(EvidenceKind.PROBED, "https://x/a"),
    )


async def test_who_never_asks_has_verified_nothing(stage: Stage) -> None:
    """A live check that answers without its probe carries no probed evidence."""
    (result,) = await stage.run(stage.live(as_live(lambda: GOOD)))

    assert result.outcome == GOOD
    assert result.evidence == ()


async def test_the_probe_knows_the_deadline(stage: Stage) -> None:
    """The probe of a check ends with the check's own deadline, on the monotonic clock."""
    stage.clock.advance(5)

    await stage.run(stage.live(as_live(lambda: GOOD), deadline_s=2.5))

    assert stage.prober.sessions[0].deadlines == [7.5]


async def test_a_result_says_when(stage: Stage) -> None:
    """A result carries the wall clock at its beginning and how long it took."""
    stage.clock.advance(90)

    async def act(_: Probe) -> Passed:
        stage.clock.advance(3)
        return GOOD

    (result,) = await stage.run(stage.live(act))

    assert result.started_at == datetime(2026, 1, 1, 0, 1, 30, tzinfo=UTC)
    assert result.duration_s == 3
