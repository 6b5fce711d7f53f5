"""From what the layers below raise to the closed set of reasons, without any text of theirs.

Their texts carry URLs with secrets, and bytes that the peer chose.
"""

from __future__ import annotations

import errno
import ssl
from types import TracebackType
from typing import Final

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from director.model.probe import Phase, ProbeError, ProbeReason
from director.probing.timeline import Timeline
from director.probing.tls import certificate_fault

_CONNECT: Final = {
    errno.ECONNREFUSED: (ProbeReason.CONNECT_REFUSED, "the connection was refused"),
    errno.ECONNRESET: (ProbeReason.CONNECT_RESET, "the connection was reset"),
    errno.ECONNABORTED: (ProbeReason.CONNECT_RESET, "the connection was aborted"),
    errno.ETIMEDOUT: (ProbeReason.CONNECT_TIMEOUT, "nobody answered the connection"),
    errno.EMFILE: (ProbeReason.CONNECT_UNREACHABLE, "we have no free file descriptor"),
}
_WANTS_OURS: Final = "CERTIFICATE_REQUIRED"
"""Of the alert that TLS 1.3 has for it, RFC 8446 section 6; before, there was no word for it."""

_ELSE: Final = (ProbeReason.CONNECT_UNREACHABLE, "the address cannot be reached from here")


class explained:  # noqa: N801  # used as a statement, as those of contextlib
    """Turn whatever aiohttp raises inside into a ProbeError.

    Args:
        timeline: Of the probe.
    """

    __slots__ = ("_timeline",)

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        if isinstance(error, (aiohttp.ClientError, HttpProcessingError, OSError)):
            raise explain(error, self._timeline.phase) from None


def explain(  # noqa: PLR0911  # one answer per kind of error
    error: aiohttp.ClientError | HttpProcessingError | OSError, phase: Phase
) -> ProbeError:
    """Return what *error* means.

    Args:
        error: What aiohttp raised.
        phase: What the probe was busy with.
    """
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return certificate_fault(error.certificate_error)
        case ssl.SSLCertVerificationError():
            return certificate_fault(error)
        case aiohttp.ClientSSLError():
            return _tls(error.os_error)
        case ssl.SSLError():
            return _tls(error)
        case aiohttp.InvalidURL():
            return ProbeError(ProbeReason.INVALID_URL, "the URL cannot be asked")
        case aiohttp.ClientConnectorError():
            return _tls(error.os_error) if phase is Phase.TLS else _connect(error.os_error)
        case aiohttp.ClientPayloadError():
            return _incomplete()
        case aiohttp.ServerDisconnectedError():
            return _unanswered(phase)
        case OSError():
            return _broken(error, phase)
        case _:
            return ProbeError(ProbeReason.HTTP_PROTOCOL, "the answer is not valid HTTP/1.1")


def _connect(error: OSError) -> ProbeError:
    reason, detail = _CONNECT.get(error.errno or 0, _ELSE)
    return ProbeError(reason, detail)


def _tls(error: BaseException) -> ProbeError:
    if _WANTS_OURS in (getattr(error, "reason", None) or ""):
        return ProbeError(
            ProbeReason.TLS_CLIENT_CERT_REQUIRED, "the peer wants a certificate from us"
        )
    return ProbeError(ProbeReason.TLS_PROTOCOL, "no TLS 1.2 or newer could be agreed on")


def _incomplete() -> ProbeError:
    return ProbeError(ProbeReason.BODY_INCOMPLETE, "the body breaks off or is framed wrongly")


def _unanswered(phase: Phase) -> ProbeError:
    if phase is Phase.TRANSFER:
        return _incomplete()
    return ProbeError(ProbeReason.HTTP_PROTOCOL, "the connection was closed without an answer")


def _broken(error: OSError, phase: Phase) -> ProbeError:
    below = error.__cause__ or error.__context__
    if isinstance(below, ssl.SSLError):
        return _tls(below)
    match phase:
        case Phase.TRANSFER:
            return _incomplete()
        case Phase.SEND | Phase.TTFB:
            return ProbeError(ProbeReason.SEND_RESET, "the connection broke before the answer")
        case Phase.TLS:
            return _tls(error)
        case Phase.DNS | Phase.CONNECT | Phase.OTHER:
            return _connect(error)
