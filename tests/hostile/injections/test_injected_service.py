"""Whatever others write, the pages, the API and the stream of the service keep their form."""

# ruff: noqa: ANN401  # JSON documents and records have any shape

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Hashable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from aiohttp import ClientSession

from director.engine.clock import new_ulid
from director.model.event import DecisionMade, Stamp, Subject
from director.model.record import Record
from director.model.service import GateCode
from director.rules.moment import instant
from director.web.server import make_app
from tests.integration.formats.conftest import record as full_record
from tests.integration.web.city import served
from tests.integration.web.pages.stage import Stage, staged, watched

if TYPE_CHECKING:
    from tests.hostile.conftest import Beside
    from tests.hostile.injections.conftest import About, Payloads
    from tests.hostile.injections.readers import Readers
    from tests.hostile.injections.reported import Desk

LINK = re.compile(r"(?:/(?!/)|#|https?://)[^\s<>\"'`]*|")
FIXED = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
"""A header's value: visible, of ASCII, on one line."""


TEXTS = ("owner", "version", "text", "profile", "source", "schedule", "fault", "maintenance")
"""What a target shows that others write."""


OURS = re.compile(r"(?!x{9})[a-z][a-z_]*")
"""A key that we made; facts may have any."""


@dataclass
class Visited:
    """The service with somebody who reads everything of it."""

    stage: Stage
    client: ClientSession
    page_of: Any

    async def put(self, record: Record, text: str) -> None:
        """Show a target with *text* in every text, and the decision on it."""
        target = watched(
            record.service,
            GateCode.NO_GO,
            evaluation=record.evaluation,
            **dict.fromkeys(TEXTS, text),
        )
        assert target.latest is not None
        target = replace(target, latest=replace(target.latest, why=text, override=""))
        for key in [key for key in self.stage.daemon.shown if key[0].startswith("victim")]:
            del self.stage.daemon.shown[key]
        self.stage.daemon.put(target)
        self.stage.daemon.plugin_word = text
        self.stage.clock.ahead_s += 1.0
        await self.stage.store.record(record)

    async def shape(self, path: str) -> Hashable:
        """Return the form of a page as a browser sees it."""
        async with self.client.get(path, headers={"Accept": "text/html"}) as answer:
            text = await answer.text()
            headers(answer.headers)
        assert answer.content_type == "text/html", (path, answer.status)
        page = self.page_of(text)
        assert page.comments == []
        seen = []
        for tag, attributes in page.elements:
            assert not [name for name in attributes if name.startswith("on")]
            assert "srcdoc" not in attributes
            for name in ("href", "src", "action", "formaction"):
                assert LINK.fullmatch(attributes.get(name) or ""), (tag, attributes)
            # An address that can be read in full may be a link; who searches for what there is
            # sees it selected.
            outside = (attributes.get("href") or "").startswith("http")
            seen.append(("bdi",) if outside else (tag, *sorted(attributes.keys() - {"selected"})))
        scripts = tuple(piece for within, piece in page.pieces if within == "script")
        return answer.status, tuple(seen), scripts

    async def document(self, path: str, strict: Any) -> Hashable:
        """Return the form of a JSON answer."""
        async with self.client.get(path) as answer:
            text = await answer.text()
            headers(answer.headers)
        assert answer.content_type in {"application/json", "application/problem+json"}
        return answer.status, form(strict(text))


def headers(found: Any) -> None:
    """Fail if a header holds anything that is not visible ASCII."""
    for name, value in found.items():
        assert FIXED.fullmatch(value), (name, value)


def form(value: Any) -> Hashable:
    """Return the form of a document: its keys and types, without its texts and figures."""
    if isinstance(value, dict):
        return tuple(
            (key if OURS.fullmatch(key) else "", form(each)) for key, each in value.items()
        )
    if isinstance(value, list):
        return tuple(map(form, value))
    return "number" if isinstance(value, int | float) else type(value).__name__


@asynccontextmanager
async def visited(beside: Beside) -> AsyncIterator[Visited]:
    """The service on a socket."""
    page_of = beside(Path(__file__).parent / "readers.py").Page
    async with staged() as stage, served(make_app(stage.front)) as (client, _):
        yield Visited(stage, client, page_of)


FREE = {
    *("artifact", "approved_by", "doubt", "expected", "measured", "observed", "owner", "title"),
    *("plugin_version", "reason", "remedy", "requested_by", "source", "text", "ticket", "version"),
}
"""Fields of a record whose texts others write; the store holds the rest to what it must be."""


def poisoned(value: Any, text: str) -> Any:
    """Return *value* with *text* in every text of it that others write."""
    if is_dataclass(value) and not isinstance(value, type):
        changed = {}
        for each in fields(value):
            found = getattr(value, each.name)
            free = isinstance(found, str) and each.name in FREE
            changed[each.name] = text if free else poisoned(found, text)
        return replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(poisoned(each, text) for each in value)
    if isinstance(value, Mapping):
        return {"said": text, "number": 1}
    return value


def judged(stage: Stage, text: str) -> Record:
    """Return a decision on the victim with *text* in every text that others write."""
    now = stage.clock.now()
    record: Record = poisoned(
        full_record(
            decision="no_go",
            evaluation=new_ulid(now),
            decided_at=instant(now),
            started_at=instant(now),
            valid_until=instant(now),
        ),
        text,
    )
    # A service of its own each time: none has a history.
    name = f"victim-{record.evaluation.lower()}"
    return replace(record, service=name, environment="production", previous=None)


