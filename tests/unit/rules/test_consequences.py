"""rules.consequences: what the log must say besides a decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from director.model.decision import Verdict
from director.model.ledger import Entry, Kind
from director.model.manifest import WaiverRequest
from director.model.override import Effective, Ground, Override
from director.model.record import Record, RequestEntry
from director.model.waiver import Stage, WaiverCase
from director.rules.casework import casework
from director.rules.consequences import Consequence, consequences, entry_of
from director.rules.override import effective
from director.rules.requests import unknown_requests

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Desk

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
REVIEW = Ground("blocker", "declared.security_review", "security")
SCORE = Ground("score")
CLOSED = Effective(Verdict.NO_GO)
WISH = RequestEntry(
    check="declared.load_test",
    reason="the rig is broken",
    ticket="OPS-2",
    expires_at="2026-12-31T00:00:00.000000Z",
    code="false_positive",
    requested_by="team-pay",
)


def of(
    desk: Desk,
    *overrides: Override,
    record: Record | None = None,
    cases: tuple[WaiverCase, ...] = (),
    later: timedelta = timedelta(0),
) -> list[Consequence]:
    """Return what follows from a decision that nothing overrides."""
    record = record or desk.record()
    return list(consequences(record, CLOSED, cases, overrides, desk.now + later))


def test_mostly_nothing_follows(desk: Desk) -> None:
    """A decision with nothing around it stands alone."""
    assert of(desk) == []
    live, waiting = desk.applied(), desk.requested(id="02", grounds=(SCORE,))
    assert of(desk, live, waiting, cases=(desk.case(), desk.case(Stage.APPROVED))) == []


def test_what_opens_the_gate_is_said_to(desk: Desk) -> None:
    """Each decision that an override opens says so, by whom and until when."""
    override, record = desk.applied("jane", "bob"), desk.record()
    proofs = {"01O": [desk.proven("jane"), desk.proven("bob")]}
    found = effective(record, [override], proofs, desk.now)

    assert consequences(record, found, (), [override], desk.now) == (
        Consequence(
            kind=Kind.OVERRIDE_USED,
            subject="01O",
            code="",
            text="GO for evaluation 01E, override of NO_GO by bob and jane "
            "until 2026-11-23T11:00:00.000000Z",
            request=None,
        ),
    )


@pytest.mark.parametrize(("left", "said"), [(TICK, False), (0 * TICK, True), (-TICK, True)])
def test_an_override_expires_once(desk: Desk, left: timedelta, said: bool) -> None:
    """From its expiry on it is said to have expired; once that is said, it is not again."""
    override = desk.applied(expires_at=desk.now + left)
    ended = replace(override, ended_at=desk.now, ended="expired")

    found = of(desk, override)

    assert [(each.kind, each.subject) for each in found] == [
        (Kind.OVERRIDE_EXPIRED, "01O") for _ in range(said)
    ]
    assert of(desk, ended) == []
    assert of(desk, replace(override, applied_at=None)) == []
    if left == 0 * TICK:
        assert found[0].text == "it expired at 2026-11-22T12:00:00.000000Z"


def test_a_new_reason_ends_an_override(desk: Desk) -> None:
    """A decision it is bound to has a reason that nobody signed: it is dead."""
    record = desk.record(REVIEW, SCORE)

    assert of(desk, desk.applied(), record=record) == [
        Consequence(
            kind=Kind.OVERRIDE_ENDED,
            subject="01O",
            code="new_reason",
            text="nobody signed for score",
        )
    ]
    assert of(desk, desk.applied(not_before=desk.now + HOUR), record=record) != []
    assert of(desk, desk.applied(grounds=(REVIEW, SCORE)), record=record) == []
    assert of(desk, desk.requested(), record=record) == []
    ended = replace(desk.applied(id="02"), ended_at=desk.now, ended="revoked")
    assert len(of(desk, ended, desk.applied(), record=record)) == 1


@pytest.mark.parametrize(
    "field",
    [
        {"service": "shop"},
        {"environment": ""},
        {"manifest_digest": "sha256:x"},
        {"profile_digest": "sha256:x"},
    ],
    ids=str,
)
def test_what_it_is_not_bound_to_ends_nothing(desk: Desk, field: dict[str, str]) -> None:
    """Another target, manifest or profile says nothing about an override."""
    assert of(desk, desk.applied(**field), record=desk.record(SCORE)) == []


@pytest.mark.parametrize("decision", ["go", "conditional_go"])
def test_only_a_no_go_ends_an_override(desk: Desk, decision: str) -> None:
    """What is no NO_GO has no reason that anybody would have to sign."""
    assert of(desk, desk.applied(), record=desk.record(SCORE, decision=decision)) == []


def test_what_has_expired_needs_no_other_end(desk: Desk) -> None:
    """An override that has expired is said to have, whatever reasons are new."""
    found = of(desk, desk.applied(expires_at=desk.now), record=desk.record(SCORE))

    assert [each.kind for each in found] == [Kind.OVERRIDE_EXPIRED]


@pytest.mark.parametrize(
    ("stage", "later", "said"),
    [
        (Stage.APPROVED, 23 * HOUR - TICK, False),
        (Stage.APPROVED, 23 * HOUR, True),
        (Stage.REQUESTED, 99 * HOUR, False),
        (Stage.DENIED, 99 * HOUR, False),
        (Stage.REVOKED, 99 * HOUR, False),
    ],
)
def test_a_waiver_expires_once(desk: Desk, stage: Stage, later: timedelta, said: bool) -> None:
    """An approved one is said to have expired, and not again."""
    case = desk.case(stage)
    expected = Consequence(
        kind=Kind.WAIVER_EXPIRED, subject="01W", text="it expired at 2026-11-23T11:00:00.000000Z"
    )

    assert of(desk, cases=(case,), later=later) == ([expected] if said else [])
    assert of(desk, cases=(replace(case, expired_at=desk.now),), later=later) == []


def test_what_the_manifest_asks_for_is_requested(desk: Desk) -> None:
    """What nobody was asked yet and somebody could approve; not what is known or in doubt."""
    known, doubted = replace(WISH, id="01W"), replace(WISH, doubt="it has expired")
    record = desk.record(waiver_requests=(known, doubted, WISH))

    assert of(desk, record=record) == [
        Consequence(
            kind=Kind.WAIVER_REQUESTED,
            subject="",
            text="the manifest asks for it: declared.load_test",
            request=WISH,
        )
    ]


def test_everything_comes_in_order(desk: Desk) -> None:
    """Ends come first, then what expired, then the use, then new requests."""
    old, live = desk.applied(id="02", expires_at=desk.now), desk.applied()
    case = desk.case(Stage.APPROVED, expires_at=desk.now)
    record = desk.record(waiver_requests=(WISH,))
    found = effective(record, [old, live], {"01O": [desk.proven()]}, desk.now)

    kinds = [each.kind for each in consequences(record, found, [case], [old, live], desk.now)]

    assert kinds == [
        Kind.OVERRIDE_EXPIRED,
        Kind.WAIVER_EXPIRED,
        Kind.OVERRIDE_USED,
        Kind.WAIVER_REQUESTED,
    ]


def test_a_consequence_becomes_an_entry(desk: Desk) -> None:
    """The entry is about the record's target, at the moment of the decision, by the Director."""
    happened = Consequence(
        kind=Kind.OVERRIDE_ENDED, subject="01O", code="new_reason", text="nobody signed for score"
    )

    assert entry_of(happened, desk.record(), "01N", desk.log) == Entry(
        id="01N",
        kind=Kind.OVERRIDE_ENDED,
        service="pay",
        environment="production",
        at="2026-11-22T12:00:00.000000Z",
        subject="01O",
        by="",
        code="new_reason",
        text="nobody signed for score",
        statement="",
        signatures=(),
    )


