"""formats.junit: the report for Jenkins, GitLab and whoever else reads JUnit XML."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from director.errors import Fault
from director.formats.junit import JunitFormat
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from director.model.record import CheckEntry, Record
    from tests.unit.formats.conftest import Desk

OUTCOMES = ["passed", "warned", "failed", "unknown", "not_applicable", "errored", "missing"]
ROLES = ["blocker", "required", "advisory", "shadow"]

HOSTILE = (
    "a]]></failure><testsuite>&lt;\"'\x1b[2Jb\nc\rd\u202ee\u2028f\x9bg\x00h\ud800i\ufffe\uffff"
)

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow, https://www.w3.org/TR/xml/#charsets."""

ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        {"properties", "testcase"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": (
        {"classname", "name", "time"},
        {"skipped", "error", "failure", "system-out"},
    ),
    "skipped": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "failure": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}
"""Of what Jenkins' xunit plugin allows (its junit-10.xsd) what we need: attributes, children."""

NEEDED = {
    "testsuite": {"name", "tests", "failures", "errors"},
    "testcase": {"name"},
    "property": {"name", "value"},
}
"""The attributes that it insists on."""

SECONDS = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")
"""How it writes a time."""


def written(*items: Item, several: bool = False, fail_on_conditional: bool = False) -> str:
    """Return the whole report on *items*."""
    form = JunitFormat(several=several, fail_on_conditional=fail_on_conditional)
    return form.begin() + "".join(map(form.item, items)) + form.end()


def suites(*items: Item, several: bool = False) -> list[TestSuite]:
    """Return the suites as junitparser reads them."""
    return list(JUnitXml.fromstring(written(*items, several=several).encode()))


def cases(record: Record, **fields: Any) -> dict[str, TestCase]:  # noqa: ANN401  # any field
    """Return the cases of one decision by the id of their check; the decision is ``decision``."""
    (suite,) = suites(Judged(record, **{"recorded": True, **fields}))
    return {
        case.classname if case.classname == "decision" else case.name.partition(":")[0]: case
        for case in suite
    }


def state(case: TestCase) -> str:
    """Return the state of *case* as the name of its element."""
    kinds = {Failure: "failure", Error: "error", Skipped: "skipped"}
    return next((kinds[type(each)] for each in case.result), "passed")


def with_check(desk: Desk, check: CheckEntry, decision: str = "no_go") -> Record:
    """Return a decision with just one check."""
    return desk.record(decision, categories=(desk.category(check),))


def everything(desk: Desk) -> list[Item]:
    """Return one item of every kind, with every outcome in every role among them."""
    checks = [desk.check(f"a.{o}-{r}", o, role=r) for o in OUTCOMES for r in ROLES]
    record = desk.conditional(
        categories=(desk.category(*checks),),
        reasons=(desk.reason("a blocker failed", 3), desk.reason("too low", 9)),
        waivers=(desk.waiver("a.failed-required"),),
    )
    return [
        Judged(record, recorded=True),
        Judged(replace(record, decision="no_go"), recorded=False),
        Judged(record, recorded=True, expired=True),
        Rejected("a.yaml", (Fault("a.yaml", 3, 7, "must be a text, got 7"),)),
        Undecided("a.yaml", "shop", "the disk is full"),
        Interrupted("a.yaml", "shop", (Heard("a.b", "passed", "ok"),)),
    ]


def test_a_conditional_go_is_red_where_it_closes_the_gate(desk: Desk) -> None:
    """Whoever lets a CONDITIONAL_GO close the gate sees what closed it in red."""
    record = replace(
        desk.conditional(),
        reasons=(desk.reason("1 gap", check="declared.load_test"),),
    )
    report = written(Judged(record, recorded=True), fail_on_conditional=True)
    (suite,) = JUnitXml.fromstring(report.encode())

    assert {case.name.partition(":")[0]: state(case) for case in suite} == {
        "declared.healthcheck": "passed",
        "declared.load_test": "failure",
        "may go to production": "failure",
    }


def test_a_conditional_go_is_not_red(desk: Desk) -> None:
    """Where the gate is open nothing fails; the gap is skipped and the decision says why."""
    (suite,) = suites(Judged(desk.conditional(), recorded=True))
    by_name = {case.name: case for case in suite}

    gap = by_name["declared.load_test: title of declared.load_test"]
    decision = by_name["may go to production"]
    assert (suite.name, suite.tests, suite.failures, suite.errors, suite.skipped) == (
        "payment-service@production",
        3,
        0,
        0,
        1,
    )
    assert gap.classname == "reliability"
    assert gap.result[0].message == "failed (advisory): reason of declared.load_test"
    assert "To do: Run a load test." in str(gap.result[0].text)
    assert state(decision) == "passed"
    assert decision.system_out is not None
    assert decision.system_out.splitlines() == [
        "payment-service@production: CONDITIONAL_GO 88%",
        "the score is 86.6%, a GO needs 90%",
        "condition on declared.load_test: team-payments, due 2026-01-29",
    ]


