"""model.secret: who may be sent what, and what looks like a secret."""

from __future__ import annotations

import pytest

from director.model.secret import Secret, Secrets, holds_credentials, holds_secret, well_formed


def secret(*hosts: str, absence: str = "") -> Secret:
    """Return a secret for *hosts*."""
    value = "" if absence else "hunter22"
    return Secret(name="pay-token", value=value, hosts=hosts, absence=absence)


@pytest.mark.parametrize(
    ("pattern", "host", "port", "may"),
    [
        ("pay.test", "pay.test", 443, True),
        ("pay.test", "PAY.test.", 80, True),
        ("pay.test", "pay.test.evil.test", 443, False),
        ("pay.test", "x.pay.test", 443, False),
        ("pay.test", "xpay.test", 443, False),
        ("pay.test:8443", "pay.test", 8443, True),
        ("pay.test:8443", "pay.test", 443, False),
        ("*.pay.test", "a.pay.test", 443, True),
        ("*.pay.test", "a.b.pay.test", 443, True),
        ("*.pay.test", "pay.test", 443, False),
        ("*.pay.test", ".pay.test", 443, False),
        ("*.pay.test", "xpay.test", 443, False),
        ("*.pay.test", "a.pay.test.evil.example", 443, False),
        ("*.pay.test", "somewhere.else.example", 443, False),
        ("*.pay.test", "notpay.test", 443, False),
        ("*.pay.test:8443", "a.pay.test", 8443, True),
        ("*.pay.test:8443", "a.pay.test", 443, False),
        ("127.0.0.1", "127.0.0.1", 80, True),
        ("[::1]", "::1", 80, True),
        ("[::1]:8443", "::1", 8443, True),
        ("[::1]:8443", "::1", 443, False),
        ("[::1]", "::2", 80, False),
    ],
)
def test_whom_it_may_be_sent_to(pattern: str, host: str, port: int, may: bool) -> None:  # a column
    """A host is covered by its own name, by a star for all below, and by a port where one is."""
    assert secret(pattern).may_go_to(host, port) is may
    assert secret("other.test", pattern).may_go_to(host, port) is may


def test_no_representation_has_the_value() -> None:
    """Whoever prints a secret by mistake prints its name."""
    registered = Secrets((secret("pay.test"),))

    assert "hunter22" not in repr(registered)
    assert "pay-token" in repr(registered)
    assert registered.values == ("hunter22",)
    assert Secrets((secret("pay.test", absence="gone"),)).values == ()


def test_what_is_not_said_is_the_safe_way() -> None:
    """A secret goes nowhere in the clear unless that is said, and is there unless it is not."""
    plain = Secret(name="a", value="hunter22", hosts=("a.test",))

    assert (plain.plaintext, plain.absence) == (False, "")


UNKNOWN = "must name a secret of --secrets, got 'other': registered are pay-token"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("nothing", ""),
        ("", ""),
        ("${secret:pay-token}", ""),
        ("Bearer ${secret:pay-token}, ${secret:pay-token}", ""),
        ("${secret:other}", UNKNOWN),
        ("${secret:}", "must write a secret as ${secret:NAME}, in lower case"),
        ("${secret:PAY}", "must write a secret as ${secret:NAME}, in lower case"),
        ("${secrets}", "must write a secret as ${secret:NAME}, in lower case"),
        ("${secret:pay-token} ${secret", "must write a secret as ${secret:NAME}, in lower case"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_reference(text: str, fault: str) -> None:
    """A reference is well formed, and names a secret that is registered."""
    assert Secrets((secret("pay.test"),)).fault(text) == fault
    assert well_formed(text) == (fault if "must write" in fault else "")


def test_why_a_reference_cannot_be_used() -> None:
    """A secret without a value, and a place without secrets, are said."""
    other = Secret(name="zeta", value="hunter22", hosts=("a.test",))
    assert Secrets((secret("pay.test"), other)).fault("${secret:x}") == (
        "must name a secret of --secrets, got 'x': registered are pay-token, zeta"
    )
    absent = Secrets((secret("pay.test", absence="the variable X is not set"),))

    assert absent.fault("${secret:pay-token}") == (
        "must name a secret that has a value, got 'pay-token': the variable X is not set"
    )
    assert Secrets().fault("${secret:pay-token}") == (
        "must name a secret of --secrets, got 'pay-token': the operator registers none"
    )


LITERAL = (
    *(f"gh{kind}_" + "a1B2" * 9 for kind in "orsu"), "ASIA" + "ABCD" * 4, "sk_test_" + "a1B2" * 5,
    "rk_live_" + "a1B2" * 5, "rk_test_" + "a1B2" * 5,
    "ghp_" + "a1B2" * 9, "github_pat_" + "a1" * 12, "glpat-" + "a1B2" * 6, "AKIA" + "ABCD" * 4,
    "xoxb-123456789-abcdef", "sk_live_" + "a1B2" * 5, "sk-" + "a1B2" * 10, "AIza" + "a1B2c" * 7,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "npm_" + "a1B2" * 9,
    "-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----", "hvs." + "a1B2" * 6,
    "postgres://me:hunter2@db.test/x", "https://:hunter2@a.test",
    "SG." + "a1B2" * 5 + "." + "b" * 20,
    "pypi-" + "a1B2" * 13,
)  # fmt: skip
HARMLESS = (
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "sha256:" + "0123456789abcdef" * 4, "123e4567-e89b-12d3-a456-426614174000",
    "01JD9ZQ8K6S3T2V1W0X9Y8Z7A6", "https://example.com/a?page=3#top", "mailto:me@example.com",
    "task_runner_live_environment_one", "sk-learn-models-and-pipelines-of-the-team", "AKIA",
    "eyJust a word", "me@example.com", "https://example.com/@user", "ssh://git@example.com/x.git",
    "${secret:pay-token}", "SG.Overview", "hvs.short", "pypi-mirror", "npm_config",
)  # fmt: skip


@pytest.mark.parametrize("text", LITERAL)
def test_what_is_a_secret_by_its_looks(text: str) -> None:
    """Tokens in the shapes of those who hand them out, private keys, and passwords in URLs."""
    assert holds_secret(text)
    assert holds_secret(f"see {text} there")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_none(text: str) -> None:
    """Digests, identifiers, URLs and prose are none, however long and random."""
    assert not holds_secret(text)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Authorization: Bearer abc", True),
        ("authorization:Basic Zm9v", True),
        ("X-Api-Key: 12345", True),
        ("Accept: text/plain\nCookie: a=b", True),
        ("Authorization: abc ${secret:pay-token} def", True),
        ("Authorization: Bearer", True),
        ("Authorization: Bearer ${secret:pay-token}", False),
        ("Authorization: ${secret:pay-token}", False),
        ("X-Api-Key: '${secret:pay-token}'", False),
        ("Authorization:", False),
        ("Accept: text/plain", False),
        ("no header at all", False),
    ],
)
def test_headers_with_a_value_of_their_own(text: str, holds: bool) -> None:  # a column
    """A header that says it is secret holds a reference, with the name of its scheme at most."""
    assert holds_credentials(text) is holds
