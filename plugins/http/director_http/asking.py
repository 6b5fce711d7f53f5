"""How the checks of this plugin ask: several pages at once, and what no answer means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import urlsplit

from director.plugin import (
    Failed,
    NotApplicable,
    Probe,
    ProbeError,
    Redirects,
    Reply,
    Unknown,
)

Came: TypeAlias = Reply | ProbeError
"""What came of one question."""

NOWHERE = NotApplicable("the environment has no base_url to ask")

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
"""The name of a header, RFC 9110 section 5.1."""

NOBODYS_PATH = "/director-asks-for-a-page-that-is-not-there"
"""A page that no service has: whoever answers it well answers everything well."""


async def ask_each(
    probe: Probe,
    paths: Iterable[str],
    redirects: Redirects = Redirects.NEVER,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Came]:
    """Return what came of each of *paths*, asked side by side."""
    import asyncio  # noqa: PLC0415  # on first use: whoever only lists checks has no loop

    async def ask(path: str) -> Came:
        try:
            return await probe.get(path, headers=headers, redirects=redirects)
        except ProbeError as error:
            return error

    async with asyncio.TaskGroup() as group:
        asked = {path: group.create_task(ask(path)) for path in dict.fromkeys(paths)}
    return {path: task.result() for path, task in asked.items()}


def unanswered(error: ProbeError, what: str) -> Failed | Unknown:
    """Return what it means that *what* got no answer: what we are blind to is unknown."""
    said = f"{what}: {error.detail}"
    if error.reason.blind:
        return Unknown(said, error.reason.value)
    return Failed(said, observed=error.reason.value, code=error.reason.value)


def wrong_status(reply: Reply, what: str, expected: str = "200 to 299") -> Failed:
    """Return that *what* answered with another status than it should have."""
    return Failed(
        f"{what} answered with status {reply.status}, wanted {expected}",
        observed=f"status {reply.status}",
        expected=f"status {expected}",
        code="http_status",
    )


def well(reply: Reply) -> bool:
    """Whether *reply* has a status of success."""
    return 200 <= reply.status <= 299


def is_https(base_url: str) -> bool:
    """Whether *base_url* is asked over TLS."""
    return urlsplit(base_url).scheme.lower() == "https"


def is_public(address: str) -> bool:
    """Whether anybody on the internet can dial *address*; also where that cannot be told.

    Args:
        address: A socket address, for example ``10.1.2.3:443`` or ``[::1]:443``.
    """
    host = address.rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        found = ip_address(host)
    except ValueError:
        return True
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_global)


def listed(text: str) -> tuple[str, ...]:
    """Return the parts of *text* between commas, each once, without the empty ones.

    >>> listed("/admin, /internal,, /admin")
    ('/admin', '/internal')
    """
    return tuple(dict.fromkeys(part for part in map(str.strip, text.split(",")) if part))


def read_headers(text: str) -> dict[str, str]:
    r"""Return the headers that *text* says shall be sent, one in a line.

    Raises:
        ValueError: A line is no header, or one comes twice.

    >>> read_headers("Accept: text/plain\nX-Token: ${secret:payments-token}")
    {'Accept': 'text/plain', 'X-Token': '${secret:payments-token}'}
    """
    headers: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, value = line.partition(":")
        if not colon or re.fullmatch(_NAME, name) is None or not value.strip().isprintable():
            raise ValueError("request_headers must be lines such as 'Accept: text/plain'")
        if name.lower() in map(str.lower, headers):
            raise ValueError(f"request_headers must have each header once, has {name} twice")
        headers[name] = value.strip()
    return headers


def require_paths(option: str, text: str) -> None:
    """Refuse a list of paths with a part that is none.

    Raises:
        ValueError: A part does not begin with a slash.
    """
    for path in listed(text):
        if not path.startswith("/") or path.startswith("//"):
            raise ValueError(f"{option} must be paths that begin with one slash, got {path!r}")
