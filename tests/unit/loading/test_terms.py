"""loading.terms: each kind of value, what it means and what it refuses."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.loading import terms
from director.model.check import Role

Read = Callable[[object], object]
AWKWARD: list[object] = [None, True, False, -1, 2**53, math.nan, math.inf, "", " ", [], {}, "x\ny"]


@pytest.mark.parametrize(
    ("read", "written", "meant"),
    [
        (terms.text, " a\n  b\t", "a b"),
        (terms.text, "x" * 500, "x" * 500),
        (terms.name, "a", "a"),
        (terms.name, "0-a_b.c" + "d" * 56, "0-a_b.c" + "d" * 56),
        (terms.policy_name, "strict", "strict"),
        (terms.check_id, "http.health", "http.health"),
        (terms.option_name, "budget_s", "budget_s"),
        (terms.option_value, "/x y", "/x y"),
        (terms.option_value, False, False),
        (terms.digest, "sha256:" + "0a" * 32, "sha256:" + "0a" * 32),
        (terms.yes_no, True, True),
        (terms.coverage, False, False),
        (terms.coverage, 0, 0.0),
        (terms.coverage, 100, 100.0),
        (terms.availability, 99.9, 99.9),
        (terms.availability, 100, 100.0),
        (terms.latency_ms, 0.5, 0.5),
        (terms.tier, 0, 0),
        (terms.tier, 4, 4),
        (terms.count, 0, 0),
        (terms.minimum_checks, 3, 3),
        (terms.ratio, 0.9, Fraction(9, 10)),
        (terms.ratio, 1, Fraction(1)),
        (terms.ratio, 1e-7, Fraction(1, 10**7)),
        (terms.weight, 1.5, Fraction(3, 2)),
        (terms.weight, 0, Fraction(0)),
        (terms.duration_s, "30s", 30.0),
        (terms.duration_s, "5m", 300.0),
        (terms.duration_s, "24h", 86_400.0),
        (terms.duration_s, "36500d", 36_500 * 86_400.0),
        (terms.instant, "2026-10-01", datetime(2026, 10, 1, tzinfo=UTC)),
        (terms.instant, "2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        (terms.instant, "2026-10-01T02:00:00+02:00", datetime(2026, 10, 1, tzinfo=UTC)),
        (terms.instant, "2026-10-01t08:00:00.25z", datetime(2026, 10, 1, 8, 0, 0, 250_000, UTC)),
        (terms.base_url, "https://pay.example.com/", "https://pay.example.com"),
        (terms.base_url, "http://[::1]:8080/api//", "http://[::1]:8080/api"),
        (terms.one_of(Role), "shadow", Role.SHADOW),
        (terms.exactly("Service"), "Service", "Service"),
    ],
)  # fmt: skip
def test_meaning(read: Read, written: object, meant: object) -> None:
    """What is within its bounds, on them too, is read as what it means."""
    value = read(written)

    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.parametrize(
    ("read", "written", "problem"),
    [
        (terms.text, 2.7, "must be text, got 2.7: put it in quotes"),
        (terms.text, [], "must be text, got a list"),
        (terms.text, " \n", "must be text, got an empty one"),
        (terms.text, "x" * 501, "must be at most 500 characters, got 501"),
        (terms.text, "x" + " " * 500, "must be at most 500 characters, got 501"),
        (terms.name, "Payment", ("must be a name of lower-case letters, digits, '.', '_' and '-',"
                                " at most 63, got 'Payment'")),
        (terms.policy_name, "x.yaml", ("must be the name of a profile and not a file, "
                                      "got 'x.yaml'")),
        (terms.check_id, "health", "must be a check id such as 'http.health', got 'health'"),
        (terms.check_id, "a." + "b" * 127, "must be at most 128 characters, got 129"),
        (terms.option_value, [], "must be text, a number, true or false, got a list"),
        (terms.option_value, "x" * 501, "must be at most 500 characters, got 501"),
        (terms.yes_no, "yes", "must be true or false, got 'yes'"),
        (terms.yes_no, 1, "must be true or false, got 1"),
        (terms.coverage, True, "must be a percentage from 0 to 100, or false, got true"),
        (terms.coverage, 100.1, "must be a percentage from 0 to 100, or false, got 100.1"),
        (terms.availability, 0, "must be over 0, got 0"),
        (terms.availability, 100.1, "must be a number from 0 to 100, got 100.1"),
        (terms.latency_ms, 0.0, "must be over 0, got 0.0"),
        (terms.tier, 5, "must be a whole number from 0 to 4, got 5"),
        (terms.tier, 1.0, "must be a whole number from 0 to 4, got 1.0"),
        (terms.minimum_checks, 2, "must be a whole number from 3 to 100000, got 2"),
        (terms.ratio, 1.01, "must be a number from 0 to 1, got 1.01"),
        (terms.weight, -1, "must be a number from 0 to 1000000, got -1"),
        (terms.weight, math.nan, "must be a number from 0 to 1000000, got nan"),
        (terms.duration_s, "0s", "must be a duration such as 30s, 5m, 24h or 365d, got '0s'"),
        (terms.duration_s, "1.5h", "must be a duration such as 30s, 5m, 24h or 365d, got '1.5h'"),
        (terms.duration_s, "5m\n", ("must be a duration such as 30s, 5m, 24h or 365d,"
                                   r" got '5m\n'")),
        (terms.duration_s, 30, "must be a duration such as 30s, 5m, 24h or 365d, got 30"),
        (terms.duration_s, "36501d", "must be at most 36500d, got '36501d'"),
        (terms.one_of(Role, Role.SHADOW), "shadow",
         "must be one of advisory, required, blocker, got 'shadow'"),
        (terms.one_of(Role), "requird", ("must be one of shadow, advisory, required, blocker,"
                                        " got 'requird', did you mean 'required'?")),
        (terms.exactly("Service"), "service", "must be Service, got 'service'"),
    ],
)  # fmt: skip
def test_refusal(read: Read, written: object, problem: str) -> None:
    """What is out of its bounds is refused with what it must be and what it was."""
    with pytest.raises(ValueError, match="must be") as caught:
        read(written)

    assert str(caught.value) == problem


@pytest.mark.parametrize(
    "written",
    ["2026-13-01", "2026-02-29", "2026-10-01T08:00:00", "2026-10-01T24:00:00Z", "20261001",
     "2026-W01-1", "2026-10-01 08:00", "9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00",
     "2026-10-01T08:00:00+25:00", "yesterday", "2026-10-01\n", 20261001],
)  # fmt: skip
def test_moments_that_nobody_can_place(written: object) -> None:
    """A moment without an offset, of no calendar, or beyond the last year is refused."""
    with pytest.raises(ValueError, match="must be a date such as 2026-10-01, or a time"):
        terms.instant(written)


def test_no_day_has_an_hour_24() -> None:
    """Python's releases differ in whether there is one, so the pattern says it."""
    assert re.fullmatch(terms.INSTANT_PATTERN, "2026-10-01T23:00:00Z")
    assert not re.fullmatch(terms.INSTANT_PATTERN, "2026-10-01T24:00:00Z")


