"""approval.claim: what a text says it is about."""

from __future__ import annotations

import json

import pytest

from director.approval.claim import Claim, claim_of
from director.approval.desk import Place
from director.rules.statements import LONGEST_STATEMENT

GOOD = {"id": "01O", "service": "shop", "environment": "production"}
CLAIM = Claim("01O", Place("shop", "production"))


@pytest.mark.parametrize("more", [{}, {"type": 1}, {"reason": ["x"], "roles": None}])
def test_whatever_else_it_says(more: dict[str, object]) -> None:
    """A text names its target, however it was changed elsewhere and formatted."""
    for indent in (None, 4):
        assert claim_of(json.dumps({**GOOD, **more}, indent=indent) + "\r\n ") == CLAIM


def test_a_service_without_environments() -> None:
    """A service may have no environment; it has a name, and so has what was requested."""
    assert claim_of(json.dumps({**GOOD, "environment": ""})) == Claim("01O", Place("shop", ""))
    for name in ("id", "service"):
        assert claim_of(json.dumps({**GOOD, name: ""})) is None


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [None, 1, ["x"], "a\0", "a\n", "\u202e", "\ud800", "x" * 257])
def test_names_that_are_none(name: str, value: object) -> None:
    """What could not be a name in a record names nothing."""
    assert claim_of(json.dumps({**GOOD, name: value})) is None


@pytest.mark.parametrize("name", GOOD)
def test_a_name_that_is_missing(name: str) -> None:
    """What lacks one of the names is no statement."""
    assert claim_of(json.dumps({key: GOOD[key] for key in GOOD if key != name})) is None


def test_the_longest_names() -> None:
    """A name has at most 256 characters."""
    long = dict.fromkeys(GOOD, "x" * 256)

    assert claim_of(json.dumps(long)) == Claim("x" * 256, Place("x" * 256, "x" * 256))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "go", "[" * 200_000, "\ufeff{}", "\udcff"])
def test_no_statement_at_all(text: str) -> None:
    """What is no JSON object is about nothing."""
    assert claim_of(text) is None


def test_the_longest_statement() -> None:
    """What is longer than any statement is not even read."""
    text = json.dumps(GOOD)
    room = LONGEST_STATEMENT - len(text)

    assert claim_of(text + " " * room) == CLAIM
    assert claim_of(text + " " * (room + 1)) is None
