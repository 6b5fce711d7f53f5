"""model.probe: what a probe saw, as a check reads it."""

from __future__ import annotations

import pytest

from director.model.probe import Phase, Phases, ProbeError, ProbeReason, Reply, Seen


def reply(body: bytes = b"", **headers: str) -> Reply:
    """Return an answer."""
    return Reply(url="https://x/", status=200, headers=tuple(headers.items()), body=body)


def test_phases_sum_to_the_total() -> None:
    """The total is the sum of the phases, each once."""
    phases = Phases(
        dns_s=1.0, connect_s=2.0, tls_s=4.0, send_s=8.0, ttfb_s=16.0, transfer_s=32.0, other_s=64.0
    )

    assert phases.total_s == 127.0
    assert Reply(url="", status=200, phases=phases).elapsed_s == 127.0


@pytest.mark.parametrize("name", ["etag", "ETag", "ETAG"])
def test_headers_are_found_in_any_case(name: str) -> None:
    """The case in which a check asks does not matter; what is not there is None."""
    answer = reply(date="now", etag="x")

    assert answer.header(name) == "x"
    assert answer.header("server") is None


def test_the_first_of_several_headers_counts() -> None:
    """Where a header comes twice the first is read."""
    answer = Reply(url="", status=200, headers=(("a", "1"), ("a", "2")))

    assert answer.header("a") == "1"


def test_text_survives_bad_bytes() -> None:
    """Bytes that are not UTF-8 become a sign that says so."""
    assert reply("ü".encode()).text() == "ü"
    assert reply(b"a\xff").text() == "a\ufffd"


def test_json_is_read() -> None:
    """A JSON body is a value."""
    assert reply(b'{"status": "UP", "n": [1.5]}').json() == {"status": "UP", "n": [1.5]}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"NaN", b"[Infinity]", b'{"a": -Infinity}', b"\xff", b"[" * 100_000],
    ids=["empty", "cut", "nan", "infinity", "-infinity", "not utf-8", "deep"],
)
def test_what_is_not_json_is_a_value_error(body: bytes) -> None:
    """Numbers that are not finite and depths without end are no JSON; nothing else is raised."""
    answer = reply(body)

    with pytest.raises(ValueError):  # noqa: PT011  # whatever the parser says
        answer.json()


def test_our_own_blindness_is_a_closed_set() -> None:
    """What we could not or may not ask is blind; what the service did is not."""
    assert {reason.value for reason in ProbeReason if reason.blind} == {
        "invalid_url",
        "policy_denied",
        "secret_denied",
        "dns_timeout",
        "dns_servfail",
        "dns_protocol",
        "connect_timeout",
        "connect_unreachable",
        "redirect_cross_origin",
    }


def test_a_probe_error_carries_its_parts() -> None:
    """Reason, detail, address and what was seen stay apart, so that each can be shown."""
    seen = Seen(phases=Phases(dns_s=1.0), phase=Phase.CONNECT, address="::1")
    error = ProbeError(ProbeReason.CONNECT_REFUSED, "nobody listens", url="http://x/", seen=seen)
    bare = ProbeError(ProbeReason.DNS_NXDOMAIN, "no such name")

    assert str(error) == "connect_refused: nobody listens"
    assert (error.reason, error.detail) == (ProbeReason.CONNECT_REFUSED, "nobody listens")
    assert (error.url, error.seen) == ("http://x/", seen)
    assert (bare.url, bare.seen) == ("", Seen())
