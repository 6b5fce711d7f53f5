"""dns.records and dns.consistent: what name servers say."""

from __future__ import annotations

import pytest

from director.plugin import (
    DnsAnswer,
    DnsRecord,
    Failed,
    NotApplicable,
    Passed,
    ProbeError,
    ProbeReason,
    RecordType,
    Unknown,
)
from director.testing import Asked, FakeProbe, run_check, target
from director_dns import director_checks
from director_dns.consistent import Consistent
from director_dns.naming import comparable
from director_dns.records import Records

NAME = "service.test"
SERVICE = target(f"https://{NAME}:8443")
TIMEOUT = ProbeError(ProbeReason.DNS_TIMEOUT, "no answer in time")


def answer(
    *values: str,
    type_: RecordType = RecordType.A,
    ttls_s: tuple[int, ...] = (),
    rcode: str = "NOERROR",
) -> DnsAnswer:
    """Return an answer with *values*, to be remembered for 300 s each where *ttls_s* is empty."""
    ttls_s = ttls_s or (300,) * len(values)
    return DnsAnswer(
        name=NAME,
        type=type_,
        resolver="192.0.2.53:53",
        rcode=rcode,
        records=tuple(
            DnsRecord(type=type_, value=value, ttl_s=ttl_s)
            for value, ttl_s in zip(values, ttls_s, strict=True)
        ),
    )


def knows(came: DnsAnswer | ProbeError, what: str = f"{NAME} A") -> FakeProbe:
    """Return a probe that gets one answer."""
    return FakeProbe(records={what: came})


TWO = answer("192.0.2.1", "192.0.2.2")


@pytest.mark.parametrize(
    ("check", "came", "kind", "code"),
    [
        (Records(), TWO, Passed, ""),
        (Records(min_count=2), TWO, Passed, ""),
        (Records(min_count=3), TWO, Failed, "dns_too_few"),
        (Records(), answer(), Failed, "dns_no_records"),
        (Records(), answer(rcode="NXDOMAIN"), Failed, "dns_nxdomain"),
        (Records(), answer(rcode="SERVFAIL"), Unknown, "dns_servfail"),
        (Records(), answer(rcode="REFUSED"), Unknown, "dns_rcode"),
        (Records(), answer("192.0.2.1", rcode="SERVFAIL"), Unknown, "dns_servfail"),
        (Records(expected="192.0.2.2"), TWO, Passed, ""),
        (Records(expected="192.0.2.2, 192.0.2.1"), TWO, Passed, ""),
        (Records(expected="192.0.2.2, 192.0.2.3"), TWO, Failed, "dns_wrong_records"),
    ],
)
async def test_records_are_held_against_what_is_expected(
    check: Records, came: DnsAnswer, kind: type, code: str
) -> None:
    """Count and values must be right; a server that could not tell leaves it unknown."""
    outcome = await run_check(check, SERVICE, knows(came))

    assert isinstance(outcome, kind)
    assert getattr(outcome, "code", "") == code
    assert NAME in outcome.reason


@pytest.mark.parametrize(
    ("type_", "value", "expected", "kind"),
    [
        ("CNAME", "LB.Example.com.", "lb.example.com", Passed),
        ("MX", "10 mx.example.com.", "10 MX.example.com", Passed),
        ("MX", "10 mx.example.com.", "20 mx.example.com", Failed),
        ("AAAA", "2001:db8::1", "2001:0DB8:0:0:0:0:0:1", Passed),
        ("TXT", "v=spf1 -all", "v=spf1 -all", Passed),
        ("TXT", "v=SPF1 -all", "v=spf1 -all", Failed),
        ("srv", "0 5 443 a.test.", "0 5 443 a.test", Passed),
    ],
)
async def test_spelling_makes_no_difference(
    type_: str, value: str, expected: str, kind: type
) -> None:
    """Names have no case and addresses many spellings; a text is as it is."""
    asked = RecordType(type_.upper())
    probe = knows(answer(value, type_=asked), f"{NAME} {asked}")

    outcome = await run_check(Records(type=type_, expected=expected), SERVICE, probe)

    assert isinstance(outcome, kind)


async def test_a_record_on_the_way_is_not_counted() -> None:
    """A CNAME that leads to the address is none itself."""
    records = (DnsRecord(type=RecordType.CNAME, value="lb.test.", ttl_s=5), *TWO.records[:1])
    led = DnsAnswer(
        name=NAME, type=RecordType.A, resolver="192.0.2.53:53", rcode="NOERROR", records=records
    )

    assert isinstance(await run_check(Records(min_ttl_s=6), SERVICE, knows(led)), Passed)
    assert isinstance(await run_check(Records(min_count=2), SERVICE, knows(led)), Failed)


@pytest.mark.parametrize(
    ("check", "kind"),
    [
        (Records(max_ttl_s=600), Passed),
        (Records(max_ttl_s=599), Failed),
        (Records(min_ttl_s=60), Passed),
        (Records(min_ttl_s=61), Unknown),
        (Records(min_ttl_s=61, resolver="192.0.2.53"), Failed),
        (Records(min_ttl_s=60, resolver="192.0.2.53"), Passed),
    ],
)
async def test_times_to_live_have_bounds(check: Records, kind: type) -> None:
    """Bounds hold for every record; that a resolver remembers is no failure of the zone."""
    came = answer("192.0.2.1", "192.0.2.2", ttls_s=(60, 600))

    outcome = await run_check(check, SERVICE, knows(came))

    assert isinstance(outcome, kind)
    if isinstance(outcome, Failed | Unknown):
        assert outcome.code == "dns_ttl"


