"""Who may ask: tokens, sessions, forms of other sites, names of other servers, and how often."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from yarl import URL

from director.errors import StoreError
from director.model.note import NoteKind
from director.model.service_event import AccessDenied, AccessGranted
from director.web.access import require_needs
from director.web.auth import GUARD, Guard
from director.web.exposure import check_exposure
from director.web.front import Access, Limits, WebSettings
from director.web.identity import Role
from director.web.server import make_app
from director.web.sessions import csrf_of
from director.web.tokens import TokenWish, mint
from tests.integration.web.city import Town, served, town

TOKENS = WebSettings(access=Access.TOKENS)


@dataclass
class Door:
    """A served town, whoever asks, and who guards it."""

    town: Town
    client: ClientSession
    url: str
    guard: Guard

    async def token(self, *roles: Role, days: float = 1) -> str:
        """Return a new token for every service."""
        wish = TokenWish(
            name="ci",
            holder="ann",
            roles=frozenset(roles or {Role.VIEWER}),
            services=("*",),
            lasts=timedelta(days=days),
        )
        text, kept = mint(wish, self.town.clock.now())
        await self.guard.tokens.keep(kept)
        return text

    async def code(self, method: str, path: str, **headers: str) -> int:
        """Return the status of a request without a body."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.request(method, path, headers=sent) as answer:
            return answer.status

    async def me(self, token: str) -> int:
        """Return the status of asking who a token is."""
        return await self.code("GET", "/api/v1/me", Authorization=f"Bearer {token}")

    @property
    def denied(self) -> list[str]:
        """Why somebody was turned away, each time."""
        return [event.reason for event in self.town.heard if isinstance(event, AccessDenied)]


@asynccontextmanager
async def door(folder: Path, settings: WebSettings = TOKENS) -> AsyncIterator[Door]:
    """Serve a town."""
    async with town(folder, settings) as there:
        app = make_app(there.front)
        async with served(app) as (client, url):
            yield Door(there, client, url, app[GUARD])


async def test_a_token_counts_until_it_does_not(tmp_path: Path) -> None:
    """Its last character, its end, and its revocation: each is noticed at once, and told."""
    async with door(tmp_path) as at:
        token = await at.token()
        assert await at.me(token) == 200
        other = "0" if token[-1] != "0" else "1"
        assert await at.me(token[:-1] + other) == 401
        await at.guard.tokens.revoke(token.split("_")[1], at.town.clock.now())
        assert await at.me(token) == 401
        short = await at.token(days=0.01)
        at.town.clock.ahead_s += 1_000
        assert await at.me(short) == 401

    assert at.denied == ["bad_token", "revoked", "expired"]


async def test_a_token_of_right_form_and_wrong_secret_is_none(tmp_path: Path) -> None:
    """Who knows an id, and computes the checksum, still knows nothing."""
    async with door(tmp_path) as at:
        token = await at.token()
        made, _ = mint(
            TokenWish(
                name="x",
                holder="x",
                roles=frozenset(Role),
                services=("*",),
                lasts=timedelta(days=1),
            ),
            at.town.clock.now(),
        )
        assert token.split("_")[1] != made.split("_")[1]
        assert await at.me(made) == 401
        for header in ("Basic abc", "Bearer", f"bearer {token} x", "Bearer \xe4"):
            assert await at.code("GET", "/api/v1/me", Authorization=header) == 401
        assert await at.code("GET", "/api/v1/me", Authorization=f"BEARER {token}") == 200


async def test_nothing_secret_is_kept(tmp_path: Path) -> None:
    """Of tokens and sessions only digests are in the notes."""
    async with door(tmp_path) as at:
        token = await at.token()
        cookie = await _signed_in(at, token)
        notes = at.town.front.notes
        found = [note for kind in NoteKind for note in await notes.page(kind)]
        kept = b"".join(note.key.encode() + (note.body or b"") for note in found)

    assert kept
    assert token.split("_")[2].encode() not in kept
    assert cookie.encode() not in kept


async def test_guessing_is_slowed_down(tmp_path: Path) -> None:
    """After ten failures in a minute an address is told when to come again."""
    async with door(tmp_path) as at:
        token = await at.token()
        codes = [await at.me("director_x") for _ in range(12)]
        assert codes == [401] * 10 + [429] * 2
        assert await at.me(token) == 429
        async with at.client.get("/api/v1/me", headers={"Authorization": "Bearer x"}) as answer:
            assert 1 <= int(answer.headers["Retry-After"]) <= 60
        at.town.clock.ahead_s += 61
        assert await at.me(token) == 200

    assert at.denied.count("rate") == 1


