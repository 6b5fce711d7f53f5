"""Every format shows a forced GO as what it is: a NO_GO, who opened the gate, until when, why."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from director.formats.forced import brief_line, effective_word, forced_line, idle_lines
from director.formats.format import FORMATS, Setting, make_format
from director.formats.text import Look
from director.model.override import OverrideState
from director.model.report import Item, Judged
from tests.unit.formats.conftest import OVERRIDE

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk

BRIEF = "override by jane until 2026-01-16 03:00 UTC"
LINE = "override of NO_GO by jane until 2026-01-16 03:00 UTC, OPS-123: the fair opens on Friday"
ENDED = datetime(2026, 1, 15, 12, tzinfo=UTC)


def of(name: str, *items: Item) -> str:
    """Return the whole report on *items*."""
    form = make_format(name, Setting(Look(width=200), several=len(items) > 1))
    return form.begin() + "".join(map(form.item, items)) + form.end()


def visible(name: str, text: str) -> str:
    """Return what somebody reads of a report, on one line."""
    if name == "html":
        text = unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL))
    elif name in ("json", "jsonl", "sarif", "gitlab", "badge-json"):
        text = " ".join(texts(json.loads(text)))
    elif name in ("junit", "badge"):
        root = ET.fromstring(text)  # noqa: S314  # our own
        text = " ".join([*root.itertext(), *(v for e in root.iter() for v in e.attrib.values())])
    elif name == "markdown":
        text = unescape(re.sub(r"</?span>|\\", "", text))
    return " ".join(text.split())


def texts(value: Any) -> list[str]:  # noqa: ANN401  # any JSON value
    """Return every text in *value*, in order."""
    if isinstance(value, dict):
        return [each for part in value.values() for each in texts(part)]
    if isinstance(value, list):
        return [each for part in value for each in texts(part)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_names_who_forced_it(desk: Desk, name: str) -> None:
    """No format shows an overridden NO_GO as a plain GO: each names the override."""
    text = visible(name, of(name, desk.forced()))

    short = {"github-output": OVERRIDE, "badge-json": "GO (override)"}
    for word in (short[name],) if name in short else ("jane", "2026-01-16"):
        assert word in text


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_without_it_the_gate_is_closed(desk: Desk, name: str) -> None:
    """What stood behind a forced GO is a closed gate once the override does not count."""
    text = visible(name, of(name, desk.idle(desk.use(OverrideState.EXPIRED))))

    assert "GO (override)" not in text
    assert "no_go" in text.replace(" ", "_").lower()


def test_one_line_says_it_all(desk: Desk) -> None:
    """Who, until when, the ticket and why; what somebody wrote freely stands last."""
    assert forced_line(desk.forced()) == LINE
    assert brief_line(desk.forced()) == BRIEF
    both = desk.forced(approvers=("jane", "kim"))
    assert forced_line(both).startswith("override of NO_GO by jane and kim until")
    assert brief_line(both) == "override by jane and kim until 2026-01-16 03:00 UTC"


def test_nobody_forced_it(desk: Desk) -> None:
    """Without an override in force there is nothing to say, and gates act on what was decided."""
    for judged in (Judged(desk.refused(), recorded=True), desk.idle()):
        assert (forced_line(judged), brief_line(judged), list(idle_lines(judged))) == ("", "", [])
        assert effective_word(judged) == "no_go"


def test_hostile_words_stay_in_their_line(desk: Desk) -> None:
    """A reason with line breaks and controls is one line of visible characters."""
    judged = desk.forced(
        reason="x\n::error::\x1b[2J\u2028y", ticket="T\r\n", approvers=("j\u202e",)
    )

    assert forced_line(judged).isprintable()
    assert brief_line(judged).isprintable()


def test_an_expired_decision_is_not_opened(desk: Desk) -> None:
    """Once the decision has expired, its override opens nothing, and that is said."""
    judged = desk.forced(expired=True)

    assert effective_word(judged) == "expired"
    assert forced_line(judged) == ""
    (line,) = idle_lines(judged)
    assert line.endswith("is not in force: the decision has expired; evaluate again")
    parsed = json.loads(of("json", judged))
    assert (parsed["effective_decision"], parsed["override"]) == ("expired", None)
    assert [each["why"] for each in parsed["overrides"]] == ["the decision has expired"]


@pytest.mark.parametrize(
    ("state", "why", "fields", "said"),
    [
        (OverrideState.NOT_PROVEN, "no signers", {}, "it is not proven: no signers"),
        (OverrideState.NEW_REASON, "blocker a.b", {}, "there is a new reason, blocker a.b"),
        (OverrideState.NOT_YET, "", {}, "it holds from 2026-01-15 09:30 UTC"),
        (OverrideState.EXPIRED, "", {}, "it has expired on 2026-01-16 03:00 UTC"),
        (
            OverrideState.REVOKED,
            "",
            {"ended_by": "bob", "ended_at": ENDED},
            "it was revoked by bob on 2026-01-15 12:00 UTC",
        ),
    ],
)
def test_why_one_does_not_open_the_gate(
    desk: Desk, state: OverrideState, why: str, fields: dict[str, Any], said: str
) -> None:
    """An override that might be expected to open the gate says why it does not."""
    judged = desk.idle(desk.use(state, why, **fields))

    (line,) = idle_lines(judged)
    assert line == (
        "override 01JH000000000000000000000A (OPS-123, signed by jane) is not in force: " + said
    )
    for name in ("text", "markdown", "github", "html", "junit", "nagios"):
        assert said in visible(name, of(name, judged)), name


def test_of_those_that_ended_the_last_is_said(desk: Desk) -> None:
    """Of several overrides of the past only the last is told to people; JSON has all of them."""
    past = [
        desk.use(
            OverrideState.EXPIRED,
            id_=f"01JH00000000000000000000{n:02}",
            expires_at=datetime(2026, 1, n, tzinfo=UTC),
        )
        for n in (2, 9, 5)
    ]
    judged = desk.idle(*past)

    (line,) = idle_lines(judged)
    assert "01JH0000000000000000000009" in line
    assert line.endswith("(the last of 3 that have ended)")
    found = json.loads(of("json", judged))["overrides"]
    assert [each["state"] for each in found] == ["expired"] * 3


def test_the_past_is_not_told_where_the_gate_is_open(desk: Desk) -> None:
    """An override that ended says nothing of a GO, nor beside one that is in force."""
    past = desk.use(OverrideState.EXPIRED, id_="01JH000000000000000000000B")

    assert list(idle_lines(desk.idle(past, record=desk.record()))) == []
    assert list(idle_lines(desk.forced(others=(past,)))) == []


def test_one_that_waits_is_said(desk: Desk) -> None:
    """A request that nobody has signed waits, and says who asked."""
    judged = desk.idle(desk.use(OverrideState.REQUESTED, signatures=(), applied_at=None))

    assert list(idle_lines(judged)) == [
        "override 01JH000000000000000000000A (OPS-123, asked for by sam) waits for a signature"
    ]


def test_a_terminal_shows_both_decisions(desk: Desk) -> None:
    """The first line is the GO with its override, the second what was evaluated."""
    lines = of("text", desk.forced()).splitlines()

    assert lines[:2] == [
        f"payment-service@production  GO, {LINE}",
        "evaluated as NO_GO  88%",
    ]


def test_of_several_a_forced_one_is_counted_apart(desk: Desk) -> None:
    """The tally never counts a forced GO among the GO."""
    text = of("text", Judged(desk.record(), recorded=True), desk.forced())

    assert text.splitlines()[-1] == "2 targets: 1 GO, 1 GO (override)"


def test_json_has_what_was_evaluated_and_what_counts(desk: Desk) -> None:
    """The evaluated decision is unchanged; beside it stands what gates act on, and why."""
    parsed = json.loads(of("json", desk.forced()))

    assert (parsed["decision"], parsed["effective_decision"]) == ("no_go", "go")
    assert parsed["override"] == {
        "id": "01JH000000000000000000000A",
        "by": ["jane"],
        "requested_by": "sam",
        "reason": "the fair opens on Friday",
        "ticket": "OPS-123",
        "not_before": "2026-01-15T09:30:00.000000Z",
        "expires_at": "2026-01-16T03:00:00.000000Z",
        "evaluation": "01JH0000000000000000000001",
    }


def test_outputs_of_a_workflow(desk: Desk) -> None:
    """A later step reads both decisions and which override it was."""
    pairs = dict(line.split("=", 1) for line in of("github-output", desk.forced()).splitlines())

    assert (pairs["decision"], pairs["effective_decision"]) == ("no_go", "go")
    assert pairs["override"] == "01JH000000000000000000000A"


def test_a_monitoring_system_warns(desk: Desk) -> None:
    """An override mends nothing: the state is WARNING while it holds, CRITICAL after."""
    assert of("nagios", desk.forced()).startswith(
        f"READINESS WARNING - payment-service@production GO (override) pass_rate 88%: {BRIEF} |"
    )
    ended = of("nagios", desk.idle(desk.use(OverrideState.EXPIRED)))
    assert ended.startswith("READINESS CRITICAL - payment-service@production NO_GO")


def test_a_test_report_is_not_red(desk: Desk) -> None:
    """No case fails, or the job would be a gate of its own; what is passed over says so."""
    text = of("junit", desk.forced())

    root = ET.fromstring(text)  # noqa: S314  # our own
    assert (root.findall(".//failure"), root.findall(".//error")) == ([], [])
    skipped = [
        case.get("name", "") for case in root.iter("testcase") if case.find("skipped") is not None
    ]
    assert [name.partition(":")[0] for name in skipped] == [
        "declared.security_review",
        "declared.healthcheck",
        "declared.load_test",
    ]
    assert text.count(f"Passed over: {LINE}") == 2
    assert "<failure" in of("junit", desk.idle(desk.use(OverrideState.EXPIRED)))


def test_code_scanning_keeps_what_is_passed_over(desk: Desk) -> None:
    """Each gap stays a result; those that the override passes over are suppressed with why."""
    (run,) = json.loads(of("sarif", desk.forced()))["runs"]

    found = {
        result["ruleId"]: [each["justification"] for each in result.get("suppressions", [])]
        for result in run["results"]
    }
    assert found == {
        "director.decision": [LINE],
        "declared.security_review": [LINE],
        "declared.healthcheck": [LINE],
        "declared.load_test": [LINE],
    }


def test_a_merge_request_keeps_what_is_passed_over(desk: Desk) -> None:
    """Code quality has no suppressions: the text says who forced the gate open."""
    entries = json.loads(of("gitlab", desk.forced()))

    said = {each["check_name"]: LINE in each["description"] for each in entries}
    assert said == {
        "director.decision": True,
        "declared.security_review": True,
        "declared.healthcheck": True,
        "declared.load_test": True,
    }


def test_annotations_only_warn(desk: Desk) -> None:
    """No annotation is an error while an override is in force; the first says who forced it."""
    lines = of("github", desk.forced()).splitlines()

    assert lines[0].startswith("::warning")
    assert LINE in lines[0]
    assert not [line for line in lines if line.startswith("::error")]


def test_a_badge_has_its_own_colour(desk: Desk) -> None:
    """A badge says that it is an override, in a colour that no other decision has."""
    plain, forced = of("badge", Judged(desk.record(), recorded=True)), of("badge", desk.forced())

    assert "GO (override)" in forced
    assert "#8250df" in forced
    assert "#8250df" not in plain


def test_a_page_names_the_override_first(desk: Desk) -> None:
    """The page's lead is who forced it, and a part of its own says how long it holds."""
    text = visible("html", of("html", desk.forced()))

    lead = LINE[0].upper() + LINE[1:]
    assert lead in text
    assert "Forced by jane , asked by sam" in text
    assert "unless it is revoked or there is a new reason" in text
    assert text.index(lead) < text.index("the blocker has failed")