async def test_the_resolver_and_the_name_can_be_set() -> None:
    """Another name and another server are asked as they are given."""
    probe = knows(TWO, "other.test A")

    outcome = await run_check(Records("other.test", resolver="192.0.2.9"), target(), probe)

    assert isinstance(outcome, Passed)
    more = (("resolver", "192.0.2.9"),)
    assert probe.asked == [Asked("other.test A", how="resolve", more=more)]


@pytest.mark.parametrize("base_url", [None, "https://192.0.2.1", "https://[2001:db8::1]:8443"])
async def test_without_a_name_nothing_is_asked(base_url: str | None) -> None:
    """An address needs no DNS, and no address needs none either."""
    probe = FakeProbe()

    for check in (Records(), Consistent(resolvers="192.0.2.1,192.0.2.2")):
        assert isinstance(await run_check(check, target(base_url), probe), NotApplicable)
    assert probe.asked == []


async def test_no_name_server_is_left_to_the_engine() -> None:
    """What the probe could not find out is let through."""
    with pytest.raises(ProbeError):
        await run_check(Records(), SERVICE, knows(TIMEOUT))


def test_slips_are_said_when_the_manifest_is_read() -> None:
    """A type that nobody asks for, and a count of none, are refused with the option's name."""
    with pytest.raises(ValueError, match="type must be A, AAAA"):
        Records(type="NS")
    with pytest.raises(ValueError, match="type must be A, AAAA"):
        Consistent(type="")
    with pytest.raises(ValueError, match="min_count must be at least 1"):
        Records(min_count=0)


def test_what_is_no_address_is_compared_as_it_is() -> None:
    """A value that cannot be read is not changed."""
    assert comparable("localhost", RecordType.A) == "localhost"


ONE, OTHER = "192.0.2.53", "192.0.2.54"


def heard(first: DnsAnswer | ProbeError, second: DnsAnswer | ProbeError) -> FakeProbe:
    """Return a probe of two resolvers."""
    return FakeProbe(records={f"{NAME} A @{ONE}": first, f"{NAME} A @{OTHER}": second})


@pytest.mark.parametrize(
    ("first", "second", "kind", "code"),
    [
        (TWO, answer("192.0.2.2", "192.0.2.1", ttls_s=(1, 2)), Passed, ""),
        (TWO, answer("192.0.2.1"), Failed, "dns_disagree"),
        (TWO, answer(rcode="NXDOMAIN"), Failed, "dns_disagree"),
        (TWO, answer(), Failed, "dns_disagree"),
        (TWO, answer(rcode="SERVFAIL"), Unknown, "dns_servfail"),
        (TWO, TIMEOUT, Unknown, "dns_timeout"),
        (TIMEOUT, TIMEOUT, Unknown, "dns_timeout"),
        (answer(rcode="SERVFAIL"), answer(rcode="REFUSED"), Unknown, "dns_servfail"),
        (answer(), answer(), Failed, "dns_no_records"),
        (answer(rcode="NXDOMAIN"), answer(rcode="NXDOMAIN"), Failed, "dns_nxdomain"),
    ],
)
async def test_resolvers_agree(
    first: DnsAnswer | ProbeError, second: DnsAnswer | ProbeError, kind: type, code: str
) -> None:
    """The same records in any order agree; one resolver that is silent leaves it unknown."""
    check = Consistent(resolvers=f"{ONE}, {OTHER}")

    outcome = await run_check(check, SERVICE, heard(first, second))

    assert isinstance(outcome, kind)
    assert getattr(outcome, "code", "") == code


async def test_a_disagreement_outweighs_silence() -> None:
    """Two that disagree are a failure, whatever the third says."""
    table: dict[str, DnsAnswer | ProbeError] = {
        f"{NAME} A @{ONE}": TWO,
        f"{NAME} A @{OTHER}": answer("192.0.2.9"),
        f"{NAME} A": TIMEOUT,
    }
    check = Consistent(resolvers=f"{ONE},{OTHER},192.0.2.55")

    outcome = await run_check(check, SERVICE, FakeProbe(records=table))

    assert isinstance(outcome, Failed)
    assert f"{OTHER} says 192.0.2.9" in outcome.reason


@pytest.mark.parametrize("resolvers", ["", ONE, f"{ONE},{ONE}"])
async def test_it_takes_two_to_agree(resolvers: str) -> None:
    """One resolver agrees with itself, which proves nothing; nobody is asked."""
    probe = FakeProbe()

    outcome = await run_check(Consistent(resolvers=resolvers), SERVICE, probe)

    assert isinstance(outcome, Unknown)
    assert outcome.code == "no_resolvers"
    assert probe.asked == []


def test_the_plugin_offers_its_checks() -> None:
    """The hook offers every check of the plugin, under the plugin's word."""
    assert [check.spec.id for check in director_checks()] == ["dns.consistent", "dns.records"]
