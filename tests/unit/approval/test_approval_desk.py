"""approval.desk: what every step needs, and how it is written into the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pytest

from director.approval.desk import (
    LONGEST_KEPT,
    Attempt,
    Ending,
    Outcome,
    Place,
    ending_refusals,
    entry,
    refused,
    scene,
    settled,
    signatures,
)
from director.model.casework import Casework
from director.model.ledger import Entry, Kind, Signature
from director.model.proof import NotProven, Proven
from director.model.refusal import Refusal
from director.store.memory import MemoryStore
from director.testing.clock import FakeClock

if TYPE_CHECKING:
    from tests.unit.approval.conftest import Court

SIGNATURE = Signature(principal="p", person="jane", roles=("vp",), key="k", armor="a")
NO = (Refusal("first", "it is so"), Refusal("second", "and so"))


async def test_nothing_was_decided(court: Court) -> None:
    """A target that nobody decided on has no scene."""
    assert await scene(court.office, Place("shop", "moon")) is None
    assert await scene(court.office, Place("pay", "")) is None


async def test_now_is_the_later(court: Court) -> None:
    """Now is the clock's, or what the record has seen where the clock is behind it."""
    then = court.clock.now()
    assert (await court.scene()).now == then

    court.clock.advance(60)
    assert (await court.scene()).now == court.clock.now()
    await court.evaluate()
    court.clock = FakeClock(then)
    assert (await court.scene()).now > then


async def test_the_scene_is_the_last_decision(court: Court) -> None:
    """What is about to be done concerns the last decision, in this log."""
    judged = await court.evaluate()

    found = await court.scene()

    assert found.record == judged.record
    assert found.log == "log.example/1"


def test_only_what_proves_is_a_signature() -> None:
    """The log keeps the signatures that prove something, each with its own armor."""
    jane = Proven(principal="jane@x", person="jane", roles=("vp",), key="SHA256:j")
    found = (NotProven("x", "y"), jane)

    (kept,) = signatures(found, ["one", "two"])

    assert kept == Signature(
        principal="jane@x", person="jane", roles=("vp",), key="SHA256:j", armor="two"
    )


class AskingTwice(MemoryStore):
    """A store that must ask again, as one does after a conflict."""

    async def act(
        self, service: str, environment: str, decide: Callable[[tuple[Entry, ...]], Sequence[Entry]]
    ) -> tuple[Entry, ...]:
        """Ask twice, and keep the second answer."""
        decide(())
        return await super().act(service, environment, decide)


async def test_a_step_may_be_asked_again(court: Court, new_court: type[Court]) -> None:
    """What counts is the answer that became durable."""
    other = new_court(store=AskingTwice())
    await other.evaluate()
    stands, answers = await other.scene(), iter("ab")

    def step(_: Casework) -> Outcome:
        return Outcome(entry(other.office, stands, Kind.OVERRIDE_REFUSED, next(answers)))

    outcome = await settled(other.office, stands, step)

    assert outcome.entry.subject == "b"
    assert await other.entries() == (outcome.entry,)
    assert await court.entries() == ()


async def test_an_entry_is_about_its_target(court: Court) -> None:
    """An entry has a new id, the target's names, the moment of the scene and a clean subject."""
    stands = await court.scene()

    one = entry(court.office, stands, Kind.OVERRIDE_REVOKED, "01O\0", by="ann")
    other = entry(court.office, stands, Kind.OVERRIDE_REVOKED, "01O")

    assert (one.service, one.environment, one.by) == ("shop", "", "ann")
    assert one.subject == "01O\ufffd"
    assert one.at == "2026-11-23T12:00:00.000000Z"
    assert one.id != other.id


async def test_a_refusal_tells_everything(court: Court) -> None:
    """The weightiest refusal is the code, all of them are the text."""
    attempt = Attempt(subject="01O", by="a\x1bb", statement="text", signatures=(SIGNATURE,))

    outcome = refused(court.office, await court.scene(), Kind.OVERRIDE_REFUSED, attempt, NO)

    made = outcome.entry
    assert outcome.refusals == NO
    assert (made.kind, made.code, made.text) == (
        Kind.OVERRIDE_REFUSED, "first", "it is so; and so",
    )  # fmt: skip
    assert (made.by, made.statement, made.signatures) == ("a\ufffdb", "text", (SIGNATURE,))


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("", True),
        ("x" * LONGEST_KEPT, True),
        ("x" * (LONGEST_KEPT + 1), False),
        ("\u202e\0é", True),
        ("a\ud800", False),
    ],
)
async def test_what_is_kept_of_a_text(court: Court, text: str, whole: bool) -> None:
    """A text that can be kept is; of another its digest is, and no signature is over that."""
    attempt = Attempt(subject="01O", by="", statement=text, signatures=(SIGNATURE,))

    made = refused(court.office, await court.scene(), Kind.OVERRIDE_REFUSED, attempt, NO).entry

    assert (made.statement == text) is whole
    assert made.statement.startswith("sha256:") is not whole
    assert bool(made.signatures) is whole
    await court.store.act("shop", "", lambda _: (made,))


@pytest.mark.parametrize(
    ("by", "why", "codes"),
    [
        ("ann", "it is mended", []),
        ("ann", "x", []),
        ("ann", "x" * 2_000, []),
        ("ann", "x" * 2_001, ["text_too_long"]),
        ("a" * 2_001, "x", ["text_too_long"]),
        ("ann", "", ["blank_reason"]),
        ("ann", " \u3164", ["blank_reason"]),
        ("", "x", ["requester_missing"]),
        (" ", "x", ["requester_missing"]),
        ("ann", "x\n", ["unprintable"]),
        ("a\u202e", "x", ["unprintable"]),
        ("\udcff", "", ["blank_reason", "requester_missing", "unprintable"]),
    ],
)
def test_the_words_of_an_end(by: str, why: str, codes: list[str]) -> None:
    """Whoever ends something says who and why, in words that can be seen and printed."""
    found = ending_refusals(Ending("01O", by, why))

    assert [each.code for each in found] == codes
    assert all(each.text.isprintable() for each in found)