def test_the_log_reads_its_own_consequences(desk: Desk) -> None:
    """What follows from a decision is what the next one finds, and does not follow again."""
    record = desk.record(REVIEW, SCORE, waiver_requests=(WISH,))
    statement = desk.statement()
    before = [
        desk.entry(Kind.OVERRIDE_REQUESTED, statement, HOUR),
        desk.entry(Kind.OVERRIDE_APPLIED, statement, HOUR / 2),
    ]
    work = casework(before, desk.log)
    follow = consequences(record, CLOSED, work.waivers, work.overrides, desk.now)
    entries = [entry_of(each, record, f"0{n}", desk.log) for n, each in enumerate(follow)]

    after = casework([*before, *entries], desk.log)

    assert after.aside == ()
    (override,), (case,) = after.overrides, after.waivers
    assert (override.ended, override.ended_at) == ("new_reason", desk.now)
    assert case.statement.id == "01"
    assert (case.statement.requested_by, entries[1].by) == ("team-pay", "team-pay")
    assert case.statement.requested_at == desk.now
    assert (case.statement.code.value, case.statement.log) == ("false_positive", desk.log)
    asked = WaiverRequest(
        WISH.check, WISH.reason, WISH.ticket, case.statement.expires_at, WISH.code
    )
    assert unknown_requests([asked], after.waivers) == ()
    known = desk.record(REVIEW, SCORE)
    assert consequences(known, CLOSED, after.waivers, after.overrides, desk.now) == ()
    gone = effective(desk.record(), after.overrides, {"01O": [desk.proven()]}, desk.now)
    assert gone.verdict is Verdict.NO_GO
