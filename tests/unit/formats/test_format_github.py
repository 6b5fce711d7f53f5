"""formats.github: annotations of a workflow run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from director.errors import Fault
from director.formats.format import Setting, make_format
from director.formats.text import Look
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk

KNOWN = frozenset({"error", "warning", "notice"})
OTHERS = frozenset({"add-mask", "set-output", "set-env", "stop-commands", "group"})
HOSTILE = [
    "no\n::set-output name=decision::go",
    "no\r\n::add-mask::GO",
    "::stop-commands::x",
    "no::error::x",
    "a,line=1,title=b::c",
    "100%0A::add-mask::x%0D%3A%2C",
    "##[add-mask]x",
    "no\u2028::add-mask::x\u202e\x00\x1b[2J\ud800",
]


class Command(NamedTuple):
    """One command as a runner reads it."""

    name: str
    properties: dict[str, str]
    message: str


def unescaped(text: str, *signs: str) -> str:
    """Return *text* without its escapes; the percent sign comes last, as in the runner."""
    for sign in (*signs, "%"):
        text = text.replace(f"%{ord(sign):02X}", sign)
    return text


def read(line: str, known: frozenset[str] = KNOWN | OTHERS) -> Command | None:
    """Read *line* as actions/runner does (``ActionCommand.cs``): the new form, then the old."""
    line = line.lstrip()
    if line.startswith("::") and (end := line.find("::", 2)) > 0:
        name, _, rest = line[2:end].partition(" ")
        if name in known:
            pairs = [pair.split("=", 1) for pair in rest.strip().split(",") if pair]
            properties = {key: unescaped(value, "\r", "\n", ":", ",") for key, value in pairs}
            return Command(name, properties, unescaped(line[end + 2 :], "\r", "\n"))
    if (start := line.find("##[")) >= 0 and (end := line.find("]", start)) > 0:
        name = line[start + 3 : end].partition(" ")[0]
        if name in known:
            return Command(name, {}, line[end + 1 :])
    return None


def written(*items: Item) -> str:
    """Return the whole report on *items*."""
    form = make_format("github", Setting(Look(), several=len(items) > 1))
    return form.begin() + "".join(map(form.item, items)) + form.end()


def commands(*items: Item) -> list[Command]:
    """Return every command of the report on *items*."""
    return [command for line in written(*items).split("\n") if (command := read(line))]


def test_the_lines_are_commands(desk: Desk) -> None:
    """The decision comes first, then each gap at its line in the manifest, with its remedy."""
    check = desk.check(
        "declared.load_test", "failed", role="advisory", line=16, expected="true", remedy="Run one."
    )
    record = desk.conditional(
        source="services/a.yaml",
        categories=(desk.category(desk.check("declared.logging"), check),),
    )

    assert written(Judged(record, recorded=True)) == (
        "::warning file=services/a.yaml,title=payment-service@production%3A CONDITIONAL_GO 88%25::"
        "7 of 8 checks passed, profile baseline%0Athe score is 86.6%25, a GO needs 90%25\n"
        "::warning file=services/a.yaml,line=16,"
        "title=payment-service@production%3A declared.load_test::"
        "failed (advisory): reason of declared.load_test, expected true%0A→ Run one.\n"
    )


@pytest.mark.parametrize(
    ("decision", "level"), [("go", "notice"), ("conditional_go", "warning"), ("no_go", "error")]
)
def test_the_decision_has_its_level(desk: Desk, decision: str, level: str) -> None:
    """GO is a notice, CONDITIONAL_GO a warning, NO_GO an error."""
    (command,) = commands(Judged(desk.record(decision), recorded=True))

    assert command.name == level
    assert command.properties["title"].startswith("payment-service@production: ")


@pytest.mark.parametrize("outcome", ["warned", "failed", "unknown", "errored", "missing"])
@pytest.mark.parametrize(
    ("role", "level"), [("blocker", "error"), ("required", "error"), ("advisory", "warning")]
)
def test_a_gap_has_the_level_of_its_role(desk: Desk, outcome: str, role: str, level: str) -> None:
    """A gap of a blocker or a required check is an error, an advisory one a warning."""
    check = desk.check("a.b", outcome, role=role)
    record = desk.record(categories=(desk.category(check),))

    _, command = commands(Judged(record, recorded=True))

    assert command.name == level


def test_what_is_no_gap_is_not_said(desk: Desk) -> None:
    """What passed, does not apply or is tried in the shadow makes no annotation."""
    checks = [
        desk.check("a.passed"),
        desk.check("a.inapplicable", "not_applicable"),
        desk.check("a.shadow", "failed", role="shadow"),
    ]

    assert len(commands(Judged(desk.record(categories=(desk.category(*checks),)), True))) == 1


def test_a_waived_gap_only_warns(desk: Desk) -> None:
    """A gap with a waiver in effect is a warning; an expired waiver changes nothing."""
    waivers = (desk.waiver("a.waived"), desk.waiver("a.late", state="expired"))
    checks = (desk.check("a.late", "failed"), desk.check("a.waived", "failed"))
    record = desk.record("conditional_go", waivers=waivers, categories=(desk.category(*checks),))

    _, late, waived = commands(Judged(record, recorded=True))

    assert (late.name, waived.name) == ("error", "warning")


def test_reasons_of_a_no_go_are_errors(desk: Desk) -> None:
    """Each reason for a NO_GO is an error, once: at its check, or else at the manifest."""
    reasons = (
        desk.reason("a.b failed: no", 3, code="blocker", check="a.b", remedy="mend it"),
        desk.reason("a.b is overdue", 8, code="condition_overdue", check="a.b"),
        desk.reason("the score is 0%", 7, code="score", remedy="mend more"),
        desk.reason("the score is 0%, a GO needs 90%", 9),
    )
    check = desk.check("a.b", "failed", role="blocker", line=4)
    record = desk.record(
        "no_go", source="a.yaml", reasons=reasons, categories=(desk.category(check),)
    )

    _, *found = commands(Judged(record, recorded=True))

    assert [(each.name, each.message) for each in found] == [
        ("error", "a.b failed: no\na.b is overdue\n→ mend a.b"),
        ("error", "the score is 0%\n→ mend more"),
    ]
    assert found[0].properties["line"] == "4"
    assert "line" not in found[1].properties


def test_a_reason_is_told_whatever_its_check_says(desk: Desk) -> None:
    """A reason for a NO_GO is an error at its check even if that is no gap, or only advisory."""
    reasons = (
        desk.reason("overdue", 8, check="a.advisory"),
        desk.reason("overdue, too", 8, check="a.inapplicable"),
    )
    checks = (
        desk.check("a.advisory", "failed", role="advisory"),
        desk.check("a.inapplicable", "not_applicable"),
    )
    record = desk.record("no_go", reasons=reasons, categories=(desk.category(*checks),))

    _, *found = commands(Judged(record, recorded=True))

    assert {each.name for each in found} == {"error"}
    assert {each.message.split("\n")[0] for each in found} == {"overdue", "overdue, too"}


def test_one_broken_file_hides_no_decision(desk: Desk) -> None:
    """Of a file with many faults the first stands for the decision; the others come later."""
    rejected = Rejected("a.yaml", tuple(Fault("a.yaml", n, 1, f"fault {n}") for n in range(1, 12)))

    found = commands(rejected, Judged(desk.record("no_go"), recorded=True))

    assert [each.message for each in found[:3:2]] == ["fault 1", "fault 2"]
    assert found[1].properties["title"].endswith("NO_GO 88%")


def test_what_matters_most_comes_first(desk: Desk) -> None:
    """All decisions come first, the worst first; then blockers, required and advisory gaps."""
    checks = [
        desk.check(f"a.{role}", "failed", role=role) for role in ("advisory", "required", "blocker")
    ]
    record = desk.record("no_go", categories=(desk.category(*checks),))

    titles = [
        each.properties["title"].split(": ")[1]
        for each in commands(
            Judged(desk.record("go"), recorded=True), Judged(record, recorded=True)
        )
    ]

    assert titles == ["NO_GO 88%", "GO 88%", "a.blocker", "a.required", "a.advisory"]


def test_more_than_are_shown_are_counted(desk: Desk) -> None:
    """GitHub shows ten of a kind; the log has all, and says how many there are."""
    for count, said in ((10, False), (11, True)):
        checks = [desk.check(f"a.c{number}", "failed") for number in range(count)]
        record = desk.record("go", categories=(desk.category(*checks),))

        text = written(Judged(record, recorded=True))

        assert text.count("::error ") == count
        assert text.endswith("\nGitHub shows 10 of 11 errors; all of them are above.\n") is said
        assert ("GitHub shows" in text) is said


def test_what_expired_is_an_error(desk: Desk) -> None:
    """An expired GO is an error that asks for a new evaluation, and nothing else is said."""
    record = desk.record(categories=(desk.category(desk.check("a.b", "failed")),))

    (command,) = commands(Judged(record, recorded=True, expired=True))

    assert command.name == "error"
    assert command.properties["title"].endswith(": EXPIRED")
    assert command.message == "the decision expired on 2026-01-16 09:30 UTC; evaluate again"


def test_what_is_not_recorded_says_so(desk: Desk) -> None:
    """A decision that is not durable is for looking, not for gating."""
    (command,) = commands(Judged(desk.record(), recorded=False))

    assert command.message.endswith("\nunrecorded: for looking, not for gating")


def test_rejected_input_shows_every_fault() -> None:
    """Each fault of a file is an error at its place; one without a line has no line."""
    faults = (Fault("a.yaml", 3, 7, "must be a text, got 7"), Fault("a.yaml", 0, 0, "no file"))

    first, second = commands(Rejected("a.yaml", faults))

    title = "a.yaml: NO DECISION, invalid input"
    assert first == Command(
        "error",
        {"file": "a.yaml", "line": "3", "col": "7", "title": title},
        "must be a text, got 7",
    )
    assert second == Command("error", {"file": "a.yaml", "title": title}, "no file")


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([Undecided("a.yaml", "s", "disk full")], "made or recorded: disk full"),
        ([Interrupted("a.yaml", "s", (Heard("a.b", "passed", "ok"),))], "after 1 result"),
        ([], "no target was evaluated"),
    ],
)
def test_no_decision_is_an_error(items: list[Item], message: str) -> None:
    """Where there is no decision there is an error that says why."""
    (command,) = commands(*items)

    assert command.name == "error"
    assert command.properties["title"].endswith("NO DECISION")
    assert command.message.endswith(message)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("known", [KNOWN | OTHERS, OTHERS], ids=["runner", "old runner"])
def test_hostile_texts_are_no_commands(desk: Desk, hostile: str, known: frozenset[str]) -> None:
    """Whatever is said, every line is one of our commands, and says it in one place."""
    check = desk.check(
        hostile, "failed", reason=hostile, expected=hostile, remedy=hostile, title=hostile, line=1
    )
    record = desk.record(
        "no_go",
        service=hostile,
        environment=hostile,
        source=hostile,
        pass_rate=hostile,
        reasons=(desk.reason(hostile, 7, remedy=hostile, code=hostile),),
        categories=(desk.category(check),),
    )
    items: list[Item] = [
        Judged(record, recorded=True),
        Rejected(hostile, (Fault(hostile, 1, 1, hostile),)),
        Undecided(hostile, hostile, hostile),
    ]

    lines = written(*items)[:-1].split("\n")

    assert len(lines) == 5
    for line in lines:
        assert line.isprintable()
        assert line.startswith("::error file=")
        command = read(line, known)
        assert (command is not None) is ("error" in known)
        if command:
            assert command.name == "error"
            assert set(command.properties) <= {"file", "line", "col", "title"}
            assert command.properties.get("line", "1") == "1"


def test_what_is_said_arrives() -> None:
    """A runner gets back exactly what was said."""
    said = "100% sure: a, b = c %0A %25 ::"

    (command,) = commands(Rejected(said, (Fault(said, 1, 1, said),)))

    assert (command.message, command.properties["file"]) == (said, said)


def test_a_title_is_cut(desk: Desk) -> None:
    """A title is never too long for GitHub, which takes 255 characters."""
    (command,) = commands(Judged(desk.record(service="s" * 500), recorded=True))

    assert len(command.properties["title"]) == 200
