"""Secrets stay out of lines."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director.sinks.redact import LONGEST_SCANNED, Redactor

SECRETS = (
    "correct horse battery staple",
    "p@ss/w0rd?&=+",
    'quo"te\\back',
    "line\nbreak\ttab",
    "schlüssel-öffnet",
    "sixsix",
)

_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
_PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "write",
    [
        lambda s: s,
        lambda s: quote(s, safe=""),
        lambda s: re.sub("%..", lambda escape: escape[0].lower(), quote(s, safe="")),
        quote,
        lambda s: s.encode().hex(),
        lambda s: s.encode().hex().upper(),
        lambda s: base64.b64encode(s.encode()).decode(),
        lambda s: base64.b64encode(b"u:" + s.encode()).decode(),
        lambda s: base64.b64encode(b"usr:" + s.encode() + b"!").decode(),
        lambda s: base64.b64encode(b"x" + s.encode()).decode(),
        lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
        json.dumps,
        lambda s: json.dumps(s, ensure_ascii=False),
        repr,
    ],
    ids=[
        "raw",
        "percent",
        "percent-lower",
        "percent-path",
        "hex",
        "HEX",
        "base64",
        "base64-shift-2",
        "base64-shift-1",
        "base64-shift-1b",
        "base64url",
        "json",
        "json-unicode",
        "repr",
    ],
)
def test_value_is_masked_however_it_is_written(secret: str, write: object) -> None:
    """A secret that was given is masked in every usual encoding, wherever it stands."""
    assert callable(write)
    written: str = write(secret)

    shown = Redactor(SECRETS).text(f"before {written} after")

    assert "***" in shown
    assert secret not in shown
    core = written.strip("\"'=")[2:-2]
    assert len(core) < 7 or core not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("authorization=Bearer abc.def", "abc.def"),
        ("sent Bearer a1b2c3d4e5 in vain", "a1b2c3d4e5"),
        ("Cookie: session=deadbeef; theme=dark", "deadbeef"),
        ("Set-Cookie: id=77; Path=/", "77"),
        ("X-API-Key: 5f4dcc3b", "5f4dcc3b"),
        ("password=hunter2", "hunter2"),
        ("PASSWORD = 'hunter two'", "hunter two"),
        ('{"client_secret": "s3"}', "s3"),
        ("{'client_secret': 's3'}", "s3"),
        (r'"{\"client_secret\": \"s3\"}"', "s3"),
        ('{"pin_token": 123456}', "123456"),
        ("db_passwd=x;next=1", "=x;"),
        ("password: hunter2", "hunter2"),
        ("access_token=abc&state=1", "abc"),
        ("DATABASE_DSN=postgres://h/db", "postgres"),
        ("postgres://user:pa55@db.example/x", "pa55"),
        ("postgres://user:pa/5?5@db.example/x", "5?5"),
        ("redis://:pa55@[::1]:6379", "pa55"),
        ("https://h.example/p?sig=abcdef&x=1", "abcdef"),
        ("https://h.example/p?abcdef", "abcdef"),
        ("https://h.example/p#abcdef", "abcdef"),
        (f"got {_JWT}", "c2lnbmF0dXJl"),
        (f"got x{_JWT}", "eyJhbGci"),
        (_PEM, "MIIEow"),
        (_PEM.replace("\n", "\\n"), "MIIEow"),
        (_PEM[:50], "MIIEow"),
        ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE"),
        ("ghp_" + "a1" * 18, "a1a1"),
        ("github_pat_" + "a1" * 20, "a1a1"),
        ("glpat-" + "a1" * 10, "a1a1"),
        ("xoxb-123456789-abc", "123456789"),
        ("sk-ant-api03-abcdefghijklmnop", "abcdefghijklmnop"),
        ("AIza" + "Sy" * 18, "SySy"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, secret: str) -> None:
    """Headers, assignments, addresses and well-known tokens are masked without being known."""
    shown = Redactor().text(text)

    assert secret not in shown
    assert shown != text


@pytest.mark.parametrize(
    "text",
    [
        "http.health passed: answered 200 in 0.041 s, budget 0.500 s",
        "https://checkout.example.com:8443/healthz",
        "https://registry.example.com/@scope/package",
        "https://[::1]:8443/@scope/package",
        "spec.declares.token: must be true or false, got 'yes'",
        "unknown key 'secret': must be one of logging, metrics",
        "password: must be set by the operator",
        "a basic check with bearer tokens of authentication",
        "asia-southeast1 and eyJ and ghost_town and desk-top",
        "security_review failed: no evidence",
        "sha256:" + "ab" * 32,
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    """What is no secret is left as it is."""
    assert Redactor(SECRETS).text(text) == text


def test_key_that_names_a_secret_is_masked() -> None:
    """A value under the name of a secret is masked, whatever it is."""
    line = {"director.later.api_key": "x", "director.later.tokens": 3, "message": "hello"}

    shown = Redactor()(None, "info", dict(line))

    assert shown == {
        "director.later.api_key": "***",
        "director.later.tokens": "***",
        "message": "hello",
    }


def test_lists_and_odd_values_are_looked_into() -> None:
    """A secret in a list or in the text of an object is masked, too; numbers stay."""

    class Odd:
        def __str__(self) -> str:
            return "correct horse battery staple"

    line = {"a": ["correct horse battery staple", "b"], "odd": Odd(), "n": 1.5, "t": True}

    shown = Redactor(SECRETS)(None, "info", line)

    assert shown == {"a": ["***", "b"], "odd": "***", "n": 1.5, "t": True}


def test_clean_text_is_only_remembered_if_clean() -> None:
    """A second line with the same secret is masked like the first."""
    redactor = Redactor(SECRETS)

    for _ in range(3):
        shown = redactor(None, "info", {"message": "sixsix", "other": "fine"})
        assert shown == {"message": "***", "other": "fine"}


def test_short_values_are_no_secrets() -> None:
    """A value of fewer than six characters would mask ordinary words."""
    assert Redactor(("five5",)).text("high five5") == "high five5"


@settings(deadline=None, max_examples=60)
@given(
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40),
    at=st.integers(min_value=LONGEST_SCANNED - 1500, max_value=LONGEST_SCANNED + 1500),
)
def test_no_half_of_a_secret_is_left(secret: str, at: int) -> None:
    """A long text is never cut through a secret."""
    shown = Redactor((secret,)).text("\u00a0" * at + secret + "\u00a0" * 3000)

    assert len(shown) <= LONGEST_SCANNED
    # The mask itself may be cut at the end.
    assert set(shown) <= {"\u00a0", "*"}


def test_long_secret_is_not_halved() -> None:
    """A secret longer than what is scanned at once does not show its beginning."""
    secret = "abcdefgh" * 1000

    shown = Redactor((secret,)).text("x" * 4000 + secret)

    assert "abcdefgh" not in shown


@pytest.mark.parametrize(
    "piece",
    [
        "eyJ",
        "a://",
        "://@",
        "-----BEGIN PRIVATE KEY-----",
        "password",
        "token=",
        "Bearer ",
        "basic a",
        "cookie:",
        "AKIA",
        "?&",
        '":"',
        "secret: ",
        "ghp_",
        "sk-",
    ],
)
def test_redaction_takes_its_time_only_once(piece: str) -> None:
    """Text that is made to be slow is bounded before it is looked at."""
    shown = Redactor(SECRETS).text(piece * 200_000)

    assert len(shown) <= LONGEST_SCANNED
