"""Whatever others write, a terminal and a runner get plain text and our own colours."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, TypeAlias

import pytest

from director.cli.say import say
from director.formats.explanation import explanation
from director.formats.format import Setting
from director.formats.text import Look
from director.model.counterfactual import Unanswered
from director.model.report import Item, Judged

if TYPE_CHECKING:
    from tests.hostile.injections.conftest import About, Payloads
    from tests.hostile.injections.readers import Readers
    from tests.hostile.injections.reported import Desk

Coloured: TypeAlias = Callable[[list[Item]], tuple[Hashable, list[str]]]

SGR = re.compile(r"\x1b\[[0-9]+(?:;[0-9]+)*m")


@pytest.fixture(scope="module")
def coloured(desk: Desk, readers: Readers) -> Coloured:
    """Return the shape of a report in colour, and each change of colour."""

    def read(reported: list[Item]) -> tuple[Hashable, list[str]]:
        text = desk.written("text", reported, Look(colour=True, width=desk.broad))
        assert not list(filter(None, map(readers.obeyed, text.split("\n"))))
        return len(readers.lines_of(SGR.sub("", text))), SGR.findall(text)

    return read


@pytest.fixture(scope="module")
def harmless(desk: Desk, coloured: Coloured) -> list[tuple[Hashable, list[str]]]:
    """The shape and the colours of each report on a harmless text."""
    return [coloured(each) for each in desk.reports(desk.harmless)]


def test_no_payload_moves_a_terminal(
    payloads: Payloads,
    about: About,
    desk: Desk,
    readers: Readers,
    coloured: Coloured,
    harmless: list[tuple[Hashable, list[str]]],
    kind: str,
) -> None:
    """With colours or without, on any width, a terminal gets our own colours and plain text."""
    narrow, bright = Look(width=80), Look(colour=True, width=80)

    for payload, text in payloads[kind].items():
        with about(payload):
            if kind != "long":
                assert [coloured(each) for each in desk.reports(text)] == harmless
            for each in desk.reports(text, desk.gap):
                readers.read("text", desk.written("text", each, narrow))
                readers.lines_of(SGR.sub("", desk.written("text", each, bright)))


@pytest.fixture(scope="module")
def explained(desk: Desk, readers: Readers) -> Callable[[str], list[Hashable]]:
    """Return the shape of each explanation."""
    setting = Setting(Look(width=desk.broad), "the store")

    def read(text: str) -> list[Hashable]:
        answer = Unanswered(text, text)
        judged = (item for item in desk.items(text, desk.gap) if isinstance(item, Judged))
        return [readers.read("text", explanation(each, answer, setting)) for each in judged]

    return read


def test_no_payload_leaves_an_explanation(
    payloads: Payloads,
    about: About,
    desk: Desk,
    explained: Callable[[str], list[Hashable]],
    kind: str,
) -> None:
    """An explanation has as many lines as that of a decision on harmless texts."""
    expected = explained(desk.harmless)

    for payload, text in payloads[kind].items():
        with about(payload):
            assert explained(text) == expected


def test_no_runner_obeys_what_we_say(
    payloads: Payloads,
    about: About,
    readers: Readers,
    kind: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No line that is said on stderr is a command to a runner."""
    for payload, text in payloads[kind].items():
        with about(payload):
            say(f"error: {text}")
            say(text)

            said = capsys.readouterr().err.splitlines()
            assert not list(filter(None, map(readers.obeyed, said)))
