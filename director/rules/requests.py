"""Waivers that are asked for and not approved: by the manifest, or by somebody. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from director.model.check import Role
from director.model.decision import Decision
from director.model.manifest import Manifest, WaiverRequest
from director.model.profile import Profile, WaiverPolicy
from director.model.record import RequestEntry, WaiverPolicyEntry
from director.model.refusal import Refusal, RefusalCode
from director.model.value import dataclass
from director.model.waiver import Stage, WaiverCase, WaiverCode, WaiverStatement
from director.rules.moment import instant
from director.rules.wording import wording_refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A waiver as far as a policy looks at it.

    Attributes:
        check: The check to be excused.
        role: What the check's failure means; None if no such check was planned.
        requested_at: When it is asked for, aware, in UTC.
        expires_at: Until when it is to hold, aware, in UTC.
    """

    check: str
    role: str | None
    requested_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is asked of a decision's policy.

    Attributes:
        manifest: What was judged, with the waivers it asks for.
        cases: Every waiver of the target.
        profile: The policy.
    """

    manifest: Manifest
    cases: tuple[WaiverCase, ...]
    profile: Profile


def unknown_requests(
    asked: Iterable[WaiverRequest], cases: Iterable[WaiverCase]
) -> tuple[WaiverRequest, ...]:
    """Return what a manifest asks for and nobody has been asked yet, each once.

    What was denied or revoked is known too: to ask again, a manifest must ask for something else.
    """
    known = {_content_of_case(case) for case in cases}
    unknown: dict[tuple[str, ...], WaiverRequest] = {}
    for request in asked:
        if (content := content_of(request)) not in known:
            unknown.setdefault(content, request)
    return tuple(unknown.values())


def pending(
    asked: Iterable[WaiverRequest], cases: Iterable[WaiverCase], now: datetime
) -> tuple[WaiverCase, ...]:
    """Return the cases that nobody has approved, and that somebody still asks for.

    Those that wait for an answer and have not expired; and those that got a no and that the
    manifest asks for as before.
    """
    wanted = set(map(content_of, asked))
    return tuple(
        case
        for case in cases
        if (case.stage is Stage.REQUESTED and now < case.statement.expires_at)
        or (case.stage is not Stage.APPROVED and _content_of_case(case) in wanted)
    )


def policy_refusals(
    wish: Wish, policy: WaiverPolicy | WaiverPolicyEntry | None, now: datetime
) -> Iterator[Refusal]:
    """Yield everything because of which nobody can approve *wish*."""
    if now >= wish.expires_at:
        yield Refusal(RefusalCode.EXPIRED, "it has expired")
    if wish.role is None:
        yield Refusal(RefusalCode.UNKNOWN_CHECK, f"{wish.check} is not planned")
    if wish.role == Role.BLOCKER.value:
        text = f"{wish.check} is a blocker, which an override lifts and no waiver"
        yield Refusal(RefusalCode.NOT_WAIVABLE, text)
    if policy is None or not policy.roles:
        yield Refusal(RefusalCode.NOBODY_MAY, "the profile lets nobody approve waivers")
    elif wish.expires_at - wish.requested_at > timedelta(seconds=policy.expires_in_s):
        text = f"it may live at most {policy.expires_in_s / 86400:g} days from its request"
        yield Refusal(RefusalCode.TOO_LONG, text)


def request_entries(decision: Decision, wishes: Wishes) -> tuple[RequestEntry, ...]:
    """Return every waiver that somebody asks for and nobody has approved.

    First those that the record knows, in the order of their requests; then those that only the
    manifest asks for, in its order.
    """
    asked, cases = wishes.manifest.waivers, wishes.cases
    now = decision.seen_at or decision.decided_at
    found = [
        *((case.statement, case.stage) for case in pending(asked, cases, now)),
        *(
            (_statement(request, decision, wishes), Stage.REQUESTED)
            for request in unknown_requests(asked, cases)
        ),
    ]
    return tuple(
        _entry(statement, stage, _doubt(statement, decision, wishes.profile))
        for statement, stage in found
    )


def content_of(request: WaiverRequest) -> tuple[str, ...]:
    """Return what makes two requests of a manifest one."""
    code = request.code or WaiverCode.ACCEPTED_RISK.value
    at = request.expires_at.isoformat()
    return request.check, code, request.reason, request.ticket, at


def _content_of_case(case: WaiverCase) -> tuple[str, ...]:
    of = case.statement
    return of.check, of.code.value, of.reason, of.ticket, of.expires_at.isoformat()


def _statement(request: WaiverRequest, decision: Decision, wishes: Wishes) -> WaiverStatement:
    """Return what a manifest asks for, as somebody would ask for it; it has no id yet.

    A team asks for it, by the name that the manifest gives as the service's owner.
    """
    return WaiverStatement(
        id="",
        log="",
        service=wishes.manifest.name,
        environment="",
        check=request.check,
        code=WaiverCode(request.code or WaiverCode.ACCEPTED_RISK),
        reason=request.reason,
        ticket=request.ticket,
        requested_by=wishes.manifest.owner or wishes.manifest.name,
        requested_at=decision.decided_at,
        expires_at=request.expires_at,
    )


def _entry(statement: WaiverStatement, stage: Stage, doubt: str) -> RequestEntry:
    return RequestEntry(
        check=statement.check,
        reason=statement.reason,
        ticket=statement.ticket,
        expires_at=instant(statement.expires_at),
        id=statement.id,
        code=statement.code.value,
        requested_by=statement.requested_by,
        stage=stage.value,
        doubt=doubt,
    )


def _doubt(statement: WaiverStatement, decision: Decision, profile: Profile) -> str:
    """Return why nobody can approve *statement* as it is; empty if somebody can."""
    roles = {check.id: check.planned.policy.role.value for check in decision.checks}
    wish = Wish(
        check=statement.check,
        role=roles.get(statement.check),
        requested_at=statement.requested_at,
        expires_at=statement.expires_at,
    )
    against = (
        *policy_refusals(wish, profile.waivers, decision.seen_at or decision.decided_at),
        *wording_refusals(statement),
    )
    return against[0].text if against else ""
