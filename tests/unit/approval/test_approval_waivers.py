"""approval.waivers: a waiver from the request to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from director.approval.desk import Ending
from director.approval.waivers import Waivers
from director.model.ledger import Kind
from director.rules.statements import read_waiver

if TYPE_CHECKING:
    from tests.unit.approval.conftest import Court

WAIVER = "director-waiver@v1"

Sign = Callable[..., str]


async def requested(court: Court) -> str:
    """Return the text of a request."""
    outcome = await Waivers(court.office).request(await court.scene(), court.waiver_wish())
    assert outcome.refusals == ()
    return outcome.entry.statement


async def approve(court: Court, text: str, armor: str) -> list[str]:
    """Approve, and return why it was refused."""
    outcome = await Waivers(court.office).approve(await court.scene(), text, armor)
    assert (await court.entries())[-1] == outcome.entry
    return [each.code for each in outcome.refusals]


async def test_a_request_states_everything(court: Court) -> None:
    """What is to be approved names the log, the target, the check, the reason and the times."""
    stands, wish = await court.scene(), court.waiver_wish()

    outcome = await Waivers(court.office).request(stands, wish)

    made = outcome.entry
    assert await court.entries() == (made,)
    assert (made.kind, made.by, made.text) == (Kind.WAIVER_REQUESTED, "ann", wish.reason)
    statement = read_waiver(made.statement)
    assert (statement.id, statement.log) == (made.subject, "log.example/1")
    assert (statement.service, statement.environment) == ("shop", "")
    assert (statement.check, statement.code) == (wish.check, wish.code)
    assert (statement.reason, statement.ticket) == (wish.reason, wish.ticket)
    assert (statement.requested_at, statement.expires_at) == (stands.now, wish.expires_at)


async def test_a_request_that_is_refused_is_told(court: Court) -> None:
    """A request that is refused is an attempt, with the text that would have been approved."""
    wish = court.waiver_wish(check="fake.bad")

    outcome = await Waivers(court.office).request(await court.scene(), wish)

    made = outcome.entry
    assert (made.kind, made.code, made.by) == (Kind.WAIVER_REFUSED, "unknown_check", "ann")
    assert read_waiver(made.statement).check == "fake.bad"
    assert await court.entries() == (made,)


async def test_approved(court: Court, sign: Sign) -> None:
    """A waiver that somebody else has signed lifts its check's reason."""
    text = await requested(court)

    assert await approve(court, text, sign("jane", text, WAIVER)) == []

    made = (await court.entries())[-1]
    assert (made.kind, made.by, made.statement) == (Kind.WAIVER_APPROVED, "jane", text)
    assert made.subject == read_waiver(text).id
    assert [each.person for each in made.signatures] == ["jane"]
    judged = await court.evaluate()
    assert judged.record.decision == "conditional_go"
    assert [use.state for use in judged.record.waivers] == ["in_effect"]


async def test_attempts_are_told(court: Court, sign: Sign) -> None:
    """One's own signature, one for an override, and none: each is refused and told as it is."""
    text = await requested(court)

    assert await approve(court, text, sign("ann", text, WAIVER)) == ["self_approval"]
    assert (await court.entries())[-1].by == "ann"
    assert await approve(court, text, sign("jane", text)) == ["bad_signature"]
    assert (await court.entries())[-1].signatures == ()
    assert await approve(court, text, "") == ["bad_signature"]
    assert {each.kind for each in (await court.entries())[1:]} == {Kind.WAIVER_REFUSED}
    assert (await court.evaluate()).record.decision == "no_go"


@pytest.mark.parametrize("edit", [("ann", "eve"), ("{", " {")])
async def test_a_changed_text_is_about_what_it_was(
    court: Court, sign: Sign, edit: tuple[str, str]
) -> None:
    """A changed statement is told beside the one it was made of, without what is over it."""
    text = await requested(court)
    other = text.replace(*edit, 1)

    assert await approve(court, other, sign("jane", other, WAIVER)) == ["not_requested_here"]

    made = (await court.entries())[-1]
    assert (made.subject, made.statement) == (read_waiver(text).id, other)
    assert bool(made.signatures) is (edit[0] == "ann")
    assert await approve(court, "LGTM", "x") == ["not_requested_here"]
    assert (await court.entries())[-1].subject == ""


@pytest.mark.parametrize("step", ["deny", "revoke"])
async def test_an_end(court: Court, sign: Sign, step: str) -> None:
    """A waiver is denied or revoked once, in words that can be seen, and then lifts nothing."""
    text = await requested(court)
    id_ = read_waiver(text).id

    async def end(id_: str, by: str = "bob", why: str = "no") -> list[str]:
        act = getattr(Waivers(court.office), step)
        outcome = await act(await court.scene(), Ending(id_, by, why))
        assert (await court.entries())[-1] == outcome.entry
        return [each.code for each in outcome.refusals]

    assert await end("01X") == ["not_requested_here"]
    assert await end(id_, why=" ") == ["blank_reason"]
    assert await end(id_, by="\udcff") == ["requester_missing", "unprintable"]
    assert (await court.entries())[-1].kind is Kind.WAIVER_REFUSED
    assert await end(id_) == []

    made = (await court.entries())[-1]
    done = {"deny": "denied", "revoke": "revoked"}[step]
    assert (made.kind.value, made.code) == (f"waiver.{done}", done)
    assert (made.subject, made.by, made.text) == (id_, "bob", "no")
    assert await end(id_) == ["already_settled"]
    assert await approve(court, text, sign("jane", text, WAIVER)) == ["already_settled"]
    assert (await court.evaluate()).record.decision == "no_go"


async def test_only_an_approved_one_is_revoked(court: Court, sign: Sign) -> None:
    """What was approved is not denied any more, and can be revoked."""
    text = await requested(court)
    await approve(court, text, sign("jane", text, WAIVER))
    ending = Ending(read_waiver(text).id, "bob", "no")

    denied = await Waivers(court.office).deny(await court.scene(), ending)
    revoked = await Waivers(court.office).revoke(await court.scene(), ending)

    assert [each.code for each in denied.refusals] == ["already_settled"]
    assert revoked.refusals == ()
    assert (await court.evaluate()).record.decision == "no_go"
