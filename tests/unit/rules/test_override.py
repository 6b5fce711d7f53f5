"""rules.override: the decision that gates act on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director.model.decision import Verdict
from director.model.override import (
    Effective,
    Ground,
    Override,
    OverrideState,
    OverrideUse,
)
from director.model.proof import NotProven, Proof
from director.model.record import Record
from director.rules.override import approval, effective, is_live, listed, obstacles, overridden
from director.rules.statements import statement_text

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Desk

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
REVIEW = Ground("blocker", "declared.security_review", "security")
NEW = Ground("failed", "declared.load_test", "security")
SCORE = Ground("score")


def judged(
    desk: Desk, override: Override, record: Record | None = None, at: datetime | None = None
) -> Effective:
    """Return what *override* makes of a decision, every signature proven to be of a VP."""
    proofs = {override.statement.id: tuple(desk.proven(s.person) for s in override.signatures)}
    return effective(record or desk.record(), [override], proofs, at or desk.now)


def state(
    desk: Desk, override: Override, record: Record | None = None, at: datetime | None = None
) -> tuple[str, str]:
    """Return the state of *override* and why; checks that only one in force opens anything."""
    found = judged(desk, override, record, at)
    if found.override is not None:
        assert found == Effective(Verdict.GO, override, (), found.approvers)
        return "in_force", ""
    assert found.verdict is (record or desk.record()).verdict
    assert found.approvers == ()
    (use,) = found.others
    assert use.override == override
    return use.state, use.why


def test_without_overrides_a_decision_is_what_it_is(desk: Desk) -> None:
    """What nobody overrides is effective as it was evaluated."""
    for verdict in Verdict:
        record = desk.record(decision=verdict.value)
        assert effective(record, (), {}, desk.now) == Effective(verdict)


def test_one_in_force_makes_a_no_go_a_go(desk: Desk) -> None:
    """A signed override of every reason opens the gate; the record stays as it is."""
    record, override = desk.record(), desk.applied()
    before = record.document()

    found = judged(desk, override, record)

    assert found == Effective(Verdict.GO, override, (), ("jane",))
    assert record.document() == before
    assert record.verdict is Verdict.NO_GO


def test_a_naive_moment_is_refused(desk: Desk) -> None:
    """An expiry cannot be judged at a moment without a zone."""
    with pytest.raises(ValueError, match="now must be timezone-aware"):
        effective(desk.record(), (), {}, desk.now.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (-HOUR - TICK, "not_yet"),
        (-HOUR / 2 - TICK, "not_yet"),
        (-HOUR / 2, "in_force"),
        (23 * HOUR - TICK, "in_force"),
        (23 * HOUR, "expired"),
        (9_000 * HOUR, "expired"),
    ],
)
def test_it_holds_from_its_application_to_its_expiry(
    desk: Desk, at: timedelta, expected: str
) -> None:
    """It begins when it was applied, and has ended at the moment of its expiry."""
    assert state(desk, desk.applied(), at=desk.now + at) == (expected, "")


@pytest.mark.parametrize(("wait", "expected"), [(TICK, "not_yet"), (0 * TICK, "in_force")])
def test_it_does_not_hold_before_it_says(desk: Desk, wait: timedelta, expected: str) -> None:
    """It begins at ``not_before``, if it was applied earlier."""
    assert state(desk, desk.applied(not_before=desk.now + wait)) == (expected, "")


def test_what_nobody_applied_is_a_request(desk: Desk) -> None:
    """A request opens nothing, even if signatures for it are proven; and it expires as well."""
    override = replace(desk.applied(), applied_at=None)

    assert state(desk, override) == ("requested", "")
    assert state(desk, override, at=desk.now + 23 * HOUR) == ("expired", "")


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        ("revoked", "revoked"),
        ("expired", "expired"),
        ("new_reason", "new_reason"),
        ("", "revoked"),
        ("whatever", "revoked"),
    ],
)
def test_what_has_ended_stays_ended(desk: Desk, ended: str, expected: str) -> None:
    """However it ended, and whatever the clock says, it does not come back."""
    override = replace(desk.applied(), ended=ended, ended_at=desk.now + HOUR)

    assert state(desk, override) == (expected, "ended")
    assert state(desk, replace(override, ended_by="bob")) == (expected, "ended by bob")


def test_a_word_of_its_end_is_enough(desk: Desk) -> None:
    """Where only the word stands and no moment, it has ended too."""
    assert state(desk, replace(desk.applied(), ended="revoked")) == ("revoked", "ended")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"service": "shop"}, ("other_target", "the decision is on pay@production")),
        ({"environment": ""}, ("other_target", "the decision is on pay@production")),
        ({"manifest_digest": "sha256:x"}, ("other_manifest", "another manifest was judged")),
        ({"profile_digest": "sha256:x"}, ("other_profile", "it was judged by another profile")),
        ({"grounds": ()}, ("new_reason", "not signed for: blocker declared.security_review")),
        ({"grounds": (NEW,)}, ("new_reason", "not signed for: blocker declared.security_review")),
        ({"grounds": tuple(sorted((REVIEW, NEW)))}, ("in_force", "")),
        ({"expires_at": "72h"}, ("in_force", "")),
        ({"expires_at": "72h+"}, ("not_overridable", "it may live at most 72 h from its request")),
        ({"requested_by": "Jane"}, ("not_proven", "jane asks for it and cannot agree to it")),
    ],
)  # fmt: skip
def test_it_is_bound_to_what_was_signed(
    desk: Desk, fields: dict[str, Any], expected: tuple[str, str]
) -> None:
    """Another target, manifest, profile or reason, or too long a life, and it is none."""
    if "expires_at" in fields:
        over = TICK if fields["expires_at"] == "72h+" else 0 * TICK
        fields = {"expires_at": desk.now - HOUR + 72 * HOUR + over}

    assert state(desk, desk.applied(**fields)) == expected


@pytest.mark.parametrize(
    ("ground", "text"),
    [
        (Ground("blocker", "other", "security"), "blocker other"),
        (Ground("unproven", REVIEW.check, "security"), "unproven declared.security_review"),
        (Ground("blocker", REVIEW.check, "other"), "blocker declared.security_review"),
        (Ground("category_floor", "", "security"), "category_floor security"),
        (SCORE, "score"),
    ],
)
def test_another_reason_is_a_new_one(desk: Desk, ground: Ground, text: str) -> None:
    """A reason is the same only with its code, check and category."""
    record = desk.record(REVIEW, replace(ground))
    levels = [replace(reason, level=3) for reason in record.reasons]

    found = state(desk, desk.applied(), replace(record, reasons=tuple(levels)))

    assert found == ("new_reason", f"not signed for: {text}")


def test_what_makes_it_conditional_needs_no_signature(desk: Desk) -> None:
    """Reasons of level 9 are no reasons for a NO_GO."""
    assert state(desk, desk.applied(), desk.record(REVIEW, Ground("below_go")))[0] == "in_force"


def test_a_no_go_without_a_reason_is_not_overridden(desk: Desk) -> None:
    """Where the record does not say why, nobody can have signed for it."""
    found = state(desk, desk.applied(), desk.record(reasons=()))

    assert found == ("new_reason", "the decision does not say why it is NO_GO")


@pytest.mark.parametrize("verdict", [Verdict.GO, Verdict.CONDITIONAL_GO])
def test_only_a_no_go_is_overridden(desk: Desk, verdict: Verdict) -> None:
    """A CONDITIONAL_GO keeps its conditions, whoever signed what."""
    found = state(desk, desk.applied(), desk.record(decision=verdict.value))

    assert found == ("not_needed", f"the decision is {verdict.label}, only a NO_GO is overridden")


def test_nothing_is_not_overridden(desk: Desk) -> None:
    """Where nothing counted, nothing was evaluated that could be overridden."""
    record = desk.record()
    nothing = replace(record, counts=replace(record.counts, counting=0))

    found = state(desk, desk.applied(), nothing)

    assert found == ("not_overridable", "nothing counting was planned or verified")
    one = replace(record, counts=replace(record.counts, counting=1))
    assert state(desk, desk.applied(), one)[0] == "in_force"


def test_a_record_without_a_policy_is_not_overridden(desk: Desk) -> None:
    """Whoever reads an old record cannot know who may, so nobody may."""
    old = "the decision was recorded without a policy for overrides; evaluate again"
    bare = replace(desk.policy(), override=None)

    assert state(desk, desk.applied(), desk.record(policy=None)) == ("not_overridable", old)
    assert state(desk, desk.applied(), desk.record(policy=bare)) == ("not_overridable", old)


def test_where_nobody_may_nobody_does(desk: Desk) -> None:
    """A profile without roles lets nobody override."""
    record = desk.record(policy=desk.policy(roles=()))

    found = state(desk, desk.applied(), record)

    assert found == ("not_overridable", "profile standard lets nobody override")


@pytest.mark.parametrize(
    ("word", "role", "counts"),
    [
        ("passed", "required", False),
        ("warned", "blocker", False),
        ("not_applicable", "required", False),
        ("failed", "required", True),
        ("failed", "advisory", True),
        ("unknown", "advisory", True),
        ("errored", "required", True),
        ("missing", "required", True),
        ("failed", "shadow", False),
    ],
)
def test_some_are_never_overridden(desk: Desk, word: str, role: str, counts: bool) -> None:
    """A check that nobody may override is not passed over, not even behind a low score."""
    record = desk.record(
        SCORE, policy=desk.policy(never=("a.a",)), checks=(desk.check("a.a", word, role),)
    )

    found = state(desk, desk.applied(grounds=(SCORE,)), record)

    assert found == (("not_overridable", "nobody may override a.a") if counts else ("in_force", ""))
    assert overridden(record) == ({"a.a"} if counts else set())


def test_all_that_is_never_overridden_is_named(desk: Desk) -> None:
    """Every check that stands in the way is named, in order."""
    names = ("a.c", "a.a", "a.d", "a.b")
    record = desk.record(
        SCORE,
        policy=desk.policy(never=names),
        checks=tuple(desk.check(name, "failed") for name in names),
    )

    found = state(desk, desk.applied(grounds=(SCORE,)), record)

    assert found == ("not_overridable", "nobody may override a.a, a.b, a.c, a.d")


def test_a_reason_names_what_is_overridden(desk: Desk) -> None:
    """A check that a reason names is overridden, whatever stands in the list of checks."""
    record = desk.record(checks=(), policy=desk.policy(never=(REVIEW.check, "a.b")))

    assert overridden(record) == {REVIEW.check}
    assert state(desk, desk.applied(), record) == (
        "not_overridable",
        "nobody may override declared.security_review",
    )


def test_some_need_two(desk: Desk) -> None:
    """A check with a second approver takes two different people; others take one."""
    four_eyes = desk.record(policy=desk.policy(second_approver=(REVIEW.check,)))
    other = desk.record(policy=desk.policy(second_approver=("a.b", "declared.load_test")))
    why = "a second, different approver is needed, only jane has agreed"

    assert state(desk, desk.applied("jane"), four_eyes) == ("not_proven", why)
    assert state(desk, desk.applied("jane", "jane"), four_eyes) == ("not_proven", why)
    assert judged(desk, desk.applied("jane", "bob"), four_eyes).approvers == ("bob", "jane")
    assert judged(desk, desk.applied("jane"), other).approvers == ("jane",)


PROOFS: list[tuple[list[Proof], str]] = [
    ([], "its signatures were not verified"),
    ([NotProven("unknown_key", "nobody knows the key")], "nobody knows the key"),
]


@pytest.mark.parametrize(("proofs", "why"), PROOFS)
def test_what_is_not_proven_here_opens_nothing(desk: Desk, proofs: list[Proof], why: str) -> None:
    """Without a proof of this operator the record's word for it is nothing."""
    override = desk.applied()
    expected = OverrideUse(override, OverrideState.NOT_PROVEN, why)

    (use,) = effective(desk.record(), [override], {}, desk.now).others
    assert (use.state, use.why) == (OverrideState.NOT_PROVEN, PROOFS[0][1])
    others: list[Proof] = [desk.proven()]
    for given_proofs in ({"01O": proofs}, {"other": others, "01O": proofs}):
        found = effective(desk.record(), [override], given_proofs, desk.now)
        assert found == Effective(Verdict.NO_GO, None, (expected,))


