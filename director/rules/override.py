"""What the overrides of a target make of a decision: the one place that every gate asks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from director.model.check import Role
from director.model.decision import Verdict
from director.model.outcome import Word
from director.model.override import (
    Effective,
    Ground,
    Override,
    OverrideState,
    OverrideStatement,
    OverrideUse,
)
from director.model.proof import Proof
from director.model.record import Record
from director.model.refusal import Refusal, RefusalCode
from director.rules.agreement import Agreement, Quorum, agreement
from director.rules.statements import grounds, statement_text

_MET = frozenset({Word.PASSED.value, Word.WARNED.value, Word.NOT_APPLICABLE.value})


def effective(
    record: Record,
    overrides: Iterable[Override],
    proofs: Mapping[str, Sequence[Proof]],
    now: datetime,
) -> Effective:
    """Return the decision that gates act on; *record* itself is never edited.

    An override is in force only if it was applied here, has neither ended nor expired, is bound
    to the target, manifest and profile of *record*, every reason of *record* was signed, and
    enough people are proven to have agreed who may. Whether *record* itself is still valid is
    another question.

    Args:
        record: What was decided.
        overrides: Those of the target, as ``casework`` has them.
        proofs: For each override by its id, what each of its signatures proves, in their order.
        now: The later of the clock and the latest moment that the record has seen, aware.

    Raises:
        ValueError: *now* has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("now must be timezone-aware")
    holding: Override | None = None
    approvers: tuple[str, ...] = ()
    others = []
    for override in sorted(overrides, key=_first_applied):
        found = _against(record, override, proofs.get(override.statement.id, ()), now)
        if not isinstance(found, Agreement):
            others.append(OverrideUse(override, *found))
        elif holding is None:
            holding, approvers = override, found.approvers
        else:
            why = f"{holding.statement.id} is in force already"
            others.append(OverrideUse(override, OverrideState.NOT_NEEDED, why))
    others.sort(key=lambda use: use.override.statement.id)
    verdict = Verdict.GO if holding else record.verdict
    return Effective(verdict, holding, tuple(others), approvers)


def obstacles(record: Record, statement: OverrideStatement) -> Iterator[Refusal]:
    """Yield everything in *record* because of which *statement* cannot override it."""
    if (record.service, record.environment) != (statement.service, statement.environment):
        yield Refusal(RefusalCode.OTHER_SERVICE, f"the decision is on {record.target}")
    if record.manifest.digest != statement.manifest_digest:
        yield Refusal(RefusalCode.OTHER_MANIFEST, "another manifest was judged")
    if record.profile.digest != statement.profile_digest:
        yield Refusal(RefusalCode.OTHER_PROFILE, "it was judged by another profile")
    if record.verdict is not Verdict.NO_GO:
        text = f"the decision is {record.verdict.label}, only a NO_GO is overridden"
        yield Refusal(RefusalCode.NOT_NEEDED, text)
        return
    if record.counts.counting <= 0:
        yield Refusal(RefusalCode.NOTHING_VERIFIED, "nothing counting was planned or verified")
    yield from _against_policy(record, statement)
    found = grounds(record)
    new = [ground for ground in found if ground not in statement.grounds]
    if new:
        yield Refusal(RefusalCode.NEW_REASON, f"not signed for: {listed(new)}")
    elif not found:
        yield Refusal(RefusalCode.NEW_REASON, "the decision does not say why it is NO_GO")


def approval(record: Record, statement: OverrideStatement, proofs: Sequence[Proof]) -> Agreement:
    """Return who has agreed to overriding *record*, and whether that is enough for its profile."""
    policy = record.policy.override if record.policy else None
    demanding = set(policy.second_approver) & overridden(record) if policy else set()
    quorum = Quorum(
        roles=policy.roles if policy else (),
        requested_by=statement.requested_by,
        people=2 if demanding else 1,
    )
    return agreement(proofs, quorum)


def overridden(record: Record) -> frozenset[str]:
    """Return the checks that an override of *record* would pass over.

    Those that a reason names, and those that count and are not met: a score that is too low names
    no check, and is low because of them.
    """
    named = {ground.check for ground in grounds(record) if ground.check}
    unmet = {
        check.id
        for check in record.checks
        if check.role != Role.SHADOW and check.outcome not in _MET
    }
    return frozenset(named | unmet)


