"""What a service is probably called: as its repository, or as its folder."""

from __future__ import annotations

import re
from pathlib import Path

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
