"""rules.override_steps: what stands against requesting, applying and revoking an override."""

# ruff: noqa: ANN401  # fields of many types

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from director.model.override import Ground, Override
from director.model.proof import NotProven, Proof, Submission
from director.model.record import Record
from director.model.refusal import Refusal
from director.rules.moment import instant
from director.rules.override_steps import (
    override_apply_refusals,
    override_request_refusals,
    override_revoke_refusals,
)
from director.rules.statements import OVERRIDE_TYPE, WAIVER_TYPE, statement_text

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Desk

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
REVIEW = Ground("blocker", "declared.security_review", "security")
SCORE = Ground("score")


def codes(refusals: Iterable[Refusal]) -> list[str]:
    """Return the codes of *refusals*; each has a text in one line."""
    refusals = tuple(refusals)
    assert all(refusal.text and refusal.text.isprintable() for refusal in refusals)
    return [refusal.code for refusal in refusals]


def test_what_is_wrong_is_named(desk: Desk) -> None:
    """The texts name the evaluation and the reasons that it must be about."""
    statement = desk.statement(evaluation="01D", grounds=(REVIEW, SCORE))

    found = override_request_refusals(desk.record(), statement, desk.now)

    assert [refusal.text for refusal in found] == [
        "it must be about the latest evaluation, 01E",
        "the decision has no such reason: score",
    ]


def requesting(desk: Desk, record: Record | None = None, **fields: Any) -> list[str]:
    """Return what stands against asking for an override."""
    statement = desk.statement(**fields)
    return codes(override_request_refusals(record or desk.record(), statement, desk.now))


def test_a_request_for_the_latest_no_go_is_fine(desk: Desk) -> None:
    """Nothing stands against asking for what the profile lets somebody force."""
    assert requesting(desk) == []
    assert requesting(desk, not_before=desk.now + HOUR) == []
    assert requesting(desk, requested_at=desk.now, not_before=desk.now) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"reason": " "}, ["blank_reason"]),
        ({"reason": "now!"}, ["short_reason"]),
        ({"ticket": ""}, ["ticket_missing"]),
        ({"evaluation": "01D"}, ["stale_decision"]),
        ({"service": "shop"}, ["other_service"]),
        ({"environment": "staging"}, ["other_service"]),
        ({"manifest_digest": "sha256:x"}, ["other_manifest"]),
        ({"profile_digest": "sha256:x"}, ["other_profile"]),
        ({"grounds": ()}, ["new_reason"]),
        ({"grounds": (SCORE,)}, ["new_reason", "foreign_reason"]),
        ({"grounds": (REVIEW, SCORE)}, ["foreign_reason"]),
    ],
)
def test_a_request_says_what_the_decision_says(
    desk: Desk, fields: dict[str, Any], expected: list[str]
) -> None:
    """A request is about the latest decision, with its reasons, no more and no less."""
    assert requesting(desk, **fields) == expected


@pytest.mark.parametrize(
    ("until", "expected"), [(TICK, []), (0 * TICK, ["expired"]), (-TICK, ["expired"])]
)
def test_a_request_has_time_left(desk: Desk, until: timedelta, expected: list[str]) -> None:
    """What has expired is not asked for."""
    assert requesting(desk, expires_at=desk.now + until) == expected


def test_the_moments_of_a_request_are_in_order(desk: Desk) -> None:
    """It is asked for now, begins before it ends, and lives no longer than the profile lets it."""
    end = desk.now + 23 * HOUR

    assert requesting(desk, not_before=end - TICK) == []
    assert requesting(desk, not_before=end) == ["never_valid"]
    assert requesting(desk, requested_at=desk.now + TICK) == ["not_yet_valid"]
    assert requesting(desk, expires_at=desk.now + 71 * HOUR) == []
    assert requesting(desk, expires_at=desk.now + 71 * HOUR + TICK) == ["too_long"]