@pytest.mark.parametrize("decision", ["go", "conditional_go"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_open_gate_is_never_red(desk: Desk, outcome: str, role: str, decision: str) -> None:
    """Whatever a check says under a GO or CONDITIONAL_GO, it neither fails nor errs."""
    found = cases(with_check(desk, desk.check("a.b", outcome, role=role), decision))

    still = outcome == "passed" and role != "shadow"
    assert state(found["a.b"]) == ("passed" if still else "skipped")
    assert state(found["decision"]) == "passed"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_closed_gate_shows_what_closes_it(desk: Desk, outcome: str, role: str) -> None:
    """Under a NO_GO blockers and required checks fail, and err where they broke or are missing."""
    found = cases(with_check(desk, desk.check("a.b", outcome, role=role)))

    strict = {"failed": "failure", "unknown": "failure", "errored": "error", "missing": "error"}
    expected = strict.get(outcome, "skipped") if role in ("blocker", "required") else "skipped"
    if outcome == "passed" and role != "shadow":
        expected = "passed"
    assert state(found["a.b"]) == expected
    assert state(found["decision"]) == "failure"


def test_what_closes_the_gate_is_red_whatever_its_role(desk: Desk) -> None:
    """An advisory check whose condition is overdue closes the gate, so it fails."""
    record = with_check(desk, desk.check("a.b", "failed", role="advisory"))
    overdue = desk.reason("the condition on a.b was due", 8, check="a.b")

    assert state(cases(replace(record, reasons=(overdue,)))["a.b"]) == "failure"


def test_what_is_waived_is_not_red(desk: Desk) -> None:
    """A waiver in effect lifts a check from among the failures; one that is not does not."""
    record = with_check(desk, desk.check("a.b", "failed"))

    waived = cases(replace(record, waivers=(desk.waiver("a.b"),)))
    expired = cases(replace(record, waivers=(desk.waiver("a.b", state="expired"),)))

    assert state(waived["a.b"]) == "skipped"
    assert state(expired["a.b"]) == "failure"


def test_a_failure_says_what_and_what_to_do(desk: Desk) -> None:
    """A failure has the code, the measured and the expected, and the remedy."""
    check = desk.check("a.b", "failed", code="too_slow", reason="took 2 s", expected="0.5 s")

    (failure,) = cases(with_check(desk, check))["a.b"].result

    assert failure.type == "too_slow"
    assert failure.message == "failed (required): took 2 s, expected 0.5 s"
    assert failure.text == f"{failure.message}\nTo do: mend a.b"


def test_a_no_go_gives_every_reason(desk: Desk) -> None:
    """The decision fails with all that made it a NO_GO, and not with what merely misses a GO."""
    reasons = (desk.reason("one", 2), desk.reason("two", 8), desk.reason("three", 9))

    (failure,) = cases(desk.record("no_go", reasons=reasons))["decision"].result

    assert failure.type == "no_go"
    assert failure.text is not None
    assert failure.text.splitlines() == ["payment-service@production: NO_GO 88%", "one", "two"]


def test_an_expired_decision_is_red(desk: Desk) -> None:
    """After its validity even a GO closes the gate."""
    (failure,) = cases(desk.record("go"), expired=True)["decision"].result

    assert isinstance(failure, Failure)
    assert failure.type == "expired"
    assert "the decision expired on 2026-01-16 09:30 UTC" in str(failure.text)


def test_what_is_not_recorded_says_so(desk: Desk) -> None:
    """A decision that is not durable says that it is for looking only."""
    text = cases(desk.record("go"), recorded=False)["decision"].system_out

    assert "unrecorded: for looking, not for gating" in str(text)
    assert "unrecorded" not in str(cases(desk.record("go"))["decision"].system_out)


@pytest.mark.parametrize(
    ("item", "name", "code", "said"),
    [
        (
            Rejected("a.yaml", (Fault("a.yaml", 3, 7, "must be x"), Fault("p.yaml", 1, 1, "no"))),
            "a.yaml",
            "invalid_input",
            ["a.yaml:3:7: must be x", "p.yaml:1:1: no"],
        ),
        (Rejected("a.yaml", ()), "a.yaml", "invalid_input", ["NO DECISION"]),
        (Undecided("a.yaml", "shop", "disk full"), "shop", "undecided", ["disk full"]),
        (
            Interrupted("a.yaml", "shop", (Heard("a.b", "failed", "no"),)),
            "shop",
            "interrupted",
            ["interrupted after 1 result", "a.b failed: no"],
        ),
    ],
    ids=["rejected", "rejected without faults", "undecided", "interrupted"],
)
def test_no_decision_is_an_error(item: Item, name: str, code: str, said: list[str]) -> None:
    """Where there is no decision the case of the decision is an error, in a suite of its own."""
    (suite,) = suites(item)
    (case,) = suite
    (error,) = case.result

    assert (suite.name, suite.tests, suite.errors) == (name, 1, 1)
    assert (case.classname, case.name) == ("decision", "may go to production")
    assert isinstance(error, Error)
    assert error.type == code
    assert all(each in str(error.text) for each in said)


def test_no_item_is_an_error() -> None:
    """A report to which nothing came is not green."""
    (suite,) = suites()

    assert (suite.tests, suite.errors) == (1, 1)


def test_counts_are_right(desk: Desk) -> None:
    """Every count is the number of elements, in each suite and in all."""
    root = ET.fromstring(written(*everything(desk)))  # noqa: S314  # our own document

    names = {"failures": "failure", "errors": "error", "skipped": "skipped", "tests": "testcase"}
    for part in (root, *root):
        found = Counter(each.tag for each in part.iter())
        for name, tag in names.items():
            if (part.tag, name) != ("testsuites", "skipped"):
                assert int(part.attrib[name]) == found[tag]
    assert len(root) == len(everything(desk))


def test_one_target_has_plain_groups(desk: Desk) -> None:
    """Of one target, a case is in its category and the decision in ``decision``."""
    (suite,) = suites(Judged(desk.record(), recorded=True))

    assert [case.classname for case in suite] == ["reliability", "decision"]


def test_several_targets_do_not_mix(desk: Desk) -> None:
    """Of several targets, each group begins with its target, which Jenkins would not show."""
    (suite,) = suites(Judged(desk.record(), recorded=True), several=True)

    assert [case.classname for case in suite] == [
        "payment-service@production.reliability",
        "payment-service@production.decision",
    ]


def test_a_suite_carries_the_figures(desk: Desk) -> None:
    """The properties of a suite say what was decided, how long it holds, and by what policy."""
    (suite,) = suites(Judged(desk.conditional(source="a.yaml"), recorded=True))

    found = {each.name: each.value for each in suite.properties()}  # type: ignore[no-untyped-call]
    assert found == {
        "decision": "conditional_go",
        "pass_rate": "88%",
        "effective_decision": "conditional_go",
        "override": "",
        "score": "0.866666",
        "valid_until": "2026-01-16T09:30:00.000000Z",
        "expired": "false",
        "recorded": "true",
        "evaluation": "01JH0000000000000000000001",
        "version": "2.7.1",
        "source": "a.yaml",
        "manifest_digest": "sha256:m",
        "profile": "baseline",
        "profile_digest": "sha256:p",
    }
    assert suite.timestamp == "2026-01-15T09:30:00.000000Z"


def test_times_are_in_seconds(desk: Desk) -> None:
    """A case says how long its check took, a suite how long the evaluation took."""
    record = with_check(desk, desk.check("a.b", duration_ms=1234.5))

    assert cases(record)["a.b"].time == 1.234
    assert suites(Judged(record, recorded=True))[0].time == 0.013


def assert_legal(text: str) -> ET.Element:
    """Return the root of *text*; fail unless XML 1.0 and Jenkins' schema allow all of it."""
    assert not ILLEGAL.search(text)
    root = ET.fromstring(text.encode())  # noqa: S314  # our own document
    for part in root.iter():
        attributes, children = ALLOWED[part.tag]
        assert NEEDED.get(part.tag, set()) <= part.attrib.keys() <= attributes
        assert {child.tag for child in part} <= children
        assert SECONDS.fullmatch(part.attrib.get("time", ""))
    return root


def test_jenkins_accepts_it(desk: Desk) -> None:
    """Elements and attributes are those that the schema of Jenkins' xunit plugin knows."""
    assert_legal(written(*everything(desk)))
    assert_legal(written())


def poisoned(value: Any, keep: frozenset[str]) -> Any:  # noqa: ANN401  # any part of an item
    """Return *value* with something hostile in each text but those in *keep*."""
    if isinstance(value, tuple):
        return tuple(poisoned(each, keep) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        given = {each.name: getattr(value, each.name) for each in fields(value)}
        changes = {name: poisoned(each, keep) for name, each in given.items() if name not in keep}
        return replace(value, **changes)
    return HOSTILE if isinstance(value, str) else value


def test_hostile_texts_come_out_inert(desk: Desk) -> None:
    """No text adds an element, ends a document, or brings a character that XML does not know."""
    words = frozenset({"decision", "previous", "outcome", "state", "role"})
    keep = words | {"id", "check"}  # By these a waiver or a reason finds its check.
    items = everything(desk)

    plain = assert_legal(written(*items, several=True))
    bad = assert_legal(written(*(poisoned(item, keep) for item in items), several=True))

    assert [part.tag for part in bad.iter()] == [part.tag for part in plain.iter()]
    assert all(line.isprintable() for part in bad.itertext() for line in part.split("\n"))
    assert "]]></failure><testsuite>" in next(iter(bad.iter("failure"))).attrib["message"]
    assert_legal(written(*(poisoned(item, words) for item in items)))