async def test_reads_and_writes_have_limits(tmp_path: Path) -> None:
    """Each token has its own, and room comes back evenly."""
    limits = Limits(reads_per_min=6, writes_per_min=2)
    async with door(tmp_path, WebSettings(access=Access.TOKENS, limits=limits)) as at:
        one, two = await at.token(), await at.token()
        assert [await at.me(one) for _ in range(7)] == [200] * 6 + [429]
        assert await at.me(two) == 200
        bearer = f"Bearer {two}"
        codes = [await at.code("POST", "/sign-out", Authorization=bearer) for _ in range(3)]
        assert codes == [204, 204, 429]
        at.town.clock.ahead_s += 11
        assert [await at.me(one) for _ in range(2)] == [200, 429]


async def _signed_in(at: Door, token: str) -> str:
    """Sign in, and return the cookie."""
    async with at.client.post("/sign-in", json={"token": token}) as answer:
        assert answer.status == 200, await answer.text()
        said = answer.headers["Set-Cookie"]
    assert "HttpOnly" in said
    assert "SameSite=Strict" in said
    assert "Path=/" in said
    cookies = at.client.cookie_jar.filter_cookies(URL(at.url))
    return cookies["director_session"].value


async def test_a_session_from_sign_in_to_sign_out(tmp_path: Path) -> None:
    """Signing in again gives another cookie and ends the first; signing out ends it."""
    async with door(tmp_path) as at:
        token = await at.token()
        first = await _signed_in(at, token)
        second = await _signed_in(at, token)
        assert first != second
        assert await at.code("GET", "/api/v1/me") == 200
        async with (
            ClientSession(cookies={"director_session": first}) as old,
            old.get(f"{at.url}/api/v1/me") as answer,
        ):
            assert answer.status == 401
        assert await at.code("POST", "/sign-out", X_CSRF_Token="wrong") == 403
        assert await at.code("POST", "/sign-out", X_CSRF_Token=csrf_of(second)) == 204
        assert await at.code("GET", "/api/v1/me") == 401

    granted = [event.action for event in at.town.heard if isinstance(event, AccessGranted)]
    assert granted == ["sign_in", "sign_in", "POST /sign-out"]


async def test_a_session_ends_by_itself(tmp_path: Path) -> None:
    """After half an hour of silence, or twelve hours, or with its token."""
    async with door(tmp_path) as at:
        token = await at.token()
        await _signed_in(at, token)
        at.town.clock.ahead_s += 29 * 60
        assert await at.code("GET", "/api/v1/me") == 200
        at.town.clock.ahead_s += 29 * 60
        assert await at.code("GET", "/api/v1/me") == 200
        at.town.clock.ahead_s += 31 * 60
        assert await at.code("GET", "/api/v1/me") == 401
        await _signed_in(at, token)
        for _ in range(12 * 3 - 1):
            at.town.clock.ahead_s += 20 * 60
            assert await at.code("GET", "/api/v1/me") == 200
        at.town.clock.ahead_s += 20 * 60
        assert await at.code("GET", "/api/v1/me") == 401
        fresh = await at.token()
        await _signed_in(at, fresh)
        await at.guard.tokens.revoke(fresh.split("_")[1], at.town.clock.now())
        assert await at.code("GET", "/api/v1/me") == 401


async def test_over_tls_the_cookie_belongs_to_the_host_alone(tmp_path: Path) -> None:
    """Behind a proxy the cookie is ``__Host-`` and secure, and HSTS is said."""
    settings = WebSettings(access=Access.TOKENS, behind_proxy=True)
    async with door(tmp_path, settings) as at:
        token = await at.token()
        async with at.client.post("/sign-in", json={"token": token}) as answer:
            said = answer.headers["Set-Cookie"]
            assert "Strict-Transport-Security" in answer.headers

    assert said.startswith("__Host-director_session=")
    assert "Secure" in said
    assert "Domain" not in said


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 202),
        ({}, 202),
    ],
)
async def test_another_site_makes_nobody_ask(
    tmp_path: Path, headers: dict[str, str], code: int
) -> None:
    """Neither a session nor an open server does what a page from elsewhere wants."""
    body = {"service": "ready-service"}
    async with door(tmp_path) as at:
        token = await at.token(Role.EVALUATOR)
        await _signed_in(at, token)
        async with at.client.post("/api/v1/evaluations", json=body, headers=headers) as answer:
            assert answer.status == code
    async with (
        door(tmp_path, WebSettings()) as at,
        at.client.post("/api/v1/evaluations", json=body, headers=headers) as answer,
    ):
        assert answer.status == code


