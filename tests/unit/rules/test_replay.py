"""rules.replay: a record as what was decided on."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.loading.scalars import LARGEST_INTEGER, resolve
from director.loading.terms import LARGEST_WEIGHT, ratio, weight
from director.rules.replay import exact


@given(st.integers(0, LARGEST_WEIGHT) | st.floats(0, LARGEST_WEIGHT))
def test_every_weight_of_a_profile_is_kept(written: float) -> None:
    """The figure in a record is the very number that the profile held."""
    held = weight(written)

    assert exact(float(held)) == held


@given(st.integers(0, 1) | st.floats(0, 1))
def test_every_share_of_a_profile_is_kept(written: float) -> None:
    """So it is with thresholds and floors."""
    held = ratio(written)

    assert exact(float(held)) == held


@given(st.from_regex(r"[0-9]{0,4}\.[0-9]{1,30}(e-?[0-9]{1,2})?", fullmatch=True))
def test_every_text_of_a_profile_is_kept(text: str) -> None:
    """However many digits somebody writes down: what the profile holds is what is kept."""
    number = resolve(text)
    assert isinstance(number, float)
    held = weight(min(number, float(LARGEST_WEIGHT)))

    assert exact(float(held)) == held


@pytest.mark.parametrize(
    ("figure", "number"),
    [
        (0.1, Fraction(1, 10)),
        (1.0, Fraction(1)),
        (5e-324, Fraction(5, 10**324)),
        (1e16, Fraction(10**16)),
        (float(LARGEST_INTEGER), Fraction(LARGEST_INTEGER)),
        (0.30000000000000004, Fraction("0.30000000000000004")),
    ],
)
def test_a_figure_is_the_decimal_it_reads_as(figure: float, number: Fraction) -> None:
    """0.1 means one tenth, and not the binary number next to it."""
    assert exact(figure) == number
