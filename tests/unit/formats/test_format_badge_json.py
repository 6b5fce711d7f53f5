"""formats.badge_json: what shields.io draws a badge from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from director.errors import Fault
from director.formats.format import Setting, make_format
from director.formats.text import Look
from director.model.report import Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk

ENDPOINT = {
    "type": "object",
    "required": ["schemaVersion", "label", "message"],
    "additionalProperties": False,
    "properties": {
        "schemaVersion": {"const": 1},
        "label": {"type": "string"},
        "message": {"type": "string", "minLength": 1},
        "color": {"type": "string", "pattern": "^[0-9a-f]{6}$"},
        "isError": {"type": "boolean"},
    },
}
"""What of https://shields.io/badges/endpoint-badge we use; it refuses keys it does not know."""


def badge(*items: Item) -> dict[str, Any]:
    """Return the badge of *items*, parsed and valid."""
    form = make_format("badge-json", Setting(Look(), several=len(items) > 1))
    text = form.begin() + "".join(map(form.item, items)) + form.end()
    assert text.splitlines() == [text[:-1]]
    parsed: dict[str, Any] = json.loads(text)
    jsonschema.validate(parsed, ENDPOINT)
    return parsed


@pytest.mark.parametrize(
    ("decision", "message", "colour", "closed"),
    [
        ("go", "GO 88%", "1a7f37", False),
        ("conditional_go", "CONDITIONAL_GO 88%", "9a6700", False),
        ("no_go", "NO_GO 88%", "cf222e", True),
    ],
)
def test_one_target_shows_its_decision(
    desk: Desk, decision: str, message: str, colour: str, closed: bool
) -> None:
    """The badge has the decision with the pass rate; that of a closed gate is an error."""
    assert badge(Judged(desk.record(decision), recorded=True)) == {
        "schemaVersion": 1,
        "label": "readiness",
        "message": message,
        "color": colour,
        "isError": closed,
    }


def test_what_expired_is_grey(desk: Desk) -> None:
    """An expired GO is a grey EXPIRED, and no address can paint it green."""
    shown = badge(Judged(desk.record(), recorded=True, expired=True))

    assert (shown["message"], shown["color"], shown["isError"]) == ("EXPIRED", "57606a", True)


@pytest.mark.parametrize(
    "items",
    [
        [Rejected("a.yaml", (Fault("a.yaml", 3, 7, "no"),))],
        [Undecided("a.yaml", "shop", "no")],
        [Interrupted("a.yaml", "shop")],
        [],
    ],
)
def test_no_decision_is_grey(items: list[Item]) -> None:
    """Where there is no decision the badge is grey and an error."""
    shown = badge(*items)

    assert (shown["message"], shown["color"], shown["isError"]) == ("NO DECISION", "57606a", True)


def test_several_targets_show_the_worst(desk: Desk) -> None:
    """The badge of several targets has the worst decision and of how many."""
    go, no_go = (Judged(desk.record(word), recorded=True) for word in ("go", "no_go"))

    assert badge(go, no_go, go)["message"] == "NO_GO 1/3"


def test_hostile_texts_stay_texts(desk: Desk) -> None:
    """A pass rate that is none of ours is one printable, short message."""
    record = desk.record("no_go", pass_rate='"}\n{\ud800\u202e' * 50)

    message = badge(Judged(record, recorded=True))["message"]

    assert message.isprintable()
    assert len(message) == 40
