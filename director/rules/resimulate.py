"""What another policy would have made of a recorded decision. Pure.

What was said then is judged again; nobody is asked anew. A record does not keep the manifest, nor
the options that a check was asked with. Wherever that leaves two readings, the stricter one is
taken and said: a simulation may promise too little, and never too much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from director.model.catalog import Catalog
from director.model.check import Effort, Role
from director.model.decision import Decision
from director.model.manifest import CheckRequest, Environment, Manifest, Target
from director.model.outcome import (
    Missing,
    NotApplicable,
    Passed,
    Unknown,
    Warned,
    Word,
)
from director.model.plan import Origin, Plan, PlannedCheck
from director.model.profile import CheckPolicy, Need, Profile
from director.model.record import CheckEntry, Record
from director.model.result import Result
from director.model.simulation import Simulated, Simulation, Unsimulated
from director.model.standing import Condition, Standing, Waiver
from director.model.value import dataclass
from director.rules.decide import decide
from director.rules.plan import LACKS, least_role, plan, spared, stricter
from director.rules.recall import answer_of, lacks, remedy_of
from director.rules.replay import conditions_of, evidence_of, waivers_of
from director.rules.summarise import figure, pass_rate, reason_entry

NOT_ASKED = "not_asked"
"""The code of a check that is planned now and was not asked then."""

OTHER_OPTIONS = "other_options"
"""The code of an answer that was given to another question, or may have been."""

_UNTOLD_POLICY = "its waivers were approved under another waiver policy"
_SOMEWHERE = "https://somewhere.invalid"
"""Stands for a base URL of which nobody said that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a recorded decision is judged again by.

    Attributes:
        profile: The other policy.
        catalog: What is installed now: says what checks are called, and which take options.
        then: The policy of then, with the digest that the record names; None if nobody has it.
        now: The moment to judge by, aware; None for the moment of the recorded decision.
    """

    profile: Profile
    catalog: Catalog
    then: Profile | None = None
    now: datetime | None = None


def resimulate(record: Record, trial: Trial) -> Simulation:
    """Return what *trial* would have made of *record*.

    Under the very profile that a record was decided by, at the moment of its decision, that is
    the recorded decision with its reasons and its score.
    """
    try:
        again = _Again(record, trial)
        decision = again.decision()
    except (ValueError, OverflowError) as error:
        return Unsimulated(
            service=record.service,
            environment=record.environment,
            evaluation=record.evaluation,
            decision=record.decision,
            pass_rate=record.pass_rate,
            reason=f"the rule cannot be applied to the record: {error}",
        )
    planned = {check.id for check in decision.checks}
    return Simulated(
        service=record.service,
        environment=record.environment,
        evaluation=record.evaluation,
        decided_at=record.decided_at,
        profile=record.profile,
        decision=record.decision,
        pass_rate=record.pass_rate,
        score=record.score,
        then_decision=decision.verdict.value,
        then_pass_rate=pass_rate(decision),
        then_score=figure(decision.score),
        reasons=tuple(map(reason_entry, decision.reasons)),
        not_asked=tuple(_coded(decision, NOT_ASKED)),
        dropped=tuple(sorted(check.id for check in record.checks if check.id not in planned)),
        doubts=tuple(again.doubts(decision)),
    )


def _coded(decision: Decision, code: str) -> Iterator[str]:
    """Yield the checks whose outcome has *code*, sorted."""
    yield from sorted(
        check.id for check in decision.checks if getattr(check.outcome, "code", None) == code
    )


def _unasked(entry: CheckEntry) -> Missing | None:
    """Return that nobody asked *entry* then, if the target lacked what it would be asked for."""
    for need, reason in LACKS.items():
        if lacks(entry, need):
            return Missing(f"nobody asked it then: {reason}", NOT_ASKED)
    return None


def _by_check(profile: Profile) -> dict[str, CheckPolicy]:
    return {policy.check: policy for policy in profile.checks}


class _Again:
    """One record and what it is judged again by."""

    def __init__(self, record: Record, trial: Trial) -> None:
        self._record = record
        self._trial = trial
        self._entries = {check.id: check for check in record.checks}
        then = trial.then
        if trial.profile.digest == record.profile.digest:
            then = trial.profile
        self._then = then if then and then.digest == record.profile.digest else None
        self._policies = _by_check(trial.profile)
        self._policies_then = _by_check(self._then) if self._then else {}
        self._lacks_url = any(lacks(entry, Need.BASE_URL) for entry in record.checks)
        self._decided_at = datetime.fromisoformat(record.decided_at)

    def decision(self) -> Decision:
        """Apply the rule."""
        profile = self._trial.profile
        checks = tuple(sorted(self._planned(), key=lambda check: check.id))
        results = [self._result(check) for check in checks]
        return decide(
            Plan(checks),  # Who answers for a condition decides nothing.
            [result for result in results if result is not None],
            profile,
            self._standing(),
            self._trial.now or self._decided_at,
        )

    def doubts(self, decision: Decision) -> Iterator[str]:
        """Yield where the record does not tell enough, and the stricter reading was taken."""
        untold = list(_coded(decision, OTHER_OPTIONS))
        if untold:
            yield f"asked with other options, or nobody knows with which: {', '.join(untold)}"
        kept = [policy.check for policy in self._trial.profile.checks if self._is_kept(policy)]
        if kept:
            yield f"role kept, as the profile of then is not here: {', '.join(kept)}"
        doubted = dict.fromkeys(
            use.waiver.check for use in decision.waivers if use.waiver.doubt == _UNTOLD_POLICY
        )
        if doubted:
            yield f"waivers that another waiver policy let count: {', '.join(sorted(doubted))}"

    def _is_kept(self, policy: CheckPolicy) -> bool:
        """Return whether a check has a stricter role than *policy*, for want of knowledge."""
        entry = self._entries.get(policy.check)
        if entry is None or entry.origin == Origin.MANIFEST or self._then is not None:
            return False
        return Role(entry.role).strictness > least_role(self._trial.profile, policy).strictness

    # What is planned.

    def _planned(self) -> Iterator[PlannedCheck]:
        """Yield what *trial* plans for the target, with what is known of each check from then."""
        profile = self._trial.profile
        requests = tuple(
            CheckRequest(policy.check, role)
            for policy in profile.checks
            if (role := self._demand(policy.check)) is not None
        )
        made = plan(profile, self._target(requests), self._trial.catalog)
        for check in made.checks:
            yield self._known(check)
        for entry in self._record.checks:
            if entry.origin == Origin.MANIFEST and entry.id not in self._policies:
                yield self._known(self._added(entry))

    def _demand(self, check: str) -> Role | None:
        """Return the role that the manifest asked for, so far as the profile of then tells.

        Where nobody has that profile, the role of then is kept: it may have been the manifest's.
        """
        entry = self._entries.get(check)
        if entry is None:
            return None
        role = Role(entry.role)
        if entry.origin == Origin.MANIFEST or self._then is None:
            return role
        policy = self._policies_then.get(check)
        if policy is None or least_role(self._then, policy).strictness >= role.strictness:
            return None
        return role

    def _target(self, requests: tuple[CheckRequest, ...] = ()) -> Target:
        """Return the target as far as a plan looks at it."""
        record = self._record
        manifest = Manifest(
            name=record.service,
            digest=record.manifest.digest,
            artifact=record.artifact,
            checks=requests,
        )
        if not record.environment:
            return Target(manifest)
        url = None if self._lacks_url else _SOMEWHERE
        return Target(manifest, Environment(record.environment, url))

    def _known(self, planned: PlannedCheck) -> PlannedCheck:
        """Return *planned* with what is known of it from then; nobody is asked anew."""
        entry = self._entries.get(planned.id)
        if entry is None:
            if isinstance(planned.answer, NotApplicable):
                return planned
            return replace(planned, answer=Missing("nobody asked it then", NOT_ASKED))
        return replace(
            planned,
            remedy=remedy_of(entry, planned.remedy),
            effort=Effort(entry.effort),
            plugin=entry.plugin,
            answer=self._certain(entry, planned.policy),
        )

    def _certain(self, entry: CheckEntry, policy: CheckPolicy) -> NotApplicable | Missing | None:
        """Return what *entry* counts as, whatever it said; None if what it said counts.

        A check that was missing stays so: a plan looks for its plugin first.
        """
        if entry.outcome == Word.MISSING:
            return None
        return spared(policy.when, self._target()) or _unasked(entry)

    def _added(self, entry: CheckEntry) -> PlannedCheck:
        """Return a check that only the manifest asks for; it keeps its role."""
        least = self._trial.profile.category(entry.category).role
        policy = CheckPolicy(
            check=entry.id, category=entry.category, role=stricter(Role(entry.role), least)
        )
        found = self._trial.catalog.offer(entry.id)
        remedy = found[1].spec.remedy if found else ""
        return PlannedCheck(policy=policy, origin=Origin.MANIFEST, remedy=remedy)

    # What was answered.

    def _result(self, planned: PlannedCheck) -> Result | None:
        """Return what came back then; None if nobody asked. What is certain goes before it."""
        entry = self._entries.get(planned.id)
        if entry is None:
            return None
        outcome = answer_of(entry)
        doubted = isinstance(outcome, (Passed, Warned, NotApplicable))
        if doubted and not self._is_asked_alike(planned.id):
            outcome = Unknown(
                f"it said {entry.said or entry.outcome} when it was asked with other options,"
                " or nobody knows with which",
                OTHER_OPTIONS,
            )
        return Result(
            check=planned.id,
            outcome=outcome,
            started_at=self._decided_at,  # When exactly decides nothing.
            evidence=evidence_of(entry),
        )

    def _is_asked_alike(self, check: str) -> bool:
        """Return whether the policy asks *check* with the options that it was asked with then."""
        policy = self._policies.get(check)
        options = policy.options if policy else ()
        if self._then is not None:
            before = self._policies_then.get(check)
            return options == (before.options if before else ())
        offer = self._trial.catalog.offer(check)
        return not options and offer is not None and not offer[1].options

    # What stood.

    def _standing(self) -> Standing:
        record = self._record
        seen_at = datetime.fromisoformat(record.seen_at) if record.seen_at else None
        conditions = conditions_of(record)
        if self._trial.now is None:
            conditions = tuple(map(self._before, conditions))
        return Standing(conditions=conditions, waivers=tuple(self._waivers()), seen_at=seen_at)

    def _before(self, condition: Condition) -> Condition:
        """Return *condition* as it stood before the decision, which may have closed it.

        One that the decision opened cannot be overdue at its own time, so it may stay.
        """
        closed = condition.closed_at == self._decided_at
        return replace(condition, closed_at=None) if closed else condition

    def _waivers(self) -> Iterator[Waiver]:
        """Yield the waivers of then; in doubt, unless the policy lets as many people approve."""
        trusted = self._trusts_approvals()
        for waiver in waivers_of(self._record):
            yield waiver if trusted or waiver.doubt else replace(waiver, doubt=_UNTOLD_POLICY)

    def _trusts_approvals(self) -> bool:
        profile, policy = self._trial.profile, self._record.policy
        if profile.digest == self._record.profile.digest:
            return True
        if policy is None or policy.waivers is None:
            return False
        allowed = profile.waivers
        return (
            set(policy.waivers.roles) <= set(allowed.roles)
            and policy.waivers.expires_in_s <= allowed.expires_in_s
        )
