"""formats.gitlab: the report for GitLab's merge requests; with it, what counts as a finding."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from director.errors import Fault
from director.formats.gitlab import GitlabFormat
from director.formats.place import Repository
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from director.model.record import Record
    from tests.unit.formats.conftest import Desk

REPOSITORY = Repository(top="/src", here="/src")
OUTCOMES = ["passed", "warned", "failed", "unknown", "not_applicable", "errored", "missing"]
ROLES = ["blocker", "required", "advisory", "shadow"]
SEVERITIES = ["info", "minor", "major", "critical", "blocker"]

HOSTILE = '"}]<script>\x1b[2Jb\nc\rd\u202ee\u2028f\x9bg\x00h\ud800i\ufffe'


def written(*items: Item, repository: Repository = REPOSITORY) -> list[dict[str, Any]]:
    """Return the entries of the report on *items*, parsed strictly."""
    form = GitlabFormat(repository)
    text = form.begin() + "".join(map(form.item, items)) + form.end()
    assert text.isascii()
    assert all(line.isprintable() for line in text.split("\n"))
    entries = json.loads(text)
    assert isinstance(entries, list)
    for entry in entries:
        assert_valid(entry)
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    return entries


def assert_valid(entry: dict[str, Any]) -> None:
    """Fail unless *entry* is what GitLab's documentation asks for."""
    assert list(entry) == ["description", "check_name", "fingerprint", "severity", "location"]
    assert entry["description"].isprintable()
    assert entry["check_name"].isprintable()
    assert re.fullmatch(r"[0-9a-f]{64}", entry["fingerprint"])
    assert entry["severity"] in SEVERITIES
    assert list(entry["location"]) == ["path", "lines"]
    path, lines = entry["location"].values()
    assert not path.startswith(("/", "./"))
    assert not {"", ".", ".."} & set(path.split("/"))
    assert type(lines["begin"]) is int
    assert lines["begin"] >= 1


def one_check(desk: Desk, decision: str = "conditional_go", **of: Any) -> Record:  # noqa: ANN401  # any field of a check
    """Return a decision on one check that failed."""
    check = desk.check(**{"check": "a.b", "outcome": "failed", "line": 7, **of})
    return desk.record(decision, source="svc/a.yaml", categories=(desk.category(check),))


def judged(record: Record) -> Judged:
    """Return *record* as an item."""
    return Judged(record, recorded=True)


def test_a_gap_is_one_entry(desk: Desk) -> None:
    """A gap says what was found and what to do, at its line of the manifest."""
    record = one_check(desk, reason="took 2 s", expected="0.5 s", role="required")

    (entry,) = written(judged(record))

    assert entry["description"] == (
        "payment-service@production: a.b failed (required): took 2 s, expected 0.5 s. mend a.b"
    )
    assert entry["check_name"] == "a.b"
    assert entry["location"] == {"path": "svc/a.yaml", "lines": {"begin": 7}}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_severity_follows_the_role(desk: Desk, outcome: str, role: str) -> None:
    """What has not passed has the severity of its role; what warned is at most major."""
    entries = written(judged(one_check(desk, outcome=outcome, role=role)))

    if outcome in ("passed", "not_applicable"):
        assert entries == []
        return
    table = {"blocker": "blocker", "required": "critical", "advisory": "minor", "shadow": "info"}
    strict = table[role]
    expected = "major" if outcome == "warned" and strict in ("blocker", "critical") else strict
    assert [entry["severity"] for entry in entries] == [expected]


def test_a_role_of_another_version_is_taken_seriously(desk: Desk) -> None:
    """A role that nobody here knows is as serious as can be."""
    assert written(judged(one_check(desk, role="paramount")))[0]["severity"] == "blocker"


def test_a_shadow_check_asks_for_nothing(desk: Desk) -> None:
    """What counts for nothing is mentioned without a remedy."""
    (entry,) = written(judged(one_check(desk, role="shadow")))

    assert "mend" not in entry["description"]


def test_what_is_waived_is_for_information(desk: Desk) -> None:
    """A waiver in effect makes a gap a note; one without effect changes nothing."""
    record = one_check(desk)

    (waived,) = written(judged(replace(record, waivers=(desk.waiver("a.b"),))))
    (unused,) = written(judged(replace(record, waivers=(desk.waiver("a.b", state="unused"),))))

    assert waived["severity"] == "info"
    assert waived["description"].endswith("(waived until 2026-02-01)")
    assert unused["severity"] == "critical"


def test_a_go_finds_nothing(desk: Desk) -> None:
    """Where all is well the array is empty."""
    assert written(judged(desk.record("go"))) == []


def test_a_no_go_is_never_empty(desk: Desk) -> None:
    """A NO_GO is an entry with every reason for it, even where no check has a gap."""
    reasons = (desk.reason("one", 2), desk.reason("two", 8), desk.reason("three", 9))
    record = desk.record("no_go", source="a.yaml", reasons=reasons)

    (entry,) = written(judged(record))

    assert entry["description"] == "payment-service@production: NO_GO 88%: one; two"
    assert (entry["check_name"], entry["severity"]) == ("director.decision", "blocker")
    assert entry["location"] == {"path": "a.yaml", "lines": {"begin": 1}}