def test_each_signature_has_its_proof(desk: Desk) -> None:
    """Proofs of more or fewer signatures than there are belong to something else."""
    one, none = desk.applied(), replace(desk.applied(), signatures=())
    two = desk.applied("jane", "bob")
    why = "its signatures were not verified"

    for override, proofs in (
        (one, [desk.proven(), desk.proven("bob")]),
        (two, [desk.proven()]),
        (none, [desk.proven()]),
    ):
        (use,) = effective(desk.record(), [override], {"01O": proofs}, desk.now).others
        assert (use.state, use.why) == (OverrideState.NOT_PROVEN, why)
    (use,) = effective(desk.record(), [none], {"01O": []}, desk.now).others
    assert (use.state, use.why) == (OverrideState.NOT_PROVEN, "nobody has signed it")


def test_the_text_that_was_signed_is_what_holds(desk: Desk) -> None:
    """Where text and statement differ, a signature over one says nothing of the other."""
    override = replace(desk.applied(), text=statement_text(desk.statement(ticket="other")))

    assert state(desk, override) == ("not_proven", "what was signed says something else")


def test_the_first_thing_against_it_is_named(desk: Desk) -> None:
    """What the override is weighs more than what was decided, and that more than who signed."""
    wrong = {"manifest_digest": "x", "profile_digest": "x", "grounds": (SCORE,)}
    override = replace(desk.applied(**wrong), signatures=())
    record = desk.record(policy=desk.policy(never=(REVIEW.check,), roles=()))

    assert [refusal.code for refusal in obstacles(record, override.statement)] == [
        "other_manifest",
        "other_profile",
        "nobody_may",
        "new_reason",
    ]
    assert state(desk, override, record)[0] == "other_manifest"
    assert state(desk, replace(override, ended="revoked"), record)[0] == "revoked"


