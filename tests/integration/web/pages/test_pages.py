"""web.pages: what each page answers, without a browser."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import quote

import pytest
from aiohttp import ClientSession

from director.model.sampled import Shown
from director.model.service import GateCode, Health
from director.web.front import Access, WebSettings
from director.web.server import make_app
from tests.integration.web.city import served
from tests.integration.web.pages.stage import Stage, staged, watched

PAGE = {"Accept": "text/html"}
NAMES = re.compile(r'data-service="([^"]*)"')


@asynccontextmanager
async def opened(settings: WebSettings | None = None) -> AsyncIterator[tuple[Stage, ClientSession]]:
    """The stage on a socket."""
    async with staged(settings) as stage, served(make_app(stage.front)) as (client, _):
        yield stage, client


async def text_of(client: ClientSession, path: str, status: int = 200) -> str:
    """Return a page; fails unless it has that status."""
    async with client.get(path, headers=PAGE, allow_redirects=False) as answer:
        text = await answer.text()
    assert (answer.status, answer.content_type) == (status, "text/html"), text[:300]
    return text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("decision=no_go", ["search", "mailer"]),
        ("decision=stale", ["invoices"]),
        ("decision=override", ["gateway"]),
        ("tier=0", ["search", "gateway", "ledger"]),
        ("environment=staging", ["checkout"]),
        ("owner=team-search", ["search"]),
        ("q=CHECK", ["checkout", "checkout"]),
        ("owner=team-shop&tier=1&decision=conditional_go", ["catalog"]),
        ("q=nothing-has-this-name", []),
    ],
)
async def test_filters(query: str, expected: list[str]) -> None:
    """What is asked for in the address is shown, and nothing else."""
    async with opened() as (_, client):
        found = NAMES.findall(await text_of(client, f"/?{query}"))

    assert found == expected


async def test_the_worst_is_first() -> None:
    """Closed gates come first, among them the most critical; they block the release train."""
    async with opened() as (_, client):
        text = await text_of(client, "/")

    assert NAMES.findall(text)[:5] == ["search", "mailer", "reports", "legacy", "invoices"]
    assert "5 gates of 13 closed" in text
    assert "What blocks the release train" in text


async def test_a_page_is_drawn_again_only_if_something_changed() -> None:
    """What was drawn is kept, and is older than what the service shows by a moment at most."""
    async with opened() as (stage, client):
        first, again = [await text_of(client, "/") for _ in range(2)]
        stage.daemon.put(watched("checkout", GateCode.NO_GO, owner="team-shop", tier=1))
        stage.clock.ahead_s += 1.0
        changed = await text_of(client, "/")
        stage.daemon.ill = Health(ready=False, troubles=("the disk is full",))
        ill = await text_of(client, "/")

    assert first == again
    assert "6 gates of 13 closed" in changed
    assert "the disk is full" in ill


@pytest.mark.parametrize("page", ["0", "-1", "1e9", "99999", "x", "%00"])
async def test_any_page_number(page: str) -> None:
    """A page that is none is the first or the last one."""
    async with opened() as (stage, client):
        stage.daemon.put(*(watched(f"s-{number:03}", GateCode.GO) for number in range(250)))
        assert NAMES.findall(await text_of(client, f"/?page={page}"))


async def test_time_travel() -> None:
    """With a moment, a service's page shows the decision that was in force then."""
    async with opened() as (stage, client):
        records = [await stage.store.evaluation(each) for each in stage.evaluations]
        found = []
        for record in records:
            assert record is not None
            place = f"/services/payment-service?environment=production&at={record.decided_at}"
            found.append(await text_of(client, place))
        before = await text_of(client, "/services/payment-service?at=2020-01-01T00:00Z")
        await text_of(client, "/services/payment-service?at=yesterday", 422)
        await text_of(client, "/services/payment-service?at=0001-01-01T00:00%2B23:00", 422)

    for text, evaluation in zip(found, stage.evaluations, strict=True):
        assert f'<a class="id" href="/evaluations/{evaluation}">' in text
        assert "See it now" in text
    assert "There was no decision yet" in before


