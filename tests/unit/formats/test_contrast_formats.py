"""formats.contrast_text, contrast_markdown and shifts: two decisions side by side."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from director.formats.contrast_markdown import contrast_markdown
from director.formats.contrast_text import contrast_text
from director.formats.shifts import said_briefly, said_shift
from director.formats.text import Look
from director.model.contrast import Contrast, Matter, Shift
from director.model.record import Source
from director.rules.contrast import contrast

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk


def two(desk: Desk) -> Contrast:
    """Return decisions that differ in everything."""
    checks = ("a.better", "a.changed", "a.gone", "a.same", "a.worse")
    words = ("failed", "unknown", "passed", "passed", "passed")
    before = desk.record(
        "no_go",
        pass_rate="50%",
        score=0.5,
        score_exact="1/2",
        categories=(desk.category(*map(desk.check, checks, words)),),
    )
    then = ("a.better", "a.changed", "a.new", "a.same", "a.worse")
    words = ("passed", "errored", "failed", "passed", "failed")
    after = desk.conditional(
        categories=(desk.category(*map(desk.check, then, words)),),
        profile=Source(name="strict", digest="sha256:q"),
        version="2.7.2",
        evaluation="01JH0000000000000000000002",
        decided_at="2026-01-16T09:30:00.000000Z",
    )
    return contrast(before, after)


def test_each_turn_stands_under_its_title(desk: Desk) -> None:
    """The worse first, then what is new, better, changed and gone; and what else differs."""
    assert contrast_text(two(desk), Look(width=100)) == (
        "A  payment-service@production  NO_GO            50%  score 50%\n"
        "   2026-01-15 09:30 UTC, profile baseline, 01JH0000000000000000000001\n"
        "B  payment-service@production  CONDITIONAL_GO   88%  score 86.6%\n"
        "   2026-01-16 09:30 UTC, profile strict, 01JH0000000000000000000002\n"
        "judged by different policies: their scores are not alike\n"
        "\n"
        "Worse\n"
        "  ↓ a.worse  passed → failed: reason of a.worse\n"
        "\n"
        "New\n"
        "  + a.new  new, failed: reason of a.new\n"
        "\n"
        "Better\n"
        "  ↑ a.better  failed → passed\n"
        "\n"
        "Changed\n"
        "  ~ a.changed  unknown → errored: reason of a.changed\n"
        "\n"
        "Gone\n"
        "  - a.gone  gone, was passed\n"
        "\n"
        "Else\n"
        "  • profile baseline → strict\n"
        "  • version 2.7.1 → 2.7.2\n"
    )


def test_nothing_is_said_to_differ_where_nothing_does(desk: Desk) -> None:
    """In both formats; and no warning of different policies."""
    record = desk.record()

    same = contrast(record, record)

    assert contrast_text(same, Look()).endswith("\n\nnothing differs\n")
    assert contrast_markdown(same).endswith("\n\nNothing differs.\n")
    assert "policies" not in contrast_text(same, Look()) + contrast_markdown(same)


def test_another_text_of_a_profile_is_another_policy(desk: Desk) -> None:
    """Though its name is the same."""
    before = desk.record()
    after = replace(before, profile=Source(name="baseline", digest="sha256:other"))

    for said in (
        contrast_text(contrast(before, after), Look()),
        contrast_markdown(contrast(before, after)),
    ):
        assert "judged by different policies: their scores are not alike" in said
        assert "text of the profile p → other" in said.replace("`", "")


def test_markdown_has_a_table_and_a_list(desk: Desk) -> None:
    """Both decisions in short, then every change, the worse first."""
    head, table, caution, changes = contrast_markdown(two(desk)).rstrip().split("\n\n")

    assert head.endswith("production NO_GO → CONDITIONAL_GO")
    assert [line[:32] for line in table.splitlines()[2:]] == [
        "| A | `payment-service@productio",
        "| B | `payment-service@productio",
    ]
    assert {line.count("|") for line in table.splitlines()} == {9}
    assert caution.startswith("They were judged")
    assert [line[:14] for line in changes.splitlines()] == [
        "- **Worse:** `",
        "- **New:** `a.",
        "- **Better:** ",
        "- **Changed:**",
        "- **Gone:** `a",
        "- profile base",
        "- version 2\\.7",
    ]


def test_colours_change_nothing_but_colours_of_a_contrast(desk: Desk) -> None:
    """Without its escapes a coloured text is the plain one."""
    coloured = contrast_text(two(desk), Look(colour=True))

    assert "\x1b[31m↓\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == contrast_text(two(desk), Look())


def test_what_others_wrote_is_text_here_too(desk: Desk) -> None:
    """No name ends its line or its cell, paints, or is a command."""
    evil = "x\n| ::error::\x1b[31m##[error] <b>"
    record = replace(desk.record(), service=evil, version=evil, evaluation=evil, pass_rate=evil)
    found = contrast(desk.record(), record)

    text, markdown = contrast_text(found, Look()), contrast_markdown(found)

    for said in (text, markdown):
        assert "\x1b" not in said
        assert "##[" not in said
        assert not any(line.lstrip().startswith("::") for line in said.splitlines())
    assert "<b>" not in markdown
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {9}


@pytest.mark.parametrize(
    ("shift", "said", "briefly"),
    [
        (Shift(Matter.VERSION, "", "", "2"), "version (none) → 2", "version (none) → 2"),
        (Shift(Matter.ROLE, "a.b", "advisory", "blocker"), "role a.b advisory → blocker", ""),
        (Shift(Matter.DIRECTOR, "", "0.1", "0.2"), "Director 0.1 → 0.2", ""),
        (Shift(Matter.PASS_RATE, "", "1%", "2%"), "pass rate 1% → 2%", ""),
        (
            Shift(Matter.POLICY, "", "sha256:" + "ab" * 32, "sha256:" + "cd" * 32),
            "text of the profile abababababab → cdcdcdcdcdcd",
            "another text of the profile",
        ),
        (Shift(Matter.ARTIFACT, "", "sha256:a", ""), "artifact a → (none)", ""),
    ],
)
def test_a_shift_is_said_in_full_and_in_short(shift: Shift, said: str, briefly: str) -> None:
    """In short, a digest is only another one; all else is the same."""
    assert said_shift(shift) == said
    assert said_briefly(shift) == (briefly or said)
