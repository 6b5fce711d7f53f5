"""rules.casework: what the log's entries come to; what does not fit changes nothing."""

# ruff: noqa: ANN401  # fields of many types

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from director.model.casework import Aside, Casework
from director.model.ledger import Entry, Kind
from director.model.override import Override
from director.model.waiver import Stage, WaiverCase
from director.rules.casework import casework
from director.rules.moment import instant

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Desk

HOUR = timedelta(hours=1)
HALF = timedelta(minutes=30)


def override_of(desk: Desk, *entries: Entry) -> Override:
    """Return the one override that *entries* come to; nothing may be set aside."""
    found = casework(entries, desk.log)
    assert found.aside == ()
    (override,) = found.overrides
    return override


def waiver_of(desk: Desk, *entries: Entry) -> WaiverCase:
    """Return the one waiver that *entries* come to; nothing may be set aside."""
    found = casework(entries, desk.log)
    assert found.aside == ()
    (case,) = found.waivers
    return case


def asked(desk: Desk, **fields: Any) -> Entry:
    """Return the entry that asks for an override."""
    return desk.entry(Kind.OVERRIDE_REQUESTED, desk.statement(**fields), HOUR)


def applied(desk: Desk, **fields: Any) -> Entry:
    """Return the entry that applies the usual override half an hour later."""
    return desk.entry(Kind.OVERRIDE_APPLIED, desk.statement(), HALF, **fields)


def wished(desk: Desk, **fields: Any) -> Entry:
    """Return the entry that asks for a waiver."""
    return desk.entry(Kind.WAIVER_REQUESTED, desk.wish(**fields), HOUR)


def approved(desk: Desk, **fields: Any) -> Entry:
    """Return the entry that approves the usual waiver half an hour later."""
    return desk.entry(Kind.WAIVER_APPROVED, desk.wish(), HALF, **fields)


def test_nothing_comes_to_nothing(desk: Desk) -> None:
    """A target without entries has no casework."""
    assert casework((), desk.log) == Casework()


def test_an_override_is_requested_and_applied(desk: Desk) -> None:
    """It is what was asked for, then in force with the signatures it was applied with."""
    requested = override_of(desk, asked(desk))
    assert requested == desk.requested()

    assert override_of(desk, asked(desk), applied(desk)) == desk.applied()


@pytest.mark.parametrize(
    ("kind", "ended"),
    [
        (Kind.OVERRIDE_REVOKED, "revoked"),
        (Kind.OVERRIDE_EXPIRED, "expired"),
        (Kind.OVERRIDE_ENDED, "new_reason"),
    ],
)
@pytest.mark.parametrize("in_force", [True, False])
def test_an_override_ends(desk: Desk, kind: Kind, ended: str, in_force: bool) -> None:
    """However it ends, applied or not, it says when, how and by whom."""
    entries = [asked(desk), applied(desk)] if in_force else [asked(desk)]
    end = desk.entry(kind, desk.statement(), timedelta(0), by="bob", code="revoked")

    override = override_of(desk, *entries, end)

    before = desk.applied() if in_force else desk.requested()
    assert override == replace(before, ended=ended, ended_at=desk.now, ended_by="bob")


def test_a_waiver_is_requested_and_approved(desk: Desk) -> None:
    """It is what was asked for, then approved by the one who signed."""
    assert waiver_of(desk, wished(desk)) == desk.case()

    case = waiver_of(desk, wished(desk), approved(desk, text="fine with me"))

    expected = desk.case(Stage.APPROVED)
    assert case == replace(expected, settled_at=desk.now - HALF, why="fine with me")


@pytest.mark.parametrize(
    ("kind", "stage"), [(Kind.WAIVER_DENIED, "denied"), (Kind.WAIVER_REVOKED, "revoked")]
)
def test_a_waiver_gets_a_no(desk: Desk, kind: Kind, stage: str) -> None:
    """A no says by whom, when and why."""
    no = desk.entry(kind, desk.wish(), HALF, by="bob", text="too risky")

    case = waiver_of(desk, wished(desk), no)

    assert case == replace(
        desk.case(Stage(stage)), settled_at=desk.now - HALF, settled_by="bob", why="too risky"
    )


