"""loading.words: a value in a fault is short and on one line."""

from __future__ import annotations

import pytest

from director.loading.words import meant, shorter, shown


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


def test_the_nearest_word_is_offered() -> None:
    """A word that is near a known one is taken for a slip of the pen."""
    assert meant("metdata", ["metadata", "spec"]) == ", did you mean 'metadata'?"
    assert meant("zzz", ["metadata", "spec"]) == ""