@pytest.mark.parametrize("where", ["pages", "api"])
async def test_no_payload_leaves_its_place_in_the_service(  # fixtures
    payloads: Payloads,
    about: About,
    desk: Desk,
    readers: Readers,
    beside: Beside,
    kind: str,
    where: str,
) -> None:
    """Pages have the elements, and documents the keys, that they have with harmless words."""
    async with visited(beside) as seen:

        async def shapes(given: str) -> list[Hashable]:
            # The record takes neither what is no UTF-8 nor a null character.
            text = given.encode("utf-8", "replace").decode().replace("\0", "")
            record = judged(seen.stage, text)
            await seen.put(record, text)
            asked, name = quote(text[:200], safe=""), record.evaluation
            victim = record.service
            if where == "pages":
                # Which of them are found depends on the text; that they are inert does not.
                for path in (f"/?q={asked}&owner={asked}", f"/services/{asked}", f"/{asked}"):
                    await seen.shape(path)
                return [
                    await seen.shape(path)
                    for path in (
                        f"/row?service={victim}&environment=production",
                        f"/services/{victim}?environment=production",
                        f"/evaluations/{name}",
                        f"/diff?from={seen.stage.evaluations[0]}&to={name}",
                        "/plugins",
                        "/schedule",
                    )
                ]
            for path in (f"services/{asked}", f"services?{asked}=1", f"services?cursor={asked}"):
                await seen.document(f"/api/v1/{path}", readers.strict)
            return [
                await seen.document(path, readers.strict)
                for path in (
                    f"/api/v1/services/{victim}",
                    f"/api/v1/services?q={asked}",
                    f"/api/v1/services/{victim}/decision?environment=production",
                    f"/api/v1/evaluations/{name}",
                    f"/api/v1/evaluations/{name}/results",
                )
            ]

        expected = await shapes(desk.harmless)
        for payload, text in payloads[kind].items():
            with about(payload):
                for one, other in zip(await shapes(text), expected, strict=True):
                    assert_same(one, other)


async def test_no_payload_begins_an_event(
    payloads: Payloads, about: About, desk: Desk, readers: Readers, beside: Beside, kind: str
) -> None:
    """On the stream each event is its three lines, and its data one strict document."""
    async with visited(beside) as seen, seen.client.get("/api/v1/events") as answer:
        headers(answer.headers)
        for payload, text in payloads[kind].items():
            with about(payload):
                now = datetime.now(UTC)
                record = judged(seen.stage, text)
                subject = desk.filled(Subject, text)
                stamp = Stamp(new_ulid(now), now)
                await seen.stage.front.publish(DecisionMade(stamp, subject, record, True))
                lines = await next_event(answer.content, stamp.id)
                names = [line.partition(b":")[0] for line in lines]
                assert sorted(names) == [b"data", b"event", b"id"]
                (data,) = [line for line in lines if line.startswith(b"data:")]
                said = readers.strict(data.removeprefix(b"data:").decode())
                assert said["event.id"] == stamp.id


def assert_same(one: Any, other: Any) -> None:
    """Fail with the first place where two forms differ."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        for number, (mine, yours) in enumerate(zip_longest(one, other)):
            if mine != yours and not (isinstance(mine, tuple) and isinstance(yours, tuple)):
                before = one[max(0, number - 2) : number]
                raise AssertionError(f"{mine} is not {yours}, after {before}")
            assert_same(mine, yours)
    assert one == other


async def next_event(content: Any, identity: str) -> list[bytes]:
    """Return the lines of the event of that identity; fails if another comes between."""
    lines: list[bytes] = []
    async for raw in content:
        line = raw.rstrip(b"\n")
        if line:
            lines.append(line)
            continue
        if any(each.startswith(b"id:") and identity.encode() in each for each in lines):
            return lines
        assert not any(each.startswith(b"data:") and b"decision.made" in each for each in lines)
        lines = []
    raise AssertionError("the stream ended")


async def test_no_body_breaks_out_of_a_problem(
    payloads: Payloads, about: About, readers: Readers, beside: Beside, kind: str
) -> None:
    """What was wrong in a body, a header or a path is quoted inside of one strict document."""
    async with visited(beside) as seen:
        mine = {"Origin": str(seen.client._base_url).rstrip("/"), "X-Requested-With": "test"}
        for payload, text in payloads[kind].items():
            with about(payload):
                bodies = [
                    {"service": text, "environment": "production"},
                    {text: text},
                    {"service": "victim", "environment": text, "cause": text},
                ]
                for body in bodies:
                    url = "/api/v1/evaluations"
                    sent = json.dumps(body).encode("utf-8", "surrogatepass")
                    kind_of = {"Content-Type": "application/json"}
                    async with seen.client.post(url, data=sent, headers=mine | kind_of) as answer:
                        headers(answer.headers)
                        assert answer.status in {400, 404, 413, 422, 429}
                        assert answer.content_type == "application/problem+json"
                        said = readers.strict(await answer.text())
                    assert {"type", "title", "status"} <= said.keys()
