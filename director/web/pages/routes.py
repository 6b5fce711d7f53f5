"""Every page, and how they come into the application; what each needs stands in ``web.access``."""

from __future__ import annotations

from aiohttp import web

from director.web.pages import badges, board, others, target
from director.web.pages.badges import PER_MIN, RATE
from director.web.pages.board import BOARD, Board
from director.web.pages.look import LOOK, Look
from director.web.pages.static_files import StaticFiles
from director.web.problems import ERROR_PAGE
from director.web.rates import Rate
from director.web.sight import SIGHT


def add_routes(app: web.Application) -> None:
    """Add every page to *app*, and what they keep between requests."""
    app[LOOK] = Look(StaticFiles())
    app[BOARD] = Board(app[SIGHT], app[LOOK])
    app[RATE] = Rate(PER_MIN)
    app[ERROR_PAGE] = others.error_page
    app.router.add_get("/", board.index)
    app.router.add_get("/row", board.row)
    app.router.add_get("/services/{service}", target.service)
    app.router.add_post("/services/{service}/evaluate", target.evaluate)
    app.router.add_post("/services/{service}/badge", badges.make)
    app.router.add_get("/evaluations/{evaluation}", target.evaluation)
    app.router.add_get("/diff", target.diff)
    app.router.add_get("/cases", others.cases)
    app.router.add_get("/plugins", others.plugins)
    app.router.add_get("/schedule", others.schedule)
    app.router.add_get("/notifications", others.notifications)
    app.router.add_post("/notifications/redeliver", others.redeliver)
    app.router.add_get("/help", others.help_page)
    app.router.add_get("/sign-in", others.sign_in)
    app.router.add_get("/static/{name}", others.static)
    app.router.add_get("/badge/{token}.svg", badges.svg)
    app.router.add_get("/badge/{token}.json", badges.endpoint)
