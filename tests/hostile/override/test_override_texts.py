"""Attacks on the text that people sign: nothing but what was requested here, to the letter."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.hostile.stage import Stage

pytestmark = pytest.mark.needs("ssh-keygen")


def edited(**changes: object) -> Callable[[str], str]:
    """Return what writes *changes* into a statement, in its own manner."""

    def edit(text: str) -> str:
        return json.dumps({**json.loads(text), **changes}, ensure_ascii=False, indent=2) + "\n"

    return edit


def twice(text: str) -> str:
    """Return *text* with a second, later expiry."""
    line = next(each for each in text.splitlines() if "expires_at" in each)
    return text.replace(line, f"{line},\n{line.replace('2026', '2036')}")


ALTERED: dict[str, Callable[[str], str]] = {
    "a role of its own": edited(roles=["vp"]),
    "signed by itself": edited(signed_by=["jane"], approved=True),
    "a later expiry": edited(expires_at="2026-12-24T12:00:00.000000Z"),
    "an earlier begin": edited(not_before="2026-11-22T12:00:00.000000Z"),
    "another requester": edited(requested_by="bob"),
    "another manifest": edited(manifest_digest="sha256:" + "0" * 64),
    "another profile": edited(profile_digest="sha256:" + "0" * 64),
    "another evaluation": edited(evaluation="01JD9Z4S00000000000000000A"),
    "another record": edited(record_digest="sha256:" + "0" * 64),
    "another log": edited(log="production-readiness-director/01JD9Z4S00000000000000000A"),
    "another id": edited(id="01JD9Z4S00000000000000000A"),
    "no reasons": edited(grounds=[]),
    "more reasons": edited(
        grounds=[
            {"code": "blocker", "check": "declared.security_review", "category": "security"},
            {"code": "failed", "check": "declared.backup", "category": "reliability"},
        ]
    ),
    "another type": edited(type="production-readiness-director/waiver/v1"),
    "one letter": lambda text: text.replace("regulator", "regulatar"),
    "windows lines": lambda text: text.replace("\n", "\r\n"),
    "a blank at the end": lambda text: text + " ",
    "a line at the end": lambda text: text + "\n",
    "no end": lambda text: text[:-1],
    "in one line": lambda text: json.dumps(json.loads(text)),
    "more indented": lambda text: json.dumps(json.loads(text), indent=4) + "\n",
    "escapes": lambda text: text.replace("regulator", "\\u0072egulator"),
    "sorted keys": lambda text: json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n",
    "a key twice": twice,
}


@pytest.mark.parametrize("name", ALTERED)
async def test_another_text(stage: Stage, name: str) -> None:
    """Whatever is changed in a statement, with a good signature over it: nobody asked for that."""
    text = await stage.requested()
    other = ALTERED[name](text)
    assert other != text

    outcome = await stage.apply(other)

    await stage.refused(outcome, "not_requested_here")
    assert outcome.entry.statement == other


@pytest.mark.parametrize("name", ["service", "environment"])
async def test_another_target(stage: Stage, name: str) -> None:
    """What says that it is for another service or environment is not for this one."""
    other = edited(**{name: "shop"})(await stage.requested())

    await stage.refused(await stage.apply(other), "other_service")


@pytest.mark.parametrize("name", ["one letter", "windows lines", "a line at the end", "no end"])
async def test_a_signature_over_another_text(stage: Stage, name: str) -> None:
    """The very text that was requested, with a signature over almost the same."""
    text = await stage.requested()
    armor = stage.ring.sign("jane", ALTERED[name](text))

    await stage.refused(await stage.apply(text, armor), "bad_signature")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "go", "\0", "\udcff", '{"a": ' * 5000, "{}", "x" * 2_000_000],
    ids=lambda text: f"{len(text)}",
)  # fmt: skip
async def test_no_statement_at_all(stage: Stage, text: str) -> None:
    """What is no statement is refused too, and of what cannot be kept its digest is."""
    outcome = await stage.apply(text, stage.ring.sign("jane", "anything"))

    await stage.refused(outcome, "not_requested_here")
    assert outcome.entry.subject == ""
    assert outcome.entry.statement == text or outcome.entry.statement.startswith("sha256:")


async def test_a_statement_too_long_to_keep(stage: Stage) -> None:
    """Of a statement that is too long its digest is kept; the log is whole nevertheless."""
    text = edited(reason="long " * 5_000)(await stage.requested())

    outcome = await stage.apply(text)

    await stage.refused(outcome, "not_requested_here")
    assert outcome.entry.statement.startswith("sha256:")
    assert outcome.entry.signatures == ()


async def test_an_id_that_nothing_can_store(stage: Stage) -> None:
    """A statement whose id has a null character in it is refused, and that is durable."""
    text = edited(id="01\0")(await stage.requested())

    outcome = await stage.apply(text)

    await stage.refused(outcome, "not_requested_here")
    assert outcome.entry.subject.isprintable()
