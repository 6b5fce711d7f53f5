"""formats.sarif: the report for code scanning."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft4Validator

from director.errors import Fault
from director.formats.place import Repository
from director.formats.sarif import SarifFormat
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from director.model.record import Record
    from tests.unit.formats.conftest import Desk

REPOSITORY = Repository(top="/src", here="/src")
OUTCOMES = ["passed", "warned", "failed", "unknown", "not_applicable", "errored", "missing"]
ROLES = ["blocker", "required", "advisory", "shadow"]

SCHEMA = json.loads((Path(__file__).parent / "schemas/sarif-schema-2.1.0.json").read_text("utf-8"))
OFFICIAL = Draft4Validator(SCHEMA)

HOSTILE = (
    '"}][click](https://evil.example)<script>*{0}\x1b[2Jb\nc\rd\u202e\u2028f\x9bg\x00\ud800\ufffe'
)


def written(*items: Item, repository: Repository = REPOSITORY) -> dict[str, Any]:
    """Return the run of the report on *items*; fail unless the schema and GitHub accept it."""
    form = SarifFormat(repository)
    text = form.begin() + "".join(map(form.item, items)) + form.end()
    assert text.isascii()
    assert all(line.isprintable() for line in text.split("\n"))
    log = json.loads(text)
    OFFICIAL.validate(log)
    (run,) = log["runs"]
    assert_github_accepts(run)
    return dict(run)


def assert_github_accepts(run: dict[str, Any]) -> None:
    """Fail unless *run* has what GitHub's documentation asks for beyond the schema."""
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert len(rule["name"]) <= 255
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
    assert run["automationDetails"]["id"].endswith("/")
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert_placed(result)
    for note in run["invocations"][0]["toolExecutionNotifications"]:
        assert_placed(note)
    names = [each["partialFingerprints"]["primaryLocationLineHash"] for each in run["results"]]
    assert len(set(names)) == len(names)


def assert_placed(found: dict[str, Any]) -> None:
    """Fail unless *found* has one location, with a URI that is one and a line."""
    (location,) = found["locations"]
    place = location["physicalLocation"]
    parts = urlsplit(place["artifactLocation"]["uri"])
    assert (parts.netloc, parts.query, parts.fragment) == ("", "", "")
    assert parts.scheme == ("" if "uriBaseId" in place["artifactLocation"] else "file")
    assert re.fullmatch(r"([A-Za-z0-9_.~/-]|%[0-9A-F]{2})+", parts.path)
    assert ".." not in parts.path.split("/")
    assert place["region"]["startLine"] >= 1


def one_check(desk: Desk, decision: str = "conditional_go", **of: Any) -> Record:  # noqa: ANN401  # any field of a check
    """Return a decision on one check that failed."""
    check = desk.check(**{"check": "a.b", "outcome": "failed", "line": 7, **of})
    return desk.record(decision, source="svc/a.yaml", categories=(desk.category(check),))


def judged(record: Record) -> Judged:
    """Return *record* as an item."""
    return Judged(record, recorded=True)


