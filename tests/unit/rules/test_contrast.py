"""rules.contrast: two decisions side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from director.model.contrast import Matter, Shift
from director.model.record import Source
from director.rules.compare import compare
from director.rules.contrast import contrast

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Desk


STRICT = Source(name="strict", digest="sha256:q")
EDITED = Source(name="pay", digest="sha256:n")


def test_nothing_differs_from_itself(desk: Desk) -> None:
    """The same decision twice has no changes and no shifts."""
    record = desk.record()

    found = contrast(record, record)

    assert (found.shifts, found.difference.changes) == ((), ())


@pytest.mark.parametrize(
    ("fields", "matter", "before", "after"),
    [
        ({"service": "cart"}, Matter.SERVICE, "pay", "cart"),
        ({"environment": "staging"}, Matter.ENVIRONMENT, "production", "staging"),
        ({"decision": "go"}, Matter.DECISION, "no_go", "go"),
        ({"pass_rate": "60%"}, Matter.PASS_RATE, "50%", "60%"),
        ({"score_exact": "3/5"}, Matter.SCORE, "1/2", "3/5"),
        ({"profile": STRICT}, Matter.PROFILE, "standard", "strict"),
        (
            {"profile": Source(name="standard", digest="sha256:q")},
            Matter.POLICY,
            "sha256:p",
            "sha256:q",
        ),
        ({"version": "2"}, Matter.VERSION, "", "2"),
        ({"artifact": "sha256:a"}, Matter.ARTIFACT, "", "sha256:a"),
        ({"manifest": EDITED}, Matter.MANIFEST, "sha256:m", "sha256:n"),
        ({"owner": "team-b"}, Matter.OWNER, "team-pay", "team-b"),
        ({"director_version": "0.2"}, Matter.DIRECTOR, "0.1", "0.2"),
    ],
)
def test_whatever_else_is_another_one_is_told(
    desk: Desk, fields: dict[str, Any], matter: Matter, before: str, after: str
) -> None:
    """Each on its own; another profile is not said to have another text as well."""
    found = contrast(desk.record(), desk.record(**fields))

    assert found.shifts == (Shift(matter, "", before, after),)
    assert found.shifted(matter) == found.shifts
    assert found.document()["shifts"] == [
        {"matter": matter.value, "name": "", "before": before, "after": after}
    ]


def test_roles_are_told_of_checks_that_both_have(desk: Desk) -> None:
    """What is new or gone is a change already."""
    before = desk.record(checks=(desk.check("a.a", "passed"), desk.check("a.b", "passed")))
    after = desk.record(
        checks=(desk.check("a.a", "passed", "blocker"), desk.check("a.c", "passed"))
    )

    found = contrast(before, after)

    assert found.shifts == (Shift(Matter.ROLE, "a.a", "required", "blocker"),)
    assert [(c.check, c.turn.value) for c in found.difference.changes] == [
        ("a.c", "new"),
        ("a.b", "gone"),
    ]


def test_plugins_are_told_also_where_one_came_or_went(desk: Desk) -> None:
    """Each by its version; what no plugin offers is none."""
    one = replace(desk.check("a.a", "passed"), plugin="director-a", plugin_version="1")
    two = replace(desk.check("b.b", "passed"), plugin="director-b", plugin_version="1")
    before = desk.record(checks=(one, two))
    after = desk.record(
        checks=(
            replace(one, plugin_version="2"),
            replace(two, plugin="", plugin_version=""),
            replace(desk.check("c.c", "passed"), plugin="director-c", plugin_version="3"),
        )
    )

    assert contrast(before, after).shifts == (
        Shift(Matter.PLUGIN, "director-a", "1", "2"),
        Shift(Matter.PLUGIN, "director-b", "1", ""),
        Shift(Matter.PLUGIN, "director-c", "", "3"),
    )


def test_the_document_begins_as_every_other(desk: Desk) -> None:
    """With the later decision; both follow in short, then the checks that changed."""
    before = desk.record(checks=(desk.check("a.a", "failed"),))
    after = desk.record(checks=(desk.check("a.a", "passed"),), decision="go", pass_rate="100%")

    document = contrast(before, after).document()

    assert list(document)[:3] == ["service", "decision", "pass_rate"]
    assert [document["before"]["decision"], document["after"]["decision"]] == ["no_go", "go"]
    assert document["changes"] == [
        {
            "check": "a.a",
            "title": "",
            "turn": "better",
            "before": "failed",
            "after": "passed",
            "reason": "",
        }
    ]
    assert contrast(before, after).difference == compare(before, after)
