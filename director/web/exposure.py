"""Where the server may listen, whom it answers, and where a request really came from."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import web

from director.web.front import Access, Network, WebSettings

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def check_exposure(host: str, settings: WebSettings) -> str:
    """Return why the server must not listen on *host*, in one line; empty if it may.

    Without tokens it is for one person on one machine. With tokens elsewhere than on loopback,
    tokens and sessions must not travel in clear: it needs TLS, its own or a proxy's.
    """
    if is_loopback(host):
        return ""
    if settings.access is Access.OPEN:
        return (
            f"must be a loopback address such as 127.0.0.1 while anybody may ask, got {host}:"
            " set --access tokens, and make one with director token create"
        )
    if not settings.secure:
        return (
            f"must be a loopback address without TLS, got {host}:"
            " set --tls-certificate and --tls-key, or --behind-proxy where a proxy speaks TLS"
        )
    return ""


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches *host*; a name is believed only if it is ours."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_meant(request: web.Request, settings: WebSettings) -> bool:
    """Return whether the request was sent to a name of ours.

    A page from elsewhere whose name suddenly leads to 127.0.0.1 sends its own name along (DNS
    rebinding). Where everybody must say who they are, such a page cannot, and any name will do.
    """
    if settings.access is Access.TOKENS:
        return True
    name = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    return name in _LOOPBACK_NAMES or name == urlsplit(settings.public_url).hostname


def address_of(request: web.Request, trusted: tuple[Network, ...]) -> str:
    """Return where a request came from: past every proxy that is trusted, and no further."""
    address = request.remote or ""
    if not trusted:
        return address
    hops = [hop.strip() for line in request.headers.getall("X-Forwarded-For", [])
            for hop in line.split(",")]  # fmt: skip
    while hops and _within(address, trusted):
        address = hops.pop()
    return address if _is_address(address) else request.remote or ""


def block_of(address: str) -> str:
    """Return what one customer of a provider has: an IPv4 address, or 64 bits of an IPv6 one.

    >>> block_of("203.0.113.9"), block_of("2001:db8::1:2:3:4")
    ('203.0.113.9', '2001:db8::')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.version == 4 or found.ipv4_mapped is not None:  # IPv4
        return address
    return str(ip_network((int(found), 64), strict=False).network_address)


def _within(text: str, networks: tuple[Network, ...]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
