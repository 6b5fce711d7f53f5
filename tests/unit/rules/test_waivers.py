"""rules.waivers: approved waivers, and what stands against asking, approving and ending."""

# ruff: noqa: ANN401  # fields of many types

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from director.model.profile import WaiverPolicy
from director.model.proof import NotProven, Proof, Submission
from director.model.record import Record
from director.model.refusal import Refusal
from director.model.standing import Waiver
from director.model.waiver import Stage, WaiverCase
from director.rules.statements import statement_text
from director.rules.waivers import (
    approved,
    waiver_approve_refusals,
    waiver_deny_refusals,
    waiver_request_refusals,
    waiver_revoke_refusals,
)

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Desk

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
POLICY = WaiverPolicy(roles=("lead", "vp"))


def waiver(case: WaiverCase, proof: Proof | None = None, policy: WaiverPolicy = POLICY) -> Waiver:
    """Return what one case comes to."""
    proofs = {case.statement.id: proof} if proof else {}
    (found,) = approved([case], proofs, policy)
    return found


def test_an_approved_case_is_a_waiver(desk: Desk) -> None:
    """With a proof of somebody who may, it is a waiver without doubt."""
    assert waiver(desk.case(Stage.APPROVED), desk.proven("joe", "lead")) == Waiver(
        id="01W",
        check="declared.load_test",
        reason="the rig is broken",
        ticket="OPS-2",
        requested_by="ann",
        approved_by="joe",
        expires_at=desk.now + 23 * HOUR,
        code="fix_scheduled",
        doubt="",
    )


@pytest.mark.parametrize("stage", [Stage.REQUESTED, Stage.DENIED, Stage.REVOKED])
def test_what_nobody_approved_is_none(desk: Desk, stage: Stage) -> None:
    """A wish, a denied and a revoked one are no waivers, even with a proof."""
    case = replace(desk.case(stage), signature=desk.signature())

    assert approved([case], {"01W": desk.proven()}, POLICY) == ()


def test_without_proof_it_is_in_doubt(desk: Desk) -> None:
    """The record's word for an approval is shown, and proves nothing."""
    case = desk.case(Stage.APPROVED)

    bare = waiver(case)
    assert (bare.approved_by, bare.doubt) == ("jane", "nobody has signed it")
    unknown = waiver(case, NotProven("unknown_key", "nobody knows the key"))
    assert (unknown.approved_by, unknown.doubt) == ("jane", "nobody knows the key")
    unsigned = waiver(replace(case, signature=None), desk.proven("joe"))
    assert (unsigned.approved_by, unsigned.doubt) == ("jane", "nobody has signed it")


def test_who_approves_may_and_is_somebody_else(desk: Desk) -> None:
    """A role of the profile is needed, and nobody approves his own."""
    case = desk.case(Stage.APPROVED)

    dev = waiver(case, desk.proven("jane", "dev"))
    assert dev.doubt == "jane has none of the roles that count"
    nobody = waiver(case, desk.proven(), policy=WaiverPolicy())
    assert nobody.doubt == "jane has none of the roles that count"
    own = desk.case(Stage.APPROVED, requested_by="Jane")
    himself = waiver(own, desk.proven())
    assert (himself.approved_by, himself.doubt) == (
        "jane",
        "jane asks for it and cannot agree to it",
    )


@pytest.mark.parametrize(
    ("over", "doubt"),
    [(0 * TICK, ""), (TICK, "it lives longer than the profile lets a waiver live")],
)
def test_a_waiver_lives_as_long_as_the_profile_lets_it(
    desk: Desk, over: timedelta, doubt: str
) -> None:
    """The policy of today counts, not that of the day it was approved."""
    case = desk.case(Stage.APPROVED, expires_at=desk.now + 23 * HOUR + over)

    found = waiver(case, desk.proven(), policy=replace(POLICY, expires_in_s=24 * 3600.0))

    assert (found.doubt, found.approved_by) == (doubt, "jane")


def test_what_was_signed_is_what_holds(desk: Desk) -> None:
    """Where text and statement differ, the signature says nothing of the statement."""
    case = replace(desk.case(Stage.APPROVED), text=statement_text(desk.wish(check="a.b")))

    assert waiver(case, desk.proven()).doubt == "what was signed says something else"


