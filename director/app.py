"""Floor 5: the whole story of one evaluation, in one readable method."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from director.engine.bus import Bus
from director.engine.past import Memory, Past
from director.engine.ready import Order, Refusal, make_ready
from director.engine.run import Engine
from director.errors import Fault, InputError, ManifestError, ProfileError, StoreError
from director.model.audit import Kept
from director.model.catalog import Catalog
from director.model.difference import Difference, Turn
from director.model.event import (
    CheckCompleted,
    DecisionChanged,
    DecisionMade,
    EvaluationCancelled,
    EvaluationRequested,
    EvaluationStarted,
    Stamp,
    Subject,
)
from director.model.lock import PlanLock
from director.model.manifest import Environment, Target
from director.model.override import Effective
from director.model.plan import Origin, Plan, PlannedCheck
from director.model.profile import Profile
from director.model.record import Record
from director.model.report import Judged
from director.model.result import Result
from director.model.value import dataclass
from director.ports import Clock, Prover, Store
from director.ports.outside import Make
from director.rules.decide import decide
from director.rules.options import (
    OptionProblem,
    Understand,
    option_problems,
    refer_to_nothing,
    understand_nothing,
)
from director.rules.plan import plan as plan_checks
from director.rules.summarise import Run, summarise

if TYPE_CHECKING:
    from director.loading.manifest import LoadedManifest


@dataclass(frozen=True, slots=True)
class Request:
    """What to evaluate.

    Attributes:
        evaluation: The identity of this evaluation, a ULID; recording it twice changes nothing.
        loaded: The manifest, with the places of its values.
        environment: In which of its environments; None if it names none.
        profile: The policy to judge it by.
        trigger: What asked for it: ``manual pipeline event schedule other``.
        lock: What was agreed to answer; None if nothing was.
        sampled: Whether it is one look of many at a running service: then who looks says when what
            is held true of it changes, and one decision that differs from the last is no news.
    """

    evaluation: str
    loaded: LoadedManifest
    environment: Environment | None
    profile: Profile
    trigger: str = "manual"
    lock: PlanLock | None = None
    sampled: bool = False

    @property
    def target(self) -> Target:
        """What the evaluation is about."""
        return Target(self.loaded.manifest, self.environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Everything the Director works with.

    Attributes:
        catalog: What is installed.
        classes: The installed checks by id.
        engine: Runs plans.
        bus: Tells everybody who wants to know.
        store: Keeps decisions; None for a run that is only for looking.
        clock: Where time comes from.
        new_id: Makes an identity for a moment.
        version: The version that decides.
        prover: Says who signed waivers and overrides; None where no signature proves anything.
        understand: Reads what a check shall expect of an answer.
        refer: Looks secrets up that are referred to.
    """

    catalog: Catalog
    classes: Mapping[str, Make]
    engine: Engine
    bus: Bus
    store: Store | None
    clock: Clock
    new_id: Callable[[datetime], str]
    version: str
    prover: Prover | None = None
    understand: Understand = understand_nothing
    refer: Understand = refer_to_nothing


