"""director.probing.guard: which addresses may be dialled."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.probing.guard import AddressPolicy, PolicyDenied, Reach

INTERNAL = AddressPolicy()
PUBLIC_ONLY = AddressPolicy(Reach.PUBLIC_ONLY)

DENIED_EVERYWHERE = [
    ("127.0.0.0", "loopback"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.255", "loopback"),
    ("::1", "loopback"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:7f00:1", "loopback"),
    ("0:0:0:0:0:ffff:7f00:1", "loopback"),
    ("::127.0.0.1", "loopback"),
    ("0.0.0.0", "unspecified"),
    ("0.255.255.255", "unspecified"),
    ("::", "unspecified"),
    ("::ffff:0.0.0.0", "unspecified"),
    ("169.254.0.0", "link_local"),
    ("169.254.170.2", "link_local"),
    ("169.254.255.255", "link_local"),
    ("fe80::1", "link_local"),
    ("fe80::1%eth0", "link_local"),
    ("febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link_local"),
    ("169.254.169.254", "metadata"),
    ("::ffff:169.254.169.254", "metadata"),
    ("::ffff:a9fe:a9fe", "metadata"),
    ("::169.254.169.254", "metadata"),
    ("100.100.100.200", "metadata"),
    ("::ffff:100.100.100.200", "metadata"),
    ("192.0.0.192", "metadata"),
    ("168.63.129.16", "metadata"),
    ("::ffff:168.63.129.16", "metadata"),
    ("fd00:ec2::254", "metadata"),
    ("fd00:ec2::254%eth0", "metadata"),
    ("fd20:ce::254", "metadata"),
    ("224.0.0.0", "multicast"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.255", "multicast"),
    ("ff00::", "multicast"),
    ("ff02::1", "multicast"),
    ("255.255.255.255", "broadcast"),
    ("::ffff:255.255.255.255", "broadcast"),
    ("", "not_an_address"),
    ("localhost", "not_an_address"),
    ("127.1", "not_an_address"),
    ("2130706433", "not_an_address"),
]

CARRIED_METADATA = [
    "64:ff9b::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "64:ff9b:1:ffff::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "2002:a9fe:a9fe::1",
    "::ffff:0:a9fe:a9fe",
    "2001:0:a9fe:a9fe::1",  # as the Teredo server
    "2001:0:808:808::5601:5601",  # as the Teredo client, disguised
]

INTERNAL_ONLY = [
    ("10.0.0.0", "private"),
    ("10.255.255.255", "private"),
    ("172.16.0.0", "private"),
    ("172.31.255.255", "private"),
    ("192.168.0.0", "private"),
    ("192.168.255.255", "private"),
    ("::ffff:10.0.0.1", "private"),
    ("fc00::", "private"),
    ("fd12:3456::1", "private"),
    ("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "private"),
    ("fec0::1", "private"),
    ("100.64.0.0", "shared"),
    ("100.127.255.255", "shared"),
    ("192.0.0.170", "reserved"),
    ("192.0.2.255", "documentation"),
    ("198.51.100.0", "documentation"),
    ("203.0.113.5", "documentation"),
    ("2001:db8::1", "documentation"),
    ("3fff::1", "documentation"),
    ("192.88.99.1", "relay"),
    ("198.18.0.0", "benchmark"),
    ("198.19.255.255", "benchmark"),
    ("240.0.0.0", "reserved"),
    ("255.255.255.254", "reserved"),
    ("64:ff9b::8.8.8.8", "embedded"),
    ("64:ff9b:1::808:808", "embedded"),
    ("2002:808:808::1", "embedded"),
    ("::ffff:0:808:808", "embedded"),
    ("100::1", "discard"),
    ("2001::1", "unspecified"),  # Teredo with an empty server
    ("2001:20::1", "reserved"),
    ("5f00::1", "reserved"),
]

NEIGHBOURS = [
    "1.0.0.0",
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.254",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.0.3.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "::ffff:8.8.8.8",
    "::ffff:808:808",
    "64:ff9a::1",
    "64:ff9c::1",
    "100:0:0:1::1",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2003::1",
    "2606:4700:4700::1111",
    "4000::1",
    "fbff:ffff::1",
]


@pytest.mark.parametrize(("address", "rule"), DENIED_EVERYWHERE)
@pytest.mark.parametrize("policy", [INTERNAL, PUBLIC_ONLY], ids=lambda policy: policy.reach)
def test_never_dialled(policy: AddressPolicy, address: str, rule: str) -> None:
    """Ourselves, the local link, metadata and groups are denied however they are written."""
    assert policy.check(address) == rule


@pytest.mark.parametrize("address", CARRIED_METADATA)
@pytest.mark.parametrize("policy", [INTERNAL, PUBLIC_ONLY], ids=lambda policy: policy.reach)
def test_carried_addresses_are_unwrapped(policy: AddressPolicy, address: str) -> None:
    """An address that carries a denied one inside is denied."""
    assert policy.check(address) is not None


@pytest.mark.parametrize("address", CARRIED_METADATA)
def test_the_rule_names_what_was_carried(address: str) -> None:
    """Where private ranges are allowed, it is the carried address that is denied."""
    assert INTERNAL.check(address) == "metadata"


@pytest.mark.parametrize(("address", "rule"), INTERNAL_ONLY)
def test_public_only_denies_what_is_not_public(address: str, rule: str) -> None:
    """Under public_only nothing is dialled that the whole Internet cannot reach."""
    assert PUBLIC_ONLY.check(address) in {rule, "reserved"}


@pytest.mark.parametrize("address", [a for a, _ in INTERNAL_ONLY if a != "2001::1"])
def test_internal_allows_private_ranges(address: str) -> None:
    """The default lets people ask their own services."""
    assert INTERNAL.check(address) is None


@pytest.mark.parametrize("address", NEIGHBOURS)
@pytest.mark.parametrize("policy", [INTERNAL, PUBLIC_ONLY], ids=lambda policy: policy.reach)
def test_neighbours_are_allowed(policy: AddressPolicy, address: str) -> None:
    """An address just outside a denied range is allowed."""
    assert policy.check(address) is None


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.255.255.255", "::ffff:127.0.0.1", "::ffff:7f00:1"]
)
def test_an_allowed_range_lifts_the_denial(address: str) -> None:
    """What the operator allows may be dialled, in its mapped form too."""
    policy = AddressPolicy(Reach.PUBLIC_ONLY, allow=(ip_network("127.0.0.0/8"),))

    assert policy.check(address) is None


@pytest.mark.parametrize("address", ["128.0.0.1", "126.0.0.1"])
def test_an_allowed_range_changes_nothing_outside(address: str) -> None:
    """What was allowed before stays allowed."""
    assert AddressPolicy(allow=(ip_network("127.0.0.0/8"),)).check(address) is None


@pytest.mark.parametrize("address", ["::1", "169.254.169.254", "0.0.0.0", "2002:a9fe:a9fe::1"])
def test_an_allowed_range_lifts_nothing_else(address: str) -> None:
    """Allowing loopback allows neither metadata nor another spelling of ourselves."""
    policy = AddressPolicy(allow=(ip_network("127.0.0.0/8"),))

    assert policy.check(address) is not None


def test_loopback_of_the_sixth_version_can_be_lifted() -> None:
    """``::1`` carries nothing, so that allowing it is enough."""
    assert AddressPolicy(allow=(ip_network("::1/128"),)).check("::1") is None


def test_a_carrier_needs_both_readings_allowed() -> None:
    """Allowing the carrying network does not allow what it carries."""
    policy = AddressPolicy(allow=(ip_network("2002::/16"),))

    assert policy.check("2002:7f00:1::1") == "loopback"


def test_a_refusal_is_no_os_error() -> None:
    """A refusal passes through layers that wrap every OSError."""
    assert not issubclass(PolicyDenied, OSError)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_judged_like_its_own(address: IPv4Address) -> None:
    """The mapped form of an address is denied by the same rule as the address."""
    for policy in (INTERNAL, PUBLIC_ONLY):
        assert policy.check(f"::ffff:{address}") == policy.check(str(address))


@given(st.ip_addresses(v=6))
def test_every_spelling_is_judged_alike(address: IPv6Address) -> None:
    """How an address is written changes nothing."""
    for policy in (INTERNAL, PUBLIC_ONLY):
        spellings = (address.compressed, address.exploded, address.compressed.upper())
        assert len({policy.check(spelling) for spelling in spellings}) == 1


@given(st.ip_addresses())
def test_public_only_denies_whatever_internal_denies(address: IPv4Address | IPv6Address) -> None:
    """The stricter reach never allows more."""
    if INTERNAL.check(str(address)) is not None:
        assert PUBLIC_ONLY.check(str(address)) is not None
