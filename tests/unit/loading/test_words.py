"""loading.words: a value in a fault is short and on one line."""

from __future__ import annotations

import pytest

from director.loading.words import listed, meant, shorter, shown


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "true"),
        (False, "false"),
        (2.7, "2.7"),
        (3, "3"),
        ("a\nb\x1b", r"'a\nb\x1b'"),
        ({"a": 1}, "a mapping"),
        ([1], "a list"),
    ],
)
def test_values_are_shown_as_they_were_written(value: object, words: str) -> None:
    """Words of YAML stand for its values, and no control character gets through."""
    assert shown(value) == words


@pytest.mark.parametrize(("length", "kept"), [(59, 59), (60, 60), (61, 61)])
def test_long_text_is_cut(length: int, kept: int) -> None:
    """Text of 60 characters is shown whole; of a longer one the first 60 and a sign."""
    assert len(shorter("x" * length)) == kept
    assert shorter("x" * length).endswith("…") is (length > 60)


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (9, "0, 1, 2, 3, 4, 5, 6, 7, 8"),
        (10, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        (11, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 … and 1 more"),
        (4_000, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 … and 3,990 more"),
        (0, ""),
    ],
)
def test_long_lists_are_cut(length: int, told: str) -> None:
    """Ten words are listed; of more, the first ten and how many there are besides."""
    assert listed([str(number) for number in range(length)]) == told


def test_listed_words_are_short_and_printable() -> None:
    """A word in a list is cut like any other value, and stays on the line."""
    assert listed(["a\nb", "x" * 100]) == rf"'a\nb', {'x' * 60}…"


def test_the_nearest_word_is_offered() -> None:
    """A word that is near a known one is taken for a slip of the pen."""
    assert meant("metdata", ["metadata", "spec"]) == ", did you mean 'metadata'?"
    assert meant("zzz", ["metadata", "spec"]) == ""
