"""Payloads, each in a report of its own; what they are given to; and who reads it.

``payloads.json`` holds them by the reader they are meant for; each is given to every reader. A
report on a payload must have the shape of the same report on a harmless text, as a strict reader
of its format sees it: as many lines, elements, keys, cases and results.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import jsonschema
import pytest

from director.model.event import Event
from director.sinks.log import encode_event
from director.sinks.render import Emitter
from director.sinks.schema import log_schema

if TYPE_CHECKING:
    from tests.hostile.conftest import Beside
    from tests.hostile.injections.readers import Readers
    from tests.hostile.injections.reported import Desk

About: TypeAlias = Callable[[str], AbstractContextManager[None]]

Logged: TypeAlias = Callable[[Event], Hashable]

Payloads: TypeAlias = Mapping[str, Mapping[str, str]]

HERE = Path(__file__).parent
LOT = 24


@cache
def _payloads() -> Payloads:
    """Return each kind of payloads, by name; a pair is a text and how often it is repeated."""
    kinds = json.loads((HERE / "payloads.json").read_text(encoding="utf-8"))
    return {
        kind: {
            name: text if isinstance(text, str) else text[0] * text[1]
            for name, text in each.items()
        }
        for kind, each in kinds.items()
    }


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each ``kind`` of payloads to a test that takes one, or all of them in each ``lot``."""
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", _payloads())
    if "lot" in metafunc.fixturenames:
        every = [
            (f"{kind}: {name}", text)
            for kind, each in _payloads().items()
            for name, text in each.items()
        ]
        firsts = range(0, len(every), LOT)
        lots = [dict(every[first : first + LOT]) for first in firsts]
        metafunc.parametrize("lot", lots, ids=map(str, firsts))


@pytest.fixture(scope="session")
def payloads() -> Payloads:
    """Every payload by its kind and its name."""
    return _payloads()


@pytest.fixture(scope="session")
def about() -> About:
    """Name the payload in whatever goes wrong with it."""

    @contextmanager
    def named(payload: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            error.add_note(f"the payload is {payload!r}")
            raise

    return named


@pytest.fixture(scope="session")
def desk(beside: Beside) -> Desk:
    """What writes reports on one text."""
    found: Desk = beside(HERE / "reported.py").Desk()
    return found


@pytest.fixture(scope="session")
def readers(beside: Beside) -> Readers:
    """What reads them."""
    found: Readers = beside(HERE / "readers.py").Readers()
    return found


TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def harmful(character: str) -> bool:
    """Return whether a terminal would obey *character*, turn the text around it, or hide a text."""
    kind, tag = unicodedata.category(character), 0xE0000 <= ord(character) < 0xE1000
    turns = unicodedata.bidirectional(character) in TURNS
    return kind in {"Cc", "Cs", "Zl", "Zp"} or turns or tag


@pytest.fixture(scope="session")
def logged(readers: Readers) -> Logged:
    """Return the keys of an event's line, as a strict reader of the log sees them."""
    emitter = Emitter(version="0.1.0", instance="director-0")
    published = jsonschema.Draft202012Validator(log_schema())

    def read(event: Event) -> Hashable:
        line = encode_event(event, 1, emitter)
        assert line.index(b"\n") == len(line) - 1
        assert len(line) <= 8_000
        text = line.decode()
        assert not [character for character in set(text[:-1]) if harmful(character)]
        assert readers.obeyed(text) is None
        document = readers.strict(text)
        assert not list(published.iter_errors(document))
        assert "director.log.render_failed" not in document
        document.pop("director.truncated", None)  # Only a long text is cut.
        return tuple((key, type(value).__name__) for key, value in document.items())

    return read
