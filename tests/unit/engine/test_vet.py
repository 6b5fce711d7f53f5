"""engine.vet: is what a plugin returned an answer?"""

# ruff: noqa: ANN401  # a plugin may return anything

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest

from director.engine.vet import (
    LARGEST_FACT,
    MOST_EVIDENCE,
    MOST_FACTS,
    Vetter,
    spoken,
    vetted,
    words,
)
from director.model.evidence import Evidence, EvidenceKind
from director.model.outcome import (
    Errored,
    Failed,
    Missing,
    NotApplicable,
    Passed,
    Unknown,
    Warned,
)

ANSWERS = [
    Passed("ok", "1 s", "2 s"),
    Warned("nearly", "hurry", "1 s", "2 s"),
    Failed("no", "mend it", "3 s", "2 s", "slow"),
    Unknown("cannot tell", "dark"),
    NotApplicable("stateless"),
]


def evidence(*facts: Any, at: Any = None, source: Any = "wiki") -> Evidence:
    """Return one piece of evidence, as a plugin would make it."""
    return Evidence(EvidenceKind.DECLARED, source, at, facts)


def with_evidence(*facts: Any, **fields: Any) -> Passed:
    """Return an answer that rests on one piece of evidence."""
    return Passed("ok", evidence=(evidence(*facts, **fields),))


class Better(Passed):
    """A subclass, which could say anything of itself."""


class Shade(StrEnum):
    """A text of another type."""

    GREEN = "green"


class SulkingError(Exception):
    """An exception that will not say what it is."""

    def __str__(self) -> str:
        raise SystemExit(0)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)
def test_a_plain_answer_is_itself(answer: object) -> None:
    """An answer that needs no cleaning is handed on as it is."""
    said, seen = vetted(answer)

    assert said is answer
    assert seen == ()


NO_ANSWERS: dict[str, tuple[object, str]] = {
    "nothing": (None, "got NoneType"),
    "a word": ("GO", "got str"),
    "not a number": (float("nan"), "got float"),
    "true": (True, "got bool"),
    "the class itself": (Passed, "got type"),
    "a subclass": (Better("ok"), "got Better"),
    "errored, which is the engine's": (Errored("x", "y"), "got Errored"),
    "missing, which is the engine's": (Missing("x"), "got Missing"),
    "a reason that is no text": (Passed(7), "Passed.reason must be a text, got int"),  # type: ignore[arg-type]
    "a reason of bytes": (Failed(b"x"), "Failed.reason must be a text, got bytes"),  # type: ignore[arg-type]
    "a reason of another text": (Passed(Shade.GREEN), "must be a text, got Shade"),
    "a code that is no text": (Unknown("x", None), "Unknown.code must be a text"),  # type: ignore[arg-type]
    "a remedy that is no text": (Failed("x", ["y"]), "Failed.remedy must be a text"),  # type: ignore[arg-type]
    "an empty reason": (Passed(""), "Passed.reason must not be empty"),
    "a blank reason": (NotApplicable(" \n\t"), "NotApplicable.reason must not be empty"),
    "a list of evidence": (
        Passed("ok", evidence=[evidence()]),  # type: ignore[arg-type]
        "evidence must be a tuple",
    ),
    "too much evidence": (
        Passed("ok", evidence=(evidence(),) * (MOST_EVIDENCE + 1)),
        "at most 50 pieces",
    ),
    "evidence of text": (Passed("ok", evidence=("wiki",)), "made of Evidence, got str"),  # type: ignore[arg-type]
    "a source that is no text": (with_evidence(source=7), "must be made of Evidence"),
    "a time without a day": (with_evidence(at=time(12, tzinfo=UTC)), "must be a datetime"),
    "a fact that is no pair": (with_evidence("x"), "a fact must be a pair"),
    "a fact of three": (with_evidence(("a", 1, 2)), "a fact must be a pair"),
    "a fact without a name": (with_evidence((7, 1)), "a fact must be a pair"),
    "a fact of a list": (with_evidence(("a", [1])), "fact a must be a plain value, got list"),
    "a fact of nothing": (with_evidence(("a", None)), "must be a plain value, got NoneType"),
    "a fact of NaN": (with_evidence(("a", float("nan"))), "fact a must be finite, got nan"),
    "an infinite fact": (with_evidence(("a", -float("inf"))), "must be finite, got -inf"),
    "a fact no store can hold": (with_evidence(("a", LARGEST_FACT + 1)), "at most 2**63 - 1"),
    "the same below zero": (with_evidence(("a", -(10**5000))), "at most 2**63 - 1"),
    "too many facts": (
        with_evidence(*(("a", 1),) * (MOST_FACTS + 1)),
        "facts must be a tuple of at most 50 pairs",
    ),
    "a list of facts": (
        Passed("ok", evidence=(Evidence(EvidenceKind.DECLARED, "wiki", None, [("a", 1)]),)),  # type: ignore[arg-type]
        "facts must be a tuple",
    ),
}


