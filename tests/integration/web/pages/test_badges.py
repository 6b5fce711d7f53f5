"""web.pages.badges: what a README shows, to whoever knows the address."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import ClientSession

from director.model.note import NoteKind
from director.model.service import GateCode
from director.testing.clock import FakeClock
from director.web.pages.badges import PER_MIN
from director.web.server import make_app
from director.web.tokens import digest_of
from tests.integration.web.city import served
from tests.integration.web.pages.stage import Stage, gate, staged, watched

PLACE = "/services/payment-service"
FORM = {"environment": "production"}


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[Stage, ClientSession]]:
    """The stage on a socket."""
    async with staged() as stage, served(make_app(stage.front)) as (client, _):
        yield stage, client


async def made(client: ClientSession) -> str:
    """Make a badge as the page does, and return its token."""
    async with client.get(PLACE) as answer:
        csrf = re.findall(r'name="csrf" value="([0-9a-f]{64})"', await answer.text())[0]
    async with client.post(f"{PLACE}/badge", data={**FORM, "csrf": csrf}) as answer:
        text = await answer.text()
    assert answer.status == 200, text
    found = re.search(r"/badge/([A-Za-z0-9_-]{32})\.svg", text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("code", "message", "colour", "closed"),
    [
        (GateCode.GO, "GO", "1a7f37", False),
        (GateCode.OVERRIDE, "GO (override)", "8250df", False),
        (GateCode.CONDITIONAL_GO, "CONDITIONAL_GO", "9a6700", False),
        (GateCode.NO_GO, "NO_GO", "cf222e", True),
        (GateCode.STALE, "STALE", "57606a", True),
        (GateCode.EXPIRED, "STALE", "57606a", True),
        (GateCode.SIGHT_LOST, "UNKNOWN", "57606a", True),
        (GateCode.NEVER_EVALUATED, "UNKNOWN", "57606a", True),
    ],
)
async def test_every_state(code: GateCode, message: str, colour: str, *, closed: bool) -> None:
    """The picture and the JSON say what gates are told; the keys are those of shields.io."""
    async with opened() as (stage, client):
        token = await made(client)
        stage.daemon.put(watched("payment-service", code, gate=gate(code)))
        async with client.get(f"/badge/{token}.json") as answer:
            badge = await answer.json()
        async with client.get(f"/badge/{token}.svg") as picture:
            drawing = ET.fromstring(await picture.text())  # noqa: S314  # our own

    assert badge == {
        "schemaVersion": 1,
        "label": "readiness",
        "message": message,
        "color": colour,
        "isError": closed,
        "cacheSeconds": 300,
    }
    assert picture.content_type == "image/svg+xml"
    assert drawing.get("aria-label") == f"readiness of payment-service@production: {message}"
    assert picture.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "public, max-age=60"


async def test_only_the_digest_is_kept() -> None:
    """Whoever reads the notes does not learn the address of a badge."""
    async with opened() as (stage, client):
        token = await made(client)
        notes = await stage.front.notes.page(NoteKind.BADGE)

    assert [note.key for note in notes] == [digest_of(token)]
    assert all(token.encode() not in (note.body or b"") for note in notes)


@pytest.mark.parametrize("suffix", ["svg", "json"])
async def test_a_wrong_token(suffix: str) -> None:
    """A token of nobody, and one whose target is gone, answer as if nothing had been there."""
    async with opened() as (stage, client):
        token = await made(client)
        stage.daemon.shown.clear()
        answers = []
        for name in ("x", "A" * 32, token):
            async with client.get(f"/badge/{name}.{suffix}") as answer:
                document = await answer.json(content_type="application/problem+json")
                answers.append((answer.status, document["detail"]))

    assert answers == [(404, "there is no such badge")] * 3


async def test_guessing_is_slow() -> None:
    """One address gets so many badges in a minute, right or wrong, and no more."""
    codes: list[int] = []
    waits: list[str | None] = []
    async with staged() as stage:
        clock = FakeClock(stage.clock.now())
        front = replace(stage.front, clock=clock)
        async with served(make_app(front)) as (client, _):
            for passed_s in (*[0.0] * (PER_MIN + 1), 60 / PER_MIN):
                clock.advance(passed_s)
                async with client.get("/badge/guess.svg") as answer:
                    codes.append(answer.status)
                    waits.append(answer.headers.get("Retry-After"))

    assert codes == [*[404] * PER_MIN, 429, 404]
    assert waits[-2:] == ["1", None]


async def test_a_badge_needs_the_page_s_word() -> None:
    """Another site cannot have a badge made: the form's own token is missing."""
    async with opened() as (stage, client):
        async with client.post(f"{PLACE}/badge", data=FORM) as answer:
            status = answer.status
        notes = await stage.front.notes.page(NoteKind.BADGE)

    assert (status, notes) == (403, ())
