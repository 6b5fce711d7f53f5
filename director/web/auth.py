"""Who asks, and may they: in front of every route."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from aiohttp import hdrs, web

from director.model.event import Stamp
from director.model.service_event import AccessDenied, AccessGranted
from director.web.access import Need, Scope, key_of
from director.web.exposure import address_of, block_of, is_meant
from director.web.front import Access, Front
from director.web.identity import IDENTITY, LOCAL, Identity, Role, Via
from director.web.problems import Handler, ProblemError
from director.web.rates import Rate, retry_after
from director.web.sessions import Sessions, cookie_name, csrf_of
from director.web.tokens import Doubt, Token, Tokens

_SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
_BEARER = "bearer "
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="director"'}
_FORM = "application/x-www-form-urlencoded"

_TOLD_PER_MIN = 60
"""How often in a minute it is told of one address that it was turned away."""

_SAID = {
    "no_token": "send an API token as Authorization: Bearer, or sign in",
    "bad_token": "the token is none of ours",
    "expired": "the token has expired",
    "revoked": "the token was revoked",
}


class DeniedError(ProblemError):
    """Somebody is turned away, which is told to whoever listens.

    Args:
        status: The status code.
        reason: Why, as ``AccessDenied`` has it.
        detail: The same in one sentence.
        headers: Headers that the answer has besides.
    """

    def __init__(
        self, status: int, reason: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers=headers)
        self.reason = reason


class Guard:
    """Says who asks, and turns away who may not.

    Args:
        front: What the server works with.
        needs: What each route needs.
    """

    def __init__(self, front: Front, needs: Mapping[str, Need]) -> None:
        limits = front.settings.limits
        self._front = front
        self._needs = needs
        self.tokens = Tokens(front.notes)
        self.sessions = Sessions(front.notes)
        self._reads = Rate(limits.reads_per_min)
        self._writes = Rate(limits.writes_per_min)
        self._failures = Rate(limits.failures_per_min)
        self._told = Rate(_TOLD_PER_MIN)
        self._floods = Rate(1)
        self._local = replace(LOCAL, csrf=secrets.token_hex(32))

    async def pass_on(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let *request* through to *handler* if it may.

        Raises:
            ProblemError: It may not.
        """
        if not is_meant(request, self._front.settings):
            raise ProblemError(421, "the Host header must name this server")
        key = key_of(request.match_info.route)
        if key is None:
            return await handler(request)  # There is no such route, which it will say.
        try:
            await self._admit(request, self._needs[key])
            return await handler(request)
        except DeniedError as denied:
            await self._tell(request, denied)
            if denied.status == HTTPStatus.UNAUTHORIZED and _is_visit(request):
                raise _to_sign_in(request) from None
            raise

    async def checked(self, request: web.Request, text: str) -> Token:
        """Return the token *text*.

        Raises:
            DeniedError: It does not count, or there were too many failures from that address.
            StoreError: It cannot be looked up.
        """
        front = self._front
        address, now_s = block_of(self._address(request)), front.clock.monotonic()
        if wait_s := self._failures.wait_s(address, now_s):
            detail = "too many failed attempts from this address"
            raise DeniedError(429, "rate", detail, retry_after(wait_s))
        found = await self.tokens.proven(text, front.clock.now())
        if isinstance(found, Doubt):
            self._failures.count(address, now_s)
            raise _unknown(found.value)
        return found

    async def still(self, request: web.Request) -> bool:
        """Return whether who asked a while ago may still; that is no sign of life of a session.

        Raises:
            StoreError: It cannot be looked up.
        """
        front = self._front
        if front.settings.access is Access.OPEN:
            return True
        now = front.clock.now()
        kind, _, id_ = request[IDENTITY].credential.partition(":")
        if kind == "session":
            session = await self.sessions.known(
                request.cookies.get(cookie_name(secure=front.settings.secure), "")
            )
            if session is None or session.ended(now):
                return False
            id_ = session.token
        token = await self.tokens.one(id_)
        return token is not None and token.doubt(now) is None

    async def granted(self, request: web.Request, who: str, action: str) -> None:
        """Tell that somebody did what only some may do."""
        now = self._front.clock.now()
        event = AccessGranted(
            stamp=Stamp(self._front.new_id(now), now),
            who=who,
            address=self._address(request),
            action=action,
        )
        await self._front.publish(event)

    async def _admit(self, request: web.Request, need: Need) -> None:
        writes = request.method not in _SAFE
        if need.role is None:
            if writes:
                _demand_own_page(request, self._front)
            return
        identity = await self._identity(request)
        request[IDENTITY] = identity
        rate = self._writes if writes else self._reads
        wait_s = rate.take(identity.credential, self._front.clock.monotonic())
        # One person's own machine needs no protection from that person.
        if wait_s and identity.via is not Via.LOCAL:
            raise DeniedError(429, "rate", "too many requests", retry_after(wait_s))
        if writes and identity.via is not Via.TOKEN:
            _demand_own_page(request, self._front)
            await _demand_intent(request, identity)
        if not identity.may(need.role):
            raise DeniedError(403, "role", f"this needs the role {need.role.value}")
        if need.scope is Scope.ALL and not identity.sees_all:
            raise DeniedError(403, "scope", "this needs access to every service")
        if writes:
            await self.granted(request, identity.name, _action(request))

    async def _identity(self, request: web.Request) -> Identity:
        front = self._front
        if front.settings.access is Access.OPEN:
            return self._local
        header = request.headers.get(hdrs.AUTHORIZATION)
        if header is not None:
            if header[: len(_BEARER)].lower() != _BEARER:
                raise _unknown("bad_token")
            return (await self.checked(request, header[len(_BEARER) :].strip())).identity()
        cookie = request.cookies.get(cookie_name(secure=front.settings.secure))
        if not cookie:
            raise _unknown("no_token")
        now = front.clock.now()
        session = await self.sessions.proven(cookie, now)
        if session is None:
            raise _unknown("expired")
        token = await self.tokens.one(session.token)
        doubt = Doubt.REVOKED if token is None else token.doubt(now)
        if token is None or doubt is not None:
            raise _unknown((doubt or Doubt.REVOKED).value)
        return replace(
            token.identity(),
            via=Via.SESSION,
            credential=f"session:{session.key[:16]}",
            csrf=csrf_of(cookie),
        )

    async def _tell(self, request: web.Request, denied: DeniedError) -> None:
        """Tell that somebody was turned away; of a flood only so much that the log has room."""
        front, address = self._front, self._address(request)
        told = self._floods if denied.reason == "rate" else self._told
        if told.take(address, front.clock.monotonic()):
            return
        now, identity = front.clock.now(), request.get(IDENTITY)
        event = AccessDenied(
            stamp=Stamp(front.new_id(now), now),
            who=identity.name if identity else "",
            address=address,
            action=_action(request),
            reason=denied.reason,
        )
        await front.publish(event)

    def _address(self, request: web.Request) -> str:
        return address_of(request, self._front.settings.trusted_proxies)