def listed(found: Iterable[Ground]) -> str:
    """Return reasons as one list for people."""
    return ", ".join(f"{ground.code} {ground.check or ground.category}".strip() for ground in found)


def is_live(override: Override, now: datetime) -> bool:
    """Return whether *override* was applied and has neither ended nor expired."""
    return (
        override.applied_at is not None
        and override.ended_at is None
        and now < override.statement.expires_at
    )


def _against_policy(record: Record, statement: OverrideStatement) -> Iterator[Refusal]:
    policy = record.policy.override if record.policy else None
    if policy is None or not policy.roles:
        text = f"profile {record.profile.name} lets nobody override"
        if policy is None:
            text = "the decision was recorded without a policy for overrides; evaluate again"
        yield Refusal(RefusalCode.NOBODY_MAY, text)
        return
    longest = timedelta(seconds=policy.expires_in_s)
    if statement.expires_at - statement.requested_at > longest:
        text = f"it may live at most {_hours(policy.expires_in_s)} from its request"
        yield Refusal(RefusalCode.TOO_LONG, text)
    if never := sorted(set(policy.never) & overridden(record)):
        text = f"nobody may override {', '.join(never)}"
        yield Refusal(RefusalCode.NEVER_OVERRIDABLE, text)


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:g} h"


def _first_applied(override: Override) -> tuple[datetime, str]:
    return override.applied_at or override.statement.requested_at, override.statement.id


def _against(
    record: Record, override: Override, proofs: Sequence[Proof], now: datetime
) -> tuple[OverrideState, str] | Agreement:
    """Return what keeps *override* from being in force, or who has agreed to it."""
    if ended := _out_of_time(override, now):
        return ended
    obstacle = next(obstacles(record, override.statement), None)
    if obstacle is not None:
        return _STATES[obstacle.code], obstacle.text
    if statement_text(override.statement) != override.text:
        return OverrideState.NOT_PROVEN, "what was signed says something else"
    if len(proofs) != len(override.signatures):
        return OverrideState.NOT_PROVEN, "its signatures were not verified"
    agreed = approval(record, override.statement, proofs)
    if agreed.refusal is not None:
        return OverrideState.NOT_PROVEN, agreed.refusal.text
    return agreed


_STATES: dict[str, OverrideState] = {
    RefusalCode.OTHER_SERVICE: OverrideState.OTHER_TARGET,
    RefusalCode.OTHER_MANIFEST: OverrideState.OTHER_MANIFEST,
    RefusalCode.OTHER_PROFILE: OverrideState.OTHER_PROFILE,
    RefusalCode.NOT_NEEDED: OverrideState.NOT_NEEDED,
    RefusalCode.NOTHING_VERIFIED: OverrideState.NOT_OVERRIDABLE,
    RefusalCode.NOBODY_MAY: OverrideState.NOT_OVERRIDABLE,
    RefusalCode.TOO_LONG: OverrideState.NOT_OVERRIDABLE,
    RefusalCode.NEVER_OVERRIDABLE: OverrideState.NOT_OVERRIDABLE,
    RefusalCode.NEW_REASON: OverrideState.NEW_REASON,
}


def _out_of_time(override: Override, now: datetime) -> tuple[OverrideState, str] | None:
    """Return what *override* is, whatever was decided, if it is not in force at a moment."""
    statement = override.statement
    if override.ended_at is not None or override.ended:
        by = f" by {override.ended_by}" if override.ended_by else ""
        return _ENDED.get(override.ended, OverrideState.REVOKED), f"ended{by}"
    if now >= statement.expires_at:
        return OverrideState.EXPIRED, ""
    if override.applied_at is None:
        return OverrideState.REQUESTED, ""
    if now < max(statement.not_before, override.applied_at):
        return OverrideState.NOT_YET, ""
    return None


_ENDED = {
    "expired": OverrideState.EXPIRED,
    "new_reason": OverrideState.NEW_REASON,
}
