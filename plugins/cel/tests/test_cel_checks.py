"""Checks that expressions become: over manifests, over pages, here and apart."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from director.plugin import (
    Answer,
    Check,
    CheckSpec,
    Claim,
    Definition,
    Environment,
    Exemption,
    Failed,
    LiveCheck,
    ManifestCheck,
    NotApplicable,
    Passed,
    Phases,
    ProbeError,
    ProbeReason,
    Redirects,
    Reply,
    Sla,
    Target,
    TlsFacts,
    Unknown,
    Warned,
)
from director.testing import Asked, FakeProbe, manifest, run_check, target
from director_cel import director_checks
from director_cel.apart import evaluated_apart
from director_cel.language import Said, Unsaid
from director_cel.work import MOST_VALUES

SPEC = CheckSpec(id="cel.x", title="t", category="c", why="w", remedy="r")
AT = datetime(2026, 11, 1, tzinfo=UTC)
TLS = TlsFacts(
    version="TLSv1.3", cipher="c", verify_code=0, subject="CN=a", issuer="CN=b", names=("a.test",),
    not_before=AT, not_after=AT + timedelta(days=9), chain_not_after=AT + timedelta(days=9),
    chain=2, fingerprint="00", seen_at=AT,
)  # fmt: skip


def check(expression: str, **body: Any) -> Check:  # noqa: ANN401  # of any shape
    """Return the check that asks for *expression*."""
    written = MappingProxyType({"expression": expression, **body})
    (made,) = director_checks((Definition(SPEC, written),))
    return made()


def declared(expression: str, **body: Any) -> Answer:  # noqa: ANN401  # as above
    """Return what an expression says of a sample manifest."""
    made = check(expression, **body)
    assert isinstance(made, ManifestCheck)
    sample = replace(
        manifest(
            logging=True,
            alerts=False,
            load_test=Claim(True, "https://wiki.test/load", AT),
            backup=Exemption("stateless"),
            test_coverage_percent=87.0,
            sla=Sla(99.9),
        ),
        tier=1,
        environments=(Environment("production", "https://pay.test"), Environment("dark")),
    )
    return made.judge(sample)


async def answered(expression: str, reply: Reply | None = None, **body: Any) -> Answer:  # noqa: ANN401  # as above
    """Return what an expression says of a page."""
    made = check(expression, get="/x", **body)
    assert isinstance(made, LiveCheck)
    page = reply or Reply(url="http://service.test/x", status=200, body=b'{"a": 1}')
    return await run_check(made, target("http://service.test"), FakeProbe({"/x": page}))


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("metadata.tier <= 1", Passed),
        ("metadata.tier == 0", Failed),
        ('metadata.owner.startsWith("team-")', Passed),
        ("metadata.version != ''", Failed),
        ("spec.declares.logging.value", Passed),
        ("spec.declares.alerts.value", Failed),
        ("spec.declares.test_coverage_percent.value >= 80", Passed),
        ("spec.declares.sla.value.availability_percent >= 99.95", Failed),
        ("spec.declares.sla.value.latency_ms < 100", Unknown),
        ("has(spec.declares.backup.not_applicable)", Passed),
        ("spec.declares.backup.value", Unknown),
        ("spec.declares.runbook.value", Unknown),
        ("!spec.declares.runbook.value", Unknown),
        ("has(spec.declares.runbook)", Failed),
        ("spec.declares.sla.value", Unknown),
        ("spec.declares.logging.value == 'yes'", Failed),
        ("spec.declares.load_test.evidence.startsWith('https://')", Passed),
        ('timestamp(spec.declares.load_test.at) > timestamp("2026-06-01T00:00:00Z")', Passed),
        ("spec.environments.production.base_url.startsWith('https:')", Passed),
        ("spec.environments.all(name, has(spec.environments[name].base_url))", Failed),
        ("size(spec.waivers) == 0", Passed),
    ],
)
def test_manifests_are_judged(expression: str, kind: type) -> None:
    """True passes, false fails, and what is not declared is unknown."""
    answer = declared(expression)

    assert type(answer) is kind, answer
    assert expression.partition("(")[0][:20] in answer.reason


def test_what_is_absent_is_named() -> None:
    """Somebody who reads the reason knows what to declare."""
    answer = declared("spec.declares.runbook.value")

    assert isinstance(answer, Unknown)
    assert answer.code == "absent"
    assert "'runbook'" in answer.reason


@pytest.mark.parametrize(
    ("warn_if", "kind"),
    [("metadata.tier == 1", Warned), ("metadata.tier == 0", Passed), ("metadata.tier > 1", Passed)],
)
def test_what_holds_may_still_be_a_reason_to_warn(warn_if: str, kind: type) -> None:
    """A second expression makes a warning of a pass, and never a pass of a failure."""
    assert type(declared("true", warn_if=warn_if)) is kind
    assert type(declared("false", warn_if=warn_if)) is Failed
    assert type(declared("true", warn_if="spec.declares.zz.value")) is Unknown
    assert type(declared("true", warn_if="spec.declares.sla.value")) is Unknown


def test_what_is_observed_is_shown() -> None:
    """The message is the operator's, with the value beside it."""
    answer = declared("metadata.tier == 0", message="must be of tier 0", observed="metadata.tier")

    assert isinstance(answer, Failed)
    assert (answer.reason, answer.observed, answer.expected) == (
        "must be of tier 0; it is 1",
        "1",
        "metadata.tier == 0",
    )
    blind = declared("false", observed="spec.declares.zz")
    assert isinstance(blind, Failed)
    assert "not to be told" in blind.observed


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("reply.status == 200", Passed),
        ("reply.status in [201, 204]", Failed),
        ("reply.json.a == 1", Passed),
        ("reply.json.b == 1", Unknown),
        ("reply.json.a", Unknown),
        ("reply.body.contains('a')", Passed),
        ("reply.headers['etag'] == 'x'", Unknown),
        ("'etag' in reply.headers", Failed),
        ("reply.elapsed_s < 0.5", Passed),
        ("tls.trusted", Unknown),
        ("metadata.name == 'sample-service' && environment.name == 'production'", Passed),
        ("reply.json.a == 2 || reply.json.zz == 1", Unknown),
    ],
)
async def test_pages_are_judged(expression: str, kind: type) -> None:
    """What is not there, or of another kind, neither passes nor fails."""
    assert type(await answered(expression)) is kind