GUARD = web.AppKey("guard", Guard)
"""Where the application keeps who guards it."""


@web.middleware
async def auth(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through who may."""
    return await request.app[GUARD].pass_on(request, handler)


def asker(request: web.Request) -> Identity:
    """Return who asks; only on routes that need a role."""
    return request[IDENTITY]


def require_service(request: web.Request, service: str) -> None:
    """Raise unless *service* is the asker's, whether it exists or not.

    Raises:
        DeniedError: It is not.
    """
    if not asker(request).sees(service):
        raise DeniedError(403, "scope", "this service is not among yours")


def require_role(request: web.Request, role: Role) -> None:
    """Raise unless the asker has *role*, where a part of what is asked for needs one more.

    Raises:
        DeniedError: They have not.
    """
    if not asker(request).may(role):
        raise DeniedError(403, "role", f"this needs the role {role.value}")


def _unknown(reason: str) -> DeniedError:
    return DeniedError(401, reason, _SAID[reason], _CHALLENGE)


def _demand_own_page(request: web.Request, front: Front) -> None:
    """Raise if a browser says that another site made it ask."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        raise DeniedError(403, "csrf", "another site may not ask for this")
    origin = request.headers.get(hdrs.ORIGIN)
    # Our pages say no referrer, and then a browser says no origin when it sends a form.
    if origin is None or (origin == "null" and site == "same-origin"):
        return
    meant = {urlsplit(f"//{request.headers.get(hdrs.HOST, '')}").netloc}
    if front.settings.public_url:
        meant.add(urlsplit(front.settings.public_url).netloc)
    if urlsplit(origin).netloc not in meant:
        raise DeniedError(403, "csrf", "another site may not ask for this")


async def _demand_intent(request: web.Request, identity: Identity) -> None:
    """Raise unless the request is one that no page of another site can make a browser send.

    That is JSON, which another site may not send without asking, or something with the token
    that only our own pages know.
    """
    kind = request.content_type
    if hdrs.CONTENT_TYPE in request.headers and _is_json(kind):
        return
    sent = request.headers.get("X-CSRF-Token", "")
    if not sent and kind == _FORM:
        field = (await request.post()).get("csrf", "")
        sent = field if isinstance(field, str) else ""
    if not hmac.compare_digest(sent.encode(errors="replace"), identity.csrf.encode()):
        raise DeniedError(403, "csrf", "send JSON, or the csrf token of the page")


def _is_json(kind: str) -> bool:
    return kind == "application/json" or kind.endswith("+json")


def _is_visit(request: web.Request) -> bool:
    """Return whether a person's browser asks for a page."""
    return (
        request.method in _SAFE
        and not request.path.startswith("/api/")
        and "text/html" in request.headers.get(hdrs.ACCEPT, "")
    )


def _to_sign_in(request: web.Request) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/sign-in?next={quote(request.rel_url.raw_path_qs, safe='/')}")


def _action(request: web.Request) -> str:
    return f"{request.method} {request.rel_url.raw_path}"[:300]
