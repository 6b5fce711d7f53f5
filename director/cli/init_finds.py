"""What the answers of a live service tell, and what they leave open. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from director.cli.init_survey import (
    FIRST,
    HEALTH,
    METRICS,
    NOBODYS,
    PAIRS,
    Came,
    Survey,
)
from director.model.probe import ProbeError, ProbeReason, Reply
from director.model.text import printable
from director.model.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from director.model.manifest import Scalar

_EXPOSITION: Final = re.compile(rb"^# (?:HELP|TYPE) [A-Za-z_:]", re.MULTILINE)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CLOSED: Final = frozenset({401, 403})
_PAGES: Final = ("text/html", "application/xhtml+xml")
_ILL: Final = frozenset({500, 503})
"""The codes with which a health page says that something is wrong, and is still one."""


class Seen(StrEnum):
    """What became of one search."""

    FOUND = "found"
    ABSENT = "not found"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Find:
    """One thing that was looked for.

    Attributes:
        seen: Whether it is there.
        what: What was looked for, in one word.
        said: What was seen, in one line; may hold words of the peer, printable.
        check: The check whose options it gives; empty if none.
        options: Those options.
        paths: What was asked for it, for a comment; empty where no option is missing.
    """

    seen: Seen
    what: str
    said: str
    check: str = ""
    options: Mapping[str, Scalar] = field(default_factory=dict)
    paths: tuple[str, ...] = ()


def finds(found: Survey) -> tuple[Find, ...]:
    """Return everything that was looked for, in the order in which people ask for it."""
    return (
        _answer(found),
        _health(found),
        _readiness(found),
        _metrics(found),
        _protected(found),
        *_secure(found),
    )


def _answer(found: Survey) -> Find:
    first = found.came[FIRST]
    if isinstance(first, ProbeError):
        return Find(Seen.UNKNOWN, "answer", f"/ gave no answer: {first.detail}")
    said = f"/ answers {first.status} in {_ms(first)} from {first.address}"
    leads = _leads_to(first)
    if leads and urlsplit(leads).netloc != urlsplit(found.base_url).netloc:
        said += f", and leads to another origin, {_origin(leads)}"
    return Find(Seen.FOUND, "answer", printable(said))


def _health(found: Survey) -> Find:
    pages = [path for path in HEALTH if _is_health(found, path)]
    # A document says more than a code.
    pages.sort(key=lambda path: path not in found.documents)
    if not pages:
        return _lacking(found, "health", "http.health", HEALTH)
    path = pages[0]
    said = f"{path} {_told(found, path)}"
    return Find(Seen.FOUND, "health", said, "http.health", {"path": path})


def _readiness(found: Survey) -> Find:
    for live, ready in PAIRS:
        if _is_health(found, live) and _is_health(found, ready):
            said = f"{ready} {_told(found, ready)}; liveness is {live}"
            options = {"liveness_path": live, "readiness_path": ready}
            return Find(Seen.FOUND, "readiness", said, "http.readiness", options)
    paths = tuple(path for pair in PAIRS for path in pair)
    return _lacking(found, "readiness", "http.readiness", paths)


def _metrics(found: Survey) -> Find:
    for path in METRICS:
        reply = _reply(found, path)
        if reply is None or not _well(reply) or _everybodys(found, reply):
            continue
        if _EXPOSITION.search(reply.body):
            said = f"{path} answers {reply.status} in the format of Prometheus"
            return Find(Seen.FOUND, "metrics", said, "http.metrics", {"path": path})
    return _lacking(found, "metrics", "http.metrics", METRICS)


def _protected(found: Survey) -> Find:
    """Return which pages refuse strangers; where every page does, none is known to be there."""
    nobodys = _reply(found, NOBODYS)
    closed = [
        path
        for path, came in found.came.items()
        if path not in (FIRST, NOBODYS) and isinstance(came, Reply) and came.status in _CLOSED
    ]
    if nobodys is None or nobodys.status in _CLOSED:
        said = "whether pages refuse strangers cannot be told: so does one that is not there"
        if nobodys is None:
            said = "whether pages refuse strangers cannot be told: one that is not there is silent"
        return Find(Seen.UNKNOWN, "protection", said, "http.security-auth")
    if not closed:
        said = "no page that was asked refuses strangers"
        return Find(Seen.ABSENT, "protection", said, "http.security-auth")
    paths = ", ".join(closed)
    said = f"strangers are refused at {paths}"
    return Find(Seen.FOUND, "protection", said, "http.security-auth", {"paths": paths})


def _secure(found: Survey) -> Iterator[Find]:
    """Yield what is known of TLS, of plain http and of HSTS."""
    first = found.came[FIRST]
    if found.plain is None:
        leads = _leads_to(first) if isinstance(first, Reply) else ""
        if urlsplit(leads).scheme == "https":
            said = f"/ leads to {_origin(leads)}: that is the base URL to write down"
            yield Find(Seen.FOUND, "https", printable(said))
        else:
            yield Find(Seen.ABSENT, "https", "the base URL is plain http, and does not lead to it")
        return
    tls = next((each.tls for each in found.came.values() if isinstance(each, Reply)), None)
    if tls is not None:
        names = ", ".join(tls.names[:3]) or tls.subject
        said = (
            f"{tls.version}, a certificate for {names} that expires in {tls.expires_in.days} days"
        )
        yield Find(Seen.FOUND, "TLS", printable(said))
    yield _redirect(found.plain)
    if isinstance(first, ProbeError):
        yield Find(Seen.UNKNOWN, "HSTS", "/ gave no answer")
    elif first.header("strict-transport-security") is None:
        yield Find(Seen.ABSENT, "HSTS", "/ sends no Strict-Transport-Security")
    else:
        sent = printable(first.header("strict-transport-security") or "")
        yield Find(Seen.FOUND, "HSTS", f"/ sends {sent}")


def _redirect(plain: Came) -> Find:
    """Return what port 80 does with whoever comes over plain http."""
    if isinstance(plain, ProbeError):
        if plain.reason in {ProbeReason.CONNECT_REFUSED, ProbeReason.CONNECT_RESET}:
            return Find(Seen.FOUND, "redirect", "port 80 takes no connection, so none is needed")
        return Find(Seen.UNKNOWN, "redirect", f"port 80 gave no answer: {plain.detail}")
    leads = _leads_to(plain)
    if urlsplit(leads).scheme == "https":
        said = f"plain http leads to {_origin(leads)}"
        return Find(Seen.FOUND, "redirect", printable(said))
    said = f"plain http answers {plain.status} and does not lead to https"
    return Find(Seen.ABSENT, "redirect", said)


def _lacking(found: Survey, what: str, check: str, paths: tuple[str, ...]) -> Find:
    """Return that none of *paths* is what was looked for, or that it cannot be told."""
    asked = ", ".join(paths)
    silent = [path for path in paths if isinstance(found.came[path], ProbeError)]
    if silent:
        said = f"no answer came from {', '.join(silent)}"
        return Find(Seen.UNKNOWN, what, said, check, paths=paths)
    replies = [_must(found, path) for path in paths]
    nobodys = _reply(found, NOBODYS)
    said = f"{asked} answer {', '.join(dict.fromkeys(str(each.status) for each in replies))}"
    if any(map(_well, replies)) and (nobodys is None or _well(nobodys)):
        said += (
            ", and so does a page that is not there" if nobodys else ", and another page nothing"
        )
        return Find(Seen.UNKNOWN, what, said, check, paths=paths)
    ill = any(each.status >= 500 for each in replies)  # It may be there when it is well again.
    return Find(Seen.UNKNOWN if ill else Seen.ABSENT, what, said, check, paths=paths)


def _is_health(found: Survey, path: str) -> bool:
    """Whether *path* is a health page: by its document, or by a plain answer to it alone."""
    reply = _reply(found, path)
    if reply is None or _everybodys(found, reply) or not _stayed(found, reply, path):
        return False
    if path in found.documents:
        return _well(reply) or reply.status in _ILL
    nobodys = _reply(found, NOBODYS)
    alone = nobodys is not None and not _well(nobodys)
    return _well(reply) and alone and not _is_page(reply)


def _everybodys(found: Survey, reply: Reply) -> bool:
    """Whether a page that is not there is answered in the same way."""
    nobodys = _reply(found, NOBODYS)
    return nobodys is not None and (nobodys.status, nobodys.body) == (reply.status, reply.body)


def _stayed(found: Survey, reply: Reply, path: str) -> bool:
    """Whether *reply* is of the page that was asked, and of none that it leads to."""
    asked = urlsplit(found.base_url).path.rstrip("/") + path
    return urlsplit(reply.url).path.rstrip("/") == asked


def _told(found: Survey, path: str) -> str:
    reply, document = _must(found, path), found.documents.get(path)
    if document is None:
        return f"answers {reply.status} in {_ms(reply)}"
    if document.fault:
        return f"answers {reply.status} with a document that cannot be used: {document.fault}"
    parts = len(document.components)
    of = f" of {parts} {'part' if parts == 1 else 'parts'}" if parts else ""
    said = f"answers {reply.status} and says {document.said}{of} ({document.format})"
    return said if document.agrees else f"{said}, which contradict each other"


def notes(found: Iterable[Find]) -> tuple[str, ...]:
    """Return a comment for each option that could not be found; none holds words of the peer."""
    return tuple(
        f"{each.check}: {each.seen}; asked for {', '.join(each.paths)}."
        for each in found
        if each.check and not each.options and each.paths
    )


def _must(found: Survey, path: str) -> Reply:
    came = found.came[path]
    assert isinstance(came, Reply)  # noqa: S101  # whoever asks has looked for silence before
    return came


def _reply(found: Survey, path: str) -> Reply | None:
    came = found.came[path]
    return came if isinstance(came, Reply) else None


def _well(reply: Reply) -> bool:
    return 200 <= reply.status <= 299


def _is_page(reply: Reply) -> bool:
    return (reply.header("content-type") or "").partition(";")[0].strip().lower() in _PAGES


def _leads_to(reply: Reply) -> str:
    """Return where *reply* sends the reader; empty if nowhere, or nowhere that can be read."""
    location = reply.header("location") if reply.status in _REDIRECTS else None
    try:
        leads = urljoin(reply.url, location or "") if location else ""
        urlsplit(leads)
    except ValueError:
        return ""
    return leads


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _ms(reply: Reply) -> str:
    return f"{reply.elapsed_s * 1000:.0f} ms"