def test_what_was_said_to_have_expired_stays_so(desk: Desk) -> None:
    """A waiver that the log says has expired lifts nothing, whatever the clock says."""
    case = replace(desk.case(Stage.APPROVED), expired_at=desk.now - HOUR)

    assert waiver(case, desk.proven()).doubt == "it has expired before"


def test_an_expired_one_is_named_until_there_is_another(desk: Desk) -> None:
    """Once a later one for its check is approved, an expired one is history."""
    old = replace(desk.case(Stage.APPROVED, id="01A"), expired_at=desk.now)
    wish = desk.case(id="01B")
    other = desk.case(Stage.APPROVED, id="01D", check="declared.alerts")
    new = desk.case(Stage.APPROVED, id="01C")

    def ids(*cases: WaiverCase) -> list[str]:
        return [each.id for each in approved(cases, {}, POLICY)]

    assert ids(other, wish, old) == ["01A", "01D"]
    assert ids(other, new, old) == ["01C", "01D"]
    assert ids(old, replace(new, expired_at=desk.now)) == ["01A", "01C"]


def codes(refusals: Iterable[Refusal]) -> list[str]:
    """Return the codes of *refusals*; each has a text in one line."""
    refusals = tuple(refusals)
    assert all(refusal.text and refusal.text.isprintable() for refusal in refusals)
    return [refusal.code for refusal in refusals]


def requesting(desk: Desk, record: Record | None = None, **fields: Any) -> list[str]:
    """Return what stands against asking for a waiver."""
    return codes(waiver_request_refusals(record or desk.record(), desk.wish(**fields), desk.now))


def approving(
    desk: Desk, record: Record | None = None, case: WaiverCase | None = None, *proofs: Proof
) -> list[str]:
    """Return what stands against approving *case*, signed by jane unless *proofs* are given."""
    case = case or desk.case()
    submission = Submission(case.text, proofs or (desk.proven(),))
    return codes(waiver_approve_refusals(record or desk.record(), submission, [case], desk.now))


def test_a_wish_for_a_required_check_is_fine(desk: Desk) -> None:
    """Nothing stands against asking, and nothing against a lead's approval."""
    assert requesting(desk) == []
    assert approving(desk) == []
    assert approving(desk, None, None, desk.proven("joe", "lead")) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"service": "shop"}, ["other_service"]),
        ({"environment": ""}, ["other_service"]),
        ({"reason": "\u3164"}, ["blank_reason"]),
        ({"ticket": " "}, ["ticket_missing"]),
        ({"check": "declared.security_review"}, ["not_waivable"]),
        ({"check": "declared.load_tset"}, ["unknown_check"]),
    ],
)
def test_what_cannot_be_waived_is_not_asked_for(
    desk: Desk, fields: dict[str, Any], expected: list[str]
) -> None:
    """It is for a planned check of this target that no blocker is, with a reason and a ticket."""
    assert requesting(desk, **fields) == expected
    assert approving(desk, None, desk.case(**fields)) == expected


def test_the_moments_of_a_waiver(desk: Desk) -> None:
    """It is asked for now, has time left, and lives no longer than the profile lets it."""
    assert requesting(desk, requested_at=desk.now) == []
    assert requesting(desk, requested_at=desk.now + TICK) == ["not_yet_valid"]
    assert requesting(desk, expires_at=desk.now + TICK) == []
    assert requesting(desk, expires_at=desk.now) == ["expired"]
    longest = desk.now - HOUR + timedelta(days=90)
    assert requesting(desk, expires_at=longest) == []
    assert requesting(desk, expires_at=longest + TICK) == ["too_long"]
    assert approving(desk, None, desk.case(expires_at=desk.now)) == ["expired"]


def test_another_target_is_named(desk: Desk) -> None:
    """Whoever asks for the wrong service sees which one was decided on."""
    (refusal,) = waiver_request_refusals(desk.record(), desk.wish(service="shop"), desk.now)

    assert refusal == Refusal("other_service", "the decision is on pay@production")


