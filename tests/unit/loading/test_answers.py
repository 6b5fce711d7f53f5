"""loading.answers: only what a manifest takes is taken."""

from __future__ import annotations

import pytest

from director.errors import SettingsError
from director.loading.answers import (
    demand,
    one_line,
    read_answer,
    read_environment,
    read_metadata,
)
from director.loading.manifest_text import Plain


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("logging", "yes", True),
        ("logging", " Y ", True),
        ("logging", "true", True),
        ("logging", "no", False),
        ("logging", "N", False),
        ("logging", "false", False),
        ("logging", "", None),
        ("logging", "?", None),
        ("logging", "unknown", None),
        ("backup", "n/a: stateless", {"not_applicable": "stateless"}),
        ("backup", "N/A stateless, all  gone", {"not_applicable": "stateless, all gone"}),
        ("backup", "not applicable: a: b # c", {"not_applicable": "a: b # c"}),
        ("backup", "{not_applicable: so it is}", {"not_applicable": "so it is"}),
        ("logging", "{value: true, at: 2026-10-01}", {"value": True, "at": "2026-10-01"}),
        ("test_coverage_percent", "87", 87),
        ("test_coverage_percent", "87.5", 87.5),
        ("test_coverage_percent", "no", False),
        ("sla", "{latency_ms: 300}", {"latency_ms": 300}),
    ],
)
def test_answers_are_read(name: str, text: str, expected: Plain) -> None:
    """Words, reasons and values are understood; what nobody knows is nothing."""
    assert read_answer(name, text, "q") == expected


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("logging", "maybe", "must be true or false, got 'maybe'"),
        ("logging", "1", "must be true or false, got 1"),
        ("logging", "n/a", "must be text, got an empty one"),
        ("logging", "n/a:", "must be text, got an empty one"),
        ("logging", "null", "must have a value, got nothing"),
        ("logging", "{value: }", "must be true or false, got nothing"),
        ("logging", "{value: true, evil: 1}", "unknown key 'evil'"),
        ("logging", "{value: true, value: false}", "must be written once"),
        ("logging", "[", ""),
        ("logging", "&a [*a]", ""),
        ("logging", "!!python/name:os.system x", ""),
        ("logging", "[[" * 100, ""),
        ("logging", "\x1b[2J", "got U+001B"),
        ("backup", "n/a: \u202eevil", "got U+202E"),
        ("backup", "n/a: \udcff", "got U+DCFF"),
        ("backup", f"n/a: {'x' * 501}", "must be at most 500 characters"),
        ("test_coverage_percent", "101", "must be a percentage from 0 to 100"),
        ("test_coverage_percent", "yes", "must be a percentage from 0 to 100"),
        ("test_coverage_percent", ".nan", ""),
        ("sla", "{}", "must have availability_percent, latency_ms or both"),
    ],
)
def test_what_a_manifest_does_not_take_is_refused(name: str, text: str, problem: str) -> None:
    """The fault names the question, and says what a manifest would say, without a place."""
    with pytest.raises(SettingsError) as caught:
        read_answer(name, text, "the question")

    assert all(fault.source == "the question" for fault in caught.value.faults)
    assert all(fault.line == 0 for fault in caught.value.faults)
    assert problem in str(caught.value)


def test_text_is_one_line() -> None:
    """A break in a text is a blank, so that it cannot begin a line of its own."""
    assert one_line("a\n  evil: true\r\n", "q") == "a evil: true"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("name", "svc", "svc"),
        ("owner", "a: b", "a: b"),
        ("tier", "0", 0),
        ("version", "1.0", "1.0"),
    ],
)
def test_metadata_is_read(name: str, text: str, expected: Plain) -> None:
    """A tier is a number, and a version is none."""
    assert read_metadata(name, text, "q") == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("name", ""), ("name", "A"), ("name", "a/b"), ("name", "../a"), ("name", "a b"),
        ("name", "a" * 64), ("name", "\u0430bc"), ("owner", ""), ("owner", "x" * 501),
        ("tier", "5"), ("tier", "-1"), ("tier", "one"), ("tier", ""), ("version", "\x00"),
        ("tier", "9" * 5000),
    ],
)  # fmt: skip
def test_bad_metadata_is_refused(name: str, text: str) -> None:
    """A name is safe in paths and logs, and a tier is from 0 to 4."""
    with pytest.raises(SettingsError):
        read_metadata(name, text, "q")


def test_environments_are_read() -> None:
    """A name with a URL, or without one; the URL may have equals signs."""
    assert read_environment("prod=https://a.example/x=y", "q") == (
        "prod",
        "https://a.example/x=y",
    )
    assert read_environment("prod", "q") == ("prod", None)


@pytest.mark.parametrize(
    "text", ["", "=", "prod=", "prod=ftp://a", "Prod=http://a", "=http://a", "a=http://u:p@a"]
)
def test_bad_environments_are_refused(text: str) -> None:
    """Neither the name nor the URL may be missing, and a password is never shown."""
    with pytest.raises(SettingsError) as caught:
        read_environment(text, "q")

    assert "u:p" not in str(caught.value)


def test_a_part_is_judged_as_manifests_are() -> None:
    """What reads manifests is the judge, also of what it knows alone."""
    demand({"spec": {"profile": "strict"}}, "q")

    with pytest.raises(SettingsError, match="the name of a profile and not a file"):
        demand({"spec": {"profile": "strict.yaml"}}, "q")


def test_of_very_many_faults_a_hundred_are_told() -> None:
    """However long an answer is, the list of what is wrong with it is not."""
    with pytest.raises(SettingsError) as caught:
        read_answer("logging", f"[{', '.join(f'&a{number} 1' for number in range(500))}]", "q")

    assert len(caught.value.faults) == 101
    assert caught.value.faults[-1].problem == "must have no faults at all, got 400 more of them"