@pytest.mark.parametrize(("answer", "problem"), NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_no_answer_is_errored(answer: object, problem: str) -> None:
    """What is not exactly an answer is errored, with what it must be and what it was."""
    said, seen = vetted(answer)

    assert isinstance(said, Errored)
    assert said.code == "invalid_result"
    assert problem in said.reason
    assert seen == ()


def test_a_coroutine_is_no_answer() -> None:
    """A coroutine that nobody awaits is errored, and does not complain later."""

    async def later() -> Passed:
        return Passed("ok")

    said, _ = vetted(later())

    assert said == Errored(
        "must return Passed, Warned, Failed, Unknown or NotApplicable, got coroutine",
        "invalid_result",
    )


@pytest.mark.parametrize("length", [2_000, 2_001, 10_000_000], ids=["all", "over", "10 MB"])
def test_a_long_reason_is_cut(length: int) -> None:
    """A reason of up to 2,000 characters is kept, a longer one cut with an ellipsis."""
    said, _ = vetted(Passed("x" * length))

    assert len(said.reason) == 2_000
    assert said.reason.endswith("…") is (length > 2_000)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("\ud800 half", "\ufffd half"),
        ("\x1b[2Jgone", "\ufffd[2Jgone"),
        ("one\ntwo\r\tthree", "one two  three"),
        ("\u202etxt.exe", "\ufffdtxt.exe"),
        ("a\x00b\x7f", "a\ufffdb\ufffd"),
        ("Grüße, 世界 ✓", "Grüße, 世界 ✓"),
    ],
    ids=["surrogate", "escape", "lines", "bidi", "control", "plain"],
)
def test_texts_are_made_printable(text: str, clean: str) -> None:
    """Whatever a plugin writes anywhere in an answer comes out in one printable line."""
    said, (seen,) = vetted(
        Failed(text, text, text, text, text, (evidence((text, text), source=text),))
    )

    assert said == Failed(clean, clean, clean, clean, clean, said.evidence)  # type: ignore[union-attr]
    assert (seen.source, seen.facts) == (clean, ((clean, clean),))


def test_nobody_claims_a_probe() -> None:
    """Evidence that a check names is declared, even if the check says it was probed."""
    _, seen = vetted(Passed("ok", evidence=(Evidence(EvidenceKind.PROBED, "https://x"),)))

    assert [piece.kind for piece in seen] == [EvidenceKind.DECLARED]


def test_plain_facts_are_kept() -> None:
    """Texts, whole and finite numbers, and truth values are facts."""
    facts = (("a", "x"), ("b", 1), ("c", 0.5), ("d", True), ("e", -LARGEST_FACT))

    _, (seen,) = vetted(with_evidence(*facts))

    assert seen.facts == facts


def test_moments_come_out_in_utc() -> None:
    """Evidence that is dated in another zone is dated in UTC."""
    at = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))

    _, (seen,) = vetted(with_evidence(at=at))

    assert seen.at == at
    assert seen.at is not None
    assert seen.at.tzinfo is UTC


@pytest.mark.parametrize(
    ("error", "text", "whole"),
    [
        (ValueError("must be 1"), "must be 1", "ValueError: must be 1"),
        (ValueError(), "", "ValueError"),
        (SulkingError(), "(it cannot be printed)", "SulkingError: (it cannot be printed)"),
        (KeyError("a\x1b"), "'a\\x1b'", "KeyError: 'a\\x1b'"),
        (OSError("a\x1b"), "a\ufffd", "OSError: a\ufffd"),
    ],
    ids=lambda value: repr(value)[:20] if isinstance(value, str) else type(value).__name__,
)
def test_exceptions_are_heard_out(error: BaseException, text: str, whole: str) -> None:
    """An exception says what it is and why, as far as it can be asked."""
    assert words(error) == text
    assert spoken(error) == whole


def test_an_answer_that_is_given_again_is_made_safe_as_at_first() -> None:
    """The very same answer of a check means the same the second time, bad or good."""
    vetter = Vetter()
    for answer in (Passed("two\nlines"), Passed("ok", evidence=("none",)), None):  # type: ignore[arg-type]  # bad on purpose
        first = vetter.vetted("a.a", answer)

        assert vetter.vetted("a.a", answer) is first
        assert first == vetted(answer)


def test_another_answer_is_vetted_anew() -> None:
    """What a check said before stands for no other answer, and for no other check."""
    vetter, bad = Vetter(), Passed("")
    assert vetter.vetted("a.a", Passed("ok"))[0] == Passed("ok")

    assert isinstance(vetter.vetted("a.a", bad)[0], Errored)
    assert vetter.vetted("a.b", Passed("fine"))[0] == Passed("fine")
    assert vetter.vetted("a.a", Passed("ok again"))[0] == Passed("ok again")
