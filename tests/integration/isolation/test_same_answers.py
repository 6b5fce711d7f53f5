"""A check answers the same wherever it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from director.errors import CheckBrokeError
from director.loading.catalog import Installed, discover
from director.loading.settings import BUNDLED
from director.model.answers import DnsAnswer, Greeting, Handshake, RecordType
from director.model.check import CheckSpec
from director.model.definition import Definition
from director.model.manifest import Claim, Environment, Manifest, Target
from director.model.probe import ProbeError, ProbeReason, Reply
from director.model.tls import TlsFacts
from director.testing import FakeProbe
from director.wiring.plugins import Workers

MANIFEST = Manifest(
    name="shop",
    digest="sha256:0",
    declares=(
        ("logging", Claim(True, "https://wiki.test/logging")),
        ("metrics", Claim(False)),
        ("runbook", Claim(True, "https://wiki.test/runbook")),
    ),
)
TARGET = Target(MANIFEST, Environment("production", "https://shop.test"))
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "dns.consistent": {"resolvers": "192.0.2.53, 192.0.2.54"},
    "http.security-auth": {"paths": "/admin"},
}
PAGE = Reply(
    url="https://shop.test/",
    status=200,
    headers=(("content-type", "application/health+json"), ("server", "it")),
    body=b'{"status":"pass"}',
)
PROBES = {
    "healthy": PAGE,
    "failing": replace(PAGE, status=503, body=b'{"status":"fail"}'),
    "silent": ProbeError(ProbeReason.CONNECT_TIMEOUT, "nobody answers"),
    "denied": ProbeError(ProbeReason.POLICY_DENIED, "not there"),
}


class Everywhere(FakeProbe):
    """A probe that says the same everywhere."""

    def __init__(self, answer: Reply | ProbeError) -> None:
        super().__init__()
        self._answer = answer

    async def get(self, path: str = "/", **_: Any) -> Reply:  # noqa: ANN401  # whatever is asked
        """Answer."""
        if isinstance(self._answer, ProbeError):
            raise self._answer
        return replace(self._answer, url=f"https://shop.test{path}")

    async def handshake(self, where: str = "", **_: Any) -> Handshake:  # noqa: ANN401  # as above
        """Shake hands."""
        await self.get()
        return Handshake(where=where, tls=TLS)

    async def connect(self, where: str, **_: Any) -> Greeting:  # noqa: ANN401  # as above
        """Take the connection."""
        await self.get()
        return Greeting(where=where)

    async def resolve(self, name: str, type_: RecordType = RecordType.A, **_: Any) -> DnsAnswer:  # noqa: ANN401  # as above
        """Know one record."""
        await self.get()
        return DnsAnswer(name=name, type=type_, resolver="", rcode="NOERROR")


TLS = TlsFacts(
    version="TLSv1.3",
    cipher="TLS_AES_256_GCM_SHA384",
    verify_code=0,
    subject="CN=shop.test",
    issuer="CN=authority",
    names=("shop.test",),
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2036, 1, 1, tzinfo=UTC),
    chain_not_after=datetime(2035, 1, 1, tzinfo=UTC),
    chain=2,
    fingerprint="sha256:0",
    seen_at=datetime(2026, 6, 1, tzinfo=UTC),
)
NEAR = discover(frozenset(BUNDLED))
CHECKS = sorted(NEAR.classes)


async def said(installed: Installed, check: str, answer: Reply | ProbeError) -> object:
    """Return what *check* says, or with what it broke."""
    made: Any = installed.classes[check](**OPTIONS.get(check, {}))
    try:
        if hasattr(made, "judge"):
            return made.judge(MANIFEST)
        return await made.run(TARGET, Everywhere(answer))
    except ProbeError as error:
        return error.reason, error.detail
    except CheckBrokeError as error:
        return error.code


def test_the_catalogs_are_the_same() -> None:
    """What plugins offer arrives whole."""
    workers = Workers()
    try:
        outside = discover(frozenset(), None, workers).catalog
    finally:
        workers.end()

    assert tuple(replace(each, isolated=False) for each in outside.plugins) == NEAR.catalog.plugins


@pytest.mark.parametrize("answer", PROBES.values(), ids=PROBES)
def test_every_check_answers_the_same(answer: Reply | ProbeError) -> None:
    """All bundled checks, on several services, inside and in workers."""

    async def both() -> tuple[dict[str, object], dict[str, object]]:
        workers = Workers()
        installed = discover(frozenset(), None, workers)
        try:
            inside = {check: await said(NEAR, check, answer) for check in CHECKS}
            outside = {check: await said(installed, check, answer) for check in CHECKS}
        finally:
            await workers.close()
            workers.end()
        return inside, outside

    inside, outside = asyncio.run(both())

    assert len(inside) >= 30
    assert outside == inside


def test_definitions_arrive() -> None:
    """What the operator defines reaches a plugin that is not trusted, and its word comes back."""
    spec = CheckSpec(id="exec.it", title="t", category="c", why="w", remedy="r")
    good = Definition(spec, {"command": ("/bin/true",)}, "sha256:0")
    bad = Definition(replace(spec, id="exec.bad"), {"comand": ("/bin/true",)}, "sha256:0")
    for definitions in ((good,), (good, bad)):
        inside = discover(frozenset(BUNDLED), definitions=definitions)
        workers = Workers()
        try:
            outside = discover(frozenset(), None, workers, definitions)
        finally:
            workers.end()
        assert (outside.defined, outside.flaws) == (inside.defined, inside.flaws)
        assert bool(outside.flaws) is (bad in definitions)
