"""One attempt over HTTP; redirections are not followed, and no proxy is asked."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urlsplit

from director.plugin import dataclass

LONGEST_RETRY_AFTER_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What came of an attempt.

    Attributes:
        taken: Whether the message was taken.
        again: Whether another attempt makes sense.
        retry_after_s: How long the receiver wants to be left alone, in seconds.
    """

    taken: bool
    again: bool = False
    retry_after_s: float = 0.0


def post(url: str, body: bytes, timeout_s: float) -> Posted:
    """Post *body* to *url*; blocks for at most about *timeout_s* per step.

    Of answers below 500, only 429 and 408 are worth another attempt: the others mean that the
    webhook is gone, or does not understand us.
    """
    parts = urlsplit(url)
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, timeout_s)
    try:
        connection.request("POST", target, body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        reply.read(1_024)
        status, asked = reply.status, reply.headers.get("Retry-After", "")
    except (OSError, http.client.HTTPException, ValueError):
        return Posted(taken=False, again=True)
    finally:
        connection.close()
    if 200 <= status < 300:
        return Posted(taken=True)
    after_s = float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0.0
    again = status >= 500 or status in (408, 429)
    return Posted(taken=False, again=again, retry_after_s=min(after_s, LONGEST_RETRY_AFTER_S))


def _connection(
    scheme: str, host: str, port: int | None, timeout_s: float
) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout_s)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context)