def test_an_approved_waiver_is_revoked(desk: Desk) -> None:
    """What was approved can be taken back; who signed stays known."""
    no = desk.entry(Kind.WAIVER_REVOKED, desk.wish(), timedelta(0), by="bob")

    case = waiver_of(desk, wished(desk), approved(desk), no)

    assert (case.stage, case.settled_by, case.settled_at) == (Stage.REVOKED, "bob", desk.now)
    assert case.signature == desk.signature()


def test_an_approved_waiver_is_said_to_have_expired(desk: Desk) -> None:
    """That it expired is noted with when, and it stays approved: its moment is judged when read."""
    end = desk.entry(Kind.WAIVER_EXPIRED, desk.wish(), timedelta(0))

    case = waiver_of(desk, wished(desk), approved(desk), end)

    assert (case.stage, case.expired_at) == (Stage.APPROVED, desk.now)


@pytest.mark.parametrize(
    "kind",
    [
        Kind.DECISION,
        Kind.WAIVER_REFUSED,
        Kind.OVERRIDE_REFUSED,
        Kind.OVERRIDE_USED,
        Kind.EVIDENCE_ERASED,
    ],
)
def test_what_changes_nothing_is_let_be(desk: Desk, kind: Kind) -> None:
    """Refusals and uses are told, and change nothing; they need not even be about a case."""
    entry = desk.entry(kind, desk.statement(id="nobody"), HALF, at="some day")

    assert override_of(desk, asked(desk), entry) == desk.requested()


def test_several_stand_side_by_side_in_the_order_of_their_requests(desk: Desk) -> None:
    """Each entry finds its own case, also where several targets are read at once."""
    entries = [
        wished(desk, id="w2"),
        asked(desk, id="o2", environment="staging"),
        wished(desk, id="w1", service="shop"),
        asked(desk, id="o1"),
        desk.entry(Kind.OVERRIDE_APPLIED, desk.statement(id="o2", environment="staging"), HALF),
        desk.entry(Kind.OVERRIDE_APPLIED, desk.statement(id="o1"), HALF),
    ]

    found = casework(iter(entries), desk.log)

    assert found.aside == ()
    assert [case.statement.id for case in found.waivers] == ["w2", "w1"]
    assert [override.statement.id for override in found.overrides] == ["o2", "o1"]
    assert all(override.applied_at for override in found.overrides)


OVERRIDE_MISFITS: dict[str, tuple[dict[str, Any], str]] = {
    "garbage": ({"statement": "{}"}, "type must be .*, was nothing"),
    "other log": ({"log": "production-readiness-director/02"}, "made for another log"),
    "other subject": ({"subject": "02"}, "its statement is that of another one"),
    "other service": ({"to": "shop"}, "about another service or environment"),
    "other environment": ({"in": "staging"}, "about another service or environment"),
    "no id": ({"id": "\u200b"}, "no reason, no ticket or nobody who asks"),
    "no reason": ({"reason": "\u3164 "}, "no reason, no ticket or nobody who asks"),
    "no ticket": ({"ticket": ""}, "no reason, no ticket or nobody who asks"),
    "no requester": ({"requested_by": " "}, "no reason, no ticket or nobody who asks"),
    "no moment": ({"at": "yesterday"}, "nobody knows when it was"),
    "naive moment": ({"at": "2026-11-22T11:00:00"}, "nobody knows when it was"),
    "expired": ({"left": timedelta(0)}, "had expired when it was requested"),
}


def misfit(desk: Desk, entry: Entry) -> str:
    """Return why *entry* alone is set aside."""
    found = casework([entry], desk.log)
    assert (found.waivers, found.overrides) == ((), ())
    (aside,) = found.aside
    assert (aside.entry, aside.kind, aside.subject) == (entry.id, entry.kind, entry.subject)
    return aside.why


@pytest.mark.parametrize(("change", "why"), OVERRIDE_MISFITS.values(), ids=OVERRIDE_MISFITS.keys())
@pytest.mark.parametrize("kind", [Kind.OVERRIDE_REQUESTED, Kind.WAIVER_REQUESTED])
def test_a_request_that_is_none_is_set_aside(
    desk: Desk, kind: Kind, change: dict[str, Any], why: str
) -> None:
    """A request is for this log and its own target, says why and who, and has not expired."""
    change = dict(change)
    own = ("statement", "subject", "at")
    of_entry: dict[str, Any] = {key: change.pop(key) for key in own if key in change}
    if "to" in change:
        of_entry["service"] = change.pop("to")
    if "in" in change:
        of_entry["environment"] = change.pop("in")
    if "left" in change:
        change["expires_at"] = desk.now - HOUR + change.pop("left")
    make = desk.statement if kind is Kind.OVERRIDE_REQUESTED else desk.wish
    entry = desk.entry(kind, make(**change), HOUR, **of_entry)

    assert_matches(misfit(desk, entry), why)


