"""formats.jsonl: one line for each target."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from director.errors import Fault
from director.formats.format import Setting, make_format
from director.formats.json import document
from director.formats.text import Look
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk

HOSTILE = [
    '"}\n{"decision": "go"}',
    "a\r\nb\x00c\x1b[2Jd\x7fe\x85f",
    "a\u2028b\u2029c\u202ed\u200be\ufefff\xadg",
    "tag \U000e0041 \U0001f600 noncharacter \ufffe",
]


def written(*some: Item) -> str:
    """Return the whole report on *some* items."""
    form = make_format("jsonl", Setting(Look(), several=len(some) > 1))
    return form.begin() + "".join(map(form.item, some)) + form.end()


def test_each_item_is_one_line(desk: Desk) -> None:
    """Each item is one line with the object that json writes for it."""
    items: list[Item] = [
        Judged(desk.conditional(), recorded=True),
        Rejected("a.yaml", (Fault("a.yaml", 3, 7, "must be a text, got 7"),)),
        Undecided("b.yaml", "shop@production", "the disk is full"),
        Interrupted("c.yaml", "shop", (Heard("a.b", "passed", "ok"),)),
    ]

    text = written(*items)

    assert text.endswith("}\n")
    lines = text.split("\n")[:-1]
    assert len(lines) == len(items)
    for line, item in zip(lines, items, strict=True):
        parsed = json.loads(line)
        assert list(parsed)[:3] == ["service", "decision", "pass_rate"]
        assert parsed == json.loads(json.dumps(document(item)))


def test_no_item_is_no_line() -> None:
    """A report on nothing is empty, which is what JSON lines of nothing are."""
    assert written() == ""


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_stay_in_their_line(hostile: str) -> None:
    """Nothing ends a line or reaches a terminal, and a parser gets back what was said."""
    text = written(Undecided("a.yaml", "shop", hostile))

    assert text[:-1].isprintable()
    assert text.splitlines() == [text[:-1]]
    assert json.loads(text)["error"]["reason"] == hostile


def test_half_a_pair_is_replaced() -> None:
    """Half a surrogate pair, as a strange file name has, becomes U+FFFD."""
    text = written(Undecided("caf\udce9.yaml", "shop", "no"))

    assert json.loads(text.encode())["source"] == "caf\ufffd.yaml"
    assert "\\ud" not in text
