"""The web server: what it is made of, and how it begins and ends."""

from __future__ import annotations

from aiohttp import web

from director.web import sign_in
from director.web.access import NEEDS, require_needs
from director.web.api import routes
from director.web.auth import GUARD, Guard, auth
from director.web.front import FRONT, Front
from director.web.headers import headers
from director.web.pages import routes as pages
from director.web.patience import CROWD, Crowd, patience
from director.web.problems import problems
from director.web.sight import SIGHT, Sight


def make_app(front: Front) -> web.Application:
    """Return the whole application.

    Raises:
        LookupError: A route does not say what it needs.
    """
    app = web.Application(
        middlewares=[patience, headers, problems, auth],
        client_max_size=front.settings.limits.body_bytes,
    )
    app[FRONT] = front
    app[SIGHT] = Sight(front.daemon, lambda: front.stream.told, front.clock.monotonic)
    app[CROWD] = Crowd(front.settings.limits)
    app[GUARD] = Guard(front, NEEDS)
    routes.add_routes(app)
    sign_in.add_routes(app)
    pages.add_routes(app)
    require_needs(app)
    app.on_shutdown.append(_let_go)
    return app


async def _let_go(app: web.Application) -> None:
    """End every stream: whoever listens would be waited for."""
    await app[FRONT].stream.close()