@pytest.mark.parametrize(
    ("left", "expected"),
    [(TICK, []), (0 * TICK, ["stale_decision"]), (-TICK, ["stale_decision"])],
)
def test_an_expired_decision_is_not_overridden(
    desk: Desk, left: timedelta, expected: list[str]
) -> None:
    """What was decided too long ago is evaluated again first, to ask and to apply."""
    record = desk.record(valid_until=instant(desk.now + left))

    assert requesting(desk, record) == expected
    assert applying(desk, record) == expected


def test_the_profile_has_its_say(desk: Desk) -> None:
    """Nobody is asked to sign what nobody may force."""
    assert requesting(desk, desk.record(decision="go"), grounds=(REVIEW,)) == ["not_needed"]
    assert requesting(desk, desk.record(policy=desk.policy(roles=()))) == ["nobody_may"]
    never = desk.policy(never=(REVIEW.check,))
    assert requesting(desk, desk.record(policy=never)) == ["never_overridable"]
    counts = replace(desk.record().counts, counting=0)
    assert requesting(desk, desk.record(counts=counts)) == ["nothing_verified"]


def applying(
    desk: Desk,
    record: Record | None = None,
    override: Override | None = None,
    proofs: Iterable[Proof] | None = None,
    others: Iterable[Override] = (),
) -> list[str]:
    """Return what stands against applying *override*, signed by jane."""
    override = override or desk.requested()
    submission = Submission(override.text, tuple([desk.proven()] if proofs is None else proofs))
    found = override_apply_refusals(
        record or desk.record(), submission, [*others, override], desk.now
    )
    return codes(found)


def test_what_was_requested_and_signed_is_applied(desk: Desk) -> None:
    """Nothing stands against it, also where the decision has lost a reason since."""
    assert applying(desk) == []
    assert applying(desk, override=desk.requested(grounds=(REVIEW, SCORE))) == []
    assert applying(desk, override=desk.requested(evaluation="01D")) == []


def test_what_was_not_requested_here_is_not_applied(desk: Desk) -> None:
    """Bytes that nobody asked for here are refused, whatever they say and whoever signed them."""
    record, others = desk.record(), [desk.requested()]

    def refused(text: str) -> Refusal:
        (refusal,) = override_apply_refusals(
            record, Submission(text, (desk.proven(),)), others, desk.now
        )
        return refusal

    ours = "this text was not requested here"
    other = "it was not requested for pay@production"
    cases = {
        statement_text(desk.statement(id="02")): ("not_requested_here", ours),
        statement_text(desk.statement(ticket="x")): ("not_requested_here", ours),
        statement_text(desk.statement(service="shop")): ("other_service", other),
        statement_text(desk.statement(environment="")): ("other_service", other),
        others[0].text + "\n": (
            "not_requested_here",
            "a statement must be the text that was requested, to the letter",
        ),
        statement_text(desk.wish()): (
            "not_requested_here",
            f"type must be {OVERRIDE_TYPE}, was '{WAIVER_TYPE}'",
        ),
    }
    for text, (code, said) in cases.items():
        assert refused(text) == Refusal(code, said)


