"""formats.text: the report for people."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from director.errors import Fault
from director.formats.text import Look, TextFormat
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from director.model.record import CheckEntry, Record
    from tests.unit.formats.conftest import Desk

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = "a\x1b[2Jb\nc\rd\u202ee\u2028f\x9bg\x00h\ud800i"
REMEDY = "Run a load test at twice the expected peak, and write down where it breaks."

WORDS = ["passed", "warned", "failed", "unknown", "not_applicable", "errored", "missing"]


def shown(*items: Item, look: Look | None = None, stored_in: str = "director.db") -> str:
    """Return the whole report on *items*."""
    form = TextFormat(look or Look(), stored_in)
    return form.begin() + "".join(map(form.item, items)) + form.end()


def of(record: Record, *, recorded: bool = True, look: Look | None = None) -> str:
    """Return the report on one decision."""
    return shown(Judged(record, recorded), look=look)


def with_check(desk: Desk, check: CheckEntry) -> str:
    """Return the report on a decision with just one check."""
    return of(desk.record(categories=(desk.category(check),)))


def test_the_payment_service_as_a_person_sees_it(desk: Desk) -> None:
    """The decision comes first, then why, then what to do about it."""
    assert of(desk.conditional(waiver_requests=(desk.request("declared.load_test"),))) == (
        "payment-service@production  CONDITIONAL_GO  88%\n"
        "profile baseline · 7 of 8 checks passed · score 86.6% · coverage 100%"
        " · verified by probe 25%\n"
        "valid until 2026-01-16 09:30 UTC\n"
        "\n"
        "Why not GO\n"
        "  • the score is 86.6%, a GO needs 90%\n"
        "\n"
        "reliability  50%, floor 50%\n"
        "  ✓ declared.healthcheck  title of declared.healthcheck\n"
        "  ✗ declared.load_test    failed (advisory): reason of declared.load_test\n"
        "                          → Run a load test. (high effort)\n"
        "\n"
        "Shortest way to GO: 1 fix\n"
        "  1. declared.load_test  high effort\n"
        "\n"
        "Conditions\n"
        "  declared.load_test  team-payments, due 2026-01-29\n"
        "\n"
        "Waivers\n"
        "  declared.load_test  requested in the manifest, without effect until approved,"
        " would end on\n"
        "  2026-02-01, OPS-2: later\n"
        "\n"
        "recorded as 01JH0000000000000000000001 in director.db\n"
    )


@pytest.mark.parametrize(
    ("decision", "label"),
    [("go", "GO"), ("conditional_go", "CONDITIONAL_GO"), ("no_go", "NO_GO")],
)
def test_the_first_line_is_the_decision(desk: Desk, decision: str, label: str) -> None:
    """The first line names the target, the decision and the pass rate."""
    first, *_ = of(desk.record(decision)).splitlines()

    assert first == f"payment-service@production  {label}  88%"


def test_a_go_has_nothing_to_explain(desk: Desk) -> None:
    """A GO lists no reasons, no fixes, no conditions and no waivers."""
    text = of(desk.record())

    for title in ("Why", "Shortest", "Conditions", "Waivers", "before"):
        assert title not in text


def test_a_no_go_shows_what_decides(desk: Desk) -> None:
    """A NO_GO says why it is one; what merely keeps a GO away does not drown that."""
    reasons = (
        desk.reason("declared.security_review failed: no", 3),
        desk.reason("a condition was due", 8),
        desk.reason("the score is 10%, a GO needs 90%", 9),
    )

    text = of(desk.record("no_go", reasons=reasons))

    assert "Why NO_GO\n  • declared.security_review failed: no\n  • a condition was due\n\n" in text
    assert "a GO needs 90%" not in text


@pytest.mark.parametrize("outcome", ["warned", "failed", "unknown", "errored", "missing"])
@pytest.mark.parametrize("role", ["advisory", "required", "blocker"])
def test_what_has_not_passed_says_what_to_do(desk: Desk, outcome: str, role: str) -> None:
    """Each line that has not passed has its word, its role, its reason, its remedy and effort."""
    text = with_check(desk, desk.check("a.b", outcome, role=role, effort="low"))

    assert f"a.b  {outcome} ({role}): reason of a.b\n" in text
    assert "→ mend a.b (low effort)\n" in text


@pytest.mark.parametrize("outcome", WORDS)
def test_each_outcome_has_a_mark_of_its_own(desk: Desk, outcome: str) -> None:
    """Without any colour the mark tells the outcomes apart."""
    marks = {
        word: re.findall(r"^  (.) a\.b", with_check(desk, desk.check("a.b", word)), re.MULTILINE)
        for word in WORDS
    }

    assert len(marks[outcome]) == 1
    assert [word for word in WORDS if marks[word] == marks[outcome]] == [outcome]


def test_what_was_expected_is_said(desk: Desk) -> None:
    """A failure carries what was expected, unless its reason says so already."""
    silent = desk.check("a.b", "failed", reason="answered in 2 s", expected="0.5 s")
    said = desk.check("a.b", "failed", reason="2 s is over 0.5 s", expected="0.5 s")

    assert "failed (required): answered in 2 s, expected 0.5 s\n" in with_check(desk, silent)
    assert "failed (required): 2 s is over 0.5 s\n" in with_check(desk, said)


def test_a_pass_shows_what_was_measured(desk: Desk) -> None:
    """A pass that measured something says what; one that did not says what is true."""
    measured = desk.check("a.b", reason="answered in 0.1 s", observed="0.1 s")

    assert "✓ a.b  answered in 0.1 s\n" in with_check(desk, measured)
    assert "✓ a.b  title of a.b\n" in with_check(desk, desk.check("a.b"))


def test_not_applicable_says_why(desk: Desk) -> None:
    """What does not apply gives its reason and asks for nothing."""
    text = with_check(desk, desk.check("a.b", "not_applicable", reason="stateless"))

    assert "– a.b  not applicable: stateless\n" in text
    assert "→" not in text


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        ("passed", "✓ a.b  title of a.b (shadow)\n"),
        ("failed", "✗ a.b  failed (shadow): reason of a.b\n"),
        ("not_applicable", "– a.b  not applicable: reason of a.b (shadow)\n"),
    ],
)
def test_a_shadow_check_asks_for_nothing(desk: Desk, outcome: str, line: str) -> None:
    """A check that counts for nothing is marked so, and carries no remedy."""
    text = with_check(desk, desk.check("a.b", outcome, role="shadow"))

    assert line in text
    assert "→" not in text


def test_fixes_are_numbered_and_aligned(desk: Desk) -> None:
    """The shortest way to GO is a numbered list, the easiest first as the record has it."""
    fixes = tuple(desk.fix(f"a.n{'x' * n}", "low") for n in range(10))

    text = of(desk.record("no_go", reasons=(desk.reason("no", 7),), fixes=fixes))

    assert "Shortest way to GO: 10 fixes\n   1. a.n           low effort\n" in text
    assert "\n  10. a.nxxxxxxxxx  low effort\n" in text


def test_no_way_to_go_is_said(desk: Desk) -> None:
    """Where no list of fixes reaches GO, the report says so."""
    text = of(desk.record("no_go", reasons=(desk.reason("no", 8),), fixes=None))

    assert "No list of fixes to these checks reaches GO\n" in text


def test_conditions_have_an_owner_and_a_date(desk: Desk) -> None:
    """Every open condition names who closes it until when; closed ones are gone."""
    conditions = (
        desk.condition("a.b"),
        desk.condition("a.closed", closed_at="2026-01-20T00:00:00.000000Z"),
        desk.condition("a.orphaned", owner=""),
    )

    text = of(desk.record("conditional_go", conditions=conditions))

    assert "  a.b         team-payments, due 2026-01-29\n" in text
    assert "  a.orphaned  nobody (the manifest names no owner), due 2026-01-29\n" in text
    assert "a.closed" not in text


def test_closed_conditions_alone_need_no_title(desk: Desk) -> None:
    """Where every condition is closed there is nothing to show."""
    closed = desk.condition("a.b", closed_at="2026-01-20T00:00:00.000000Z")

    assert "Conditions" not in of(desk.record(conditions=(closed,)))


def test_waivers_say_what_they_did(desk: Desk) -> None:
    """An approved waiver shows its state, its approver, its end and why it is there."""
    text = of(desk.record("conditional_go", waivers=(desk.waiver("a.b"),)))

    said = "in effect, approved by bob until 2026-02-01, OPS-1: waiting for the rig"
    assert f"Waivers\n  a.b  {said}\n" in text


def test_what_nobody_scored_says_so(desk: Desk) -> None:
    """A category in which nothing counts has no score; one without checks is not shown."""
    none = desk.category(desk.check("a.b", "not_applicable"), score=None)
    empty = desk.category(name="empty")

    text = of(desk.record(categories=(none, empty)))

    assert "reliability  nothing counts\n" in text
    assert "empty" not in text


def test_figures_are_cut_not_rounded(desk: Desk) -> None:
    """Only all is 100 %: a figure just under it does not read as reached."""
    text = of(desk.record(score=0.999999, coverage=0.8999, verified=0.0))

    assert "score 99.9% · coverage 89.9% · verified by probe 0%" in text


def test_what_is_not_recorded_says_so(desk: Desk) -> None:
    """A decision that is not durable is for looking, not for gating."""
    text = of(desk.record(), recorded=False)

    assert text.endswith("\nunrecorded: for looking, not for gating\n")
    assert "recorded as" not in text


def test_lost_log_lines_are_said(desk: Desk) -> None:
    """A decision whose log is not whole says how many lines are gone."""
    assert "the log has lost 3 lines\n" in of(desk.record(log_dropped=3))
    assert "the log" not in of(desk.record())


def test_the_decision_before_is_said(desk: Desk) -> None:
    """A decision names the one before it."""
    assert "valid until 2026-01-16 09:30 UTC · NO_GO before\n" in of(desk.record(previous="no_go"))


def test_several_items_are_apart() -> None:
    """Between two items stands an empty line."""
    one = Undecided("a.yaml", "a", "no")

    assert shown(one, one).startswith(shown(one) + "\n" + shown(one) + "\n")


def test_rejected_input_shows_every_fault() -> None:
    """What cannot be used shows each fault in a line with its place."""
    faults = (Fault("a.yaml", 3, 7, "must be a text, got 7"), Fault("a.yaml", 5, 1, "unknown key"))

    assert shown(Rejected("a.yaml", faults)) == (
        "a.yaml  NO DECISION  invalid input\n"
        "  a.yaml:3:7: must be a text, got 7\n"
        "  a.yaml:5:1: unknown key\n"
    )


def test_no_decision_says_why() -> None:
    """Where no decision could be made or recorded, the reason is there."""
    assert shown(Undecided("a.yaml", "shop@production", "the disk is full")) == (
        "shop@production  NO DECISION  no decision could be made or recorded\n  the disk is full\n"
    )


def test_an_interruption_shows_what_came_in() -> None:
    """What came in before an interruption is shown, marked as partial."""
    heard = (Heard("a.b", "passed", "ok"), Heard("a.c", "failed", "no"))

    assert shown(Interrupted("a.yaml", "shop", heard)) == (
        "shop  NO DECISION  interrupted; partial report\n  ✓ a.b  ok\n  ✗ a.c  no\n"
    )
    assert shown(Interrupted("a.yaml", "shop")) == (
        "shop  NO DECISION  interrupted; no result had come in\n"
    )


def everything(desk: Desk) -> list[Item]:
    """Return items with every section and every outcome in them."""
    checks = [desk.check(f"declared.{word}", word) for word in WORDS]
    record = desk.conditional(
        categories=(desk.category(*checks),),
        waivers=(desk.waiver("a.b"),),
        waiver_requests=(desk.request("a.c"),),
        previous="no_go",
        log_dropped=1,
    )
    return [
        Judged(record, recorded=True),
        Judged(replace(record, decision="no_go", fixes=None), recorded=False),
        Rejected("a.yaml", (Fault("a.yaml", 3, 7, "must be a text, got 7"),)),
        Undecided("a.yaml", "shop", "no"),
        Interrupted("a.yaml", "shop", (Heard("a.b", "passed", "ok"),)),
    ]


def test_colours_only_when_asked(desk: Desk) -> None:
    """Without colours there is no escape; with them the words are the same."""
    plain, coloured = (shown(*everything(desk), look=Look(colour=c)) for c in (False, True))

    assert "\x1b" not in plain
    assert "\x1b[32;1m" not in plain
    assert ESCAPE.search(coloured)
    assert ESCAPE.sub("", coloured) == plain


@pytest.mark.parametrize(
    ("decision", "code"), [("go", "32"), ("conditional_go", "33"), ("no_go", "31")]
)
def test_the_decision_has_its_colour(desk: Desk, decision: str, code: str) -> None:
    """GO is green, CONDITIONAL_GO yellow, NO_GO red."""
    record = desk.record(decision)

    assert f"\x1b[{code};1m{record.verdict.label}\x1b[0m" in of(record, look=Look(colour=True))


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
def test_the_width_is_respected(desk: Desk, width: int) -> None:
    """No line is longer than the terminal is wide, whatever is said."""
    checks = [
        desk.check(f"declared.{word}", word, reason="so " * 80, remedy=REMEDY) for word in WORDS
    ]
    record = desk.record(
        "no_go",
        service="shop",
        reasons=(desk.reason("for this reason " * 20, 7), desk.reason("https://x/" + "y" * 300, 7)),
        categories=(desk.category(*checks),),
        conditions=(desk.condition("declared.failed"),),
        waivers=(desk.waiver("declared.failed"),),
        waiver_requests=(desk.request("declared.failed"),),
    )
    items = (
        Judged(record, recorded=True),
        Rejected("a.yaml", (Fault("a.yaml", 3, 7, "must " * 50),)),
        Undecided("a.yaml", "s", "because " * 50),
        Interrupted("a.yaml", "s", (Heard("a.b", "failed", "because " * 50),)),
    )

    lines = shown(*items, look=Look(width=width)).splitlines()

    titles = [line for line in lines if "NO DECISION" in line]
    assert max(len(line) for line in lines if line not in titles) <= width
    assert not any(line != line.rstrip() for line in lines)


def test_long_ids_do_not_squeeze_the_text(desk: Desk) -> None:
    """Where ids leave too little room beside them, what is said stands under them."""
    check = desk.check("acme." + "x" * 60, "failed")

    text = with_check(desk, check)

    assert f"  ✗ {check.id}\n      failed (required): reason of {check.id}\n" in text
    assert f"\n      → mend {check.id} (medium effort)\n" in text


def test_the_effort_stays_together(desk: Desk) -> None:
    """The effort of a remedy is never broken over two lines."""
    for length in range(20, 80):
        text = with_check(desk, desk.check("a.b", "failed", remedy="x " * length))
        assert "(medium effort)\n" in text


def test_the_effort_survives_a_long_remedy(desk: Desk) -> None:
    """A remedy without end is cut; its effort is still there."""
    text = with_check(desk, desk.check("a.b", "failed", remedy="mend " * 10_000))

    assert "… (medium effort)\n" in text
    assert len(text) < 10_000


def poisoned(value: Any, keep: frozenset[str]) -> Any:  # noqa: ANN401  # any part of a record
    """Return *value* with something hostile in each text, but those in *keep* and empty ones."""
    if isinstance(value, tuple):
        return tuple(poisoned(each, keep) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        changes = {
            field.name: poisoned(getattr(value, field.name), keep)
            for field in fields(value)
            if field.name not in keep
        }
        return replace(value, **changes)
    return HOSTILE if isinstance(value, str) and value else value


def test_hostile_texts_come_out_inert(desk: Desk) -> None:
    """Escapes, line breaks and bidi controls in any text reach no terminal."""
    words = frozenset({"decision", "previous", "outcome", "state", "role", "effort", "level"})
    keep = words | {"valid_until", "due_at", "expires_at", "pass_rate", "closed_at"}
    items = everything(desk)

    text = shown(*(poisoned(item, keep) for item in items), stored_in=HOSTILE)

    assert all(line.isprintable() for line in text.split("\n"))
    text.encode()
    plain = shown(*items, look=Look(width=100_000)).count("\n")
    wide = shown(*(poisoned(item, keep) for item in items), look=Look(width=100_000))
    assert wide.count("\n") == plain


def test_several_targets_end_in_a_summary(desk: Desk) -> None:
    """Of several targets the report says at its end how many got which decision."""
    go, no_go = desk.record("go"), desk.record("no_go")
    items = (Judged(go, recorded=True), Judged(no_go, recorded=True), Judged(go, recorded=True))

    text = shown(*items, Undecided("a.yaml", "a", "disk full"))

    assert text.endswith("\n\n4 targets: 2 GO, 1 NO_GO, 1 NO DECISION\n")


def test_one_target_needs_no_summary(desk: Desk) -> None:
    """A single decision is its own summary."""
    assert "targets:" not in shown(Judged(desk.record("go"), recorded=True))
