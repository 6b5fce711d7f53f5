"""web.tokens: what a token is, and what is no token."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.errors import StoreError
from director.model.note import Note, NoteKind
from director.store.memory_notes import MemoryNotes
from director.web.identity import Identity, Role, Via
from director.web.tokens import Doubt, Tokens, TokenWish, id_of, mint

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WISH = TokenWish(
    name="ci",
    holder="ann",
    roles=frozenset({Role.VIEWER}),
    services=("pay-*",),
    lasts=timedelta(days=90),
)


def test_a_token_says_which_it_is() -> None:
    """Any change of it is noticed before anything is looked up."""
    text, kept = mint(WISH, NOW)

    assert id_of(text) == kept.id
    for place in range(len(text)):
        other = "0" if text[place] != "0" else "1"
        assert id_of(text[:place] + other + text[place + 1 :]) is None
    assert text not in repr(kept)


@given(st.text())
def test_what_is_no_token_is_none(text: str) -> None:
    """Whatever somebody sends, it raises nothing."""
    assert id_of(text) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "a\nb"},
        {"holder": " "},
        {"roles": frozenset()},
        {"services": ()},
        {"services": ("a b",)},
        {"lasts": timedelta(days=90, seconds=1)},
        {"lasts": timedelta()},
    ],
)
def test_a_wish_has_limits(changes: dict[str, object]) -> None:
    """For nobody, for nothing, or for too long there is no token."""
    with pytest.raises(ValueError, match="must"):
        mint(replace(WISH, **changes), NOW)  # type: ignore[arg-type]  # each is one of its own


async def test_it_ends_to_the_moment() -> None:
    """It counts until just before its end."""
    tokens = Tokens(MemoryNotes())
    text, kept = mint(WISH, NOW)
    await tokens.keep(kept)
    end = NOW + timedelta(days=90)

    assert await tokens.proven(text, end - timedelta(microseconds=1)) == kept
    assert await tokens.proven(text, end) is Doubt.EXPIRED


async def test_what_is_damaged_opens_nothing() -> None:
    """A note that is none is a fault of the record, not a token."""
    notes = MemoryNotes()
    text, kept = mint(WISH, NOW)
    await notes.write([Note(NoteKind.TOKEN, kept.id, b'{"id": 1}')])

    with pytest.raises(StoreError):
        await Tokens(notes).proven(text, NOW)


def test_globs_are_whole_names() -> None:
    """A glob fits whole names, in their own case; every role may look, nobody without one."""
    who = Identity(
        name="a",
        holder="a",
        roles=frozenset({Role.AUDITOR}),
        services=("pay-*",),
        via=Via.TOKEN,
        credential="",
    )

    assert [who.sees(name) for name in ("pay-a", "pay", "xpay-a", "Pay-a")] == [
        True,
        False,
        False,
        False,
    ]
    assert who.may(Role.VIEWER)
    assert not who.may(Role.EVALUATOR)
    assert not replace(who, roles=frozenset()).may(Role.VIEWER)