async def test_a_form_must_know_the_secret_of_the_page(tmp_path: Path) -> None:
    """What a form of another site could send without asking is refused, and plain text, too."""
    async with door(tmp_path) as at:
        cookie = await _signed_in(at, await at.token())
        for data, code in (({"csrf": "x"}, 403), ({}, 403), ({"csrf": csrf_of(cookie)}, 303)):
            async with at.client.post("/sign-out", data=data, allow_redirects=False) as answer:
                assert answer.status == code, data
    async with door(tmp_path, WebSettings()) as at:
        text = {"Content-Type": "text/plain"}
        async with at.client.post("/sign-out", data=b"{}", headers=text) as answer:
            assert answer.status == 403


@pytest.mark.parametrize(
    ("host", "code"),
    [("127.0.0.1:80", 200), ("localhost", 200), ("[::1]:9", 200), ("evil.example", 421)],
)
async def test_an_open_server_answers_to_its_own_name(tmp_path: Path, host: str, code: int) -> None:
    """A page whose name was led to this machine is not answered (DNS rebinding)."""
    async with door(tmp_path, WebSettings()) as at:
        assert await at.code("GET", "/api/v1/me", Host=host) == code


@pytest.mark.parametrize(
    ("onward", "place"),
    [
        ("/services/pay", "/services/pay"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
    ],
)
async def test_signing_in_leads_nowhere_else(tmp_path: Path, onward: str, place: str) -> None:
    """A form may say where to go then, but only here."""
    async with door(tmp_path) as at:
        form = {"token": await at.token(), "next": onward}
        async with at.client.post("/sign-in", data=form, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, place)


async def test_an_address_is_believed_only_of_who_is_trusted(tmp_path: Path) -> None:
    """X-Forwarded-For counts from a trusted proxy, and as far as the chain is trusted."""
    trusted = WebSettings(access=Access.TOKENS, trusted_proxies=(ip_network("127.0.0.0/8"),))
    for settings, expected in ((TOKENS, "127.0.0.1"), (trusted, "203.0.113.9")):
        async with door(tmp_path, settings) as at:
            chain = "198.51.100.1, 203.0.113.9"
            await at.code("GET", "/api/v1/me", X_Forwarded_For=chain)
            found = [e.address for e in at.town.heard if isinstance(e, AccessDenied)]
            assert found == [expected]


@pytest.mark.parametrize(
    ("host", "settings", "said"),
    [
        ("127.0.0.1", WebSettings(), ""),
        ("::1", WebSettings(), ""),
        ("localhost", WebSettings(), ""),
        ("0.0.0.0", WebSettings(), "--access tokens"),
        ("10.0.0.5", WebSettings(behind_proxy=True), "--access tokens"),
        ("director.example.com", WebSettings(), "--access tokens"),
        ("0.0.0.0", TOKENS, "--behind-proxy"),
        ("0.0.0.0", WebSettings(access=Access.TOKENS, behind_proxy=True), ""),
        ("::", WebSettings(access=Access.TOKENS, tls=True), ""),
    ],
)
def test_where_it_may_listen(host: str, settings: WebSettings, said: str) -> None:
    """Elsewhere than on loopback only with tokens and TLS."""
    problem = check_exposure(host, settings)

    assert bool(problem) == bool(said)
    assert said in problem


async def _new(_: web.Request) -> web.Response:
    return web.Response()


async def test_a_route_without_a_need_is_refused(tmp_path: Path) -> None:
    """Deny by default: the application is not made."""
    async with town(tmp_path) as there:
        app = make_app(there.front)
        app.router.add_get("/new", _new)
        with pytest.raises(LookupError, match="GET /new"):
            require_needs(app)


async def test_a_broken_record_is_no_open_door(tmp_path: Path) -> None:
    """Where tokens cannot be looked up nobody comes in, and nobody reads why."""
    async with door(tmp_path) as at:
        token = await at.token()
        await at.town.front.notes.close()
        async with at.client.get(
            "/api/v1/me", headers={"Authorization": f"Bearer {token}"}
        ) as answer:
            said = await answer.text()

    assert answer.status == 503
    assert "closed" not in said


async def test_a_gate_is_closed_where_the_record_cannot_be_read(tmp_path: Path) -> None:
    """200 and closed for pipelines, 503 for Flagger."""
    async with door(tmp_path, WebSettings()) as at:
        at.town.daemon.lost = StoreError("/var/lib/director.db is damaged")
        place = "/api/v1/services/ready-service/decision"
        async with at.client.get(place) as answer:
            document = await answer.json()
        assert (answer.status, document["gate"], document["open"]) == (200, "closed", False)
        assert document["code"] == "unavailable"
        body = {"name": "ready-service", "namespace": "x"}
        async with at.client.post("/api/v1/gates/flagger", json=body) as answer:
            assert answer.status == 503
            assert "Retry-After" in answer.headers
