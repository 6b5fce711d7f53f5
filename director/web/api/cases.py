"""Waivers and overrides, through the same steps as on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import AwareDatetime, Field, StringConstraints

from director.approval.desk import Ending, Office, Outcome, Place, Scene, scene
from director.approval.overrides import Overrides, OverrideWish
from director.approval.waivers import Waivers, WaiverWish
from director.model.event import Stamp
from director.model.ledger import Entry, Kind
from director.model.service_event import CaseRecorded
from director.model.value import dataclass
from director.model.waiver import WaiverCode
from director.web.api.declare import (
    Answer,
    Asked,
    Environment,
    Name,
    Operation,
    PageSize,
    Sent,
    Whole,
    invalid,
    reply,
)
from director.web.api.paging import Cursor, cursor_of, place_of
from director.web.auth import asker
from director.web.casework import Listing, OverrideDocument, WaiverDocument, listing
from director.web.front import FRONT, Front
from director.web.problems import ProblemError

Line = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
"""One line of text; what else it must be the steps themselves say."""

Armor = Annotated[str, StringConstraints(min_length=1, max_length=16_384)]
"""A signature, as ``ssh-keygen -Y sign`` writes it."""

_MOST_DAYS = 366

_T = TypeVar("_T")


class CasesAsked(Asked):
    """Which waivers or overrides."""

    service: Name | None = None
    environment: Environment | None = None
    limit: PageSize = 100
    cursor: Cursor = ""


class WaiverWanted(Sent):
    """What to be excused from, and why."""

    service: Name
    environment: Environment = ""
    check: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    code: Annotated[WaiverCode, Field(strict=False)]
    reason: Line
    ticket: Line
    expires_at: Annotated[AwareDatetime, Field(strict=False)]


class OverrideWanted(Sent):
    """What to force a GO for, and why."""

    service: Name
    environment: Environment = ""
    reason: Line
    ticket: Line
    lasts_s: Whole = Field(default=24 * 3600, ge=60, le=_MOST_DAYS * 86_400)
    begins_in_s: Whole = Field(default=0, ge=0, le=_MOST_DAYS * 86_400)


class OverrideSigned(Sent):
    """Signatures over the statement of an override, to the byte as it was requested."""

    signatures: Annotated[list[Armor], Field(min_length=1, max_length=8)]


class OverrideEnding(Sent):
    """Why an override is to end."""

    reason: Line


@dataclass(frozen=True, slots=True)
class WaiverPage:
    """Waivers, the oldest first; ``next`` is null on the last page."""

    items: tuple[WaiverDocument, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class OverridePage:
    """Overrides, the oldest first; ``next`` is null on the last page."""

    items: tuple[OverrideDocument, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDocument:
    """What was done, as it stands in the audit log.

    Attributes:
        entry: The entry's ULID.
        kind: What it tells, for example ``override.requested``.
        id: The waiver or override it is about.
        statement: The exact text to be signed; empty if there is none.
    """

    entry: str
    kind: Kind
    id: str
    service: str
    environment: str
    at: str
    by: str
    statement: str


async def waivers(request: web.Request, asked: CasesAsked) -> web.StreamResponse:
    """Answer with waivers as they stand now."""
    found = await _listing(request, asked)
    page, onward = _page([(w.id, w) for w in found.waivers], asked)
    return reply(WaiverPage(page, onward))


async def overrides(request: web.Request, asked: CasesAsked) -> web.StreamResponse:
    """Answer with overrides, and what they mean for the last decision."""
    found = await _listing(request, asked)
    page, onward = _page([(o.id, o) for o in found.overrides], asked)
    return reply(OverridePage(page, onward))


async def request_waiver(request: web.Request, asked: WaiverWanted) -> web.StreamResponse:
    """Ask for a service to be excused from a check."""
    office = _office(request)
    stands = await _scene(office, asked.service, asked.environment)
    wish = WaiverWish(
        check=asked.check,
        code=asked.code,
        reason=asked.reason,
        ticket=asked.ticket,
        requested_by=asker(request).holder,
        expires_at=_moment(asked.expires_at),
    )
    return await _concluded(request, await Waivers(office).request(stands, wish), 201)


async def request_override(request: web.Request, asked: OverrideWanted) -> web.StreamResponse:
    """Write down what is to be signed to force a GO."""
    office = _office(request)
    stands = await _scene(office, asked.service, asked.environment)
    wish = OverrideWish(
        reason=asked.reason,
        ticket=asked.ticket,
        requested_by=asker(request).holder,
        lasts=timedelta(seconds=asked.lasts_s),
        begins_in=timedelta(seconds=asked.begins_in_s),
    )
    return await _concluded(request, await Overrides(office).request(stands, wish), 201)


async def apply_override(request: web.Request, asked: OverrideSigned) -> web.StreamResponse:
    """Bring an override into force, if the signatures over it suffice."""
    office = _office(request)
    entry = await _requested(request, office)
    stands = await _scene(office, entry.service, entry.environment)
    outcome = await Overrides(office).apply(stands, entry.statement, tuple(asked.signatures))
    return await _concluded(request, outcome, 200)


async def revoke_override(request: web.Request, asked: OverrideEnding) -> web.StreamResponse:
    """End an override, applied or not."""
    office = _office(request)
    entry = await _requested(request, office)
    stands = await _scene(office, entry.service, entry.environment)
    ending = Ending(entry.subject, asker(request).holder, asked.reason)
    return await _concluded(request, await Overrides(office).revoke(stands, ending), 200)


async def _listing(request: web.Request, asked: CasesAsked) -> Listing:
    found = await listing(request.app[FRONT], asked.service, asked.environment)
    return found.seen_by(asker(request))


def _page(items: list[tuple[str, _T]], asked: CasesAsked) -> tuple[tuple[_T, ...], str | None]:
    place = place_of(asked.cursor, 1)
    if place is not None:
        names = [name for name, _ in items]
        items = items[names.index(place[0]) + 1 :] if place[0] in names else []
    page = items[: asked.limit]
    onward = cursor_of(page[-1][0]) if len(items) > len(page) else None
    return tuple(item for _, item in page), onward


def _office(request: web.Request) -> Office:
    office = request.app[FRONT].office
    if office is None:
        raise ProblemError(503, "waivers and overrides are not to be had here")
    return office


async def _scene(office: Office, service: str, environment: str) -> Scene:
    stands = await scene(office, Place(service, environment))
    if stands is None:
        raise ProblemError(409, "nothing was ever decided on this target")
    return stands


async def _requested(request: web.Request, office: Office) -> Entry:
    """Return the request of the override that the path names."""
    name = request.match_info["override"]
    for entry in await office.store.casework():
        if entry.subject == name and entry.kind is Kind.OVERRIDE_REQUESTED:
            if asker(request).sees(entry.service):
                return entry
            break
    raise ProblemError(404, "there is no override of this name")


async def _concluded(request: web.Request, outcome: Outcome, status: int) -> web.StreamResponse:
    """Tell of what was done or refused, and answer with it."""
    front: Front = request.app[FRONT]
    now = front.clock.now()
    await front.publish(CaseRecorded(Stamp(front.new_id(now), now), outcome.entry))
    if outcome.refusals:
        detail = "; ".join(refusal.text for refusal in outcome.refusals)
        refusals = [{"code": each.code, "text": each.text} for each in outcome.refusals]
        said = {"refusals": refusals, "entry": outcome.entry.id}
        raise ProblemError(409, detail, kind="refused", said=said)
    entry = outcome.entry
    done = CaseDocument(
        entry=entry.id,
        kind=entry.kind,
        id=entry.subject,
        service=entry.service,
        environment=entry.environment,
        at=entry.at,
        by=entry.by,
        statement=entry.statement,
    )
    return reply(done, status)


def _moment(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise invalid("/body/expires_at", "must be a moment of the calendar") from error


_REFUSED = {
    409: Answer("It was refused, and why; or nothing was ever decided on this target", None),
}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        route="GET /api/v1/waivers",
        act=waivers,
        said="Waivers as they stand now, the oldest first",
        query=CasesAsked,
        answers={200: Answer("A page of waivers", WaiverPage)},
    ),
    Operation(
        route="POST /api/v1/waivers",
        act=request_waiver,
        said="Ask for a service to be excused from a check",
        body=WaiverWanted,
        answers={201: Answer("It waits for somebody else's approval", CaseDocument), **_REFUSED},
    ),
    Operation(
        route="GET /api/v1/overrides",
        act=overrides,
        said="Overrides, the oldest first, and what they mean for the last decision",
        query=CasesAsked,
        answers={200: Answer("A page of overrides", OverridePage)},
    ),
    Operation(
        route="POST /api/v1/overrides",
        act=request_override,
        said="Write down what is to be signed to force a GO",
        body=OverrideWanted,
        answers={201: Answer("What is to be signed, in statement", CaseDocument), **_REFUSED},
    ),
    Operation(
        route="POST /api/v1/overrides/{override}/apply",
        act=apply_override,
        said="Bring an override into force, by signatures over its statement",
        body=OverrideSigned,
        answers={200: Answer("It is in force", CaseDocument), **_REFUSED},
    ),
    Operation(
        route="POST /api/v1/overrides/{override}/revoke",
        act=revoke_override,
        said="End an override, applied or not",
        body=OverrideEnding,
        answers={200: Answer("It has ended", CaseDocument), **_REFUSED},
    ),
)
"""What this module offers."""
