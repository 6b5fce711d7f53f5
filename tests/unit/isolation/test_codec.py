"""What crosses the wall arrives as it was, and nothing else crosses."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.isolation.codec import MOST_DEPTH, CodecError, packed, plain, unpacked, value_of
from director.model.check import CheckSpec, Effort, Role
from director.model.definition import Definition, Flaw
from director.model.evidence import Evidence, EvidenceKind
from director.model.outcome import Failed, NotApplicable, Passed, Unknown, Warned
from director.model.probe import ProbeError, ProbeReason, Reply


def crossed(value: object) -> Any:  # noqa: ANN401  # any value
    """Return *value* after it crossed."""
    return value_of(unpacked(packed(plain(value))))


TEXTS = st.text(st.characters(exclude_categories=()), max_size=30)
FACTS = st.tuples(
    TEXTS, TEXTS | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
)
TIMES = st.datetimes(timezones=st.just(UTC)) | st.none()
EVIDENCE = st.builds(
    Evidence,
    st.sampled_from(EvidenceKind),
    TEXTS,
    TIMES,
    st.lists(FACTS, max_size=4).map(tuple),
)
PIECES = st.lists(EVIDENCE, max_size=3).map(tuple)
ANSWERS = st.one_of(
    st.builds(Passed, TEXTS, TEXTS, TEXTS, evidence=PIECES),
    st.builds(Warned, TEXTS, TEXTS, TEXTS, evidence=PIECES),
    st.builds(Failed, TEXTS, TEXTS, TEXTS, evidence=PIECES),
    st.builds(Unknown, TEXTS),
    st.builds(NotApplicable, TEXTS),
)


@given(ANSWERS)
def test_answers_arrive(answer: object) -> None:
    """Every answer, with any text, lone surrogates too, and any evidence."""
    assert crossed(answer) == answer


@given(st.binary(max_size=200), st.integers(100, 599), TEXTS)
def test_replies_arrive(body: bytes, status: int, text: str) -> None:
    """A page with its bytes, and an error with its reason."""
    reply = Reply(url="https://a.test/", status=status, headers=(("x", text),), body=body)
    error = ProbeError(ProbeReason.DNS_TIMEOUT, text, url="https://a.test/")

    came = crossed((reply, error))

    assert came[0] == reply
    assert (came[1].reason, came[1].detail, came[1].url) == (error.reason, text, error.url)


def test_definitions_arrive() -> None:
    """With the mappings and lists that an operator wrote."""
    spec = CheckSpec(
        id="a.b", title="t", category="c", why="w", remedy="r", effort=Effort.LOW, role=Role.BLOCKER
    )
    body = MappingProxyType({"list": (1, "a", MappingProxyType({"deep": None})), "flag": True})
    definition = Definition(spec, body, "sha256:0")
    flaw = Flaw("a.b", ("list", 2, "deep"), "must not be", 3)

    came = crossed((definition, flaw))

    assert came == (definition, flaw)
    assert type(came[0].body) is MappingProxyType


def test_a_time_keeps_its_zone() -> None:
    """The instant is the same, and so is the way it is told."""
    at = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert crossed(at) == at
    assert crossed(at).utcoffset() == at.utcoffset()


class Great(Passed):
    """Not one of ours, though it looks like it."""


class Text(str):
    """Not a plain text."""

    __slots__ = ()


CYCLE: list[object] = []
CYCLE.append(CYCLE)
DEEP: tuple[object, ...] = ()
for _ in range(MOST_DEPTH):
    DEEP = (DEEP,)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (Great("so"), "Great"),
        (Passed(Text("so")), "Text"),
        (object(), "object"),
        ({"a": 1}, "dict"),
        ([1], "list"),
        (CYCLE, "list"),
        (Passed("so", evidence=(CYCLE,)), "list"),  # type: ignore[arg-type]
        (DEEP, f"at most {MOST_DEPTH} deep"),
        (float("nan"), "finite, got nan"),
        (Passed("so", evidence=(float("inf"),)), "finite, got inf"),  # type: ignore[arg-type]
        (1j, "complex"),
        (int, "type"),
    ],
)
def test_nothing_else_crosses(value: object, problem: str) -> None:
    """What is not one of ours, or not plain, is named."""
    with pytest.raises(CodecError, match=problem):
        plain(value)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Passed": ["a"], "Failed": ["b"]},
        {"Nothing": []},
        {"os.system": ["true"]},
        {"Passed": ["a", "b", "c", [], "too many"]},
        {"Passed": 3},
        {"Passed": []},
        {"datetime": ["2026"]},
        {"datetime": "yesterday"},
        {"bytes": "no base 64!"},
        {"Effort": "enormous"},
        {"ProbeError": ["no_such_reason", "", "", None]},
        {"Definition": [1]},
        {"Reply": {"status": 200}},
    ],
    ids=json.dumps,
)
def test_what_stands_for_nothing_is_no_value(given: object) -> None:
    """Nothing that is read names code, and nothing half made comes of it."""
    with pytest.raises(CodecError):
        value_of(given)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b'{"a": 1', b"[" * 100_000])
def test_what_is_no_json_is_no_message(data: bytes) -> None:
    """One clear error, whatever it is."""
    with pytest.raises(CodecError, match="must be JSON"):
        unpacked(data)
