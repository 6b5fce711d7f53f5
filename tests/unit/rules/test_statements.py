"""rules.statements: what people sign, to the letter."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.model.override import Ground, OverrideStatement
from director.model.waiver import WaiverCode, WaiverStatement
from director.rules.statements import (
    LONGEST_STATEMENT,
    OVERRIDE_NAMESPACE,
    OVERRIDE_TYPE,
    WAIVER_NAMESPACE,
    WAIVER_TYPE,
    grounds,
    read_override,
    read_waiver,
    statement_text,
)

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Desk

OVERRIDE = """\
{
  "type": "production-readiness-director/override/v1",
  "id": "01O",
  "log": "production-readiness-director/01LOG",
  "service": "pay",
  "environment": "production",
  "evaluation": "01E",
  "record_digest": "sha256:r",
  "manifest_digest": "sha256:m",
  "profile_digest": "sha256:p",
  "grounds": [
    {
      "code": "blocker",
      "check": "declared.security_review",
      "category": "security"
    }
  ],
  "reason": "der Prüfer wartet nicht länger",
  "ticket": "OPS-1",
  "requested_by": "ann",
  "requested_at": "2026-11-22T11:00:00.000000Z",
  "not_before": "2026-11-22T11:00:00.000000Z",
  "expires_at": "2026-11-23T11:00:00.000000Z"
}
"""

WAIVER = """\
{
  "type": "production-readiness-director/waiver/v1",
  "id": "01W",
  "log": "production-readiness-director/01LOG",
  "service": "pay",
  "environment": "production",
  "check": "declared.load_test",
  "code": "fix_scheduled",
  "reason": "the rig is broken",
  "ticket": "OPS-2",
  "requested_by": "ann",
  "requested_at": "2026-11-22T11:00:00.000000Z",
  "expires_at": "2026-11-23T11:00:00.000000Z"
}
"""


def test_an_override_is_written_to_be_read(desk: Desk) -> None:
    """The text of an override is indented JSON in a fixed order, with letters as they are."""
    statement = desk.statement(reason="der Prüfer wartet nicht länger")

    assert statement_text(statement) == OVERRIDE
    assert read_override(OVERRIDE) == statement


def test_a_waiver_is_written_to_be_read(desk: Desk) -> None:
    """So is that of a waiver."""
    assert statement_text(desk.wish()) == WAIVER
    assert read_waiver(WAIVER) == desk.wish()
    assert isinstance(read_waiver(WAIVER).code, WaiverCode)


def test_the_words_stay_as_they_are() -> None:
    """Types and namespaces are what signatures of years ago were made for."""
    assert OVERRIDE_TYPE == "production-readiness-director/override/v1"
    assert WAIVER_TYPE == "production-readiness-director/waiver/v1"
    assert OVERRIDE_NAMESPACE == "director-override@v1"
    assert WAIVER_NAMESPACE == "director-waiver@v1"
    assert LONGEST_STATEMENT == 1_048_576


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
MOMENT = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1)).map(  # noqa: DTZ001  # as hypothesis wants it
    lambda at: at.replace(tzinfo=UTC)
)
OVERRIDES = st.builds(
    OverrideStatement,
    **{
        **dict.fromkeys(
            (field.name for field in fields(OverrideStatement) if field.type == "str"), TEXT
        ),
        **dict.fromkeys(("requested_at", "not_before", "expires_at"), MOMENT),
        "grounds": st.frozensets(st.builds(Ground, TEXT, TEXT, TEXT), max_size=4).map(
            lambda found: tuple(sorted(found))
        ),
    },
)
WAIVERS = st.builds(
    WaiverStatement,
    **{
        **dict.fromkeys(
            (field.name for field in fields(WaiverStatement) if field.type == "str"), TEXT
        ),
        **dict.fromkeys(("requested_at", "expires_at"), MOMENT),
        "code": st.sampled_from(WaiverCode),
    },
)


@given(OVERRIDES)
def test_every_override_comes_back(statement: OverrideStatement) -> None:
    """What is written is read as it was, and is one text of valid UTF-8."""
    text = statement_text(statement)

    assert text.encode().endswith(b"}\n")
    assert read_override(text) == statement


@given(WAIVERS)
def test_every_waiver_comes_back(statement: WaiverStatement) -> None:
    """So it is with waivers."""
    assert read_waiver(statement_text(statement)) == statement


READERS: list[tuple[Callable[[str], object], str]] = [
    (read_override, OVERRIDE),
    (read_waiver, WAIVER),
]
BOTH = pytest.mark.parametrize(("read", "text"), READERS, ids=["override", "waiver"])


@BOTH
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("  ", "\t"),
        lambda text: json.dumps(json.loads(text)),
        lambda text: text.replace('"pay"', '"\\u0070ay"'),
        lambda text: json.dumps(dict(sorted(json.loads(text).items())), indent=2) + "\n",
    ],
)
def test_only_the_exact_text_is_read(
    read: Callable[[str], object], text: str, change: Callable[[str], str]
) -> None:
    """Another text that means the same is refused: nobody has seen it before signing."""
    with pytest.raises(ValueError, match="must be the text that was requested, to the letter"):
        read(change(text))


AT_START, AT_END = "2026-11-22T11:00:00.000000Z", '"2026-11-23T11:00:00.000000Z"'
A_MOMENT = "must be a moment such as 2026-10-01T08:00:00.000000Z, was "


@BOTH
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", "a statement must be JSON as it was requested, was none"),
        ("", "[" * 100_000, "a statement must be JSON as it was requested, was none"),
        ("", "9" * 5_000, "a statement must be JSON as it was requested, was none"),
        ("", "[]", "a statement must be a JSON object, was something else"),
        ("", '"x"', "a statement must be a JSON object, was something else"),
        ("\n}\n", "\n}\nx", "a statement must be JSON as it was requested, was none"),
        ("{\n", "\ufeff{\n", "a statement must be JSON as it was requested, was none"),
        ('"type"', '"kind"', "type must be {type}, was nothing"),
        ("/v1", "/v2", "type must be {type}, was '{type2}'"),
        ('"id"', '"extra": 1,\n  "id"', "a statement has no key extra"),
        ('"id"', '"a\u202e": 1,\n  "id"', "a statement has no key 'a\\u202e'"),
        ('"id"', '"log": "x",\n  "id"', "a key must stand once, log stands twice"),
        ('  "requested_by": "ann",\n', "", "a statement must have the key requested_by"),
        ('"ann"', "7", "requested_by must be a text, was something else"),
        ('"ann"', "null", "requested_by must be a text, was nothing"),
        (AT_START, "2026-11-22T11:00:00Z", f"requested_at {A_MOMENT}'2026-11-22T11:00:00Z'"),
        (AT_END, '"2026-11-23T12:00:00.000000+01:00"', f"expires_at {A_MOMENT}"),
        (AT_END, '"2026-11-23T11:00:00.000000"', f"expires_at {A_MOMENT}"),
        (AT_END, '"2026-02-30T11:00:00.000000Z"', f"expires_at {A_MOMENT}"),
        (AT_END, '"0001-01-01T00:00:00.000000+23:00"', f"expires_at {A_MOMENT}"),
        (AT_END, '"tomorrow"', f"expires_at {A_MOMENT}'tomorrow'"),
        (AT_END, "1", "expires_at must be a text, was something else"),
    ],
)
def test_what_is_no_statement_is_refused_in_one_line(
    read: Callable[[str], object], text: str, old: str, new: str, said: str
) -> None:
    """What is wrong with a text is said in one line; with nothing to replace it is all new."""
    kind = OVERRIDE_TYPE if text == OVERRIDE else WAIVER_TYPE
    said = said.format(type=kind, type2=kind.replace("v1", "v2"))

    with pytest.raises(ValueError, match=f"^{re.escape(said)}") as caught:
        read(text.replace(old, new, 1) if old else new)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_one_is_not_the_other() -> None:
    """What was signed as a waiver is no override, and the other way round."""
    with pytest.raises(ValueError, match="type must be"):
        read_override(WAIVER)
    with pytest.raises(ValueError, match="type must be"):
        read_waiver(OVERRIDE)


@pytest.mark.parametrize(
    ("grounds", "said"),
    [
        (None, "grounds must be a list, was nothing"),
        ({}, "grounds must be a list, was something else"),
        (["blocker"], "a ground must be an object, was 'blocker'"),
        ([{}], "a ground must have the key code"),
        ([{"code": "a", "check": "", "category": "", "level": 3}], "a ground has no key level"),
        ([{"code": 1, "check": "", "category": ""}], "code must be a text, was something else"),
        ([{"code": "a", "check": None, "category": ""}], "check must be a text, was nothing"),
        ([{"code": "a", "category": "", "check": ""}], "to the letter"),
        (
            [{"code": code, "check": "", "category": ""} for code in "ba"],
            "grounds must be sorted, each once",
        ),
        (
            [{"code": code, "check": "", "category": ""} for code in "bb"],
            "grounds must be sorted, each once",
        ),
    ],
)  # fmt: skip
def test_grounds_are_as_strict(grounds: Any, said: str) -> None:  # noqa: ANN401  # any JSON
    """Reasons are sorted, each once, with exactly their three keys."""
    document = {**json.loads(OVERRIDE), "grounds": grounds}

    with pytest.raises(ValueError, match=said):
        read_override(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def test_the_code_of_a_waiver_is_one_of_a_set() -> None:
    """A reason code that nobody knows cannot be counted by."""
    with pytest.raises(ValueError, match=r"code must be one of accepted_risk, .*, was 'because'"):
        read_waiver(WAIVER.replace("fix_scheduled", "because"))


@BOTH
def test_a_text_has_an_end(read: Callable[[str], object], text: str) -> None:
    """A text of more than a mebibyte is not even parsed."""
    pad = " " * (LONGEST_STATEMENT - len(text))
    with pytest.raises(ValueError, match="to the letter"):
        read(text + pad)
    with pytest.raises(ValueError, match="must have at most 1,048,576 characters"):
        read(text + pad + " ")


def test_a_long_wrong_value_is_cut() -> None:
    """A message shows the beginning of a value, and no more."""
    with pytest.raises(ValueError, match="code must be") as caught:
        read_waiver(WAIVER.replace("fix_scheduled", "x" * 500))

    assert f"'{'x' * 60}'" in str(caught.value)


def test_the_grounds_are_the_reasons_for_no_go(desk: Desk) -> None:
    """Levels 2 to 8 are signed, sorted and each once; what only makes it conditional is not."""
    record = desk.record(
        Ground("score"), Ground("failed", "b.b", "x"), Ground("failed", "a.a", "x")
    )
    (score, *failed) = record.reasons
    levels = [replace(score, code=f"level{n}", level=n) for n in (2, 8, 9)]
    record = replace(record, reasons=(*levels, score, *failed, *failed))

    assert grounds(record) == (
        Ground("failed", "a.a", "x"),
        Ground("failed", "b.b", "x"),
        Ground("level2"),
        Ground("level8"),
        Ground("score"),
    )
    assert grounds(replace(record, reasons=())) == ()
