"""loading.scalars: the core schema of YAML 1.2."""

from __future__ import annotations

import pytest

from director.loading.scalars import resolve


@pytest.mark.parametrize(
    "text",
    [
        "no", "yes", "on", "off", "y", "n", "22:30", "1_000", "2026-10-01", "2.7.1", "1.2.3.4",
        "0b11", "0o8", "0xG", "+0x1", "-", "+", ".", "1e", "e1", "--1", "nan", "inf", "=", "tRUE",
        "nULL", "0o", "0x", "12s", "٣",
    ],
)  # fmt: skip
def test_what_looks_like_an_older_yaml_is_text(text: str) -> None:
    """Words, times, dates, versions and half numbers stay text."""
    assert resolve(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("FALSE", False),
        ("null", None), ("Null", None), ("~", None), ("", None),
        ("0", 0), ("-0", 0), ("007", 7), ("+12", 12), ("-12", -12), ("0o17", 15), ("0x1F", 31),
        (str(2**53), 2**53), (str(-(2**53)), -(2**53)), ("0" * 100 + "1", 1),
        ("0x20000000000000", 2**53), ("0o" + "4" + "0" * 17, 2**53),
        ("1.5", 1.5), ("0." + "1" * 98, 1 / 9), ("0.0e-999", 0.0), ("5e-324", 5e-324),
        ("-.5", -0.5), ("1.", 1.0), ("1e3", 1000.0), ("1E-2", 0.01),
    ],
)  # fmt: skip
def test_core_schema(text: str, value: object) -> None:
    """The words, whole numbers and numbers of the core schema mean what it says."""
    resolved = resolve(text)

    assert resolved == value
    assert type(resolved) is type(value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (".nan", "must be a finite number, got .nan"),
        (".NaN", "must be a finite number, got .NaN"),
        (".inf", "must be a finite number, got .inf"),
        ("-.INF", "must be a finite number, got -.INF"),
        ("1e999", "must be a finite number, got 1e999"),
        ("1e-999", "must be 0 or a number that can be told from it, got 1e-999"),
        ("-.0001e-999", "must be 0 or a number that can be told from it, got -.0001e-999"),
        (
            "0." + "1" * 99,
            "must be a number of at most 100 digits, got 0.111111111111111111… (101 digits)",
        ),
        (str(2**53 + 1), "must be a whole number of at most 2**53, got 9007199254740993"),
        (str(-(2**53) - 1), "must be a whole number of at most 2**53, got -9007199254740993"),
        ("0x20000000000001", "must be a whole number of at most 2**53, got 0x20000000000001"),
        (
            "9" * 5000,
            "must be a whole number of at most 2**53, got 99999999999999999999… (5000 digits)",
        ),
    ],
)
def test_numbers_that_cannot_be_kept_are_refused(text: str, problem: str) -> None:
    """A number that is not finite, or that other readers would round, is refused."""
    with pytest.raises(ValueError, match="must be") as caught:
        resolve(text)

    assert str(caught.value) == problem
