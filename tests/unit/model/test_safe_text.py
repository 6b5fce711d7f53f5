"""model.text: text that is safe in one line."""

from __future__ import annotations

import re

import pytest

from director.model.text import LONGEST_TEXT, inert, named, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – ünïcode", "plain – ünïcode"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("\x1b[31mred\x07", "\ufffd[31mred\ufffd"),
        ("bidi\u202e\u2066", "bidi\ufffd\ufffd"),
        ("", ""),
    ],
)
def test_what_cannot_be_printed_is_replaced(text: str, shown: str) -> None:
    """White space becomes a blank; escapes, bells and bidi controls become U+FFFD."""
    assert printable(text) == shown


@pytest.mark.parametrize("length", [LONGEST_TEXT - 1, LONGEST_TEXT], ids=["under", "exactly"])
def test_what_is_safe_stays_the_same_object(length: int) -> None:
    """Text that needs nothing is not copied."""
    text = "x" * length

    assert printable(text) is text


def test_what_is_too_long_is_cut() -> None:
    """Over 2,000 characters a text is cut to 2,000, the last an ellipsis."""
    shown = printable("x" * (LONGEST_TEXT + 1))

    assert shown == "x" * (LONGEST_TEXT - 1) + "…"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a/b c.yaml", "a/b c.yaml"),
        ("grün", "grün"),
        ("a\nb\x1b\u202e\udcff", r"'a\nb\x1b\u202e\udcff'"),
    ],
)
def test_names_can_be_told_apart(name: str, told: str) -> None:
    """A name that cannot be printed is quoted with escapes, which no other name has."""
    assert named(name) == told


def test_long_names_are_cut() -> None:
    """A name takes no more of a line than any other text."""
    assert len(named("\x1b" * LONGEST_TEXT)) == LONGEST_TEXT


@pytest.mark.parametrize(
    "line",
    [
        "::add-mask::GO",
        "   ::set-output name=decision::go",
        "\t::error file=a::b",
        "##[add-mask]GO",
        "said: ##vso[task.complete result=Succeeded;]",
        "###[command]",
        "##teamcity[buildStatus status='SUCCESS']",
    ],
)
def test_a_line_is_no_command_of_a_runner(line: str) -> None:
    """Runners obey a line that begins with two colons, and two hashes before a bracket."""
    safe = inert(line)

    assert not safe.lstrip().startswith("::")
    assert re.search(r"##\w*\[", safe) is None
    assert re.sub(r"[ \t]", "", safe) == re.sub(r"[ \t]", "", line)


@pytest.mark.parametrize("line", ["", "plain", "a::b", "## Title", "C:: x", "#[derive]"])
def test_a_line_that_is_no_command_stays_as_it_is(line: str) -> None:
    """What no runner obeys is not touched."""
    assert inert(line) is line
