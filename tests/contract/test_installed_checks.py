"""What every installed check must do, whoever wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from director.loading.catalog import discover
from director.loading.settings import BUNDLED
from director.model.catalog import OptionKind, OptionSpec
from director.plugin import (
    Answer,
    Check,
    CheckSpec,
    Claim,
    DnsAnswer,
    Environment,
    Exemption,
    Failed,
    Greeting,
    Handshake,
    LiveCheck,
    Manifest,
    ManifestCheck,
    NotApplicable,
    Passed,
    ProbeError,
    ProbeReason,
    RecordType,
    Redirects,
    Reply,
    StartTls,
    Target,
    Tighter,
    TlsFacts,
    Unknown,
    Warned,
)
from director.testing import FakeProbe

INSTALLED = discover(frozenset(BUNDLED))
CHECKS = {check: class_() for check, class_ in sorted(INSTALLED.classes.items())}
MANIFEST_CHECKS = [check for check in CHECKS.values() if isinstance(check, ManifestCheck)]

NEEDED: Mapping[str, Mapping[str, str]] = {
    "dns.consistent": {"resolvers": "192.0.2.53, 192.0.2.54"},
    "http.security-auth": {"paths": "/admin"},
}
"""Options without which a check has nothing to ask."""


def asking(check: LiveCheck) -> LiveCheck:
    """Return *check* with the options that it needs to ask anything."""
    return cast("LiveCheck", replace(cast("Any", check), **NEEDED.get(check.spec.id, {})))


LIVE_CHECKS = [asking(check) for check in CHECKS.values() if isinstance(check, LiveCheck)]
HTTP_CHECKS = [check for check in LIVE_CHECKS if check.spec.id.startswith("http.")]

DECLARATIONS = {name.partition(".")[2] for name in CHECKS} | {"test_coverage_percent"}
EMPTY = Manifest(name="empty", digest="sha256:0")
LINKED = replace(EMPTY, declares=(("runbook", Claim(True, "https://wiki.test/runbook")),))
LIVE = Target(LINKED, Environment("production", "https://service.test"))
BROKEN = (500, 503)

PYTHON_TYPES: Mapping[OptionKind, tuple[type, ...]] = {
    OptionKind.TEXT: (str,),
    OptionKind.INTEGER: (int,),
    OptionKind.NUMBER: (int, float),
    OptionKind.BOOLEAN: (bool,),
    OptionKind.EXPECTATION: (str,),
}


class OneAnswer(FakeProbe):
    """A probe that gives the same answer to every question; it shakes hands and names as well.

    Where that is an error, nothing else is answered either.
    """

    def __init__(self, answer: Reply | ProbeError) -> None:
        super().__init__()
        self._answer = answer

    async def get(
        self,
        path: str = "/",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        redirects: Redirects = Redirects.SAME_ORIGIN,
    ) -> Reply:
        """Answer, whatever is asked."""
        del path, headers, timeout_s, redirects
        if isinstance(self._answer, ProbeError):
            raise self._answer
        return self._answer

    async def handshake(
        self, where: str = "", *, starttls: StartTls | None = None, timeout_s: float | None = None
    ) -> Handshake:
        """Shake hands."""
        await self.get()
        del starttls, timeout_s
        return Handshake(where=where, tls=FACTS)

    async def connect(
        self, where: str, *, banner: bool = False, timeout_s: float | None = None
    ) -> Greeting:
        """Take the connection."""
        await self.get()
        del banner, timeout_s
        return Greeting(where=where)

    async def resolve(
        self,
        name: str,
        type_: RecordType = RecordType.A,
        *,
        resolver: str = "",
        timeout_s: float | None = None,
    ) -> DnsAnswer:
        """Know no record."""
        await self.get()
        del timeout_s
        return DnsAnswer(name=name, type=type_, resolver=resolver, rcode="NOERROR")


FACTS = TlsFacts(
    version="TLSv1.3",
    cipher="TLS_AES_256_GCM_SHA384",
    verify_code=0,
    subject="CN=service.test",
    issuer="CN=authority",
    names=("service.test",),
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2027, 1, 1, tzinfo=UTC),
    chain_not_after=datetime(2027, 1, 1, tzinfo=UTC),
    chain=2,
    fingerprint="ab" * 32,
    seen_at=datetime(2026, 6, 1, tzinfo=UTC),
)


def a_manifest(declaration: Claim | Exemption) -> Manifest:
    """Return a manifest that declares the same of everything."""
    return Manifest(
        name="same",
        digest="sha256:1",
        declares=tuple((name, declaration) for name in sorted(DECLARATIONS)),
    )


def of(check: Check) -> str:
    """Return the id of *check*."""
    return check.spec.id


every_check = pytest.mark.parametrize("check", CHECKS.values(), ids=of)
every_manifest_check = pytest.mark.parametrize("check", MANIFEST_CHECKS, ids=of)
every_live_check = pytest.mark.parametrize("check", LIVE_CHECKS, ids=of)


def test_there_are_checks_of_both_kinds() -> None:
    """Something is installed, and each check is of one kind."""
    assert MANIFEST_CHECKS
    assert LIVE_CHECKS
    assert len(MANIFEST_CHECKS) + len(LIVE_CHECKS) == len(CHECKS)


@every_check
def test_the_metadata_is_complete(check: Check) -> None:
    """A check says what it asks, why that matters, and what to do, in whole sentences."""
    spec = check.spec

    assert isinstance(spec, CheckSpec)
    assert not spec.title.endswith(".")
    assert len(spec.title) <= 60
    for text in (spec.why, spec.remedy):
        assert text.endswith(".")
        assert text[0].isupper()
        assert "  " not in text
        assert len(text) >= 20
    assert spec.category in {"observability", "reliability", "security", "operations"}


@every_check
def test_the_docstring_says_what_it_does(check: Check) -> None:
    """A check's class is documented, and so is each of its options."""
    text = type(check).__doc__ or ""
    found = INSTALLED.catalog.offer(check.spec.id)

    assert found is not None
    assert text.partition("\n")[0].endswith(".")
    assert [each.name for each in found[1].options if f"{each.name}:" not in text] == []