def test_at_most_one_is_in_force(desk: Desk) -> None:
    """Of several that could be, the one applied first is; the others are named, by id."""
    late, first = desk.applied(id="a"), desk.applied(id="c")
    first = replace(first, applied_at=desk.now - HOUR * 3 / 4)
    waiting, twin = (
        desk.requested(id="b"),
        replace(desk.applied(id="d"), applied_at=first.applied_at),
    )
    proofs = {each: [desk.proven()] for each in "abcd"}

    found = effective(desk.record(), [twin, waiting, late, first], proofs, desk.now)

    why = "c is in force already"
    assert found == Effective(
        Verdict.GO,
        first,
        (
            OverrideUse(late, OverrideState.NOT_NEEDED, why),
            OverrideUse(waiting, OverrideState.REQUESTED),
            OverrideUse(twin, OverrideState.NOT_NEEDED, why),
        ),
        ("jane",),
    )


def test_who_has_agreed_is_said_for_any_record(desk: Desk) -> None:
    """Whoever wants to know who has agreed asks with the record's policy, if it has one."""
    statement, proofs = desk.statement(), [desk.proven("joe")]

    assert approval(desk.record(), statement, proofs).approvers == ("joe",)
    refusal = approval(desk.record(policy=None), statement, proofs).refusal
    assert refusal is not None
    assert refusal.code == "role"