async def test_what_a_peer_shows_is_judged() -> None:
    """Headers come together, times are in seconds, a certificate ends in days."""
    reply = Reply(
        url="https://service.test/x",
        status=200,
        headers=(("x-a", "1"), ("x-a", "2")),
        body=b"no json",
        phases=Phases(ttfb_s=0.25),
        tls=TLS,
    )

    assert type(await answered("reply.headers['x-a'] == '1, 2'", reply)) is Passed
    assert type(await answered("reply.ttfb_s == 0.25", reply)) is Passed
    assert type(await answered("tls.expires_in_days >= 9.0 && tls.trusted", reply)) is Passed
    assert type(await answered("tls.names.exists(n, n == 'a.test')", reply)) is Passed
    absent = await answered("reply.json.a == 1", reply)
    assert isinstance(absent, Unknown)
    assert "'reply.json'" in absent.reason


async def test_the_page_is_asked_for_as_defined() -> None:
    """Path, headers and how far redirects are followed are the operator's."""
    probe = FakeProbe({"/h": Reply(url="http://service.test/h", status=301)})
    made = check("reply.status == 301", get="/h", headers={"Accept": "a/b"}, redirects="never")

    answer = await run_check(made, target("http://service.test"), probe)

    assert isinstance(answer, Passed)
    more = (("redirects", str(Redirects.NEVER)),)
    assert probe.asked == [Asked("/h", (("Accept", "a/b"),), None, "get", more)]


async def test_without_a_base_url_it_does_not_apply() -> None:
    """A path needs a place; a whole URL has its own."""
    url = "https://other.test/x"
    probe = FakeProbe({url: Reply(url=url, status=200)})

    assert isinstance(await run_check(check("true", get="/x"), target(), probe), NotApplicable)
    assert isinstance(
        await run_check(check("reply.status == 200", get=url), target(), probe), Passed
    )


async def test_a_dead_service_is_left_to_the_engine() -> None:
    """What the probe could not find out is let through."""
    probe = FakeProbe({"/x": ProbeError(ProbeReason.CONNECT_REFUSED, "refused")})

    with pytest.raises(ProbeError):
        await run_check(check("true", get="/x"), target("http://service.test"), probe)


def page(count: int) -> Reply:
    """Return a page with a list of *count* entries."""
    body = json.dumps({"rows": [{"id": n, "ok": True} for n in range(count)]}).encode()
    return Reply(url="http://service.test/x", status=200, body=body)


async def test_what_is_heavy_is_done_apart() -> None:
    """The same comes of it, and meanwhile the loop is free."""
    loop = asyncio.get_running_loop()
    lags: list[float] = []

    async def watch() -> None:
        while True:
            before = loop.time()
            await asyncio.sleep(0.005)
            lags.append(loop.time() - before - 0.005)

    watcher = asyncio.create_task(watch())
    heavy = "reply.json.rows.all(r, reply.json.rows == reply.json.rows && r.ok)"
    fine = await answered(heavy, page(600), observed="size(reply.json.rows)")
    wrong = await answered("reply.json.rows.all(r, r.id < 599)", page(600))
    absent = await answered("reply.json.rows.all(r, r.nothing)", page(600))
    watcher.cancel()

    assert isinstance(fine, Passed)
    assert fine.observed == "600"
    assert isinstance(wrong, Failed)
    assert isinstance(absent, Unknown)
    assert absent.code == "absent"
    assert max(lags) < 0.5


async def test_what_is_too_much_is_unknown() -> None:
    """Neither too many values nor too many turns are a pass."""
    many = await answered("size(reply.json.rows) > 0", page(MOST_VALUES))
    turns = await answered("reply.json.rows.all(r, reply.json.rows.all(s, s.ok))", page(200))

    assert isinstance(many, Unknown)
    assert many.code == "too_much_work"
    assert isinstance(turns, Unknown)
    assert turns.code == "too_much_work"


def test_a_manifest_is_not_worth_any_work() -> None:
    """A check of a manifest runs where everything waits for it, so it is refused in time."""
    made = check("spec.declares.all(a, spec.declares.all(b, spec.declares == spec.declares))")
    assert isinstance(made, ManifestCheck)
    declares = tuple((f"d{n:04}", Claim(True, "x" * 100)) for n in range(900))

    began = time.perf_counter()
    answer = made.judge(replace(manifest(), declares=declares))

    assert isinstance(answer, Unknown)
    assert answer.code == "too_much_work"
    assert time.perf_counter() - began < 0.5


SLOW = "reply.json.all(r, reply.json == reply.json)"


@pytest.mark.needs("/proc/self/exe")
async def test_at_the_deadline_it_is_ended() -> None:
    """When the engine gives up, the process goes."""
    wide = {"reply.json": {str(n): n for n in range(9_000)}}
    before, began = children(), time.perf_counter()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await evaluated_apart([SLOW], "reply", wide)

    assert children() <= before
    assert time.perf_counter() - began < 4, "it was waited for"


def children() -> set[str]:
    """Return the processes that this one started and that are still there."""
    return {
        pid
        for path in Path("/proc/self/task").glob("*/children")
        for pid in path.read_text().split()
    }


async def test_a_process_that_breaks_is_unknown() -> None:
    """What ends without an answer, or answers something else, said nothing."""
    (said,) = await evaluated_apart(["1 +"], "reply", {})
    (lost,) = await evaluated_apart(["true"], "no such scope", {})
    (fine,) = await evaluated_apart(["reply.status == 1"], "reply", {"reply.status": 1})

    assert isinstance(said, Unsaid)
    assert isinstance(lost, Unsaid)
    assert lost.code == "evaluation_failed"
    assert fine == Said(True)


def test_a_target_without_an_environment_is_judged() -> None:
    """Only the manifest is asked."""
    made = check("spec.profile == ''")
    assert isinstance(made, ManifestCheck)
    assert isinstance(made.judge(Target(manifest()).manifest), Passed)