@every_check
def test_the_id_names_the_plugin(check: Check) -> None:
    """Nobody's check can be mistaken for another plugin's."""
    found = INSTALLED.catalog.offer(check.spec.id)

    assert found is not None
    assert check.spec.id.startswith(f"{found[0].name}.")


@every_check
def test_options_have_defaults_and_kinds(check: Check) -> None:
    """Every option of a check has a default of its kind; one with a direction is a number."""
    found = INSTALLED.catalog.offer(check.spec.id)

    assert found is not None
    for each in found[1].options:
        assert isinstance(each, OptionSpec)
        assert isinstance(each.default, PYTHON_TYPES[each.kind])
        assert getattr(check, each.name) == each.default
        assert each.tighter in {None, Tighter.LOWER, Tighter.HIGHER}
        if each.tighter is not None:
            assert each.kind in {OptionKind.INTEGER, OptionKind.NUMBER}


@every_check
def test_instances_are_values(check: Check) -> None:
    """A check is frozen and hashable, and two with the same options are equal."""
    again = type(check)()

    assert again == check
    assert hash(again) == hash(check)
    for each in fields(cast("Any", check)):
        with pytest.raises(FrozenInstanceError):
            setattr(check, each.name, getattr(again, each.name))


@every_manifest_check
def test_an_empty_manifest_proves_nothing(check: ManifestCheck) -> None:
    """About a team that declares nothing, no check of the manifest has anything good to say."""
    assert not isinstance(check.judge(EMPTY), Passed | Warned | NotApplicable)


@every_manifest_check
def test_all_false_fails(check: ManifestCheck) -> None:
    """A team that says no to everything fails every check of the manifest, with a remedy."""
    outcome = check.judge(a_manifest(Claim(value=False)))

    assert isinstance(outcome, Failed)
    assert outcome.reason
    assert outcome.remedy


@every_manifest_check
@pytest.mark.parametrize(
    "declaration",
    [Claim(value=True), Claim(value=False), Claim(50.0), Exemption("stateless")],
    ids=["yes", "no", "number", "exempt"],
)
def test_the_same_manifest_gets_the_same_answer(
    check: ManifestCheck, declaration: Claim | Exemption
) -> None:
    """A check of the manifest depends on the manifest and its options, and on nothing else."""
    first = check.judge(a_manifest(declaration))
    second = type(check)().judge(a_manifest(declaration))

    assert isinstance(first, Passed | Warned | Failed | Unknown | NotApplicable)
    assert first == second


@every_live_check
@pytest.mark.parametrize("reason", ProbeReason)
async def test_a_dead_service_never_passes(check: LiveCheck, reason: ProbeReason) -> None:
    """Whatever keeps the probe from an answer, no live check says passed or not applicable."""
    dead = OneAnswer(ProbeError(reason, "no answer", url="http://service.test/"))

    outcome: Answer | None
    try:
        outcome = await check.run(LIVE, dead)
    except ProbeError:
        outcome = None  # Let through, as it should be: the engine makes the outcome of it.

    assert not isinstance(outcome, Passed | Warned | NotApplicable)


@pytest.mark.parametrize("check", HTTP_CHECKS, ids=of)
@pytest.mark.parametrize("status", BROKEN)
async def test_a_broken_service_never_passes(check: LiveCheck, status: int) -> None:
    """A service that answers only with server errors passes no check over HTTP."""
    outcome = await check.run(LIVE, OneAnswer(Reply(url="http://service.test/", status=status)))

    assert not isinstance(outcome, Passed | Warned | NotApplicable)


@every_live_check
async def test_the_same_reply_gets_the_same_answer(check: LiveCheck) -> None:
    """A live check depends on what the probe saw and its options, and on nothing else."""
    reply = Reply(url="http://service.test/", status=200, body=b"{}")

    first = await check.run(LIVE, OneAnswer(reply))
    second = await replace(cast("Any", check)).run(LIVE, OneAnswer(reply))

    assert first == second


@every_live_check
async def test_without_an_address_nothing_passes(check: LiveCheck) -> None:
    """Where the service cannot be asked, no live check says that it is well."""
    reply = Reply(url="http://service.test/", status=200)

    outcome = await check.run(Target(EMPTY), OneAnswer(reply))

    assert not isinstance(outcome, Passed | Warned)