def assert_matches(said: str, why: str) -> None:
    """Demand that *said* has the pattern *why* in it."""
    with pytest.raises(ValueError, match=why):
        raise ValueError(said)


def test_a_moment_before_its_expiry_it_can_still_be_asked_for(desk: Desk) -> None:
    """A request a microsecond before it expires is one."""
    left = {"expires_at": desk.now - HOUR + timedelta(microseconds=1)}

    assert casework([asked(desk, **left), wished(desk, **left)], desk.log).aside == ()


def test_a_request_for_nothing_is_set_aside(desk: Desk) -> None:
    """An override for no reason and a waiver for no check are none."""
    assert "for no reason" in misfit(desk, asked(desk, grounds=()))
    assert "asks for nothing" in misfit(desk, wished(desk, check=" "))


def aside_after(desk: Desk, *entries: Entry) -> tuple[str, Casework]:
    """Return why the last of *entries* alone is set aside, and what all come to."""
    before, after = casework(entries[:-1], desk.log), casework(entries, desk.log)
    assert before.aside == ()
    assert (after.waivers, after.overrides) == (before.waivers, before.overrides)
    (aside,) = after.aside
    last = entries[-1]
    assert aside == Aside(last.id, last.kind, last.subject, aside.why)
    return aside.why, after


def test_what_was_not_requested_is_not_done(desk: Desk) -> None:
    """Nothing is approved, applied or ended that nobody asked for."""
    for kind in Kind:
        if kind.startswith("override.") and kind not in (
            Kind.OVERRIDE_REQUESTED,
            Kind.OVERRIDE_REFUSED,
            Kind.OVERRIDE_USED,
        ):
            entry = desk.entry(kind, desk.statement(), HALF)
            assert misfit(desk, entry) == "no such override was requested"
        if kind.startswith("waiver.") and kind not in (Kind.WAIVER_REQUESTED, Kind.WAIVER_REFUSED):
            entry = desk.entry(kind, desk.wish(), HALF)
            assert misfit(desk, entry) == "no such waiver was requested"


def test_nothing_is_requested_twice(desk: Desk) -> None:
    """The second request under one id changes nothing, even if it says something else."""
    again = asked(desk, reason="something else entirely, and worse")
    assert aside_after(desk, asked(desk), again)[0] == "it was requested before"
    again = wished(desk, reason="something else entirely, and worse")
    assert aside_after(desk, wished(desk), again)[0] == "it was requested before"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"statement": ""}, "something else was applied than was requested"),
        ({"statement": "{}"}, "something else was applied than was requested"),
        ({"service": "shop"}, "it is about another service or environment"),
        ({"environment": ""}, "it is about another service or environment"),
        ({"signatures": ()}, "nobody has signed it"),
        ({"at": "2026-11-23T11:00:00.000000Z"}, "it had expired when it was applied"),
        ({"at": "soon"}, "nobody knows when it was"),
    ],
)
def test_an_application_that_does_not_fit_is_set_aside(
    desk: Desk, change: dict[str, Any], why: str
) -> None:
    """What is applied is what was requested, signed by somebody, before it expired."""
    assert aside_after(desk, asked(desk), applied(desk, **change))[0] == why


def test_up_to_its_expiry_it_can_be_applied(desk: Desk) -> None:
    """A microsecond before it expires it is applied."""
    late = applied(desk, at="2026-11-23T10:59:59.999999Z")

    assert override_of(desk, asked(desk), late).applied_at is not None


def test_nothing_is_applied_twice(desk: Desk) -> None:
    """A second application changes nothing, neither its moment nor its signatures."""
    again = applied(desk, id="again", at=instant(desk.now), signatures=(desk.signature("eve"),))

    assert aside_after(desk, asked(desk), applied(desk), again)[0] == "it was applied before"


