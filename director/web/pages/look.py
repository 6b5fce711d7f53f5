"""How pages are made: templates, what each of them knows, and how they travel."""

from __future__ import annotations

import zlib
from pathlib import Path
from shlex import quote as quoted
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from aiohttp import hdrs, web

from director.formats.history_html import history_templates
from director.formats.shifts import said_shift
from director.rules.moment import instant
from director.web.front import FRONT, Access
from director.web.identity import IDENTITY, Identity, Role, Via
from director.web.pages import standing
from director.web.pages.static_files import StaticFiles, accepts_gzip

_TEMPLATES = Path(__file__).with_name("templates")

_GZIP = zlib.MAX_WBITS | 16
"""A window as large as can be, in the format of gzip (RFC 1952)."""

NAV = (
    ("/", "Services"),
    ("/cases", "Waivers and overrides"),
    ("/schedule", "Schedule"),
    ("/plugins", "Plugins"),
    ("/notifications", "Notifications"),
    ("/diff", "Compare"),
    ("/help", "Help"),
)
"""Every page that stands in the navigation."""

_NEEDS_ALL = frozenset({"/notifications"})


class Look:
    """Makes pages.

    Args:
        static: The files that they need.
    """

    def __init__(self, static: StaticFiles) -> None:
        self.static = static
        environment = history_templates()
        own = jinja2.FileSystemLoader(_TEMPLATES)
        assert environment.loader is not None  # noqa: S101  # the report has templates
        environment.loader = jinja2.ChoiceLoader([own, environment.loader])
        environment.filters.update(
            {
                "anchor": standing.anchor,
                "cells": standing.cells,
                "marks": standing.marks,
                "said_shift": said_shift,
                "standing": standing.standing_of,
                "written": standing.written,
                "seconds": seconds,
                "shell": quoted,
                "url": url,
                "service_url": service_url,
            }
        )
        environment.globals.update(static=static.url, Role=Role)
        self._environment = environment

    def text(self, name: str, **values: object) -> str:
        """Return what the template *name* makes of *values*."""
        return self._environment.get_template(name).render(**values)

    def page(self, request: web.Request, name: str, **values: Any) -> web.Response:  # noqa: ANN401
        """Return the page *name* as an answer; ``status`` is its status code, 200 if not given."""
        status = values.pop("status", 200)
        front, identity = request.app[FRONT], request.get(IDENTITY)
        text = self.text(
            name,
            identity=identity,
            signed_in=identity is not None and identity.via is Via.SESSION,
            csrf=identity.csrf if identity else "",
            health=front.daemon.health(),
            is_open=front.settings.access is Access.OPEN,
            here=request.path,
            path=request.rel_url.raw_path_qs,
            nav=_nav(identity),
            now=instant(front.clock.now()),
            **values,
        )
        return sent(packed(request, text), status)


LOOK = web.AppKey("look", Look)
"""Where the application keeps it."""


def look(request: web.Request) -> Look:
    """Return what makes pages."""
    return request.app[LOOK]


def packed(request: web.Request, text: str) -> tuple[bytes, bool]:
    """Return *text* as it travels, and whether it is packed by gzip."""
    body = text.encode()
    if not accepts_gzip(request):
        return body, False
    return zlib.compress(body, 5, _GZIP), True


def sent(body: tuple[bytes, bool], status: int = 200) -> web.Response:
    """Return a page that travels as *body*."""
    data, is_packed = body
    headers = {hdrs.VARY: "Accept-Encoding, Cookie"}
    if is_packed:
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    return web.Response(
        body=data, status=status, content_type="text/html", charset="utf-8", headers=headers
    )


def see(place: str) -> web.Response:
    """Return where to look after something was done."""
    return web.Response(status=303, headers={hdrs.LOCATION: place})


def url(path: str, **query: str) -> str:
    """Return an address of ours, each part escaped; what is empty is left out of the query."""
    said = urlencode({name: text for name, text in query.items() if text})
    return f"{path}?{said}" if said else path


def service_url(service: str, environment: str = "", **query: str) -> str:
    """Return the address of a target's page."""
    return url(f"/services/{quote(service, safe='')}", environment=environment, **query)


def seconds(length_s: float | None) -> str:
    """Return a length of time for people.

    >>> seconds(0.034), seconds(4.2), seconds(90), seconds(7200)
    ('34 ms', '4.2 s', '1 min 30 s', '2 h')
    """
    if length_s is None:
        return "not yet"
    if length_s < 1:
        return f"{length_s * 1000:.0f} ms"
    if length_s < 60:
        return f"{length_s:.1f} s"
    minutes, rest = divmod(round(length_s), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest if not hours else 0, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def _nav(identity: Identity | None) -> list[tuple[str, str]]:
    if identity is None:
        return []
    may = identity.may(Role.POLICY_ADMIN) and identity.sees_all
    return [(path, name) for path, name in NAV if may or path not in _NEEDS_ALL]
