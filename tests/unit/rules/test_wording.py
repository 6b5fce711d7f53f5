"""rules.wording: what a request says before anybody is asked to sign it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from director.rules.wording import wording_refusals

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Desk


def codes(desk: Desk, **fields: str) -> list[str]:
    """Return what is wrong with the words of an override."""
    return [refusal.code for refusal in wording_refusals(desk.statement(**fields))]


def test_plain_words_are_fine(desk: Desk) -> None:
    """A reason in any script, a ticket and a name will do."""
    assert codes(desk) == []
    assert codes(desk, reason="数据库供应商今晚停机，监管机构要求明天中午之前上线") == []
    assert list(wording_refusals(desk.wish(reason="x"))) == []


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("", ["blank_reason"]),
        ("     ", ["blank_reason"]),
        ("x" * 19, ["short_reason"]),
        ("x" * 20, []),
        ("x " * 19, ["short_reason"]),
        ("x " * 20, []),
        ("\u3164" * 30, ["blank_reason"]),
        ("x" * 19 + "\u3164", ["short_reason"]),
        ("\u200b" * 30, ["blank_reason", "unprintable"]),
        ("x" * 30 + "\n", ["unprintable"]),
        ("x" * 30 + "\u202e", ["unprintable"]),
        ("x" * 30 + "\x1b[2J", ["unprintable"]),
        ("x" * 2_000, []),
        ("x" * 2_001, ["text_too_long"]),
    ],
)
def test_a_reason_is_at_least_twenty_characters_to_see(
    desk: Desk, reason: str, expected: list[str]
) -> None:
    """What nobody can see is no reason, and what cannot be printed is not signed."""
    assert codes(desk, reason=reason) == expected


@pytest.mark.parametrize("blank", ["", " ", "\u3164"])
def test_a_ticket_and_a_name_are_needed(desk: Desk, blank: str) -> None:
    """Who asks and where it is tracked is said in characters that can be seen."""
    assert codes(desk, ticket=blank) == ["ticket_missing"]
    assert codes(desk, requested_by=blank) == ["requester_missing"]


@pytest.mark.parametrize("name", ["ticket", "requested_by"])
def test_ticket_and_name_are_one_printable_line(desk: Desk, name: str) -> None:
    """Neither has anything that a terminal would obey, nor an end that nobody reads to."""
    assert codes(desk, **{name: "a\nb"}) == ["unprintable"]
    assert codes(desk, **{name: "a" * 2_001}) == ["text_too_long"]


def test_a_waiver_needs_words_too(desk: Desk) -> None:
    """A waiver's reason may be short, and must be there."""
    wish = desk.wish(reason="\u3164", ticket="", requested_by="")

    assert [refusal.code for refusal in wording_refusals(wish)] == [
        "blank_reason",
        "ticket_missing",
        "requester_missing",
    ]


def test_each_refusal_says_what_to_do(desk: Desk) -> None:
    """The texts name what is wrong and how much would do."""
    statement = desk.statement(reason="x" * 2_001, ticket="\n", requested_by="")
    texts = [refusal.text for refusal in wording_refusals(statement)]
    (short,) = wording_refusals(desk.statement(reason="too short"))
    (blank,) = wording_refusals(desk.statement(reason=""))

    assert texts == [
        "the ticket must not be blank",
        "it must say who asks",
        "reason must have at most 2,000 characters, has 2,001",
        "ticket must be one line of characters that can be printed",
    ]
    assert short.text == "the reason must have at least 20 visible characters, has 8"
    assert blank.text == "the reason must not be blank"
