"""What a page says of a service's health, if it is a health document of a known format."""

from __future__ import annotations

import re
from typing import Final

from director.model.health import HealthDocument, HealthFormat, HealthStatus
from director.model.probe import Reply
from director.probing.health.aspnet import ASPNET
from director.probing.health.document import Document, read_document
from director.probing.health.health_json import HEALTH_JSON
from director.probing.health.microprofile import MICROPROFILE
from director.probing.health.reading import Dialect, Reading, shown
from director.probing.health.spring import SPRING

_BY_SHAPE: Final = (MICROPROFILE, SPRING, ASPNET, HEALTH_JSON)
"""The stricter first: health+json takes the words of others as well, in any case."""

_SPRING_TYPE: Final = re.compile(r"application/vnd\.spring-boot\.actuator(?:\.v[0-9]+)?\+json")
_LONGEST_WORD_BYTES: Final = 64


def read_health(reply: Reply) -> HealthDocument | None:
    """Return what *reply* says of the service's health, or None if it is no health document.

    health+json, Spring Boot, MicroProfile Health and ASP.NET are understood, by their media type
    or by their shape: at most 256 KiB, 32 levels and 1,000 components. A document that is one and
    cannot be used has a fault, and fails.
    """
    word = _word(reply)
    if word is not None:
        return word
    declared = _declared(reply.header("content-type") or "")
    if declared is None and not reply.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    document = read_document(reply.body)
    if not isinstance(document.value, dict):
        return _unreadable(document, declared, reply.status)
    dialect = declared or next(
        (each for each in _BY_SHAPE if each.owns(each, document.value)), None
    )
    if dialect is None:
        return None
    reading = Reading(dialect, declared=declared is not None)
    said = dialect.read(document.value, reading)
    own = reading.status(said)
    reading.rest(document.value)
    reading.conclude(own)
    fault = document.fault or reading.problem
    return HealthDocument(
        format=dialect.format,
        status=HealthStatus.FAIL if fault else own,
        said=shown(said) if isinstance(said, str) else "",
        components=reading.parts,
        agrees=dialect.agrees(said, reply.status),
        fault=fault,
    )


def _word(reply: Reply) -> HealthDocument | None:
    """Return what the one word of an ASP.NET service says, or None if it is no such word."""
    if len(reply.body) > _LONGEST_WORD_BYTES:
        return None
    said = reply.text().strip()
    status = ASPNET.meaning(said)
    if status is None:
        return None
    agrees = ASPNET.agrees(said, reply.status)
    return HealthDocument(HealthFormat.ASPNET, status, said, agrees=agrees)


def _declared(content_type: str) -> Dialect | None:
    """Return the format that a media type names, or None if it names none of them."""
    media = content_type.partition(";")[0].strip().lower()
    if media == "application/health+json":
        return HEALTH_JSON
    return SPRING if _SPRING_TYPE.fullmatch(media) else None


def _unreadable(document: Document, declared: Dialect | None, code: int) -> HealthDocument | None:
    """Return a document that cannot be read, if it is one by its media type or at a glimpse."""
    glimpses = document.glimpses()
    dialect = declared or next(
        (
            each
            for each in _BY_SHAPE
            if any(each.meaning(glimpse) is not None for glimpse in glimpses)
        ),
        None,
    )
    if dialect is None:
        return None
    fault = document.fault or "must be a JSON object, and is not"
    agrees = dialect.agrees(None, code)
    return HealthDocument(dialect.format, HealthStatus.FAIL, "", (), agrees, fault)
