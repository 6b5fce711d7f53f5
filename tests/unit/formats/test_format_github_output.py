"""formats.github_output: what a later step of a workflow reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from director.errors import Fault
from director.formats.format import Setting, make_format
from director.formats.text import Look
from director.model.report import Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk

NAMES = [
    "decision",
    "effective_decision",
    "override",
    "target",
    "pass_rate",
    "score",
    "valid_until",
    "evaluation",
    "recorded",
    "counting",
    "passed",
    "warned",
    "failed",
    "unknown",
    "not_applicable",
    "errored",
    "missing",
    "decisions",
]
HOSTILE = 'x\ndecision=go\r\ndecision<<EOF\ngo\nEOF\n"}]\u2028decision=go\x00\ud800'


def outputs(*items: Item) -> dict[str, str]:
    """Return what a runner reads from the file: ``name=value`` lines, no name twice."""
    form = make_format("github-output", Setting(Look(), several=len(items) > 1))
    text = form.begin() + "".join(map(form.item, items)) + form.end()
    lines = text.encode().decode().split("\n")
    assert lines.pop() == ""
    pairs = []
    for line in lines:
        name, equals, value = line.partition("=")
        assert equals
        assert "<<" not in name
        pairs.append((name, value))
    assert [name for name, _ in pairs] == NAMES
    return dict(pairs)


def test_outputs_of_one_target(desk: Desk) -> None:
    """The outputs have the decision, its figures, how long it holds, and the counts."""
    found = outputs(Judged(desk.conditional(), recorded=True))

    assert found.pop("decisions") == json.dumps(
        [
            {
                "decision": "conditional_go",
                "effective_decision": "conditional_go",
                "override": None,
                "target": "payment-service@production",
                "pass_rate": "88%",
                "score": 0.866666,
                "valid_until": "2026-01-16T09:30:00.000000Z",
                "evaluation": "01JH0000000000000000000001",
                "recorded": True,
            }
        ]
    )
    assert list(found.values()) == [
        "conditional_go",
        "conditional_go",
        "",
        "payment-service@production",
        "88%",
        "0.866666",
        "2026-01-16T09:30:00.000000Z",
        "01JH0000000000000000000001",
        "true",
        "8",
        "7",
        "0",
        "1",
        "0",
        "0",
        "0",
        "0",
    ]


def test_what_is_not_recorded_says_so(desk: Desk) -> None:
    """A step can tell a decision that is not durable."""
    assert outputs(Judged(desk.record(), recorded=False))["recorded"] == "false"


def test_what_expired_is_no_decision_to_act_on(desk: Desk) -> None:
    """An expired GO is ``expired``, without the figures of a GO."""
    found = outputs(Judged(desk.record(), recorded=True, expired=True))

    assert (found["decision"], found["pass_rate"], found["score"]) == ("expired", "", "")
    assert found["passed"] == "0"
    assert json.loads(found["decisions"])[0]["decision"] == "expired"


@pytest.mark.parametrize(
    "items",
    [
        [Rejected("a.yaml", (Fault("a.yaml", 3, 7, "no"),))],
        [Undecided("a.yaml", "shop", "no")],
        [Interrupted("a.yaml", "shop")],
        [],
    ],
)
def test_no_decision_is_none(items: list[Item]) -> None:
    """Where there is no decision, ``decision`` is ``none`` and nothing is recorded."""
    found = outputs(*items)

    assert (found["decision"], found["recorded"], found["counting"]) == ("none", "false", "0")
    assert [each["decision"] for each in json.loads(found["decisions"])] == ["none"] * len(items)


def test_several_targets_are_the_worst(desk: Desk) -> None:
    """Of several targets the outputs are those of the worst; ``decisions`` has all of them."""
    items = [
        Judged(desk.record("go", service="a"), recorded=True),
        Judged(desk.record("no_go", service="b"), recorded=True),
        Judged(desk.record("conditional_go", service="c"), recorded=True),
    ]

    found = outputs(*items)

    assert (found["decision"], found["target"]) == ("no_go", "b@production")
    assert [each["decision"] for each in json.loads(found["decisions"])] == [
        "no_go",
        "conditional_go",
        "go",
    ]


def test_hostile_texts_set_no_output(desk: Desk) -> None:
    """Whatever is said stays in its line, so no output comes twice or ends early."""
    record = desk.record(
        "no_go",
        service=HOSTILE,
        environment=HOSTILE,
        pass_rate=HOSTILE,
        evaluation=HOSTILE,
        valid_until=HOSTILE,
    )

    found = outputs(Judged(record, recorded=True), Undecided(HOSTILE, HOSTILE, HOSTILE))

    assert found["decision"] == "none"
    assert all(value.isprintable() for value in found.values())
    assert outputs(Judged(record, recorded=True))["decision"] == "no_go"
    assert len(json.loads(found["decisions"])) == 2
