"""The pages of one service, of one evaluation, and of two of them side by side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web

from director.engine.trends import Wanted as Part
from director.engine.trends import read_trend
from director.formats import html_view
from director.formats.shifts import IN_COLUMNS
from director.model.history import Summary
from director.model.record import Record
from director.model.report import Judged
from director.model.service import Refused, Wanted
from director.ports import Store
from director.rules.contrast import contrast
from director.rules.moment import instant
from director.web.auth import asker, require_service
from director.web.casework import listing
from director.web.front import FRONT, Front
from director.web.pages.look import look, see, service_url
from director.web.problems import ProblemError
from director.web.rates import retry_after

_DRAWN = 30
"""Decisions of the drawing and the list."""

_PAGE = 500
_ULID = 26


async def service(request: web.Request) -> web.Response:
    """Answer with how a service stands, or how it stood at a moment."""
    return await shown(request, request.match_info["service"], request.query.get("environment"))


async def shown(
    request: web.Request, name: str, environment: str | None, badge: str = ""
) -> web.Response:
    """Return the page of a service.

    Args:
        request: What is asked.
        name: The service.
        environment: Where; None for the first environment that it has.
        badge: The address of a badge that was made just now; it is shown this once.

    Raises:
        ProblemError: There is nothing of that name.
        StoreError: The record cannot be read.
    """
    require_service(request, name)
    front = request.app[FRONT]
    environments = await _environments(front, name)
    if not environments or (environment is not None and environment not in environments):
        raise ProblemError(404, "nobody watches a service of this name there")
    where = environments[0] if environment is None else environment
    at = request.query.get("at", "")
    if at:
        record = await _record_at(front.store, (name, where), at)
    else:
        record = await front.store.latest(name, where)
    trend = await read_trend(front.store, front.memory, (name, where), Part(limit=_DRAWN))
    section, before = None, None
    if record is not None:
        section, before = await _section(front, record)
    cases = await listing(front, name, where)
    return look(request).page(
        request,
        "service.html",
        service=name,
        environment=where,
        environments=environments,
        watched=front.daemon.target(name, where),
        section=section,
        before=before,
        trend=trend,
        at=at,
        waivers=[each for each in cases.waivers if each.state in {"approved", "requested"}],
        overrides=[each for each in cases.overrides if each.state.value in _OPEN],
        badge=badge,
        stored_in="",
        overview=False,
    )


_OPEN = {"in_force", "requested", "not_yet"}


async def evaluation(request: web.Request) -> web.Response:
    """Answer with one evaluation: what was decided then, or how far it came."""
    front, name = request.app[FRONT], request.match_info["evaluation"]
    record = await front.store.evaluation(name) if len(name) == _ULID else None
    if record is None:
        progress = await front.daemon.progress(name)
        if progress is None or not asker(request).sees(progress.service):
            raise ProblemError(404, "there is no evaluation of this name")
        return look(request).page(request, "progress.html", progress=progress)
    if not asker(request).sees(record.service):
        raise ProblemError(404, "there is no evaluation of this name")
    section, before = await _section(front, record)
    latest = await front.store.latest(record.service, record.environment)
    return look(request).page(
        request,
        "evaluation.html",
        section=section,
        before=before,
        record=record,
        is_latest=latest is not None and latest.evaluation == record.evaluation,
        stored_in="",
        overview=False,
    )


async def diff(request: web.Request) -> web.Response:
    """Answer with two evaluations side by side, or ask which."""
    names = [request.query.get(word, "").strip() for word in ("from", "to")]
    if not all(names):
        return look(request).page(request, "diff.html", names=names, found=None, section=None)
    records = []
    for name in names:
        record = await request.app[FRONT].store.evaluation(name) if len(name) == _ULID else None
        if record is None or not asker(request).sees(record.service):
            raise ProblemError(404, "there is no decision of one of these evaluations")
        records.append(record)
    found = contrast(*records)
    section = html_view.section(1, Judged(found.after, True, found.difference))
    return look(request).page(
        request,
        "diff.html",
        names=names,
        found=found,
        section=section,
        record=found.after,
        shifts=[shift for shift in found.shifts if shift.matter not in IN_COLUMNS],
    )


async def evaluate(request: web.Request) -> web.Response:
    """Have a service evaluated now."""
    name = request.match_info["service"]
    require_service(request, name)
    form = await request.post()
    environment = str(form.get("environment", ""))
    cause = f"dashboard, {asker(request).name}"
    wanted = Wanted(service=name, environment=environment, trigger="manual", cause=cause)
    taken = await request.app[FRONT].daemon.submit(wanted)
    if isinstance(taken, Refused):
        wait = retry_after(taken.retry_after_s) if taken.retry_after_s else {}
        raise ProblemError(503 if wait else 404, taken.text, headers=wait)
    return see(service_url(name, environment))


async def _environments(front: Front, name: str) -> tuple[str, ...]:
    watched = [each.environment for each in front.daemon.targets() if each.service == name]
    kept = await front.store.environments(name) if name.isprintable() else ()
    return tuple(dict.fromkeys((*watched, *kept)))


async def _record_at(store: Store, target: tuple[str, str], at: str) -> Record | None:
    """Return the decision that was in force at a moment; None if there was none yet."""
    try:
        moment = datetime.fromisoformat(at)
        text = instant((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC))
    except (ValueError, OverflowError) as error:
        problem = "at must be a moment such as 2026-01-15T09:30:00Z"
        raise ProblemError(422, problem, kind="invalid") from error
    found = await _summary_at(store, target, text)
    return None if found is None else await store.evaluation(found.evaluation)


async def _summary_at(store: Store, target: tuple[str, str], text: str) -> Summary | None:
    before: int | None = None
    while page := await store.history(*target, before, _PAGE):
        for each in page:
            if each.decided_at <= text:
                return each
        before = page[-1].seq
    return None


async def _section(front: Front, record: Record) -> tuple[html_view.Section, str]:
    """Return what the page says of a decision, and the evaluation before it; empty for none."""
    judged = await front.memory.judged(record)
    earlier = await _earlier(front.store, record)
    if earlier is None:
        return html_view.section(1, judged), ""
    judged = replace(judged, difference=contrast(earlier, record).difference)
    return html_view.section(1, judged), earlier.evaluation


async def _earlier(store: Store, record: Record) -> Record | None:
    """Return the decision before *record*, as long as it is not too far back to be looked for."""
    found = await store.history(record.service, record.environment, None, _PAGE)
    names = [each.evaluation for each in found]
    place = names.index(record.evaluation) + 1 if record.evaluation in names else len(names)
    return await store.evaluation(names[place]) if place < len(names) else None
