"""Which addresses a probe may dial: parsed and unwrapped, never compared as strings."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from director.model.value import dataclass

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network


class Reach(StrEnum):
    """How far probes may reach."""

    INTERNAL = "internal"
    """Private ranges too; never ourselves, the local link or the cloud's metadata."""
    PUBLIC_ONLY = "public_only"
    """Only what the whole Internet can reach; for targets that nobody vouches for."""


class PolicyDenied(Exception):  # noqa: N818  # a refusal on purpose, not an error
    """The address policy forbids to dial an address.

    It is no ``OSError``: those are wrapped by the layers between, and this must not get lost.

    Args:
        address: The socket address, as it would have been dialled.
        rule: The rule that forbids it, for example ``loopback``.
    """

    def __init__(self, address: str, rule: str) -> None:
        super().__init__(f"{address} is denied by the address policy ({rule})")
        self.address = address
        self.rule = rule


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Says of each address whether a probe may dial it.

    Attributes:
        reach: How far probes may reach.
        allow: Ranges in which the operator lifts every denial.
        allow_ports: Ports, first and last, at which the operator lets HTTP be spoken.
    """

    reach: Reach = Reach.INTERNAL
    allow: tuple[Network, ...] = ()
    allow_ports: tuple[tuple[int, int], ...] = ()

    def check(self, address: str) -> str | None:
        """Return the rule that denies *address*, or None if it may be dialled.

        An address that carries another one inside (mapped, compatible, translated, NAT64,
        6to4, Teredo) must be allowed in every reading.

        Args:
            address: A socket address without its port; a zone id is ignored.
        """
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return "not_an_address"
        for reading in _readings(parsed):
            rule = self._rule(reading)
            if rule is not None:
                return rule
        return None

    def check_port(self, port: int) -> str | None:
        """Return the rule that denies to speak HTTP at *port*, or None if that may be done.

        Servers of other protocols have taken HTTP requests for their own commands.
        """
        if any(first <= port <= last for first, last in self.allow_ports):
            return None
        return "port" if port in _NOT_HTTP else None

    def _rule(self, address: Address) -> str | None:
        if any(address in network for network in self.allow):
            return None
        for rule, network in _DENIED[self.reach]:
            if address in network:
                return rule
        return None


def _readings(address: Address) -> Iterator[Address]:
    """Yield *address* in every way it can be read.

    A mapped address is the IPv4 address and nothing besides; the others stand for themselves
    and for what they carry.
    """
    if isinstance(address, IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    yield address
    number = int(address)
    if number <= 1:  # :: and ::1 carry nothing: they have their own names
        return
    for network, shift, mask in _CARRIERS:
        if address in network:
            yield IPv4Address(((number >> shift) & _32_BITS) ^ mask)


_32_BITS: Final = 0xFFFFFFFF

# Which networks carry an IPv4 address inside, how far from the right it stands, and what it is
# disguised with.
_CARRIERS: Final = (
    (IPv6Network("::/96"), 0, 0),  # IPv4-compatible
    (IPv6Network("::ffff:0:0:0/96"), 0, 0),  # IPv4-translated
    (IPv6Network("64:ff9b::/96"), 0, 0),  # NAT64, well known
    (IPv6Network("64:ff9b:1::/48"), 0, 0),  # NAT64, local, used as a /96
    (IPv6Network("2002::/16"), 80, 0),  # 6to4
    (IPv6Network("2001::/32"), 64, 0),  # Teredo server
    (IPv6Network("2001::/32"), 0, _32_BITS),  # Teredo client
)

_ALWAYS: Final = (
    ("metadata", "169.254.169.254/32"),
    ("metadata", "100.100.100.200/32"),
    ("metadata", "192.0.0.192/32"),
    ("metadata", "168.63.129.16/32"),
    ("metadata", "fd00:ec2::254/128"),
    ("metadata", "fd20:ce::254/128"),
    ("unspecified", "::/128"),
    ("loopback", "127.0.0.0/8"),
    ("loopback", "::1/128"),
    ("unspecified", "0.0.0.0/8"),
    ("link_local", "169.254.0.0/16"),
    ("link_local", "fe80::/10"),
    ("multicast", "224.0.0.0/4"),
    ("multicast", "ff00::/8"),
    ("broadcast", "255.255.255.255/32"),
)

_BEYOND_PUBLIC: Final = (
    ("private", "10.0.0.0/8"),
    ("private", "172.16.0.0/12"),
    ("private", "192.168.0.0/16"),
    ("private", "fc00::/7"),
    ("private", "fec0::/10"),
    ("shared", "100.64.0.0/10"),
    ("reserved", "192.0.0.0/24"),
    ("documentation", "192.0.2.0/24"),
    ("documentation", "198.51.100.0/24"),
    ("documentation", "203.0.113.0/24"),
    ("documentation", "2001:db8::/32"),
    ("documentation", "3fff::/20"),
    ("relay", "192.88.99.0/24"),
    ("benchmark", "198.18.0.0/15"),
    ("reserved", "240.0.0.0/4"),
    ("embedded", "::ffff:0:0:0/96"),
    ("embedded", "64:ff9b::/96"),
    ("embedded", "64:ff9b:1::/48"),
    ("embedded", "2002::/16"),
    ("discard", "100::/64"),
    ("reserved", "2001::/23"),
    ("reserved", "5f00::/16"),
)


_NOT_HTTP: Final = frozenset(
    {
        # What browsers refuse: https://fetch.spec.whatwg.org/#port-blocking
        *(0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95),
        *(101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161),
        *(179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563),
        *(587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061),
        *(6000, 6566, *range(6665, 6670), 6679, 6697, 10080),
        # Databases, queues and daemons that obey whoever reaches them.
        *(445, 873, 1433, 1521, 2181, 2375, 2376, 3306, 3389, 4222, 5432, 5672, 6379, 6380, 9042),
        *(9092, 11211, 26379, 27017, 27018, 27019, 61613),
    }
)


def _compiled(rules: tuple[tuple[str, str], ...]) -> tuple[tuple[str, Network], ...]:
    return tuple((rule, ip_network(network)) for rule, network in rules)


_DENIED: Final = {
    Reach.INTERNAL: _compiled(_ALWAYS),
    Reach.PUBLIC_ONLY: _compiled(_ALWAYS + _BEYOND_PUBLIC),
}
