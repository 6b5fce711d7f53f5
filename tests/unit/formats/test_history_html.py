"""formats.history_html: what the page of a history says and draws."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from director.formats.history_html import drawing, history_html, state
from director.model.history import Summary
from director.model.record import ThresholdsEntry
from director.model.trend import Finding, Steadiness, Step, Trend

if TYPE_CHECKING:
    from collections.abc import Sequence


def step(day: int, decision: str = "go", score: float = 1.0, **fields: Any) -> Step:  # noqa: ANN401  # fields of many types
    """Return a decision of that day."""
    summary = Summary(
        seq=day,
        evaluation=f"01JH00000000000000000000{day:02}",
        service="pay",
        environment="production",
        version="2.7.1",
        decision=decision,
        effective=decision,
        override="",
        pass_rate="88%",
        score=score,
        profile="baseline",
        decided_at=f"2026-01-{day:02}T09:30:00.000000Z",
        valid_until="2026-02-01T09:30:00.000000Z",
    )
    needed = ThresholdsEntry(go=0.9, conditional=0.7)
    return Step(summary=summary, **{"changes": (), "shifts": (), "thresholds": needed, **fields})


def trend(steps: Sequence[Step], **fields: Any) -> Trend:  # noqa: ANN401  # as above
    """Return a trend of *steps*."""
    steadiness = Steadiness(
        decisions=9, changes=7, flaps=True, since="e", since_at="2026-01-01T09:30:00.000000Z",
        in_a_row=3, begun=True,
    )  # fmt: skip
    gap = Finding(
        check="declared.load_test", title="Was load tested", role="advisory", outcome="failed",
        since="e", since_at="2026-01-03T09:30:00.000000Z", decisions=12, begun=True,
    )  # fmt: skip
    given: dict[str, Any] = {
        "service": "pay",
        "environment": "production",
        "latest": steps[0].summary,
        "steadiness": steadiness,
        "findings": (gap, replace(gap, check="a.new", decisions=1)),
    }
    return Trend(**{**given, **fields}, steps=tuple(steps))


def test_points_go_from_the_oldest_to_the_newest() -> None:
    """Each in the middle of its share of the width; 100 % on top."""
    found = drawing([step(3), step(2, "no_go", 0.0), step(1, "conditional_go", 0.5)])

    assert [(point.x, point.y, point.word) for point in found.points] == [
        ("16.67%", "91.0", "conditional_go"),
        ("50.00%", "170.0", "no_go"),
        ("83.33%", "12.0", "go"),
    ]
    assert found.label.startswith(
        "Scores of 3 decisions, from 50% on 2026-01-01 to 100% on 2026-01-03;"
    )


def test_thresholds_lie_where_they_lay_then() -> None:
    """A level lasts as long as the policy did; another one, or none, breaks it."""
    other = ThresholdsEntry(go=0.95, conditional=0.7)
    found = drawing([step(4, thresholds=other), step(3), step(2, thresholds=None), step(1)])

    assert [line.late for line in found.lines] == [False, False, True, False, False]
    assert [(line.start, line.end, line.y, line.label) for line in found.lines] == [
        ("0.00%", "25.00%", "27.8", "GO from 90%"),
        ("50.00%", "75.00%", "27.8", ""),
        ("75.00%", "100.00%", "19.9", "GO from 95%"),
        ("0.00%", "25.00%", "59.4", "CONDITIONAL_GO from 70%"),
        ("50.00%", "100.00%", "59.4", ""),
    ]


@pytest.mark.parametrize(("number", "size"), [(30, 14), (31, 10), (60, 10), (61, 7)])
def test_many_decisions_are_drawn_smaller(number: int, size: int) -> None:
    """So that they do not cover each other."""
    assert drawing([step(1)] * number).size == size


@pytest.mark.parametrize("share", [-0.5, 7.0, float("nan")])
def test_a_threshold_that_is_none_is_not_drawn(share: float) -> None:
    """A record says what it says; the drawing stays in its frame."""
    assert drawing([step(1, thresholds=ThresholdsEntry(go=share, conditional=share))]).lines == ()


def test_the_state_is_that_of_the_last_decision() -> None:
    """Expired before all."""
    held = trend([step(2, "no_go"), step(1)])

    assert state(held).label == "NO_GO"
    assert state(replace(held, expired=True)).label == "EXPIRED"


def page(*trends: Trend) -> ET.Element:
    """Return the page, as XML: it is well-formed but for its void elements and doctype."""
    source = history_html(trends, "/var/director.db")
    source = re.sub(r"<(meta [^>]*|wbr)>", r"<\1/>", source.replace("<!DOCTYPE html>", ""))
    return ET.fromstring(source)  # noqa: S314  # of our own making


def said(element: ET.Element | None) -> str:
    """Return the text of *element* in one line."""
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def test_the_page_says_what_the_terminal_says() -> None:
    """Since when, how steadily, each gap, each decision, and where to read on."""
    equal = step(2), step(1, first=True)
    document = page(trend([step(3, "no_go", 0.4), *equal], older="01JH"))

    told = said(document.find(".//main"))
    assert said(document.find(".//title")) == "pay: history · production readiness"
    assert "NO_GO since 2026-01-01 09:30 UTC, 3 decisions in a row." in told
    assert "flapping: 7 changes of decision in the last 9; it takes 6 in 21." in told
    assert "Was load tested declared.load_test advisory standing since 2026-01-03" in told
    assert "new this time" in [said(each) for each in document.iter("strong")]
    assert "2 alike since 2026-01-01 09:30 UTC the first decision" in told
    assert "There are older ones, before 01JH ." in told.replace("01JH.", "01JH .")
    assert len(document.findall(".//tr")) == 1 + 2 + 1 + 2
    assert "Read from /var/director.db" in said(document.find(".//footer"))


def test_several_environments_have_a_heading_of_their_own() -> None:
    """One h1 on any page."""
    one = page(trend([step(1)]))
    two = page(trend([step(1)]), trend([step(1)], environment="staging"))

    assert [said(each) for each in one.iter("h1")] == ["pay in production"]
    assert [said(each) for each in two.iter("h1")] == ["pay in 2 environments"]
    assert [said(each) for each in two.iter("h2")] == ["pay in production", "pay in staging"]
    anchors = [each.get("id") for each in two.iter("section") if each.get("id")]
    assert anchors == ["target-1", "target-2"]


def test_what_others_wrote_is_text() -> None:
    """No name makes an element, or ends one."""
    evil = "</style><script>alert(1)</script>'\"&{{ 1 }}"
    plain, made = (
        page(
            trend(
                [replace(step(1), summary=replace(step(1).summary, version=name, profile=name))],
                service=name,
                environment=name,
                older=name,
            )
        )
        for name in ("x", evil)
    )

    assert [each.tag for each in made.iter()] == [each.tag for each in plain.iter()]
    assert evil in said(made.find(".//main"))