def test_reasons_are_listed_for_people() -> None:
    """A reason is named by its code and what it is about."""
    floor = Ground("category_floor", "", "security")

    assert listed([REVIEW, floor, SCORE]) == (
        "blocker declared.security_review, category_floor security, score"
    )


@pytest.mark.parametrize(
    ("change", "left", "live"),
    [
        ({}, TICK, True),
        ({}, 0 * TICK, False),
        ({"applied_at": None}, TICK, False),
        ({"ended_at": datetime(2026, 1, 1)}, TICK, False),  # noqa: DTZ001  # any moment will do
    ],
)
def test_live_is_applied_and_not_ended(
    desk: Desk, change: dict[str, Any], left: timedelta, live: bool
) -> None:
    """An override is live from its application until it ends or expires."""
    override = replace(desk.applied(expires_at=desk.now + left), **change)

    assert is_live(override, desk.now) is live


# What holds whatever the record, the overrides and the proofs are.

GROUNDS = st.frozensets(st.sampled_from([REVIEW, NEW, SCORE]), max_size=3).map(
    lambda found: tuple(sorted(found))
)
AGO = st.integers(-30, 30).map(lambda hours: hours * HOUR)


@st.composite
def changed(draw: st.DrawFn, fields: dict[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    """Return other values for at most two of *fields*: most of what is drawn nearly holds."""
    names = draw(st.sets(st.sampled_from(sorted(fields)), max_size=2))
    return {name: draw(fields[name]) for name in sorted(names)}


@st.composite
def overrides(draw: st.DrawFn, desk: Desk) -> tuple[Override, tuple[Proof, ...]]:
    """Return an override, often one that could be in force, and what its signatures prove."""
    other = {
        "service": st.just("shop"),
        "manifest_digest": st.just("sha256:x"),
        "profile_digest": st.just("sha256:x"),
        "grounds": GROUNDS,
        "requested_by": st.sampled_from(["JANE", "bob@x"]),
        "not_before": AGO.map(lambda ago: desk.now - ago),
        "expires_at": AGO.map(lambda left: desk.now + left),
    }
    statement = desk.statement(
        id=draw(st.sampled_from("abc")),
        **{"grounds": (REVIEW, NEW, SCORE), **draw(changed(other))},
    )
    fates = {
        "applied_at": st.none() | AGO.map(lambda ago: desk.now - ago),
        "ended": st.sampled_from(["revoked", "new_reason"]),
        "signatures": st.just(()),
    }
    people = draw(st.lists(st.sampled_from(["jane", "bob"]), min_size=1, max_size=2))
    override = replace(desk.applied(*people), statement=statement, text=statement_text(statement))
    override = replace(override, **draw(changed(fates)))
    worthless: list[Proof] = [desk.proven("eve", "dev"), NotProven("unknown", "")]
    proofs: list[Proof] = [
        draw(st.sampled_from([desk.proven(who), desk.proven(who), *worthless])) for who in people
    ]
    return override, tuple(proofs[: len(override.signatures)])


@st.composite
def situations(draw: st.DrawFn, desk: Desk) -> tuple[Record, list[Override], dict[str, Any]]:
    """Return a decision, the target's overrides, and their proofs."""
    other = {
        "roles": st.just(()),
        "second_approver": st.just((REVIEW.check,)),
        "never": st.just((NEW.check,)),
    }
    policy = desk.policy(**draw(changed(other)))
    record = desk.record(
        *draw(GROUNDS),
        decision=draw(st.sampled_from(["no_go", "no_go", "no_go", "conditional_go", "go"])),
        policy=draw(st.sampled_from([policy, policy, policy, None])),
    )
    found = draw(st.lists(overrides(desk), max_size=3, unique_by=lambda one: one[0].statement.id))
    return record, [one for one, _ in found], {one.statement.id: of for one, of in found}


@given(st.data())
def test_nothing_but_an_override_in_force_opens_the_gate(desk: Desk, data: st.DataObject) -> None:
    """Whatever is tried: GO is the evaluated GO, or everything the law asks for holds."""
    record, given_overrides, proofs = data.draw(situations(desk))
    before = record.document()

    found = effective(record, given_overrides, proofs, desk.now)

    assert record.document() == before
    assert len(found.others) + (found.override is not None) == len(given_overrides)
    assert all(use.state is not OverrideState.IN_FORCE for use in found.others)
    if found.override is None:
        assert found.verdict is record.verdict
        assert found.approvers == ()
        return
    statement = found.override.statement
    assert (found.verdict, record.verdict) == (Verdict.GO, Verdict.NO_GO)
    assert (statement.service, statement.environment) == ("pay", "production")
    assert statement.manifest_digest == record.manifest.digest
    assert statement.profile_digest == record.profile.digest
    assert found.override.applied_at is not None
    assert found.override.ended == ""
    assert max(statement.not_before, found.override.applied_at) <= desk.now < statement.expires_at
    signed = {(ground.code, ground.check) for ground in statement.grounds}
    reasons = {(reason.code, reason.check) for reason in record.reasons}
    assert reasons <= signed
    assert record.policy is not None
    assert record.policy.override is not None
    assert not set(record.policy.override.never) & {check for _, check in reasons}
    demanded = set(record.policy.override.second_approver) & overridden(record)
    assert len(found.approvers) >= (2 if demanded else 1)
    for person in found.approvers:
        assert person.casefold() != statement.requested_by.casefold()
        assert any(
            getattr(proof, "person", "") == person and "vp" in getattr(proof, "roles", ())
            for proof in proofs[statement.id]
        )


@given(st.data())
def test_what_has_expired_never_comes_back(desk: Desk, data: st.DataObject) -> None:
    """From the last expiry on no moment opens the gate, and before the first beginning none."""
    record, given_overrides, proofs = data.draw(situations(desk))
    ends = max((one.statement.expires_at for one in given_overrides), default=desk.now)
    begins = min((one.statement.not_before for one in given_overrides), default=desk.now)
    later = data.draw(st.timedeltas(timedelta(0), timedelta(days=3_650)))

    for at in (ends + later, begins - TICK - later):
        assert effective(record, given_overrides, proofs, at).override is None


@given(st.data())
def test_the_order_of_overrides_does_not_matter(desk: Desk, data: st.DataObject) -> None:
    """However the overrides are listed, the same one is in force."""
    record, given_overrides, proofs = data.draw(situations(desk))
    mixed = data.draw(st.permutations(given_overrides))

    assert effective(record, mixed, proofs, desk.now) == effective(
        record, given_overrides, proofs, desk.now
    )


@given(st.data())
def test_one_more_reason_never_opens_anything(desk: Desk, data: st.DataObject) -> None:
    """A decision with more reasons is overridden by no more than one with fewer."""
    record, given_overrides, proofs = data.draw(situations(desk))
    more = desk.record(REVIEW, NEW, SCORE).reasons

    if effective(replace(record, reasons=more), given_overrides, proofs, desk.now).override:
        assert effective(record, given_overrides, proofs, desk.now).override


def test_the_situations_are_wide_enough(desk: Desk) -> None:
    """Every state turns up among those situations: the properties bite."""
    seen: set[str] = set()

    @settings(max_examples=400, derandomize=True, database=None, deadline=None)
    @given(situations(desk))
    def look(situation: tuple[Record, list[Override], dict[str, Any]]) -> None:
        found = effective(*situation, desk.now)
        seen.update(use.state.value for use in found.others)
        seen.update("in_force" for _ in [found.override] if found.override)
        seen.update("two" for _ in [found.approvers] if len(found.approvers) > 1)

    look()

    assert seen == {state.value for state in OverrideState} | {"two"}