async def test_a_service_that_nobody_watches_any_more() -> None:
    """What was decided is kept, and it is said that nobody watches."""
    async with opened() as (stage, client):
        stage.daemon.shown.clear()
        text = await text_of(client, "/services/payment-service?environment=production")

    assert "Nobody watches this target any more" in text
    assert "Evaluate now" not in text


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/services/none",
        "/services/checkout?environment=none",
        "/evaluations/none",
        "/evaluations/01K0000000000000000000000A",
        "/diff?from=01K0000000000000000000000A&to=01K0000000000000000000000B",
        f"/services/{quote('../../etc/passwd', safe='')}",
    ],
)
async def test_what_is_not_there(path: str) -> None:
    """A page that is not there is said to be so in the look of the others."""
    async with opened() as (_, client):
        assert "There is nothing here" in await text_of(client, path, 404)


async def test_programs_get_problems() -> None:
    """Who asks for no page gets the problem as a document."""
    async with opened() as (_, client), client.get("/nothing") as answer:
        assert answer.content_type == "application/problem+json"


async def test_the_record_cannot_be_read() -> None:
    """A page that needs the record says that it cannot be had now, and when to try again."""
    async with opened() as (stage, client):
        await stage.store.close()
        text = await text_of(client, "/services/payment-service", 503)

    assert "Try again in 5 s" in text


async def test_nobody_is_shown_anything() -> None:
    """Where people must sign in, every page leads there, and says nothing before."""
    async with opened(WebSettings(access=Access.TOKENS)) as (_, client):
        for path in ("/", "/row?service=search", "/services/search", "/cases", "/notifications"):
            async with client.get(path, headers=PAGE, allow_redirects=False) as answer:
                assert (answer.status, await answer.text()) == (303, "")
                assert answer.headers["Location"].startswith("/sign-in?next=")


async def test_static_files() -> None:
    """A file has the address of what it holds, may be kept for ever, and travels packed."""
    async with opened() as (_, client):
        text = await text_of(client, "/")
        places = sorted(set(re.findall(r'"(/static/[^"]+)"', text)))
        for place in places:
            async with client.get(place, headers={"Accept-Encoding": "gzip"}) as answer:
                assert answer.status == 200
                assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
                assert answer.headers["Content-Encoding"] == "gzip"
                unpacked = await answer.read()
            async with client.get(place, headers={"Accept-Encoding": "gzip;q=0"}) as answer:
                assert "Content-Encoding" not in answer.headers
                assert await answer.read() == unpacked
        async with client.get("/static/dashboard.0000000000000000.css") as answer:
            assert answer.status == 404

    assert sorted(re.sub(r"\.[0-9a-f]{16}", "", place) for place in places) == [
        "/static/dashboard.css",
        "/static/dashboard.js",
        "/static/htmx.js",
        "/static/icon.svg",
        "/static/print.css",
    ]


async def test_pages_travel_packed() -> None:
    """A page is packed for who can unpack it."""
    async with opened() as (_, client):
        asked = {**PAGE, "Accept-Encoding": "gzip"}
        async with client.get("/", headers=asked, auto_decompress=False) as answer:
            body = await answer.read()

    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body).startswith(b"<!DOCTYPE html>")


async def test_a_doubt_never_looks_better_than_it_is() -> None:
    """A gate that is closed is never shown as GO, whatever its code says."""
    async with opened() as (stage, client):
        plain = watched("checkout", GateCode.GO, tier=1)
        closed = replace(watched("x", GateCode.NO_GO).gate, code=GateCode.GO)
        stage.daemon.put(replace(plain, gate=closed, shown=Shown.OK))
        text = await text_of(client, "/row?service=checkout&environment=production")

    assert 'data-standing="unknown"' in text