def test_a_slip_is_recognised(desk: Desk) -> None:
    """A check that is not planned is named with the one that was probably meant."""

    def said(check: str) -> list[Refusal]:
        return list(waiver_request_refusals(desk.record(), desk.wish(check=check), desk.now))

    near = "declared.load_tset is not planned, did you mean declared.load_test?"
    assert said("declared.load_tset") == [Refusal("unknown_check", near)]
    assert said("x.y") == [Refusal("unknown_check", "x.y is not planned")]


@pytest.mark.parametrize("missing", ["policy", "waivers", "roles"])
def test_where_nobody_may_nobody_does(desk: Desk, missing: str) -> None:
    """Without a policy or without roles nobody can approve."""
    policy = desk.policy()
    assert policy.waivers is not None
    records = {
        "policy": desk.record(policy=None),
        "waivers": desk.record(policy=replace(policy, waivers=None)),
        "roles": desk.record(policy=replace(policy, waivers=replace(policy.waivers, roles=()))),
    }

    assert requesting(desk, records[missing]) == ["nobody_may"]
    assert approving(desk, records[missing]) == ["nobody_may", "role"]


def test_one_person_approves_who_may_and_is_somebody_else(desk: Desk) -> None:
    """Who signed is proven, has a role, and is not the requester; and it is one signature."""
    assert approving(desk, None, None, NotProven("bad_signature", "no")) == ["bad_signature"]
    assert approving(desk, None, None, desk.proven("joe", "dev")) == ["role"]
    assert approving(desk, None, None, desk.proven("Ann")) == ["self_approval"]
    assert approving(desk, None, None, desk.proven(), desk.proven("joe")) == ["not_signed"]
    found = waiver_approve_refusals(
        desk.record(), Submission(desk.case().text), [desk.case()], desk.now
    )
    assert codes(found) == ["not_signed"]


@pytest.mark.parametrize("stage", [Stage.APPROVED, Stage.DENIED, Stage.REVOKED])
def test_an_answer_is_given_once(desk: Desk, stage: Stage) -> None:
    """What was approved, denied or revoked is not approved again, and it is said by whom."""
    case = replace(desk.case(stage), settled_by="bob")
    submission = Submission(case.text, (desk.proven(),))

    (refusal,) = waiver_approve_refusals(desk.record(), submission, [case], desk.now)

    assert refusal == Refusal("already_settled", f"it was {stage} by bob")


def test_what_was_not_requested_here_is_not_approved(desk: Desk) -> None:
    """Bytes that nobody asked for here are refused."""

    def refused(text: str) -> Refusal:
        (refusal,) = waiver_approve_refusals(
            desk.record(), Submission(text, (desk.proven(),)), [desk.case()], desk.now
        )
        return refusal

    ours, other = "this text was not requested here", "it was not requested for pay@production"
    assert refused(statement_text(desk.wish(id="02"))) == Refusal("not_requested_here", ours)
    for elsewhere in (desk.wish(service="shop"), desk.wish(environment="")):
        assert refused(statement_text(elsewhere)) == Refusal("other_service", other)
    assert refused("") == Refusal(
        "not_requested_here", "a statement must be JSON as it was requested, was none"
    )


@pytest.mark.parametrize(
    ("stage", "deny", "revoke"),
    [
        (Stage.REQUESTED, [], []),
        (Stage.APPROVED, ["already_settled"], []),
        (Stage.DENIED, ["already_settled"], ["already_settled"]),
        (Stage.REVOKED, ["already_settled"], ["already_settled"]),
    ],
)
def test_how_a_waiver_ends(desk: Desk, stage: Stage, deny: list[str], revoke: list[str]) -> None:
    """One that waits can be denied, one that waits or was approved can be revoked."""
    cases = [desk.case(Stage.DENIED, id="02"), replace(desk.case(stage), settled_by="")]

    assert codes(waiver_deny_refusals("01W", cases)) == deny
    assert codes(waiver_revoke_refusals("01W", cases)) == revoke
    if deny:
        assert waiver_deny_refusals("01W", cases)[0].text == f"it was {stage}"
    assert codes(waiver_deny_refusals("03", cases)) == ["not_requested_here"]
    said = Refusal("not_requested_here", "no such waiver was requested for this target")
    assert waiver_revoke_refusals("03", cases) == (said,)
