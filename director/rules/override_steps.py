"""Whether an override may be requested, applied or revoked. Pure.

Each function names everything that stands against it, what weighs most first; nothing means that
it may be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from director.model.override import Override, OverrideStatement
from director.model.proof import Submission
from director.model.record import Record
from director.model.refusal import Refusal, RefusalCode
from director.rules.override import approval, is_live, listed, obstacles
from director.rules.statements import grounds, read_override
from director.rules.wording import wording_refusals


def override_request_refusals(
    record: Record, statement: OverrideStatement, now: datetime
) -> tuple[Refusal, ...]:
    """Return what stands against asking for *statement*.

    Args:
        record: The latest decision on the target, which *statement* must be about.
        statement: What is to be signed; its grounds must be those of *record*, no more and no
            less.
        now: The later of the clock and the latest moment that the record has seen, aware.
    """
    return tuple(_against_request(record, statement, now))


def override_apply_refusals(
    record: Record, submission: Submission, others: Iterable[Override], now: datetime
) -> tuple[Refusal, ...]:
    """Return what stands against bringing an override into force.

    Args:
        record: The latest decision on the target.
        submission: What was handed in, with what its signatures prove.
        others: Every override of the target, the requested one among them.
        now: The later of the clock and the latest moment that the record has seen, aware.
    """
    others = tuple(others)
    override = next((other for other in others if other.text == submission.text), None)
    if override is None:
        return (_not_requested(record, submission.text),)
    if override.ended_at is not None:
        return (_ended(override),)
    if override.applied_at is not None:
        return (Refusal(RefusalCode.ALREADY_APPLIED, "it was applied before"),)
    return tuple(_against_apply(record, override, submission, others, now))


def override_revoke_refusals(id: str, others: Iterable[Override]) -> tuple[Refusal, ...]:  # noqa: A002  # its name everywhere
    """Return what stands against ending the override *id*, applied or not."""
    override = next((other for other in others if other.statement.id == id), None)
    if override is None:
        text = "no such override was requested for this target"
        return (Refusal(RefusalCode.NOT_REQUESTED_HERE, text),)
    return (_ended(override),) if override.ended_at is not None else ()


def _ended(override: Override) -> Refusal:
    return Refusal(RefusalCode.ALREADY_ENDED, f"it has ended already: {override.ended}")


def _not_requested(record: Record, text: str) -> Refusal:
    try:
        statement = read_override(text)
    except ValueError as error:
        return Refusal(RefusalCode.NOT_REQUESTED_HERE, str(error))
    if (statement.service, statement.environment) != (record.service, record.environment):
        return Refusal(RefusalCode.OTHER_SERVICE, f"it was not requested for {record.target}")
    return Refusal(RefusalCode.NOT_REQUESTED_HERE, "this text was not requested here")


def _against_request(
    record: Record, statement: OverrideStatement, now: datetime
) -> Iterator[Refusal]:
    yield from wording_refusals(statement)
    yield from _against_moment(statement, now)
    if now < statement.requested_at:
        yield Refusal(RefusalCode.NOT_YET_VALID, "it must not be requested in the future")
    if statement.evaluation != record.evaluation:
        text = f"it must be about the latest evaluation, {record.evaluation}"
        yield Refusal(RefusalCode.STALE_DECISION, text)
    yield from _against_age(record, now)
    yield from obstacles(record, statement)
    if foreign := [each for each in statement.grounds if each not in grounds(record)]:
        text = f"the decision has no such reason: {listed(foreign)}"
        yield Refusal(RefusalCode.FOREIGN_REASON, text)


def _against_apply(
    record: Record,
    override: Override,
    submission: Submission,
    others: Iterable[Override],
    now: datetime,
) -> Iterator[Refusal]:
    statement = override.statement
    yield from _against_moment(statement, now)
    if now < statement.not_before:
        yield Refusal(RefusalCode.NOT_YET_VALID, "apply it when it has begun to hold")
    yield from wording_refusals(statement)
    yield from _against_age(record, now)
    yield from obstacles(record, statement)
    for other in others:
        if is_live(other, now):
            text = f"override {other.statement.id} is in force; revoke it first"
            yield Refusal(RefusalCode.ANOTHER_IN_FORCE, text)
    agreed = approval(record, statement, submission.proofs)
    if agreed.refusal is not None:
        yield agreed.refusal


def _against_moment(statement: OverrideStatement, now: datetime) -> Iterator[Refusal]:
    if now >= statement.expires_at:
        yield Refusal(RefusalCode.EXPIRED, "it has expired; request another one")
    if statement.not_before >= statement.expires_at:
        yield Refusal(RefusalCode.NEVER_VALID, "it must begin before it expires")


def _against_age(record: Record, now: datetime) -> Iterator[Refusal]:
    if now >= datetime.fromisoformat(record.valid_until):
        text = "the latest decision has expired; evaluate again"
        yield Refusal(RefusalCode.STALE_DECISION, text)
