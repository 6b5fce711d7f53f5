"""The first page: every service against every category, and what of it is asked again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from aiohttp import hdrs, web
from markupsafe import Markup

from director.model.service import Watched
from director.model.value import dataclass
from director.web.auth import asker, require_service
from director.web.front import FRONT
from director.web.pages.look import Look, look, packed, sent, url
from director.web.pages.standing import Standing, anchor, columns, counts, standing_of, worst_first
from director.web.problems import ProblemError
from director.web.sight import Sight

PER_PAGE = 100
"""Rows of one page: as many as a person looks through."""

_BLOCKERS = 5
_MOST_KEPT = 64
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class Wish:
    """Which services are to be seen; empty texts ask for nothing.

    Attributes:
        owner: Of this team.
        tier: Of this tier.
        environment: There.
        decision: As a word of ``Standing``.
        q: With this in their name.
        page: Which page, counted from 1.
    """

    owner: str = ""
    tier: str = ""
    environment: str = ""
    decision: str = ""
    q: str = ""
    page: int = 1

    def fits(self, watched: Watched) -> bool:
        """Return whether *watched* is to be seen."""
        return (
            (not self.owner or watched.owner == self.owner)
            and (not self.tier or str(watched.tier) == self.tier)
            and (not self.environment or watched.environment == self.environment)
            and (not self.decision or standing_of(watched).value == self.decision)
            and (
                not self.q
                or self.q.casefold() in f"{watched.service}@{watched.environment}".casefold()
            )
        )

    @property
    def narrows(self) -> bool:
        """Whether it asks for some services only."""
        return self != Wish(page=self.page)

    def url(self, **other: str) -> str:
        """Return the address of the same wish, with *other* parts."""
        said = {
            "owner": self.owner,
            "tier": self.tier,
            "environment": self.environment,
            "decision": self.decision,
            "q": self.q,
        }
        return url("/", **(said | other))


class Board:
    """Draws the rows, and draws one again only if the service shows another value of its target.

    Args:
        sight: What is seen of every target.
        look: What makes pages.
    """

    def __init__(self, sight: Sight, look: Look) -> None:
        self._sight = sight
        self._look = look
        self._shown: tuple[Watched, ...] = ()
        self._columns: tuple[str, ...] = ()
        self._rows: dict[tuple[str, str], tuple[Watched, Markup]] = {}
        self._pages: OrderedDict[object, tuple[bytes, bool]] = OrderedDict()

    def targets(self) -> tuple[Watched, ...]:
        """Return every target; what was drawn is forgotten if one of them is another value now."""
        shown = self._sight.targets()
        if shown is not self._shown:
            self._pages.clear()
            now = columns(shown)
            if now != self._columns:
                self._columns = now
                self._rows.clear()
        self._shown = shown
        return shown

    @property
    def columns(self) -> tuple[str, ...]:
        """The categories of all targets."""
        return self._columns

    def row(self, watched: Watched) -> Markup:
        """Return the row of *watched*."""
        key = watched.service, watched.environment
        known = self._rows.get(key)
        if known is not None and known[0] == watched:
            return known[1]
        text = self._look.text("row.html", each=watched, columns=self._columns)
        drawn = Markup(text)  # noqa: S704  # a template that escapes has written it
        self._rows[key] = watched, drawn
        if len(self._rows) > 2 * len(self._shown) + PER_PAGE:
            self._rows = {key: (watched, drawn)}
        return drawn

    def kept(self, key: object) -> tuple[bytes, bool] | None:
        """Return the page that was made for *key* since anything changed; None if there is none."""
        self.targets()
        return self._pages.get(key)

    def keep(self, key: object, body: tuple[bytes, bool]) -> None:
        """Keep a page."""
        self._pages[key] = body
        while len(self._pages) > _MOST_KEPT:
            self._pages.popitem(last=False)


BOARD = web.AppKey("board", Board)
"""Where the application keeps it."""


async def index(request: web.Request) -> web.Response:
    """Answer with the matrix, or with the part of it that is asked for again."""
    board, identity, wish = request.app[BOARD], asker(request), _wish(request)
    health = request.app[FRONT].daemon.health()
    key = (
        identity,
        wish,
        (health.ready, health.troubles, health.offline),
        request.headers.get(hdrs.ACCEPT_ENCODING, ""),
    )
    body = board.kept(key)
    if body is None:
        answer = look(request).page(request, "board.html", **_seen(request, wish))
        assert isinstance(answer.body, bytes)  # noqa: S101  # a page is bytes
        body = answer.body, hdrs.CONTENT_ENCODING in answer.headers
        board.keep(key, body)
    return sent(body)


async def row(request: web.Request) -> web.Response:
    """Answer with the row of one target, as it is now."""
    service = request.query.get("service", "")
    require_service(request, service)
    board = request.app[BOARD]
    board.targets()
    watched = request.app[FRONT].daemon.target(service, request.query.get("environment", ""))
    if watched is None:
        raise ProblemError(404, "nobody watches this target")
    text = f"<table><tbody>{board.row(watched)}</tbody></table>"
    return sent(packed(request, text))


def _seen(request: web.Request, wish: Wish) -> dict[str, object]:
    """Return what the page shows."""
    board, identity = request.app[BOARD], asker(request)
    mine = [each for each in board.targets() if identity.sees(each.service)]
    found = worst_first(each for each in mine if wish.fits(each))
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(wish.page, pages)
    part = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    closed = [each for each in found if standing_of(each).closed]
    return {
        "wish": wish,
        "rows": [board.row(each) for each in part],
        "columns": board.columns,
        "counts": counts(found),
        "found": len(found),
        "all": len(mine),
        "blocked": closed[:_BLOCKERS],
        "closed": len(closed),
        "page": page,
        "pages": pages,
        "owners": _values(each.owner for each in mine),
        "environments": _values(each.environment for each in mine),
        "standings": tuple(Standing),
        "first_row": anchor(part[0].service, part[0].environment) if part else "",
    }


def _values(found: Iterable[str]) -> list[str]:
    return sorted({each for each in found if each})


def _wish(request: web.Request) -> Wish:
    query = {name: request.query.get(name, "")[:_LONGEST] for name in request.query}
    page = query.get("page", "1")
    return Wish(
        owner=query.get("owner", ""),
        tier=query.get("tier", ""),
        environment=query.get("environment", ""),
        decision=query.get("decision", ""),
        q=query.get("q", "").strip(),
        page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )
