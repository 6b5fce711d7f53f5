"""The API: pages, tags, evaluations asked for twice, proofs, gates, hooks."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from director.audit.tree import is_consistent, is_included, leaf_hash
from director.model.audit import Head
from director.model.service_event import CaseRecorded
from director.web.server import make_app
from tests.integration.web.city import Town, served, town


@asynccontextmanager
async def api(folder: Path) -> AsyncIterator[tuple[Town, ClientSession]]:
    """Serve an open town."""
    async with town(folder) as there, served(make_app(there.front)) as (client, _):
        yield there, client


async def got(client: ClientSession, path: str, code: int = 200) -> Any:  # noqa: ANN401  # any JSON
    """Return the document at *path*."""
    async with client.get(path) as answer:
        assert answer.status == code, await answer.text()
        return await answer.json(content_type=None)


async def sent(
    client: ClientSession, path: str, body: object, code: int = 202, **headers: str
) -> Any:  # noqa: ANN401  # any JSON
    """Return what is answered to *body*."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.post(path, json=body, headers=names) as answer:
        assert answer.status == code, await answer.text()
        return await answer.json(content_type=None)


async def test_pages_join_to_the_whole(tmp_path: Path) -> None:
    """Each service is on one page, in their order, however small the pages are."""
    async with api(tmp_path) as (there, client):
        whole = await got(client, "/api/v1/services")
        found, cursor = [], ""
        while cursor is not None:
            page = await got(client, f"/api/v1/services?limit=1&cursor={cursor}")
            found += page["items"]
            cursor = page["next"]
        watched = [(each.service, each.environment) for each in there.daemon.targets()]

    assert found == whole["items"]
    assert [(each["service"], each["environment"]) for each in found] == watched


async def test_what_is_looked_for_is_found(tmp_path: Path) -> None:
    """Owner, tier, decision, and a part of the name narrow the list."""
    async with api(tmp_path) as (there, client):
        await there.evaluated("ready-service")
        for query, names in (
            ("owner=team-payments", ["payment-service"]),
            ("q=READY", ["ready-service", "unready-service"]),
            ("decision=go", ["ready-service"]),
            ("decision=none&tier=1", ["payment-service"]),
            ("owner=nobody", []),
        ):
            page = await got(client, f"/api/v1/services?{query}")
            assert [each["service"] for each in page["items"]] == names, query


async def test_what_is_still_so_is_not_sent_again(tmp_path: Path) -> None:
    """A tag holds until something changes."""
    async with api(tmp_path) as (there, client):
        async with client.get("/api/v1/services") as answer:
            tag = answer.headers["ETag"]
        same = {"If-None-Match": tag}
        async with client.get("/api/v1/services", headers=same) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
        await there.evaluated("ready-service")
        async with client.get("/api/v1/services", headers=same) as answer:
            assert answer.status == 200
            assert answer.headers["ETag"] != tag


async def test_asked_twice_it_is_evaluated_once(tmp_path: Path) -> None:
    """One key, one evaluation, also at the same time; another request with it is refused."""
    body = {"service": "ready-service"}
    async with api(tmp_path) as (there, client):
        asked = (sent(client, "/api/v1/evaluations", body, Idempotency_Key="k") for _ in range(5))
        done, _ = await asyncio.wait({asyncio.ensure_future(each) for each in asked})
        assert len({each.result()["evaluation"] for each in done}) == 1
        await there.daemon.settle()
        again = await sent(client, "/api/v1/evaluations", body, Idempotency_Key="k")
        assert again == next(iter(done)).result()
        assert len(there.daemon.wanted) == 1
        other = {"service": "unready-service"}
        await sent(client, "/api/v1/evaluations", other, 409, Idempotency_Key="k")
        there.daemon.full = True
        await sent(client, "/api/v1/evaluations", body, 429, Idempotency_Key="new")
        there.daemon.full = False
        await sent(client, "/api/v1/evaluations", body, 202, Idempotency_Key="new")


async def test_an_evaluation_is_followed_to_its_report(tmp_path: Path) -> None:
    """First it waits, then there is a report, results, and a difference from another."""
    async with api(tmp_path) as (there, client):
        before = await there.evaluated("payment-service")
        taken = await sent(client, "/api/v1/evaluations", {"service": "payment-service"})
        early = await got(client, taken["location"])
        await there.daemon.settle()
        late = await got(client, taken["location"])
        results = await got(client, f"{taken['location']}/results?outcome=failed")
        name = taken["evaluation"]
        diff = await got(client, f"/api/v1/diff?from={before}&to={name}")
        history = await got(client, "/api/v1/services/payment-service/decisions?limit=1")

    assert early["stage"] in {"waiting", "running"}
    assert early["report"] is None
    assert (late["stage"], late["report"]["decision"]) == ("decided", "no_go")
    assert list(late["report"])[:3] == ["service", "decision", "pass_rate"]
    assert results["items"]
    assert {each["outcome"] for each in results["items"]} == {"failed"}
    assert diff["before"]["evaluation"] == before
    assert history["items"][0]["evaluation"] == name
    assert history["next"] is not None


async def test_the_log_proves_itself(tmp_path: Path) -> None:
    """An entry's leaf leads to the root, and the log of before to that of now."""
    async with api(tmp_path) as (there, client):
        for _ in range(3):
            await there.evaluated("ready-service")
        checkpoint = await got(client, "/api/v1/audit/checkpoint")
        size = checkpoint["size"]
        entry = (await got(client, "/api/v1/audit/entries?start=1&limit=1"))["items"][0]
        proof = await got(client, "/api/v1/audit/proofs/inclusion?index=1")
        grown = await got(client, "/api/v1/audit/proofs/consistency?from=2")

    def read(text: str) -> bytes:
        return base64.b64decode(text)

    leaf = leaf_hash(read(entry["body"]))
    assert proof["root"] in checkpoint["checkpoint"]
    assert is_included(leaf, 1, [*map(read, proof["path"])], Head(size, read(proof["root"])))
    before, after = Head(2, read(grown["root_before"])), Head(size, read(grown["root_after"]))
    assert is_consistent(before, after, [*map(read, grown["path"])])


async def test_an_override_is_requested_in_the_asker_s_name(tmp_path: Path) -> None:
    """What is to be signed comes back, stands in the list, and is told to everybody."""
    asked = {
        "service": "payment-service",
        "environment": "production",
        "reason": "the launch cannot wait for the rig",
        "ticket": "OPS-1",
    }
    async with api(tmp_path) as (there, client):
        await sent(client, "/api/v1/overrides", asked, 409)
        await there.evaluated("payment-service")
        made = await sent(client, "/api/v1/overrides", asked, 201)
        listed = (await got(client, "/api/v1/overrides?service=payment-service"))["items"]
        await sent(client, f"/api/v1/overrides/{made['id']}/apply", {"signatures": ["x"]}, 403)
        told = [e.entry.id for e in there.heard if isinstance(e, CaseRecorded)]

    assert [each["id"] for each in listed] == [made["id"]]
    assert listed[0]["state"] == "requested"
    assert listed[0]["requested_by"] == made["by"] == "local"
    assert listed[0]["statement"] == made["statement"]
    assert told == [made["entry"]]


async def test_a_gate_says_what_it_rests_on(tmp_path: Path) -> None:
    """Open, closed, never evaluated, and not said where."""
    async with api(tmp_path) as (there, client):
        place = "/api/v1/services/{}/decision"
        never = await got(client, place.format("ready-service"))
        evaluation = await there.evaluated("ready-service")
        await there.evaluated("payment-service")
        opened = await got(client, place.format("ready-service"))
        closed = await got(client, place.format("payment-service"))
        nobody = await got(client, place.format("nobody"))

    assert (never["gate"], never["code"]) == ("closed", "never_evaluated")
    assert (opened["gate"], opened["open"], opened["evaluation"]) == ("open", True, evaluation)
    assert (closed["gate"], closed["environment"], closed["code"]) == (
        "closed",
        "production",
        "no_go",
    )
    assert (nobody["gate"], nobody["open"]) == ("closed", False)


CDEVENT = {
    "context": {"version": "0.4.1", "type": "dev.cdevents.service.deployed.0.2.0"},
    "subject": {
        "id": "/ns/payment-service",
        "type": "service",
        "content": {"environment": {"id": "production"}, "artifactId": "pkg:oci/pay@sha256:1"},
    },
}


@pytest.mark.parametrize(
    ("kind", "data", "taken"),
    [
        ("dev.cdevents.service.deployed.0.2.0", CDEVENT, ["payment-service"]),
        ("dev.cdevents.service.upgraded.0.2.0", CDEVENT, ["payment-service"]),
        ("dev.cdevents.service.rolledback.0.2.0", CDEVENT, ["payment-service"]),
        ("dev.cdevents.service.removed.0.2.0", CDEVENT, []),
        ("com.example.deployed", {"service": "ready-service"}, ["ready-service"]),
        ("com.example.deployed", {"service": "ready-service", "environment": "moon"}, []),
        ("com.example.deployed", {"service": "nobody"}, []),
        ("director.decision.changed", {"service": "ready-service"}, []),
    ],
)
async def test_a_deployment_is_evaluated(
    tmp_path: Path, kind: str, data: dict[str, Any], taken: list[str]
) -> None:
    """Binary and structured mean the same; what is none of ours takes nothing."""
    async with api(tmp_path) as (there, client):
        place = "/api/v1/hooks/cloudevents"
        head = {"ce-type": kind, "ce-id": "1", "ce-source": "/ci", "ce-specversion": "1.0"}
        async with client.post(place, json=data, headers=head) as answer:
            assert answer.status == 202
            binary = await answer.json()
        await there.daemon.settle()
        event = {"specversion": "1.0", "id": "2", "source": "/ci", "type": kind, "data": data}
        mode = "application/cloudevents+json"
        structured = await sent(client, place, event, Content_Type=mode)
        triggers = {wanted.trigger for wanted in there.daemon.wanted}

    for found in (binary, structured):
        assert [each["service"] for each in found["taken"]] == taken
        assert bool(found["taken"] or found["refused"] or found["ignored"])
    assert triggers == ({"event"} if taken else set())


async def test_alerts_are_evaluated_once_for_each_service(tmp_path: Path) -> None:
    """Two alerts on one service are one evaluation; a full queue is said: they come again."""
    alerts = [
        {"status": "firing", "labels": {"alertname": "A", "service": "ready-service"}},
        {"status": "resolved", "labels": {"alertname": "B", "service": "ready-service"}},
        {"status": "firing", "labels": {"alertname": "C", "job": "nobody"}},
        {"status": "firing", "labels": {"alertname": "D"}},
    ]
    payload = {"version": "4", "groupKey": "{}", "status": "firing", "alerts": alerts}
    async with api(tmp_path) as (there, client):
        found = await sent(client, "/api/v1/hooks/alertmanager", payload)
        there.daemon.full = True
        await sent(client, "/api/v1/hooks/alertmanager", payload, 429)
        there.daemon.stopping = True
        await sent(client, "/api/v1/hooks/alertmanager", payload, 503)

    assert [each["service"] for each in found["taken"]] == ["ready-service"]
    assert [(each["service"], each["code"]) for each in found["refused"]] == [
        ("nobody", "unknown_target")
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b'{"service": 1}', 422),
        (b'{"service": "a", "service": "b", "x": 1}', 422),
        (b'{"service": "../etc"}', 422),
        (b'{"service": "ready-service", "cause": null}', 422),
        (b'{"service": "' + b"a" * 1_100_000 + b'"}', 413),
    ],
)
async def test_a_body_is_held_against_its_shape(tmp_path: Path, body: bytes, code: int) -> None:
    """What is not what it must be is said field by field, without a traceback or a path."""
    async with api(tmp_path) as (_, client):
        head = {"Content-Type": "application/json"}
        async with client.post("/api/v1/evaluations", data=BytesIO(body), headers=head) as answer:
            said = await answer.text()

    assert answer.status == code
    assert answer.content_type == "application/problem+json"
    assert "Traceback" not in said
    assert "/work" not in said
    assert "site-packages" not in said


async def test_a_name_twice_in_the_query_is_refused(tmp_path: Path) -> None:
    """Which of two values counts is nobody's guess."""
    async with api(tmp_path) as (_, client):
        await got(client, "/api/v1/services?limit=1&limit=2", 422)
        await got(client, "/api/v1/plugins?x=1", 422)


async def test_who_is_not_well_says_so(tmp_path: Path) -> None:
    """It lives, and is not ready; why not is not told to everybody."""
    async with api(tmp_path) as (there, client):
        there.daemon.troubles = ("the disk at /var/lib is full",)
        found = await got(client, "/readyz", 503)
        async with client.get("/livez") as answer:
            assert answer.status == 200

    assert found["ready"] is False
    assert "disk" not in str(found)


async def test_a_delivery_is_sent_again(tmp_path: Path) -> None:
    """One that there is; and what there is not, is not there."""
    async with api(tmp_path) as (there, client):
        place = "/api/v1/notifications/endpoints/{}/deliveries"
        found = await got(client, place.format("chat"))
        name = found["items"][0]["id"]
        await sent(client, f"{place.format('chat')}/{name}/redeliver", {})
        await sent(client, f"{place.format('chat')}/{'0' * 26}/redeliver", {}, 404)
        await got(client, place.format("other"), 404)

    assert there.courier.again == [name]