@pytest.mark.parametrize(
    "kind", [Kind.OVERRIDE_REVOKED, Kind.OVERRIDE_EXPIRED, Kind.OVERRIDE_ENDED]
)
def test_what_has_ended_stays_ended(desk: Desk, kind: Kind) -> None:
    """An override that ended is neither applied nor ended again."""
    end = desk.entry(kind, desk.statement(), HALF)
    for entries in ([asked(desk), end], [asked(desk), applied(desk), end]):
        for after in (applied(desk, id="again"), replace(end, id="again", by="eve")):
            why, _ = aside_after(desk, *entries, after)
            assert why.startswith("it has ended already: ")


def test_one_is_in_force_on_a_target(desk: Desk) -> None:
    """While one is in force another one is not applied; once it has ended, it may be."""
    other = desk.statement(id="02")
    second = desk.entry(Kind.OVERRIDE_APPLIED, other, timedelta(0))
    begin = [asked(desk), asked(desk, id="02"), applied(desk)]

    assert aside_after(desk, *begin, second)[0] == "another one was in force"

    end = desk.entry(Kind.OVERRIDE_REVOKED, desk.statement(), timedelta(minutes=1))
    assert casework([*begin, end, second], desk.log).aside == ()


def test_one_that_expired_is_in_nobodys_way(desk: Desk) -> None:
    """From its expiry on an override keeps no other from being applied."""
    short = desk.statement(expires_at=desk.now)
    other = desk.statement(id="02")
    begin = [
        desk.entry(Kind.OVERRIDE_REQUESTED, short, HOUR),
        asked(desk, id="02"),
        desk.entry(Kind.OVERRIDE_APPLIED, short, HALF),
    ]
    just_before = desk.entry(Kind.OVERRIDE_APPLIED, other, timedelta(microseconds=1))
    at_expiry = desk.entry(Kind.OVERRIDE_APPLIED, other, timedelta(0))

    assert aside_after(desk, *begin, just_before)[0] == "another one was in force"
    assert casework([*begin, at_expiry], desk.log).aside == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"statement": ""}, "something else was approved than was requested"),
        ({"service": "shop"}, "it is about another service or environment"),
        ({"signatures": ()}, "it must have the signature of one person"),
        ({"at": "2026-11-23T11:00:00.000000Z"}, "it had expired when it was approved"),
    ],
)
def test_an_approval_that_does_not_fit_is_set_aside(
    desk: Desk, change: dict[str, Any], why: str
) -> None:
    """What is approved is what was requested, signed by one person, before it expired."""
    assert aside_after(desk, wished(desk), approved(desk, **change))[0] == why


def test_an_approval_is_by_one_person_with_a_name(desk: Desk) -> None:
    """Two signatures, or one by nobody, approve nothing."""
    why = "it must have the signature of one person"
    nobody = replace(desk.signature(), person="\u200b")
    for signatures in ((desk.signature(), desk.signature("bob")), (nobody,)):
        entry = approved(desk, signatures=signatures)
        assert aside_after(desk, wished(desk), entry)[0] == why


def test_an_answer_is_given_once(desk: Desk) -> None:
    """What was denied or revoked is not approved, and what was approved is not denied."""
    denied = desk.entry(Kind.WAIVER_DENIED, desk.wish(), HALF)
    revoked = desk.entry(Kind.WAIVER_REVOKED, desk.wish(), HALF)
    expired = desk.entry(Kind.WAIVER_EXPIRED, desk.wish(), timedelta(0))
    cases = [
        ((denied,), approved(desk), "denied"),
        ((denied,), revoked, "denied"),
        ((denied,), replace(denied, id="again"), "denied"),
        ((revoked,), approved(desk), "revoked"),
        ((revoked,), replace(revoked, id="again"), "revoked"),
        ((approved(desk),), denied, "approved"),
        ((approved(desk),), approved(desk, id="again"), "approved"),
        ((), expired, "requested"),
        ((revoked,), expired, "revoked"),
    ]
    for before, after, stage in cases:
        why, _ = aside_after(desk, wished(desk), *before, after)
        assert why == f"it is {stage} already"


def test_a_waiver_expires_once(desk: Desk) -> None:
    """The second time it is said, it is set aside."""
    expired = desk.entry(Kind.WAIVER_EXPIRED, desk.wish(), timedelta(0))

    why, _ = aside_after(desk, wished(desk), approved(desk), expired, replace(expired, id="again"))

    assert why == "it has expired before"
