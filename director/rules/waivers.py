"""Waivers that were approved, and whether one may be requested, approved or ended. Pure.

Each function that refuses names everything that stands against it; nothing means that it may be
done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from director.model.profile import WaiverPolicy
from director.model.proof import Proof, Submission
from director.model.record import Record, WaiverPolicyEntry
from director.model.refusal import Refusal, RefusalCode
from director.model.standing import Waiver
from director.model.text import nearest
from director.model.waiver import Stage, WaiverCase, WaiverStatement
from director.rules.agreement import Quorum, agreement
from director.rules.requests import Wish, policy_refusals
from director.rules.statements import read_waiver, statement_text
from director.rules.wording import wording_refusals


def approved(
    cases: Iterable[WaiverCase], proofs: Mapping[str, Proof], policy: WaiverPolicy
) -> tuple[Waiver, ...]:
    """Return the approved waivers of a target, those in doubt too, sorted by id.

    One that has been said to have expired is left out once a later one for its check was
    approved.

    Args:
        cases: Every waiver of the target, as ``casework`` has them.
        proofs: What the signature of each approved one proves, by the waiver's id.
        policy: Who may approve waivers, and for how long.
    """
    settled = [case for case in cases if case.stage is Stage.APPROVED]
    alive = {case.statement.check for case in settled if case.expired_at is None}
    waivers = [
        _waiver(case, proofs.get(case.statement.id), policy)
        for case in settled
        if case.expired_at is None or case.statement.check not in alive
    ]
    return tuple(sorted(waivers, key=lambda waiver: waiver.id))


def waiver_request_refusals(
    record: Record, statement: WaiverStatement, now: datetime
) -> tuple[Refusal, ...]:
    """Return what stands against asking for *statement*.

    Args:
        record: The latest decision on the target.
        statement: What is to be signed.
        now: The later of the clock and the latest moment that the record has seen, aware.
    """
    return tuple(_against(record, statement, now))


def waiver_approve_refusals(
    record: Record, submission: Submission, cases: Iterable[WaiverCase], now: datetime
) -> tuple[Refusal, ...]:
    """Return what stands against approving a waiver.

    Args:
        record: The latest decision on the target.
        submission: What was handed in, with what its signature proves.
        cases: Every waiver of the target.
        now: The later of the clock and the latest moment that the record has seen, aware.
    """
    case = next((each for each in cases if each.text == submission.text), None)
    if case is None:
        return (_not_requested(record, submission.text),)
    if case.stage is not Stage.REQUESTED:
        return (_settled(case),)
    against = list(_against(record, case.statement, now))
    if len(submission.proofs) > 1:
        against.append(Refusal(RefusalCode.NOT_SIGNED, "it takes the signature of one person"))
    policy = record.policy.waivers if record.policy else None
    quorum = Quorum(roles=policy.roles if policy else (), requested_by=case.statement.requested_by)
    agreed = agreement(submission.proofs, quorum)
    return (*against, agreed.refusal) if agreed.refusal is not None else tuple(against)


def waiver_deny_refusals(id: str, cases: Iterable[WaiverCase]) -> tuple[Refusal, ...]:  # noqa: A002  # its name everywhere
    """Return what stands against denying the waiver *id*, which must wait for an answer."""
    return _against_end(id, cases, (Stage.REQUESTED,))


def waiver_revoke_refusals(id: str, cases: Iterable[WaiverCase]) -> tuple[Refusal, ...]:  # noqa: A002  # as above
    """Return what stands against ending the waiver *id*, approved or not."""
    return _against_end(id, cases, (Stage.REQUESTED, Stage.APPROVED))


def _waiver(case: WaiverCase, proof: Proof | None, policy: WaiverPolicy) -> Waiver:
    statement, signature = case.statement, case.signature
    proofs = () if proof is None or signature is None else (proof,)
    quorum = Quorum(roles=policy.roles, requested_by=statement.requested_by)
    agreed = agreement(proofs, quorum)
    said = signature.person if signature else case.settled_by
    return Waiver(
        id=statement.id,
        check=statement.check,
        reason=statement.reason,
        ticket=statement.ticket,
        requested_by=statement.requested_by,
        approved_by=agreed.approvers[0] if agreed.approvers else said,
        expires_at=statement.expires_at,
        code=statement.code.value,
        doubt=_doubt(case, policy) or (agreed.refusal.text if agreed.refusal else ""),
    )


def _doubt(case: WaiverCase, policy: WaiverPolicy) -> str:
    """Return why *case* lifts nothing, whoever approved it; empty if it may."""
    statement = case.statement
    if statement_text(statement) != case.text:
        return "what was signed says something else"
    if case.expired_at is not None:
        return "it has expired before"
    if statement.expires_at - statement.requested_at > timedelta(seconds=policy.expires_in_s):
        return "it lives longer than the profile lets a waiver live"
    return ""


def _against(record: Record, statement: WaiverStatement, now: datetime) -> Iterator[Refusal]:
    if (record.service, record.environment) != (statement.service, statement.environment):
        yield Refusal(RefusalCode.OTHER_SERVICE, f"the decision is on {record.target}")
    yield from wording_refusals(statement)
    if now < statement.requested_at:
        yield Refusal(RefusalCode.NOT_YET_VALID, "it must not be requested in the future")
    roles = {check.id: check.role for check in record.checks}
    wish = Wish(
        check=statement.check,
        role=roles.get(statement.check),
        requested_at=statement.requested_at,
        expires_at=statement.expires_at,
    )
    policy: WaiverPolicyEntry | None = record.policy.waivers if record.policy else None
    for refusal in policy_refusals(wish, policy, now):
        if refusal.code == RefusalCode.UNKNOWN_CHECK:
            near = nearest(statement.check, roles)
            meant = f", did you mean {near}?" if near else ""
            yield Refusal(refusal.code, f"{refusal.text}{meant}")
        else:
            yield refusal


def _against_end(
    id: str,  # noqa: A002  # as above
    cases: Iterable[WaiverCase],
    stages: tuple[Stage, ...],
) -> tuple[Refusal, ...]:
    case = next((each for each in cases if each.statement.id == id), None)
    if case is None:
        text = "no such waiver was requested for this target"
        return (Refusal(RefusalCode.NOT_REQUESTED_HERE, text),)
    return () if case.stage in stages else (_settled(case),)


def _settled(case: WaiverCase) -> Refusal:
    by = f" by {case.settled_by}" if case.settled_by else ""
    return Refusal(RefusalCode.ALREADY_SETTLED, f"it was {case.stage}{by}")


def _not_requested(record: Record, text: str) -> Refusal:
    try:
        statement = read_waiver(text)
    except ValueError as error:
        return Refusal(RefusalCode.NOT_REQUESTED_HERE, str(error))
    if (statement.service, statement.environment) != (record.service, record.environment):
        return Refusal(RefusalCode.OTHER_SERVICE, f"it was not requested for {record.target}")
    return Refusal(RefusalCode.NOT_REQUESTED_HERE, "this text was not requested here")
