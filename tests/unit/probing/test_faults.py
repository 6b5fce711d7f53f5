"""director.probing.faults: from errors of the layers below to reasons."""

from __future__ import annotations

import errno
import ssl

import aiohttp
import pytest

from director.model.probe import Phase, ProbeReason
from director.probing.faults import explain


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.ECONNREFUSED, ProbeReason.CONNECT_REFUSED),
        (errno.ECONNRESET, ProbeReason.CONNECT_RESET),
        (errno.ECONNABORTED, ProbeReason.CONNECT_RESET),
        (errno.ETIMEDOUT, ProbeReason.CONNECT_TIMEOUT),
        (errno.EHOSTUNREACH, ProbeReason.CONNECT_UNREACHABLE),
        (errno.ENETUNREACH, ProbeReason.CONNECT_UNREACHABLE),
        (errno.EACCES, ProbeReason.CONNECT_UNREACHABLE),
        (errno.EMFILE, ProbeReason.CONNECT_UNREACHABLE),
    ],
)
def test_a_connection_that_fails(code: int, reason: ProbeReason) -> None:
    """What we do not know to be the service's fault is not called so."""
    assert explain(OSError(code, "said by the system"), Phase.CONNECT).reason is reason


@pytest.mark.parametrize(
    ("phase", "reason"),
    [
        (Phase.TLS, ProbeReason.TLS_PROTOCOL),
        (Phase.SEND, ProbeReason.SEND_RESET),
        (Phase.TTFB, ProbeReason.SEND_RESET),
        (Phase.TRANSFER, ProbeReason.BODY_INCOMPLETE),
    ],
)
def test_a_connection_that_breaks(phase: Phase, reason: ProbeReason) -> None:
    """The same error means something else in each phase."""
    assert explain(ConnectionResetError(errno.ECONNRESET, ""), phase).reason is reason


@pytest.mark.parametrize(
    ("phase", "reason"),
    [
        (Phase.TTFB, ProbeReason.HTTP_PROTOCOL),
        (Phase.TRANSFER, ProbeReason.BODY_INCOMPLETE),
    ],
)
def test_a_connection_that_is_closed(phase: Phase, reason: ProbeReason) -> None:
    """To close before the answer is against the protocol; within it, the body is incomplete."""
    assert explain(aiohttp.ServerDisconnectedError(), phase).reason is reason


def test_an_alert_after_the_handshake() -> None:
    """A fault of TLS stays one when it arrives late."""
    error = aiohttp.ClientOSError(1, "x")
    error.__cause__ = ssl.SSLError(1, "alert")

    assert explain(error, Phase.TTFB).reason is ProbeReason.TLS_PROTOCOL


def test_the_texts_of_others_are_not_repeated() -> None:
    """Errors of aiohttp carry the whole URL and bytes of the peer; ours carry neither."""
    error = explain(aiohttp.InvalidURL("http://u:hunter2@a/"), Phase.OTHER)

    assert error.reason is ProbeReason.INVALID_URL
    assert "hunter2" not in str(error)
