"""model.visible: what nobody can see is no text and makes no other name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from director.model.standing import Standing, Waiver
from director.model.visible import alike, name_key, visible

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

UNSEEN = [
    "",
    " ",
    "\t\n\r",
    "\x00\x1f\x7f",
    "\u00a0",
    "\u00ad",
    "\u034f",
    "\u115f",
    "\u1160",
    "\u17b4",
    "\u17b5",
    "\u180b",
    "\u180e",
    "\u180f",
    "\u2003",
    "\u200b",
    "\u200e",
    "\u2028",
    "\u202e",
    "\u2060",
    "\u2800",
    "\u3000",
    "\u3164",
    "\ufe00",
    "\ufe0f",
    "\ufeff",
    "\uffa0",
    "\ue000",
    "\ud800",
    "\U000e0041",
    "\U000e0100",
    "\U000e01ef",
]


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
def test_what_is_drawn_as_nothing_is_not_seen(text: str) -> None:
    """Blanks, controls, fillers, selectors and joiners are no text."""
    assert visible(text) == ""
    assert visible(f"a{text}é") == "aé"


@pytest.mark.parametrize(
    "text", ["a", "Z", "0", "~", "!", "é", "Ω", "京", "ß", "€", "٣", "—", "\U0001f680"], ids=ascii
)
def test_what_can_be_seen_is_kept(text: str) -> None:
    """Letters, numbers, punctuation and symbols of any script are text."""
    assert visible(f" {text} ") == text


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
def test_nothing_invisible_makes_another_name(text: str) -> None:
    """A name with something invisible in it is the same name."""
    assert alike(f"ja{text}ne", "jane")
    assert alike(f"{text}jané", f"jané{text}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jane", "JANE"),
        ("Jane Doe", " jane  doe "),
        ("ｊａｎｅ", "jane"),
        ("straße", "STRASSE"),
        ("jose\u0301", "JOSÉ"),
        ("\u0130", "i\u0307"),
    ],
)
def test_case_and_width_make_no_other_name(one: str, other: str) -> None:
    """Capitals, wide letters, composed letters and blanks do not make somebody else."""
    assert alike(one, other)


@pytest.mark.parametrize(("one", "other"), [("jane", "janet"), ("jose", "josé"), ("jane", "jаne")])
def test_other_letters_make_another_name(one: str, other: str) -> None:
    """Another letter is another name, even one of another script that looks the same."""
    assert not alike(one, other)


def test_an_accent_makes_another_name_on_whatever_letter() -> None:
    """Where no letter is composed of both, the mark counts by itself."""
    assert not alike("x\u0301avi", "xavi")


@pytest.mark.parametrize("sign", ["\u1810", "\ufe10"], ids=ascii)
def test_what_stands_next_to_a_selector_is_something_to_see(sign: str) -> None:
    """A digit and a comma follow the selectors in Unicode, and make another name."""
    assert not alike(f"jane{sign}", "jane")


def test_the_key_of_a_name_is_stable() -> None:
    """A name has one key, that of all its spellings."""
    assert name_key("Jane Doe") == name_key("jane\u200bdoe") == "janedoe"
    assert name_key(name_key("ＪＡＮÉ")) == name_key("jané")


def given_waiver(**fields: str) -> Waiver:
    """Return an approved waiver."""
    given = {"id": "w", "check": "a.b", "reason": "x", "ticket": "y"}
    people = {"requested_by": "ann", "approved_by": "bob"}
    return Waiver(**{**given, **people, **fields}, expires_at=NOON)


@pytest.mark.parametrize("name", ["id", "check", "reason", "ticket", "requested_by", "approved_by"])
def test_a_waiver_says_something_that_can_be_seen(name: str) -> None:
    """A field with only invisible characters is empty."""
    with pytest.raises(ValueError, match=f"{name} of a waiver must not be empty"):
        given_waiver(**{name: "\u200b\u3164 "})


def test_nobody_approves_his_own_waiver_by_another_spelling() -> None:
    """An invisible character does not make the requester somebody else."""
    with pytest.raises(ValueError, match="somebody else"):
        given_waiver(approved_by="A\u200bnn")
    assert given_waiver().doubt == ""


def test_what_is_in_doubt_may_be_anybodys() -> None:
    """A waiver that is in doubt is shown as the record has it, even if the requester approved."""
    waiver = given_waiver(approved_by="ann", doubt="ann asks for it")

    assert (waiver.approved_by, waiver.code) == ("ann", "")


def test_the_latest_moment_has_a_time_zone() -> None:
    """Nobody knows when a naive moment is."""
    assert Standing().seen_at is None
    assert (Standing().cases, Standing().overrides) == ((), ())
    assert Standing(seen_at=NOON).seen_at == NOON
    with pytest.raises(ValueError, match="seen_at must be timezone-aware"):
        Standing(seen_at=NOON.replace(tzinfo=None))
