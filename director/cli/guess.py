"""What a service is probably called: as its repository, its folder, or its host."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from director.loading.terms import NAME_PATTERN

_MOST_BYTES = 65_536
_REMOTE = re.compile(r'\[remote "origin"\]([^\[]*)')
_URL = re.compile(r"^[ \t]*url[ \t]*=[ \t]*(\S+)", re.MULTILINE)
_PATH = re.compile(r"(?:[a-z][a-z0-9+.-]*://[^/]*|[^/:]+:(?!//))?(.*)", re.IGNORECASE)
"""A remote as git writes it; what is before its path may hold a password and is never taken."""


def guessed_name(folder: Path) -> str:
    """Return what the service in *folder* is probably called; empty if nothing tells."""
    remote = _remote(folder / ".git" / "config")
    return _as_name(_last_of(remote)) or _as_name(folder.resolve().name)


def name_of_host(url: str) -> str:
    """Return what the service at *url* is probably called; empty for an address and for localhost.

    >>> name_of_host("https://www.pay.example.com/api"), name_of_host("http://10.1.2.3:8080")
    ('pay', '')
    """
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return "" if host == "localhost" else _as_name(host.partition(".")[0])
    return ""


def _remote(config: Path) -> str:
    """Return the URL of ``origin``, without running anything; empty if there is none."""
    try:
        with config.open("rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    section = _REMOTE.search(text)
    url = _URL.search(section[1]) if section else None
    return url[1] if url else ""


def _last_of(remote: str) -> str:
    path = _PATH.fullmatch(remote)
    return path[1].rstrip("/").rpartition("/")[2].removesuffix(".git") if path else ""


def _as_name(text: str) -> str:
    """Return *text* in the letters that a name may have; empty if little is left."""
    name = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")[:63]
    return name if re.fullmatch(NAME_PATTERN, name) else ""