def test_an_expired_decision_is_never_empty(desk: Desk) -> None:
    """After its validity even a GO is an entry."""
    (entry,) = written(Judged(desk.record("go"), recorded=True, expired=True))

    assert entry["description"] == (
        "payment-service@production: EXPIRED:"
        " the decision expired on 2026-01-16 09:30 UTC; evaluate again"
    )
    assert entry["severity"] == "blocker"


def test_every_fault_is_an_entry_at_its_place() -> None:
    """What cannot be used is an entry for each fault, in the file and line that it is in."""
    faults = (
        Fault("a.yaml", 3, 7, "must be a text, got 7"),
        Fault("policy/p.yaml", 5, 1, "unknown key"),
        Fault("--profile", 0, 0, "must be a name"),
    )

    entries = written(Rejected("a.yaml", faults))

    assert [(e["description"], *e["location"].values()) for e in entries] == [
        ("must be a text, got 7", "a.yaml", {"begin": 3}),
        ("unknown key", "policy/p.yaml", {"begin": 5}),
        ("--profile: must be a name", "a.yaml", {"begin": 1}),
    ]
    assert {(e["check_name"], e["severity"]) for e in entries} == {
        ("director.invalid_input", "blocker")
    }


@pytest.mark.parametrize(
    ("item", "rule", "said"),
    [
        (Rejected("a.yaml", ()), "director.invalid_input", "a.yaml: NO DECISION"),
        (Undecided("a.yaml", "shop", "disk full"), "director.undecided", "disk full"),
        (
            Interrupted("a.yaml", "shop", (Heard("a.b", "passed", "ok"),)),
            "director.interrupted",
            "shop: NO DECISION: interrupted after 1 result",
        ),
    ],
    ids=["rejected without faults", "undecided", "interrupted"],
)
def test_no_decision_is_never_empty(item: Item, rule: str, said: str) -> None:
    """Where there is no decision that is an entry of the highest severity."""
    (entry,) = written(item)

    assert (entry["check_name"], entry["severity"]) == (rule, "blocker")
    assert said in entry["description"]


def test_no_item_is_never_empty() -> None:
    """A report to which nothing came has an entry that says so."""
    (entry,) = written()

    assert (entry["check_name"], entry["severity"]) == ("director.undecided", "blocker")


def test_a_fingerprint_outlives_lines_and_wordings(desk: Desk) -> None:
    """The same gap has the same fingerprint on another line, in other words, on another machine."""
    before = one_check(desk)
    moved = one_check(desk, line=70, reason="took 3 s", role="advisory")

    (first,) = written(judged(before))
    (second,) = written(judged(moved))
    elsewhere = Repository(top="/builds/9", here="/builds/9/ci")
    absolute = replace(before, source="/builds/9/svc/a.yaml")
    (third,) = written(judged(absolute), repository=elsewhere)

    assert first["fingerprint"] == second["fingerprint"] == third["fingerprint"]


@pytest.mark.parametrize(
    "change",
    [{"source": "b.yaml"}, {"service": "shop"}, {"environment": "staging"}],
    ids=["file", "service", "environment"],
)
def test_a_fingerprint_tells_findings_apart(desk: Desk, change: dict[str, Any]) -> None:
    """Gaps of one check in two files, services or environments are two findings."""
    record = one_check(desk)

    (first,) = written(judged(record))
    (second,) = written(judged(replace(record, **change)))

    assert first["fingerprint"] != second["fingerprint"]


def test_a_fingerprint_is_that_of_one_check(desk: Desk) -> None:
    """Gaps of two checks are two findings."""
    (first,) = written(judged(one_check(desk)))
    (second,) = written(judged(one_check(desk, check="a.c")))

    assert first["fingerprint"] != second["fingerprint"]


def test_a_fingerprint_is_given_once(desk: Desk) -> None:
    """Findings that cannot be told apart have fingerprints of their own all the same."""
    twice = Fault("a.yaml", 3, 7, "must be a text, got 7")
    record = one_check(desk)

    assert len(written(Rejected("a.yaml", (twice, twice)), judged(record), judged(record))) == 4


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
    """No text leaves its string, and none does anything to a terminal."""
    keep = frozenset({"decision", "previous", "outcome", "state", "role"})
    items = (
        judged(replace(one_check(desk, decision="no_go"), waivers=(desk.waiver("a.b"),))),
        Rejected("a.yaml", (Fault("a.yaml", 3, 7, "no"),)),
        Undecided("a.yaml", "shop", "no"),
        Interrupted("a.yaml", "shop"),
    )

    entries = written(*(poisoned(item, keep) for item in items))

    assert len(entries) == len(written(*items))


@pytest.mark.parametrize("line", [0, -3])
def test_lines_count_from_one(desk: Desk, line: int) -> None:
    """What has no line stands on the first one."""
    (entry,) = written(judged(one_check(desk, line=line)))

    assert entry["location"]["lines"] == {"begin": 1}