@pytest.mark.parametrize(
    "written",
    ["pay.example.com", "ftp://x", "https://", "https://x?y=1", "https://x?", "https://x#",
     "https://x:99999", "https://x:a", "https://[::1", "https://[::1]]", "https://[::1]a",
     "https://a[::1]", "https://[v1.a]", "https://x y", "https://x\\y", "https://:80",
     "javascript:alert(1)", "file:///etc/passwd", "//x", "https://x\t", "https://" + "x" * 2000, 1],
)  # fmt: skip
def test_urls_that_nobody_can_ask(written: object) -> None:
    """A base URL is http or https with a host, without a query or fragment."""
    with pytest.raises(ValueError, match=r"^must be"):
        terms.base_url(written)


def test_a_url_is_shown_short_and_printable() -> None:
    """What the library says of a URL is not repeated: it holds the whole URL, raw."""
    with pytest.raises(ValueError, match="a host and a port that can be read") as caught:
        terms.base_url("https://" + "\u2100\u202e" * 500)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("written", ["https://u:secret@x", "ftp://u:secret@x:a?q"])
def test_a_password_is_never_shown(written: str) -> None:
    """A URL with a user name is refused without repeating it."""
    with pytest.raises(ValueError, match="without a user name and password") as caught:
        terms.base_url(written)

    assert "secret" not in str(caught.value)


READERS: list[Read] = [
    terms.text, terms.name, terms.policy_name, terms.check_id, terms.option_name,
    terms.option_value, terms.digest, terms.yes_no, terms.coverage, terms.availability,
    terms.latency_ms, terms.tier, terms.count, terms.minimum_checks, terms.ratio, terms.weight,
    terms.duration_s, terms.instant, terms.base_url, terms.one_of(Role), terms.exactly("x"),
]  # fmt: skip
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40), st.just([]),
    st.sampled_from(AWKWARD), st.just({}),
)  # fmt: skip


@given(read=st.sampled_from(READERS), written=PLAIN)
def test_a_reader_answers_or_refuses(read: Read, written: object) -> None:
    """Whatever is written, a reader returns a value or says what it must be, on one line."""
    problem = "must "
    try:
        read(written)
    except ValueError as error:
        problem = str(error)

    assert problem.startswith("must ")
    assert problem.isprintable()
