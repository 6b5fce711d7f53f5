"""rules.waiver_entries and rules.requests: what is asked for and not approved is listed too."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from director.model.check import Role
from director.model.decision import Decision
from director.model.manifest import Manifest, WaiverRequest
from director.model.profile import Profile, WaiverPolicy
from director.model.record import RequestEntry, WaiverCounts, WaiverEntry
from director.model.standing import Standing
from director.model.waiver import Stage, WaiverCase
from director.rules.requests import (
    Wish,
    Wishes,
    pending,
    policy_refusals,
    request_entries,
    unknown_requests,
)
from director.rules.waiver_entries import waiver_counts, waiver_entries

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Desk, Law

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
POLICY = WaiverPolicy(roles=("vp",))


def request(desk: Desk, **fields: str) -> WaiverRequest:
    """Return what a manifest asks for: the very thing that the usual case is about."""
    wish = desk.wish()
    given = {"check": wish.check, "reason": wish.reason, "ticket": wish.ticket}
    return WaiverRequest(**{**given, "code": "fix_scheduled", **fields}, expires_at=wish.expires_at)


def test_what_was_asked_before_is_known(desk: Desk) -> None:
    """A request is known by all it says; whatever became of it, it is not asked for again."""
    asked = request(desk)

    assert unknown_requests([asked], []) == (asked,)
    for stage in Stage:
        assert unknown_requests([asked], [desk.case(stage)]) == ()
    assert unknown_requests([], [desk.case()]) == ()


@pytest.mark.parametrize(
    "field", [{"check": "a.b"}, {"reason": "x"}, {"ticket": "x"}, {"code": "not_yet_live"}], ids=str
)
def test_to_ask_for_something_else_is_a_new_request(desk: Desk, field: dict[str, str]) -> None:
    """Another check, reason, ticket, code or expiry is another request."""
    other = request(desk, **field)
    later = replace(request(desk), expires_at=desk.now)

    assert unknown_requests([other, request(desk)], [desk.case()]) == (other,)
    assert unknown_requests([later], [desk.case()]) == (later,)


def test_a_request_is_made_once(desk: Desk) -> None:
    """What a manifest says twice is asked for once; no code means accepted_risk."""
    bare, risk = request(desk, code=""), request(desk, code="accepted_risk")

    assert unknown_requests([bare, risk, bare], []) == (bare,)
    other = request(desk, ticket="x")
    assert unknown_requests([bare, other, risk], []) == (bare, other)
    accepted = desk.case()
    wish = replace(accepted.statement, code=type(accepted.statement.code)("accepted_risk"))
    assert unknown_requests([bare], [replace(accepted, statement=wish)]) == ()


@pytest.mark.parametrize(
    ("stage", "alone", "asked"),
    [
        (Stage.REQUESTED, True, True),
        (Stage.APPROVED, False, False),
        (Stage.DENIED, False, True),
        (Stage.REVOKED, False, True),
    ],
)
def test_what_waits_is_pending(desk: Desk, stage: Stage, alone: bool, asked: bool) -> None:
    """What waits for an answer, and what the manifest still asks for after a no."""
    case = desk.case(stage)

    assert pending([], [case], desk.now) == ((case,) if alone else ())
    assert pending([request(desk)], [case], desk.now) == ((case,) if asked else ())


def test_what_waited_too_long_is_forgotten(desk: Desk) -> None:
    """A request that expired is listed only while the manifest still asks for it."""
    case, end = desk.case(), desk.wish().expires_at

    assert pending([], [case], end - TICK) == (case,)
    assert pending([], [case], end) == ()
    assert pending([request(desk)], [case], end) == (case,)


def refused(desk: Desk, policy: WaiverPolicy | None = POLICY, **fields: object) -> list[str]:
    """Return why nobody can approve a wish."""
    wish = Wish(
        check="a.b", role="required", requested_at=desk.now, expires_at=desk.now + 24 * HOUR
    )
    wish = replace(wish, **fields)  # type: ignore[arg-type]  # fields of many types
    return [refusal.code for refusal in policy_refusals(wish, policy, desk.now)]


def test_a_policy_has_its_say(desk: Desk) -> None:
    """It expires later, is planned, no blocker, and lives no longer than allowed."""
    assert refused(desk) == []
    assert refused(desk, role="advisory") == []
    assert refused(desk, role="blocker") == ["not_waivable"]
    assert refused(desk, role=None) == ["unknown_check"]
    assert refused(desk, None) == ["nobody_may"]
    assert refused(desk, WaiverPolicy()) == ["nobody_may"]
    assert refused(desk, expires_at=desk.now + TICK) == []
    assert refused(desk, expires_at=desk.now) == ["expired"]
    day = replace(POLICY, expires_in_s=24 * 3600.0)
    assert refused(desk, day) == []
    assert refused(desk, day, expires_at=desk.now + 24 * HOUR + TICK) == ["too_long"]


def test_the_policy_says_it_in_words(desk: Desk) -> None:
    """Each text names the check or the limit."""
    wish = Wish(check="a.b", role="blocker", requested_at=desk.now - 48 * HOUR, expires_at=desk.now)
    policy = WaiverPolicy(roles=("vp",), expires_in_s=86_400.0 * 1.5)

    assert [refusal.text for refusal in policy_refusals(wish, policy, desk.now)] == [
        "it has expired",
        "a.b is a blocker, which an override lifts and no waiver",
        "it may live at most 1.5 days from its request",
    ]
    longer = replace(wish, role="required", expires_at=desk.now + timedelta(days=99))
    assert [refusal.text for refusal in policy_refusals(longer, POLICY, desk.now)] == [
        "it may live at most 90 days from its request"
    ]
    missing = policy_refusals(replace(wish, role=None), WaiverPolicy(), desk.now)
    assert [refusal.text for refusal in missing][1:] == [
        "a.b is not planned",
        "the profile lets nobody approve waivers",
    ]


def decision(law: Law, standing: Standing | None = None) -> Decision:
    """Return a decision on a required check that failed and a blocker that passed."""
    cases = [
        (law.planned("declared.load_test"), law.outcome("failed")),
        (law.planned("a.blocker", Role.BLOCKER), law.outcome("passed")),
        *law.fillers(),
    ]
    return law.decide(law.profile(), cases, standing)


def wishes(
    law: Law, *asked: WaiverRequest, cases: tuple[WaiverCase, ...] = (), owner: str = "team-x"
) -> Wishes:
    """Return what is asked of a profile under which a VP may approve waivers."""
    profile: Profile = law.profile(waivers=POLICY)
    manifest = Manifest(name="pay", digest="sha256:m", owner=owner, waivers=asked)
    return Wishes(manifest=manifest, cases=cases, profile=profile)


def test_what_the_manifest_asks_for_is_listed(law: Law, desk: Desk) -> None:
    """Until somebody was asked it has no id; the team asks for it, or the service."""
    entry = RequestEntry(
        check="declared.load_test",
        reason="the rig is broken",
        ticket="OPS-2",
        expires_at="2026-11-23T11:00:00.000000Z",
        id="",
        code="fix_scheduled",
        requested_by="team-x",
        stage="requested",
        doubt="",
    )
    asked = request(desk)

    assert request_entries(decision(law), wishes(law, asked)) == (entry,)
    (bare,) = request_entries(decision(law), wishes(law, replace(asked, code=""), owner=""))
    assert bare == replace(entry, code="accepted_risk", requested_by="pay")
    assert request_entries(decision(law), wishes(law)) == ()


def test_what_is_known_is_listed_first(law: Law, desk: Desk) -> None:
    """Cases come in the order of their requests, then what only the manifest asks for."""
    cases = (
        desk.case(id="02"),
        desk.case(Stage.APPROVED, id="03", ticket="x"),
        desk.case(Stage.DENIED, id="01", ticket="no"),
    )
    asked = (request(desk, ticket="new"), request(desk, ticket="no"), request(desk))

    found = request_entries(decision(law), wishes(law, *asked, cases=cases))

    assert [(e.id, e.stage, e.ticket, e.requested_by) for e in found] == [
        ("02", "requested", "OPS-2", "ann"),
        ("01", "denied", "no", "ann"),
        ("", "requested", "new", "team-x"),
    ]


@pytest.mark.parametrize(
    ("fields", "doubt"),
    [
        ({"check": "a.blocker"}, "a.blocker is a blocker, which an override lifts and no waiver"),
        ({"check": "a.nobody"}, "a.nobody is not planned"),
        ({"reason": "a\nb"}, "reason must be one line of characters that can be printed"),
        ({"ticket": "\u3164"}, "the ticket must not be blank"),
    ],
)
def test_what_nobody_can_approve_says_why(
    law: Law, desk: Desk, fields: dict[str, str], doubt: str
) -> None:
    """A request that cannot be approved as it is says what is in the way."""
    (entry,) = request_entries(decision(law), wishes(law, request(desk, **fields)))

    assert entry.doubt == doubt


def test_the_profile_decides_who_could(law: Law, desk: Desk) -> None:
    """Where nobody may approve waivers, each request says so."""
    asked = replace(wishes(law, request(desk)), profile=law.profile())

    (entry,) = request_entries(decision(law), asked)

    assert entry.doubt == "the profile lets nobody approve waivers"


def test_a_clock_that_was_set_back_revives_no_request(law: Law, desk: Desk) -> None:
    """What had expired at the latest moment of the record has expired."""
    late = decision(law, Standing(seen_at=desk.wish().expires_at))

    assert request_entries(late, wishes(law, cases=(desk.case(),))) == ()
    (entry,) = request_entries(late, wishes(law, request(desk)))
    assert entry.doubt == "it has expired"


def test_waivers_are_listed_with_code_and_doubt(law: Law) -> None:
    """Each says what it did, why it was approved, by whom, until when, and what is in doubt."""
    waiver = law.waiver("declared.load_test", code="false_positive", doubt="nobody has signed it")

    assert waiver_entries(decision(law, Standing(waivers=(waiver,)))) == (
        WaiverEntry(
            id="w-declared.load_test",
            check="declared.load_test",
            state="not_proven",
            reason="waiting for the rig",
            ticket="OPS-1",
            requested_by="ann",
            approved_by="bob",
            expires_at="2026-11-23T12:00:00.000000Z",
            code="false_positive",
            doubt="nobody has signed it",
        ),
    )


def test_waivers_are_counted(law: Law, desk: Desk) -> None:
    """Every state is counted, and so is what waits; a no is not."""
    waivers = (
        law.waiver("declared.load_test"),
        law.waiver("declared.load_test", id="w2", doubt="why"),
        law.waiver("zz.filler0"),
        law.waiver("zz.filler1", -HOUR),
        law.waiver("zz.filler2", -HOUR),
        law.waiver("a.blocker"),
        *(law.waiver(f"a.gone{n}") for n in range(3)),
    )
    found = decision(law, Standing(waivers=waivers))
    cases = (desk.case(id="02"), desk.case(Stage.DENIED, id="01", ticket="no"))
    asked = (request(desk, ticket="new"), request(desk, ticket="no"))
    requests = request_entries(found, wishes(law, *asked, cases=cases))

    assert waiver_counts(found, requests) == WaiverCounts(
        in_effect=1,
        unused=1,
        expired=2,
        no_match=3,
        not_waivable=1,
        not_proven=1,
        requested=2,
    )
