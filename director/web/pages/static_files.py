"""Style sheets, scripts and their licences: packed once, and named by what they hold."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from aiohttp import hdrs, web

from director.formats.html import PAGE
from director.model.value import dataclass

_STATIC = Path(__file__).with_name("static")
_FOREVER = "public, max-age=31536000, immutable"

_MADE_OF: Mapping[str, tuple[Path, ...]] = {
    "dashboard.css": (PAGE / "style.css", PAGE / "history.css", _STATIC / "dashboard.css"),
    "print.css": (_STATIC / "print.css",),
    "htmx.js": (_STATIC / "htmx.min.js", _STATIC / "sse.min.js"),
    "dashboard.js": (_STATIC / "dashboard.js",),
    "icon.svg": (_STATIC / "icon.svg",),
    "licences.txt": (_STATIC / "LICENSES.txt",),
}
"""Each file that is served, and what it is put together from."""

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file.

    Attributes:
        url: Where it is served; another content has another address.
        media: What it is.
        plain: What it holds.
        packed: The same by gzip.
    """

    url: str
    media: str
    plain: bytes
    packed: bytes


class StaticFiles:
    """Every file that the pages need. Reads them when it is made, and never again."""

    def __init__(self) -> None:
        self._files = {name: _made(name, paths) for name, paths in _MADE_OF.items()}
        self._served = {file.url: file for file in self._files.values()}

    def url(self, name: str) -> str:
        """Return where the file *name* is served."""
        return self._files[name].url

    def answer(self, request: web.Request) -> web.Response | None:
        """Return the file that is asked for; None if there is none."""
        file = self._served.get(request.path)
        if file is None:
            return None
        headers = {hdrs.CACHE_CONTROL: _FOREVER, hdrs.VARY: hdrs.ACCEPT_ENCODING}
        body = file.plain
        if accepts_gzip(request):
            headers[hdrs.CONTENT_ENCODING] = "gzip"
            body = file.packed
        return web.Response(body=body, content_type=file.media, charset="utf-8", headers=headers)


def accepts_gzip(request: web.Request) -> bool:
    """Return whether who asks can unpack gzip."""
    offers = request.headers.get(hdrs.ACCEPT_ENCODING, "").split(",")
    for offer in offers:
        name, _, weight = offer.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _made(name: str, paths: Iterable[Path]) -> StaticFile:
    plain = b"\n".join(path.read_bytes() for path in paths)
    stem, dot, suffix = name.rpartition(".")
    url = f"/static/{stem}.{sha256(plain).hexdigest()[:16]}{dot}{suffix}"
    return StaticFile(url, _TYPES[dot + suffix], plain, gzip.compress(plain, 9, mtime=0))
