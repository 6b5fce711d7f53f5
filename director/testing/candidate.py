"""The check that conformance looks at, and how it is asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeAlias, cast

from director.model.check import CheckSpec
from director.model.manifest import Manifest, Target
from director.model.outcome import Errored, NotApplicable, Outcome, Passed, Warned, word
from director.model.probe import Reply
from director.model.result import Result
from director.model.text import printable
from director.model.value import dataclass
from director.ports import Check, LiveCheck, Probe, ProbeView
from director.testing.asked import WatchedProber
from director.testing.examining import Handed, examine, loopback_prober
from director.testing.fake_service import FakeService
from director.testing.probe import FakeProbe
from director.testing.samples import target
from director.testing.still import StillProbe
from director.testing.watch import Watch


@dataclass(frozen=True, slots=True)
class Meeting:
    """A target, and the probe that a check asks about it.

    Attributes:
        target: What the check looks at.
        probe: What it asks.
    """

    target: Target
    probe: FakeProbe


Subject: TypeAlias = Manifest | Target | FakeService | FakeProbe | Meeting
"""What an author says is well, or ill: a manifest, a target, a service of the test, or a probe,
which is asked about a sample service or about a target of the author's."""

HURRY_S = 0.5
"""The deadline where nothing answers: a suite does not wait as long as an evaluation would."""

PATIENCE_S = 5.0
"""The longest deadline where something answers."""


class State(StrEnum):
    """Whether a clause of the conformance holds."""

    OK = "ok"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one clause.

    Attributes:
        clause: Which, for example ``dead_refused``.
        promise: What it says, in one sentence.
        state: Whether it holds.
        reason: What was seen; why, where it does not hold or does not apply.
    """

    clause: str
    promise: str
    state: State
    reason: str


Finding: TypeAlias = tuple[State, str]
"""Whether a clause holds, and what was seen."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A check, and what its author says of it.

    Attributes:
        make: Makes the check, with the options it needs to ask anything.
        plugin: The entry point, with which its id must begin; empty if nobody knows.
        good: What it must pass on; None if nobody says.
        bad: What it must fail on; None if nobody says.
        overheard: Returns what its process printed since it was last asked, where it runs in a
            process of its own; None where it runs in this one.
    """

    make: Callable[[], Check]
    plugin: str = ""
    good: Subject | None = None
    bad: Subject | None = None
    overheard: Callable[[], str] | None = None

    @property
    def live(self) -> bool:
        """Whether it wants to touch the world."""
        return hasattr(self.make(), "run")


Clause: TypeAlias = Callable[[Candidate], Awaitable[Finding]]


@dataclass(frozen=True, slots=True)
class Run:
    """One examination, and what it did to the process.

    Attributes:
        result: What came of it.
        watch: What changed meanwhile.
        how: By which methods the probe was asked.
        took_s: How long it took on the wall, in seconds.
        stuck: Whether the check still ran when it had been told to stop.
    """

    result: Result
    watch: Watch
    how: frozenset[str]
    took_s: float
    stuck: bool = False

    @property
    def outcome(self) -> Outcome:
        """What the check said, or what the engine says for it."""
        return self.result.outcome

    @property
    def favourable(self) -> bool:
        """Whether it helps the service: passed, warned, or does not apply."""
        return isinstance(self.outcome, Passed | Warned | NotApplicable)

    @property
    def broken(self) -> bool:
        """Whether the check broke instead of answering; not being done in time is no break."""
        return isinstance(self.outcome, Errored) and self.outcome.code not in _LATE

    @property
    def said(self) -> str:
        """The outcome in one line."""
        return f"{word(self.outcome)}: {printable(self.outcome.reason)}"


_LATE = frozenset({"deadline", "late_result_discarded"})
"""What the engine says of an answer that did not come in time."""


class Hurried:
    """A live check with a shorter deadline, which remembers the task it ran in.

    Args:
        check: The check.
        deadline_s: Longest time it may take, in seconds; its own if that is shorter.
    """

    def __init__(self, check: LiveCheck, deadline_s: float) -> None:
        self.spec: CheckSpec = replace(
            check.spec, deadline_s=min(check.spec.deadline_s, deadline_s)
        )
        self._check = check
        self.task: asyncio.Task[Any] | None = None

    async def run(self, target: Target, probe: Probe) -> Any:  # noqa: ANN401  # whatever it says
        """Ask the check."""
        self.task = asyncio.current_task()
        return await self._check.run(target, probe)


async def ask(
    candidate: Candidate,
    about: Target | Manifest,
    probe: ProbeView | None = None,
    deadline_s: float = PATIENCE_S,
) -> Run:
    """Examine a new check of *candidate* through the engine, and watch the process meanwhile.

    Args:
        candidate: Whose check.
        about: What it looks at.
        probe: What a live check asks; None for the real probe.
        deadline_s: Its deadline, in seconds; its own if that is shorter.
    """
    watch = Watch()
    # Whoever runs elsewhere changes nothing here; but how it is asked may.
    with watch if candidate.overheard is None else nullcontext():
        made: Any = candidate.make()
        check = Hurried(made, deadline_s) if hasattr(made, "run") else made
        prober = WatchedProber(loopback_prober() if probe is None else Handed(probe))
        began = time.monotonic()
        result = await examine(cast("Check", check), about, prober)
        took_s = time.monotonic() - began
        stuck = isinstance(check, Hurried) and check.task is not None and not check.task.done()
    return Run(result, watch, frozenset(prober.how), took_s, stuck)


async def ask_about(candidate: Candidate, subject: Subject) -> Run:
    """Examine what an author says is well or ill, whatever it is."""
    if isinstance(subject, FakeService):
        async with subject:
            return await ask(candidate, sample(subject.base_url))
    if isinstance(subject, Meeting):
        return await ask(candidate, subject.target, subject.probe)
    if isinstance(subject, FakeProbe):
        return await ask(candidate, sample("http://service.test"), subject)
    return await ask(candidate, subject)


async def ask_still(candidate: Candidate) -> Run:
    """Examine something that is the same every time."""
    about = sample(
        "http://service.test", **dict.fromkeys(declarations(candidate.make().spec), True)
    )
    return await ask(candidate, about, still())


def still() -> FakeProbe:
    """Return a probe that answers every page with 200 and a health document."""
    body = b'{"status": "pass"}'
    headers = (("content-type", "application/health+json"),)
    return StillProbe(Reply(url="http://service.test/", status=200, headers=headers, body=body))


def sample(base_url: str, /, **declares: bool) -> Target:
    """Return the sample service with everything that a manifest may say of it."""
    about = target(base_url, **declares)
    said = replace(
        about.manifest,
        version="1.0.0",
        tier=1,
        description="Stands for any service",
        artifact=f"sha256:{'1' * 64}",
    )
    return replace(about, manifest=said)


def declarations(spec: CheckSpec) -> tuple[str, ...]:
    """Return the declarations that a check says it reads, and the usual ones, sorted."""
    own = {place.partition(".")[2] for place in spec.reads if place.startswith("declares.")}
    return tuple(sorted(own | _USUAL))


_USUAL = frozenset(
    {
        "alerts", "backup", "healthcheck", "load_test", "logging", "metrics", "on_call",
        "rollback_plan", "runbook", "security_review", "sla", "test_coverage_percent",
    }
)  # fmt: skip