def place(found: dict[str, Any]) -> tuple[Any, ...]:
    """Return the URI and the region of *found*."""
    physical = found["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]


def fingerprint(run: dict[str, Any]) -> str:
    """Return the fingerprint of the only result."""
    (result,) = run["results"]
    return str(result["partialFingerprints"]["primaryLocationLineHash"])


def test_a_gap_is_a_result_at_its_line(desk: Desk) -> None:
    """A gap says what was found and what to do, at its line of the manifest."""
    run = written(judged(one_check(desk, reason="took 2 s", expected="0.5 s")))

    (result,) = run["results"]
    assert (result["ruleId"], result["kind"], result["level"]) == ("a.b", "fail", "error")
    assert result["message"]["text"] == (
        "payment-service@production: a.b failed (required): took 2 s, expected 0.5 s. mend a.b"
    )
    assert place(result) == ("svc/a.yaml", {"startLine": 7})
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] == (
        "%SRCROOT%"
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_level_follows_the_role(desk: Desk, outcome: str, role: str) -> None:
    """Blockers and required checks are errors, advisory ones warnings, shadow ones notes."""
    results = written(judged(one_check(desk, outcome=outcome, role=role)))["results"]

    levels = {"blocker": "error", "required": "error", "advisory": "warning", "shadow": "note"}
    level = levels[role]
    if outcome == "warned" and level == "error":
        level = "warning"
    expected = [] if outcome in ("passed", "not_applicable") else [level]
    assert [result["level"] for result in results] == expected


def test_every_planned_check_is_a_rule(desk: Desk) -> None:
    """Checks that passed are no results, but what was asked stands in the rules."""
    run = written(judged(desk.conditional()))

    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["declared.healthcheck", "declared.load_test"]
    assert rules[1] == {
        "id": "declared.load_test",
        "name": "DeclaredLoadTest",
        "shortDescription": {"text": "title of declared.load_test"},
        "fullDescription": {
            "text": "title of declared.load_test."
            " Category reliability; advisory where it is judged."
        },
        "help": {"text": "Run a load test.", "markdown": "**What to do:** Run a load test."},
        "defaultConfiguration": {"level": "warning"},
        "properties": {
            "tags": ["production-readiness", "reliability"],
            "problem.severity": "warning",
        },
    }
    assert [result["ruleId"] for result in run["results"]] == ["declared.load_test"]


@pytest.mark.parametrize("turned", [False, True])
def test_a_check_of_two_targets_is_one_rule(desk: Desk, turned: bool) -> None:
    """A rule is as strict as where it is strictest, and has the remedy of whoever needs it."""
    items = [
        judged(one_check(desk, outcome="passed", role="blocker")),
        judged(replace(one_check(desk, role="advisory", remedy="mend it"), service="shop")),
    ]

    (rule,) = written(*(reversed(items) if turned else items))["tool"]["driver"]["rules"]

    assert rule["defaultConfiguration"] == {"level": "error"}
    assert rule["help"]["text"] == "mend it"


def test_a_rule_that_nobody_broke_asks_for_nothing(desk: Desk) -> None:
    """The help of a check that passed everywhere is what it holds."""
    record = one_check(desk, outcome="passed", title="Is fast", remedy="")

    (rule,) = written(judged(record))["tool"]["driver"]["rules"]

    assert rule["help"] == {"text": "Is fast", "markdown": "Is fast"}


def test_a_go_finds_nothing(desk: Desk) -> None:
    """Where all is well there are no results, and the run says that it came to its end."""
    run = written(judged(desk.record("go")))

    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    (decision,) = run["properties"]["decisions"]
    assert (decision["decision"], decision["pass_rate"], decision["recorded"]) == (
        "go",
        "88%",
        True,
    )


def test_a_no_go_is_never_empty(desk: Desk) -> None:
    """A NO_GO is a result with every reason for it, even where no check has a gap."""
    reasons = (desk.reason("one", 2), desk.reason("two", 8), desk.reason("three", 9))

    (result,) = written(judged(desk.record("no_go", source="a.yaml", reasons=reasons)))["results"]

    assert (result["ruleId"], result["level"]) == ("director.decision", "error")
    assert result["message"]["text"] == "payment-service@production: NO_GO 88%: one; two"


def test_an_expired_decision_is_never_empty(desk: Desk) -> None:
    """After its validity even a GO is a result."""
    run = written(Judged(desk.record("go"), recorded=True, expired=True))

    assert [result["ruleId"] for result in run["results"]] == ["director.decision"]
    assert run["properties"]["decisions"][0]["expired"] is True


def test_waivers_suppress_only_when_approved(desk: Desk) -> None:
    """A waiver in effect suppresses; a request is under review; any other waiver is nothing."""
    record = one_check(desk)
    request = {"waiver_requests": (desk.request("a.b"), desk.request("a.c"))}

    def suppressions(**changes: Any) -> list[tuple[str, str, str]]:  # noqa: ANN401  # any field
        (result,) = written(judged(replace(record, **changes)))["results"]
        return [(s["kind"], s["status"], s["justification"]) for s in result["suppressions"]]

    approved = "waiting for the rig; ticket OPS-1; until 2026-02-01; approved by bob"
    accepted = ("external", "accepted", approved)
    asked = ("external", "underReview", "later; ticket OPS-2; until 2026-02-01")
    assert suppressions(waivers=(desk.waiver("a.b"),)) == [accepted]
    assert suppressions(**request) == [asked]
    assert suppressions(waivers=(desk.waiver("a.b"),), **request) == [accepted, asked]
    for state in ("unused", "expired", "no_match", "not_waivable"):
        assert suppressions(waivers=(desk.waiver("a.b", state=state),)) == []


def test_every_fault_is_a_result_at_its_place() -> None:
    """Each fault is a result at its line and column, and a notification."""
    faults = (
        Fault("a.yaml", 3, 7, "must be a text, got 7"),
        Fault("/etc/director/p.yaml", 5, 1, "unknown key"),
        Fault("--profile", 0, 0, "must be a name"),
    )

    run = written(Rejected("a.yaml", faults))

    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    for found in (run["results"], invocation["toolExecutionNotifications"]):
        assert [(each["message"]["text"], *place(each)) for each in found] == [
            ("must be a text, got 7", "a.yaml", {"startLine": 3, "startColumn": 7}),
            ("unknown key", "file:///etc/director/p.yaml", {"startLine": 5, "startColumn": 1}),
            ("--profile: must be a name", "a.yaml", {"startLine": 1}),
        ]
        assert {each["level"] for each in found} == {"error"}
    assert {result["ruleId"] for result in run["results"]} == {"director.invalid_input"}


@pytest.mark.parametrize(
    ("item", "rule"),
    [
        (Rejected("a.yaml", ()), "director.invalid_input"),
        (Undecided("a.yaml", "shop", "disk full"), "director.undecided"),
        (Interrupted("a.yaml", "shop", (Heard("a.b", "passed", "ok"),)), "director.interrupted"),
        (None, "director.undecided"),
    ],
    ids=["rejected without faults", "undecided", "interrupted", "no item"],
)
def test_no_decision_is_never_empty(item: Item | None, rule: str) -> None:
    """Where there is no decision the run has failed, which is both a notification and a result."""
    run = written(*([item] if item else []))

    (invocation,) = run["invocations"]
    (note,) = invocation["toolExecutionNotifications"]
    assert invocation["executionSuccessful"] is False
    assert (note["descriptor"]["id"], note["level"]) == (rule, "error")
    assert [each["id"] for each in run["tool"]["driver"]["notifications"]] == [rule]
    assert [(each["ruleId"], each["level"]) for each in run["results"]] == [(rule, "error")]


def test_one_failure_fails_the_run(desk: Desk) -> None:
    """A run is successful only if every target has a decision."""
    run = written(judged(desk.record()), Undecided("a.yaml", "shop", "no"), judged(desk.record()))

    assert run["invocations"][0]["executionSuccessful"] is False


def test_a_fingerprint_outlives_lines_and_checkouts(desk: Desk) -> None:
    """The same gap has the same fingerprint on another line and on another machine."""
    before = one_check(desk)
    moved = one_check(desk, line=70, reason="took 3 s")
    elsewhere = Repository(top="/builds/9", here="/builds/9/ci")

    names = {
        fingerprint(written(judged(before))),
        fingerprint(written(judged(moved))),
        fingerprint(written(judged(replace(before, source="../svc/a.yaml")), repository=elsewhere)),
    }

    assert len(names) == 1


def test_a_fingerprint_tells_environments_apart(desk: Desk) -> None:
    """One check in two environments of one manifest, at the same line, is two results."""
    record = one_check(desk)

    other = replace(record, environment="staging")

    assert fingerprint(written(judged(record))) != fingerprint(written(judged(other)))
    assert len(written(judged(record), judged(other))["results"]) == 2


@pytest.mark.parametrize(
    ("places", "category"),
    [
        ([("svc/a.yaml", "production")], "svc/a.yaml@production/"),
        ([("svc/a.yaml", "")], "svc/a.yaml/"),
        ([("svc/a.yaml", ""), ("svc/b.yaml", "")], "svc/"),
        ([("svc/a.yaml", "staging"), ("svc/a.yaml", "production")], "svc/a.yaml/"),
        ([("a/x.yaml", "p"), ("b/x.yaml", "p")], "p/"),
        ([("a/x.yaml", ""), ("b/x.yaml", "p")], ""),
    ],
)
def test_runs_on_other_things_do_not_replace_each_other(
    desk: Desk, places: list[tuple[str, str]], category: str
) -> None:
    """A run is named by what was judged and where; GitHub keeps the last one of each name."""
    records = [desk.record(source=source, environment=where) for source, where in places]

    run = written(*map(judged, records))

    assert run["automationDetails"]["id"] == f"production-readiness/{category}"


def test_a_failed_run_has_the_name_of_a_good_one(desk: Desk) -> None:
    """What failed is replaced once it is mended: its run has the same name."""
    good = written(judged(desk.record(source="a.yaml", environment="production")))
    bad = written(Undecided("a.yaml", "payment-service@production", "no"))

    assert good["automationDetails"] == bad["automationDetails"]


def test_the_version_is_that_of_the_records(desk: Desk) -> None:
    """The version is the one that decided; records of several versions have none in common."""
    record = desk.record()
    newer = replace(record, director_version="0.2.0", source="b.yaml")

    assert written(judged(record))["tool"]["driver"]["version"] == "0.1.0"
    assert "version" not in written(judged(record), judged(newer))["tool"]["driver"]


def test_texts_of_others_are_no_links_and_no_markdown(desk: Desk) -> None:
    """In a message ``[text](target)`` would be a link, and in the help HTML would be HTML."""
    hostile = "[click](https://evil.example) <img src=x> **bold** `code`"
    record = one_check(desk, title=hostile, reason=hostile, remedy=hostile)

    run = written(judged(record))

    (result,), (rule,) = run["results"], run["tool"]["driver"]["rules"]
    texts = [result["message"], rule["shortDescription"], rule["fullDescription"], rule["help"]]
    assert not any("](" in each["text"] for each in texts)
    markdown = rule["help"]["markdown"].removeprefix("**What to do:** ")
    assert not re.search(r"<img|(?<!\\)\*|(?<!\\)\[|(?<!\\)\]|`|://", markdown)


def test_descriptions_are_not_too_long(desk: Desk) -> None:
    """A title without end is cut to what GitHub takes."""
    (rule,) = written(judged(one_check(desk, title="x" * 5_000)))["tool"]["driver"]["rules"]

    assert rule["shortDescription"]["text"].endswith("x…")


def poisoned(value: Any, keep: frozenset[str]) -> Any:  # noqa: ANN401  # any part of an item
    """Return *value* with something hostile in each text but those in *keep*."""
    if isinstance(value, tuple):
        return tuple(poisoned(each, keep) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        given = {each.name: getattr(value, each.name) for each in fields(value)}
        changes = {name: poisoned(each, keep) for name, each in given.items() if name not in keep}
        return replace(value, **changes)
    return HOSTILE if isinstance(value, str) else value


def texts_of(value: Any) -> list[str]:  # noqa: ANN401  # any part of a run
    """Return every plain text message in *value*, and every justification."""
    if isinstance(value, list):
        return [text for each in value for text in texts_of(each)]
    if not isinstance(value, dict):
        return []
    own = [value[name] for name in ("text", "justification") if name in value]
    return own + [text for each in value.values() for text in texts_of(each)]


def test_hostile_texts_come_out_inert(desk: Desk) -> None:
    """No text leaves its string, becomes a link, or does anything to a terminal."""
    keep = frozenset({"decision", "previous", "outcome", "state", "role"})
    record = replace(
        one_check(desk, decision="no_go"),
        reasons=(desk.reason("no", 3),),
        waivers=(desk.waiver("a.b"),),
        waiver_requests=(desk.request("a.b"),),
    )
    items = (
        judged(record),
        Rejected("a.yaml", (Fault("a.yaml", 3, 7, "no"),)),
        Undecided("a.yaml", "shop", "no"),
        Interrupted("a.yaml", "shop"),
    )

    run = written(*(poisoned(item, keep) for item in items))

    assert len(run["results"]) == len(written(*items)["results"])
    assert not [text for text in texts_of(run) if "](" in text]


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        ("../../etc/passwd", "file:///etc/passwd"),
        ("/etc/passwd", "file:///etc/passwd"),
        ("file:///etc/passwd", "file%3A/etc/passwd"),
        ("a b#c.yaml", "a%20b%23c.yaml"),
        ("", "readiness.yaml"),
    ],
)
def test_places_are_inert(desk: Desk, source: str, uri: str) -> None:
    """A name of a file is no way out of the repository, and nothing but a name."""
    (result,) = written(judged(replace(one_check(desk), source=source)))["results"]

    assert place(result)[0] == uri
