"""A waiver from the request to its end. Every attempt, refused ones too, is in the log."""

from __future__ import annotations

from datetime import datetime

from director.approval.claim import claim_of
from director.approval.desk import (
    Attempt,
    Ending,
    Office,
    Outcome,
    Scene,
    ending_refusals,
    entry,
    refused,
    settled,
    signatures,
)
from director.engine.proofs import proofs
from director.model.casework import Casework
from director.model.ledger import Kind
from director.model.proof import Submission
from director.model.value import dataclass
from director.model.waiver import WaiverCode, WaiverStatement
from director.rules.statements import WAIVER_NAMESPACE, read_waiver, statement_text
from director.rules.waivers import (
    waiver_approve_refusals,
    waiver_deny_refusals,
    waiver_request_refusals,
    waiver_revoke_refusals,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverWish:
    """What somebody asks for.

    Attributes:
        check: The check to be excused.
        code: Why, as one of a closed set.
        reason: Why, in the requester's words.
        ticket: Where the work is tracked.
        requested_by: Who asks.
        expires_at: Until when, aware.
    """

    check: str
    code: WaiverCode
    reason: str
    ticket: str
    requested_by: str
    expires_at: datetime


class Waivers:
    """Requests, approves, denies and revokes waivers.

    Args:
        office: What it is done with.
    """

    def __init__(self, office: Office) -> None:
        self._office = office

    async def request(self, scene: Scene, wish: WaiverWish) -> Outcome:
        """Write down what is to be approved.

        Raises:
            StoreError: It is not certain that the outcome is in the log.
        """
        office = self._office
        statement = WaiverStatement(
            id=office.new_id(office.clock.now()),
            log=scene.log,
            service=scene.place.service,
            environment=scene.place.environment,
            check=wish.check,
            code=wish.code,
            reason=wish.reason,
            ticket=wish.ticket,
            requested_by=wish.requested_by,
            requested_at=scene.now,
            expires_at=wish.expires_at,
        )
        text = statement_text(statement)
        if refusals := waiver_request_refusals(scene.record, statement, scene.now):
            attempt = Attempt(subject=statement.id, by=wish.requested_by, statement=text)
            outcome = refused(office, scene, Kind.WAIVER_REFUSED, attempt, refusals)
        else:
            details = {"by": wish.requested_by, "text": wish.reason, "statement": text}
            made = entry(office, scene, Kind.WAIVER_REQUESTED, statement.id, **details)
            outcome = Outcome(made)
        return await settled(office, scene, lambda _: outcome)

    async def approve(self, scene: Scene, text: str, armor: str) -> Outcome:
        """Approve the waiver that *text* asks for, if the signature *armor* over it suffices.

        Raises:
            StoreError: It is not certain that the outcome is in the log.
        """
        office, record = self._office, scene.record
        found = await proofs(office.prover, WAIVER_NAMESPACE, text, (armor,), scene.now)
        statement = _statement_in(text)
        signed = signatures(found, (armor,))
        attempt = Attempt(
            subject=_subject(text, statement),
            by=signed[0].person if signed else "",
            statement=text,
            # Over no statement of ours: nobody could say what such a signature is for.
            signatures=signed if statement else (),
        )

        def step(cases: Casework) -> Outcome:
            submission = Submission(text, found)
            refusals = waiver_approve_refusals(record, submission, cases.waivers, scene.now)
            if refusals:
                return refused(office, scene, Kind.WAIVER_REFUSED, attempt, refusals)
            details = {"by": attempt.by, "statement": text, "signatures": signed}
            return Outcome(entry(office, scene, Kind.WAIVER_APPROVED, attempt.subject, **details))

        return await settled(office, scene, step)

    async def deny(self, scene: Scene, ending: Ending) -> Outcome:
        """Say no to a waiver that waits for an answer.

        Raises:
            StoreError: It is not certain that the outcome is in the log.
        """
        return await self._ended(scene, ending, Kind.WAIVER_DENIED)

    async def revoke(self, scene: Scene, ending: Ending) -> Outcome:
        """End a waiver, approved or not; anybody who can write the record may close a gate.

        Raises:
            StoreError: It is not certain that the outcome is in the log.
        """
        return await self._ended(scene, ending, Kind.WAIVER_REVOKED)

    async def _ended(self, scene: Scene, ending: Ending, done: Kind) -> Outcome:
        office = self._office
        against = waiver_deny_refusals if done is Kind.WAIVER_DENIED else waiver_revoke_refusals

        def step(cases: Casework) -> Outcome:
            if refusals := (*against(ending.id, cases.waivers), *ending_refusals(ending)):
                attempt = Attempt(subject=ending.id, by=ending.by)
                return refused(office, scene, Kind.WAIVER_REFUSED, attempt, refusals)
            word = done.value.partition(".")[2]
            details = {"by": ending.by, "code": word, "text": ending.why}
            return Outcome(entry(office, scene, done, ending.id, **details))

        return await settled(office, scene, step)


def _statement_in(text: str) -> WaiverStatement | None:
    """Return the waiver that *text* states; None if it states none to the letter."""
    try:
        return read_waiver(text)
    except ValueError:
        return None


def _subject(text: str, statement: WaiverStatement | None) -> str:
    """Return which waiver *text* is about, also where somebody has changed it."""
    if statement is not None:
        return statement.id
    claim = claim_of(text)
    return claim.id if claim else ""
