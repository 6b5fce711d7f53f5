"""The pages about everything else, from waivers to how to begin."""

from __future__ import annotations

from aiohttp import hdrs, web

from director.model.catalog import Disposition
from director.web.auth import asker
from director.web.casework import listing
from director.web.front import FRONT, Access
from director.web.pages.look import LOOK, look, see
from director.web.problems import TITLES, ProblemError

_WAITS = {"requested", "not_yet"}
_DELIVERIES = 50


async def cases(request: web.Request) -> web.Response:
    """Answer with waivers and overrides: who, why and until when."""
    service = request.query.get("service") or None
    found = (await listing(request.app[FRONT], service, None)).seen_by(asker(request))
    return look(request).page(
        request,
        "cases.html",
        service=service,
        waivers={
            state: [each for each in found.waivers if _kind(each.state) == state]
            for state in ("in force", "requested", "ended")
        },
        overrides={
            state: [each for each in found.overrides if _kind(each.state.value) == state]
            for state in ("in force", "requested", "ended")
        },
    )


def _kind(state: str) -> str:
    if state in {"approved", "in_force"}:
        return "in force"
    return "requested" if state in _WAITS else "ended"


async def plugins(request: web.Request) -> web.Response:
    """Answer with every plugin and how it is."""
    found = request.app[FRONT].daemon.plugins()
    order = sorted(
        found, key=lambda each: each.plugin.disposition is Disposition.LOADED and not each.trouble
    )
    return look(request).page(request, "plugins.html", plugins=order)


async def schedule(request: web.Request) -> web.Response:
    """Answer with when each target is evaluated next, how late it was, and what was missed."""
    identity = asker(request)
    found = [each for each in request.app[FRONT].daemon.targets() if identity.sees(each.service)]
    found.sort(
        key=lambda each: (
            each.next_at is None,
            each.next_at and each.next_at.timestamp(),
            each.service,
            each.environment,
        )
    )
    return look(request).page(request, "schedule.html", targets=found)


async def notifications(request: web.Request) -> web.Response:
    """Answer with receivers, and what was sent to each."""
    courier = request.app[FRONT].courier
    endpoints = courier.endpoints() if courier else ()
    sent = {
        each.name: await courier.deliveries(each.name, "", _DELIVERIES)
        for each in endpoints
        if courier is not None
    }
    return look(request).page(
        request,
        "notifications.html",
        endpoints=endpoints,
        sent=sent,
        again=request.query.get("again", ""),
    )


async def redeliver(request: web.Request) -> web.Response:
    """Send a delivery again."""
    courier = request.app[FRONT].courier
    form = await request.post()
    endpoint, delivery = str(form.get("endpoint", "")), str(form.get("delivery", ""))
    if courier is None or not await courier.redeliver(endpoint, delivery):
        raise ProblemError(404, "there is no such delivery")
    return see("/notifications?again=1")


async def sign_in(request: web.Request) -> web.Response:
    """Answer with the form to sign in, or lead on where nobody needs to."""
    if request.app[FRONT].settings.access is Access.OPEN:
        return see("/")
    onward = request.query.get("next", "/")
    return look(request).page(request, "sign_in.html", onward=onward, problem="")


async def help_page(request: web.Request) -> web.Response:
    """Answer with the keys, the words and the symbols."""
    return look(request).page(request, "help.html")


async def static(request: web.Request) -> web.Response:
    """Answer with a file that pages need."""
    found = look(request).static.answer(request)
    if found is None:
        raise ProblemError(404, "there is nothing at this address")
    return found


def error_page(request: web.Request, problem: ProblemError) -> web.Response | None:
    """Return *problem* as a page for a person's browser; None for everybody else."""
    wanted = request.headers.get(hdrs.ACCEPT, "")
    if problem.status == 500:  # Whatever is broken may be what draws pages.
        return None
    if "text/html" not in wanted or request.path.startswith(("/api/", "/badge/", "/static/")):
        return None
    made = request.app[LOOK]
    if request.path == "/sign-in" and request.method == hdrs.METH_POST:
        onward = "/"
        return made.page(
            request, "sign_in.html", status=problem.status, onward=onward, problem=problem.detail
        )
    return made.page(
        request,
        "problem.html",
        status=problem.status,
        title=TITLES[problem.kind],
        problem=problem,
        document=problem.document(request),
    )