class Director:
    """Answers whether a service may go to production."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._memory = Memory(tools.store, tools.prover, tools.clock, tools.new_id)
        self._usual: dict[tuple[str, bool, bool, bool], tuple[Profile, Order]] = {}

    def plan(self, request: Request) -> Order:
        """Return what would have to answer, ready to run, without asking anything.

        Raises:
            ManifestError: The manifest sets options that cannot be used.
            ProfileError: The profile does.
        """
        profile, target = request.profile, request.target
        if target.manifest.checks or request.lock is not None:
            return self._planned(request)
        # Manifests that ask for nothing of their own share one plan: it depends on the profile,
        # and on which of the things that ``when`` asks for the target has.
        key = (
            profile.digest,
            bool(target.base_url),
            bool(target.manifest.artifact),
            target.environment is not None,
        )
        known = self._usual.get(key)
        if known is None or known[0] is not profile:
            known = self._usual[key] = profile, self._planned(request)
        order = known[1]
        plan = Plan(order.plan.checks, target.manifest.owner, order.plan.weighting)
        return Order(plan, target, order.checks)

    def _planned(self, request: Request) -> Order:
        catalog, profile, target = self._tools.catalog, request.profile, request.target
        understand, refer = self._tools.understand, self._tools.refer
        problems = option_problems(profile, target.manifest, catalog, understand, refer)
        if problems:
            raise _rejection(request, problems)
        plan = plan_checks(profile, target, catalog)
        if request.lock is not None:
            from director.loading.lock import is_older  # noqa: PLC0415  # only where there is one
            from director.rules.lock import held  # noqa: PLC0415

            plan = held(plan, profile, request.lock, is_older)
        order, refusals = make_ready(plan, target, self._tools.classes)
        if refusals:
            raise _rejection(request, tuple(_as_problem(request, r) for r in refusals))
        return order

    async def evaluate(self, request: Request) -> Judged:
        """Plan, ask, decide, record, announce.

        Every check's event is published before the decision is made, and the decision is
        durable before it is announced.

        Raises:
            InputError: The manifest or the profile cannot be used.
            StoreError: The record cannot be read or written; there is no decision.
        """
        tools, began = self._tools, self._tools.clock.monotonic()
        order = self.plan(request)
        subject = self._subject(request)
        started = self._stamp()
        results: list[Result] = []

        async def report(planned: PlannedCheck, result: Result) -> None:
            results.append(result)
            await tools.bus.publish(CheckCompleted(self._stamp(), subject, planned, result))

        # The store opens meanwhile; where there is none, there is nothing to wait for.
        remembers = self._memory.past(subject, request.profile)
        past = None if tools.store is None else asyncio.ensure_future(remembers)
        try:
            await tools.bus.publish(EvaluationRequested(started, subject))
            await tools.bus.publish(
                EvaluationStarted(self._stamp(), subject, planned=len(order.plan.checks))
            )
            found = await tools.engine.run(order, report)
            known = await (remembers if past is None else past)
            known = await self._memory.again(known, subject, request.profile)
            decision = decide(order.plan, found, request.profile, known.standing, tools.clock.now())
            record = summarise(decision, self._run(request, known, subject, (started.at, began)))
            effective = await self._memory.effective(record, known.standing)
            kept = await self._memory.keep(record, effective, known.standing)
        except (asyncio.CancelledError, StoreError) as error:
            await self._cancelled(subject, error, len(results), len(order.plan.checks))
            raise
        finally:
            # Its trouble, too, is nobody's any more.
            remembers.close() if past is None else past.cancel()
        return await self._announced(request, subject, kept, (effective, known.latest))

    def _run(
        self, request: Request, known: Past, subject: Subject, began: tuple[datetime, float]
    ) -> Run:
        """Return what is known of an evaluation that began at a moment of both clocks."""
        tools, (started_at, began_at) = self._tools, began
        return Run(
            subject=subject,
            manifest=request.loaded.manifest,
            profile=request.profile,
            started_at=started_at,
            duration_s=tools.clock.monotonic() - began_at,
            previous=known.latest.verdict if known.latest else None,
            director_version=tools.version,
            log_dropped=tools.bus.dropped,
            source=request.loaded.source,
            lines=request.loaded.lines,
            cases=known.standing.cases,
        )

    async def _announced(
        self,
        request: Request,
        subject: Subject,
        kept: Kept,
        known: tuple[Effective | None, Record | None],
    ) -> Judged:
        effective, latest = known
        record, recorded = kept.record, self._tools.store is not None
        publish = self._tools.bus.publish
        difference = _difference(latest, record) if latest else None
        gone = tuple(c.check for c in difference.turned(Turn.GONE)) if difference else ()
        await publish(
            DecisionMade(self._stamp(), subject, record, recorded, effective, kept.seal, gone)
        )
        if record.changed and not request.sampled:
            await publish(DecisionChanged(self._stamp(), subject, record))
        return Judged(record, recorded, difference, effective=effective, gone=gone)

    async def _cancelled(
        self, subject: Subject, error: BaseException, completed: int, planned: int
    ) -> None:
        reason = str(error) if isinstance(error, StoreError) else "interrupted"
        await self._tools.bus.publish(
            EvaluationCancelled(self._stamp(), subject, reason, completed, planned)
        )

    def _stamp(self) -> Stamp:
        now = self._tools.clock.now()
        return Stamp(self._tools.new_id(now), now)

    def _subject(self, request: Request) -> Subject:
        manifest = request.loaded.manifest
        return Subject(
            evaluation=request.evaluation,
            trigger=request.trigger,
            service=manifest.name,
            environment=request.environment.name if request.environment else "",
            version=manifest.version,
            owner=manifest.owner,
            tier=manifest.tier,
            profile=request.profile.name,
            profile_digest=request.profile.digest,
            manifest_digest=manifest.digest,
        )


def _as_problem(request: Request, refusal: Refusal) -> OptionProblem:
    """Return a check's refusal as a problem of the option it names, where it names one."""
    check = refusal.planned.id
    said = set(re.findall(r"\w+", refusal.problem))
    named = next((name for name, _ in refusal.planned.options if name in said), "")
    asked = next((r for r in request.loaded.manifest.checks if r.check == check), None)
    ours = asked is not None and named in dict(asked.options)
    return OptionProblem(Origin.MANIFEST if ours else Origin.PROFILE, check, named, refusal.problem)


def _difference(latest: Record, record: Record) -> Difference:
    """Return what changed since the *latest* record of the same target."""
    from director.rules.compare import compare  # noqa: PLC0415  # only where there is one

    return compare(latest, record)


def _rejection(request: Request, problems: tuple[OptionProblem, ...]) -> InputError:
    """Return what is wrong with options as faults, each in the place where it was written."""
    from director.loading.shape import refusal  # noqa: PLC0415  # pydantic is slow

    ours = [problem for problem in problems if problem.origin is Origin.MANIFEST]
    if ours:
        places = [(("spec", "checks", p.check, p.name, *p.way), p.problem) for p in ours]
        return refusal(ManifestError, (request.loaded.fault(*place) for place in places))
    source = f"profile {request.profile.name}"
    return refusal(ProfileError, (Fault(source, 0, 0, _placed(p)) for p in problems))


def _placed(problem: OptionProblem) -> str:
    """Return what is wrong with which option, or with which check where no option is named."""
    if not problem.name:
        return f"{problem.check} {problem.problem}"
    said = problem.problem.removeprefix(f"{problem.name} ")
    return f"{problem.check}.{problem.name} {said}"
