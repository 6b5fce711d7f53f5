"""approval.overrides: a forced GO from the request to its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from director.approval.desk import LONGEST_KEPT, Ending
from director.approval.overrides import Overrides
from director.errors import StoreError
from director.model.ledger import Kind
from director.model.profile import OverridePolicy
from director.rules.statements import read_override
from director.store.memory import MemoryStore

if TYPE_CHECKING:
    from tests.unit.approval.conftest import Court

HOUR = timedelta(hours=1)

Sign = Callable[..., str]


async def test_a_request_states_everything(court: Court) -> None:
    """What is to be signed names the target, the decision with its leaf, the reasons, the times."""
    stands = await court.scene()
    wish = court.wish(begins_in=HOUR, lasts=2 * HOUR)

    outcome = await Overrides(court.office).request(stands, wish)

    made = outcome.entry
    assert outcome.refusals == ()
    assert await court.entries() == (made,)
    assert (made.kind, made.by, made.text) == (Kind.OVERRIDE_REQUESTED, "ann", wish.reason)
    statement = read_override(made.statement)
    kept = await court.store.kept(stands.record.evaluation)
    assert kept is not None
    assert kept.seal is not None
    assert statement.record_digest == f"sha256:{kept.seal.leaf.hex()}"
    assert statement.evaluation == stands.record.evaluation
    assert (statement.service, statement.environment) == ("shop", "")
    assert statement.log == "log.example/1"
    assert statement.manifest_digest == stands.record.manifest.digest
    assert statement.profile_digest == "sha256:p"
    assert [ground.check for ground in statement.grounds] == ["fake.bad0000"]
    assert statement.requested_at == stands.now
    assert statement.not_before == stands.now + HOUR
    assert statement.expires_at == stands.now + 3 * HOUR
    assert statement.id == made.subject != made.id


async def test_a_request_that_is_refused_is_told(court: Court) -> None:
    """A request that is refused is an attempt, with the text that would have been signed."""
    outcome = await Overrides(court.office).request(await court.scene(), court.wish(ticket=""))

    made = outcome.entry
    assert (made.kind, made.code, made.by) == (Kind.OVERRIDE_REFUSED, "ticket_missing", "ann")
    assert read_override(made.statement).ticket == ""
    assert await court.entries() == (made,)


async def test_a_decision_without_a_seal(new_court: type[Court]) -> None:
    """Where nothing is sealed there are no bytes to be bound to, and that is said."""
    court = new_court(store=MemoryStore())
    await court.evaluate()

    with pytest.raises(StoreError, match="was never sealed; evaluate again"):
        await Overrides(court.office).request(await court.scene(), court.wish())


async def requested(court: Court) -> str:
    """Return the text of a request."""
    outcome = await Overrides(court.office).request(await court.scene(), court.wish())
    return outcome.entry.statement


async def test_applied(court: Court, sign: Sign) -> None:
    """An override that is signed as it must be is applied, and the gate opens."""
    text = await requested(court)

    outcome = await Overrides(court.office).apply(await court.scene(), text, [sign("jane", text)])

    made = outcome.entry
    assert outcome.refusals == ()
    assert (made.kind, made.by, made.statement) == (Kind.OVERRIDE_APPLIED, "jane", text)
    assert [each.armor for each in made.signatures] == [sign("jane", text)]
    assert made.subject == read_override(text).id
    judged = await court.evaluate()
    assert (judged.record.decision, judged.verdict.value) == ("no_go", "go")
    assert (await court.entries())[-1].kind is Kind.OVERRIDE_USED


async def test_who_counts_has_agreed(new_court: type[Court], sign: Sign) -> None:
    """Of all that have signed, those have agreed whose agreement counts; all are kept."""
    court = new_court()
    court.prover.roles["joe"] = ("dev",)  # type: ignore[union-attr]  # the peer
    await court.evaluate()
    text = await requested(court)
    armors = [sign(who, text) for who in ("joe", "jane", "ann", "bob")]

    outcome = await Overrides(court.office).apply(await court.scene(), text, [*armors, "x"])

    assert outcome.entry.by == "bob, jane"
    assert [each.person for each in outcome.entry.signatures] == ["joe", "jane", "ann", "bob"]


async def test_an_attempt_is_told(court: Court, sign: Sign) -> None:
    """An attempt that is refused says who has signed, and keeps the signatures over it."""
    text = await requested(court)

    outcome = await Overrides(court.office).apply(
        await court.scene(), text, [sign("ann", text), "x"]
    )

    made = outcome.entry
    assert (made.kind, made.code, made.by) == (Kind.OVERRIDE_REFUSED, "self_approval", "ann")
    assert made.text == "ann asks for it and cannot agree to it"
    assert [each.person for each in made.signatures] == ["ann"]
    assert (await court.evaluate()).verdict.value == "no_go"


async def test_nobody_has_signed(court: Court) -> None:
    """Without a signature nobody has agreed."""
    text = await requested(court)

    outcome = await Overrides(court.office).apply(await court.scene(), text, [])

    assert [each.code for each in outcome.refusals] == ["not_signed"]


@pytest.mark.parametrize("edit", [("ann", "eve"), ("{", " {"), ('"ticket"', '"tickets"')])
async def test_a_changed_text_is_about_what_it_was(
    court: Court, sign: Sign, edit: tuple[str, str]
) -> None:
    """A changed statement is told beside the one it was made of, without what is over it."""
    text = await requested(court)
    other = text.replace(*edit, 1)
    exact = edit[0] == "ann"

    outcome = await Overrides(court.office).apply(await court.scene(), other, [sign("jane", other)])

    made = outcome.entry
    assert made.code == "not_requested_here"
    assert made.subject == read_override(text).id
    assert made.statement == other
    # Of what is a statement to the letter, whoever verifies the log can see what it is.
    assert bool(made.signatures) is exact


async def test_what_is_no_statement_is_about_nothing(court: Court) -> None:
    """What names no override is told without one."""
    outcome = await Overrides(court.office).apply(await court.scene(), "LGTM", ["x"])

    assert (outcome.entry.subject, outcome.entry.code) == ("", "not_requested_here")


async def test_a_long_statement(new_court: type[Court], sign: Sign) -> None:
    """However many reasons there are, the request is kept whole, and can be applied."""
    court = new_court(failing=250, override=OverridePolicy(roles=("vp",), expires_in_s=86_400.0))
    await court.evaluate()
    text = await requested(court)
    assert len(text) > LONGEST_KEPT

    outcome = await Overrides(court.office).apply(await court.scene(), text, [sign("jane", text)])

    assert outcome.refusals == ()
    assert outcome.entry.statement == text
    assert (await court.evaluate()).verdict.value == "go"


async def revoking(court: Court, id_: str, by: str = "bob", why: str = "it is mended") -> str:
    """Return why an end was refused; empty if it was not."""
    ending = Ending(id_, by, why)
    outcome = await Overrides(court.office).revoke(await court.scene(), ending)
    assert (await court.entries())[-1] == outcome.entry
    if not outcome.refusals:
        made = outcome.entry
        assert (made.kind, made.subject, made.by, made.code, made.text) == (
            Kind.OVERRIDE_REVOKED, ending.id, "bob", "revoked", "it is mended",
        )  # fmt: skip
        return ""
    assert outcome.entry.kind is Kind.OVERRIDE_REFUSED
    return outcome.refusals[0].code


async def test_revoked(court: Court, sign: Sign) -> None:
    """An override ends once, in words that can be seen, and then the gate is closed."""
    text = await requested(court)
    id_ = read_override(text).id
    await Overrides(court.office).apply(await court.scene(), text, [sign("jane", text)])

    assert await revoking(court, "01X") == "not_requested_here"
    assert await revoking(court, "\udcff") == "not_requested_here"
    assert await revoking(court, id_, why=" ") == "blank_reason"
    assert await revoking(court, id_, by="\udcff") == "requester_missing"
    assert (await court.evaluate()).verdict.value == "go"
    assert await revoking(court, id_) == ""
    assert await revoking(court, id_) == "already_ended"
    assert (await court.evaluate()).verdict.value == "no_go"