def test_nothing_is_applied_twice(desk: Desk) -> None:
    """What was applied is not applied again, and what ended does not come back."""
    assert applying(desk, override=desk.applied()) == ["already_applied"]
    for override in (desk.requested(), desk.applied()):
        ended = replace(override, ended_at=desk.now, ended="revoked")
        assert applying(desk, override=ended) == ["already_ended"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"expires_at": 0 * TICK}, ["expired"]),
        ({"expires_at": TICK}, []),
        ({"not_before": TICK}, ["not_yet_valid"]),
        ({"not_before": 0 * TICK}, []),
        ({"not_before": 9 * HOUR, "expires_at": 9 * HOUR}, ["never_valid", "not_yet_valid"]),
        ({"expires_at": 71 * HOUR + TICK}, ["too_long"]),
    ],
)
def test_it_is_applied_while_it_holds(
    desk: Desk, fields: dict[str, timedelta], expected: list[str]
) -> None:
    """Neither before it begins nor from its end on."""
    moments = {name: desk.now + offset for name, offset in fields.items()}

    assert applying(desk, override=desk.requested(**moments)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"reason": "\u200b" * 30}, ["blank_reason", "unprintable"]),
        ({"ticket": "\u3164"}, ["ticket_missing"]),
        ({"manifest_digest": "x"}, ["other_manifest"]),
        ({"profile_digest": "x"}, ["other_profile"]),
        ({"grounds": (SCORE,)}, ["new_reason"]),
    ],
)
def test_it_still_fits_the_latest_decision(
    desk: Desk, fields: dict[str, Any], expected: list[str]
) -> None:
    """Another manifest, another profile or a new reason since, and it is not applied."""
    assert applying(desk, override=desk.requested(**fields)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["another_in_force"]),
        ({"ended_at": datetime(2026, 1, 1)}, []),  # noqa: DTZ001  # any moment will do
        ({"applied_at": None}, []),
    ],
)
def test_one_at_a_time(desk: Desk, fields: dict[str, Any], expected: list[str]) -> None:
    """While another one is live, none is applied; it is named, so that it can be revoked."""
    other = replace(desk.applied(id="02", manifest_digest="x"), **fields)
    submission = Submission(desk.requested().text, (desk.proven(),))

    found = override_apply_refusals(
        desk.record(), submission, (each for each in (other, desk.requested())), desk.now
    )

    assert codes(found) == expected
    if found:
        assert found[0].text == "override 02 is in force; revoke it first"


def test_one_that_expired_is_in_nobodys_way(desk: Desk) -> None:
    """An override that has expired keeps none from being applied."""
    other = desk.applied(id="02", expires_at=desk.now)

    assert applying(desk, others=[other]) == []


def test_enough_people_have_agreed_who_may(desk: Desk) -> None:
    """Who signed is proven, has a role, is not the requester, and where it takes two is two."""
    two = desk.record(policy=desk.policy(second_approver=(REVIEW.check,)))
    jane, bob = desk.proven("jane"), desk.proven("bob")

    assert applying(desk, proofs=[]) == ["not_signed"]
    assert applying(desk, proofs=[NotProven("revoked_key", "the key was revoked")]) == [
        "revoked_key"
    ]
    assert applying(desk, proofs=[desk.proven("eve", "dev")]) == ["role"]
    assert applying(desk, proofs=[desk.proven("ann")]) == ["self_approval"]
    assert applying(desk, two, proofs=[jane]) == ["second_approver"]
    assert applying(desk, two, proofs=[jane, desk.proven("ann")]) == ["second_approver"]
    assert applying(desk, two, proofs=[jane, bob]) == []
    nobody_may = desk.record(policy=None)
    assert applying(desk, nobody_may, proofs=[jane]) == ["nobody_may", "role"]


def test_everything_against_it_is_named(desk: Desk) -> None:
    """Whoever is refused sees at once all that would have to change."""
    override = desk.requested(expires_at=desk.now, ticket="", manifest_digest="x")
    record = desk.record(valid_until=instant(desk.now))

    found = applying(desk, record, override, [], [desk.applied(id="02")])

    assert found == [
        "expired",
        "ticket_missing",
        "stale_decision",
        "other_manifest",
        "another_in_force",
        "not_signed",
    ]


def test_what_has_not_ended_can_be_revoked(desk: Desk) -> None:
    """Requested or applied, an override can be ended once; one that nobody knows cannot."""
    assert override_revoke_refusals("01O", [desk.requested()]) == ()
    assert override_revoke_refusals("02", [desk.requested(), desk.applied(id="02")]) == ()
    ended = replace(desk.applied(), ended_at=desk.now, ended="expired")
    said = Refusal("already_ended", "it has ended already: expired")
    assert override_revoke_refusals("01O", [ended]) == (said,)
    said = Refusal("not_requested_here", "no such override was requested for this target")
    assert override_revoke_refusals("03", [ended]) == (said,)
