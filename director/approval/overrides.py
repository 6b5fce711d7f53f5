"""A forced GO from the request to its end. Every attempt, refused ones too, is in the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

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
from director.errors import StoreError
from director.model.casework import Casework
from director.model.ledger import Kind
from director.model.override import OverrideStatement
from director.model.proof import Submission
from director.model.value import dataclass
from director.rules.override import approval
from director.rules.override_steps import (
    override_apply_refusals,
    override_request_refusals,
    override_revoke_refusals,
)
from director.rules.statements import (
    OVERRIDE_NAMESPACE,
    grounds,
    read_override,
    statement_text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideWish:
    """What somebody asks for.

    Attributes:
        reason: Why the launch cannot wait.
        ticket: Where the work is tracked.
        requested_by: Who asks.
        lasts: For how long, from when it begins to hold.
        begins_in: How long until it begins to hold.
    """

    reason: str
    ticket: str
    requested_by: str
    lasts: timedelta
    begins_in: timedelta = timedelta()


class Overrides:
    """Requests, applies and revokes overrides.

    Args:
        office: What it is done with.
    """

    def __init__(self, office: Office) -> None:
        self._office = office

    async def request(self, scene: Scene, wish: OverrideWish) -> Outcome:
        """Write down what is to be signed, for the NO_GO that was decided last.

        Raises:
            StoreError: It is not certain that the outcome is in the log.
        """
        office = self._office
        statement = await self._statement(scene, wish)
        text = statement_text(statement)
        if refusals := override_request_refusals(scene.record, statement, scene.now):
            attempt = Attempt(subject=statement.id, by=wish.requested_by, statement=text)
            outcome = refused(office, scene, Kind.OVERRIDE_REFUSED, attempt, refusals)
        else:
            details = {"by": wish.requested_by, "text": wish.reason, "statement": text}
            made = entry(office, scene, Kind.OVERRIDE_REQUESTED, statement.id, **details)
            outcome = Outcome(made)
        return await settled(office, scene, lambda _: outcome)

    async def apply(self, scene: Scene, text: str, armors: Sequence[str]) -> Outcome:
        """Bring an override into force, if the signatures *armors* over *text* suffice.

        Raises:
            StoreError: It is not certain that the outcome is in the log.
        """
        office, record = self._office, scene.record
        found = await proofs(office.prover, OVERRIDE_NAMESPACE, text, armors, scene.now)
        statement = _statement_in(text)
        signed = signatures(found, armors)
        agreed = approval(record, statement, found).approvers if statement else ()
        attempt = Attempt(
            subject=_subject(text, statement),
            by=", ".join(sorted({each.person for each in signed})),
            statement=text,
            # Over no statement of ours: nobody could say what such a signature is for.
            signatures=signed if statement else (),
        )

        def step(cases: Casework) -> Outcome:
            submission = Submission(text, found)
            refusals = override_apply_refusals(record, submission, cases.overrides, scene.now)
            if refusals:
                return refused(office, scene, Kind.OVERRIDE_REFUSED, attempt, refusals)
            details = {"by": ", ".join(agreed), "statement": text, "signatures": signed}
            return Outcome(entry(office, scene, Kind.OVERRIDE_APPLIED, attempt.subject, **details))

        return await settled(office, scene, step)

    async def revoke(self, scene: Scene, ending: Ending) -> Outcome:
        """End an override, applied or not; anybody who can write the record may close a gate.

        Raises:
            StoreError: It is not certain that the outcome is in the log.
        """
        office = self._office

        def step(cases: Casework) -> Outcome:
            if refusals := (
                *override_revoke_refusals(ending.id, cases.overrides),
                *ending_refusals(ending),
            ):
                attempt = Attempt(subject=ending.id, by=ending.by)
                return refused(office, scene, Kind.OVERRIDE_REFUSED, attempt, refusals)
            details = {"by": ending.by, "code": "revoked", "text": ending.why}
            return Outcome(entry(office, scene, Kind.OVERRIDE_REVOKED, ending.id, **details))

        return await settled(office, scene, step)

    async def _statement(self, scene: Scene, wish: OverrideWish) -> OverrideStatement:
        office, record, now = self._office, scene.record, scene.now
        begins = now + wish.begins_in
        return OverrideStatement(
            id=office.new_id(office.clock.now()),
            log=scene.log,
            service=scene.place.service,
            environment=scene.place.environment,
            evaluation=record.evaluation,
            record_digest=await self._leaf(record.evaluation),
            manifest_digest=record.manifest.digest,
            profile_digest=record.profile.digest,
            grounds=grounds(record),
            reason=wish.reason,
            ticket=wish.ticket,
            requested_by=wish.requested_by,
            requested_at=now,
            not_before=begins,
            expires_at=begins + wish.lasts,
        )

    async def _leaf(self, evaluation: str) -> str:
        """Return the decision's leaf in the log: what is signed is bound to its exact bytes."""
        kept = await self._office.store.kept(evaluation)
        if kept is None or kept.seal is None:
            raise StoreError(f"evaluation {evaluation} was never sealed; evaluate again")
        return f"sha256:{kept.seal.leaf.hex()}"


def _statement_in(text: str) -> OverrideStatement | None:
    """Return the override that *text* states; None if it states none to the letter."""
    try:
        return read_override(text)
    except ValueError:
        return None


def _subject(text: str, statement: OverrideStatement | None) -> str:
    """Return which override *text* is about, also where somebody has changed it."""
    if statement is not None:
        return statement.id
    claim = claim_of(text)
    return claim.id if claim else ""
