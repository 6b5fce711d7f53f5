"""Whom DNS questions go to: the operator's name servers, or one that a check names."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final, TypeAlias

from director.model.probe import ProbeError, ProbeReason
from director.model.value import dataclass
from director.probing.dns_wire import Question
from director.probing.guard import AddressPolicy
from director.probing.inquiry import Records, spelled
from director.probing.url import UrlError, host_and_port

_PORT: Final = 53
_RESOLV_CONF: Final = Path("/etc/resolv.conf")
_MOST_SERVERS: Final = 3
_LONGEST_CONF: Final = 65_536
_ANYWHERE: Final = AddressPolicy(allow=(ip_network("0.0.0.0/0"), ip_network("::/0")))
_NOT_A_SERVER: Final = "the name server must be an address, or an address and a port"


@dataclass(frozen=True, slots=True)
class NameServer:
    """One name server.

    Attributes:
        address: Its address; a zone may follow.
        port: Its port.
        policy: Which addresses may be dialled, if this one is asked.
    """

    address: str
    port: int = _PORT
    policy: AddressPolicy = _ANYWHERE

    @property
    def spelled(self) -> str:
        """Address and port as they are written together."""
        return spelled(self.address, self.port)


SystemServers: TypeAlias = Callable[[], tuple[NameServer, ...]]
"""Returns the operator's name servers, in the order in which they are asked; at least one."""


def system_servers(conf: Path = _RESOLV_CONF) -> tuple[NameServer, ...]:
    """Return the name servers of this machine.

    It is the operator who chose them, so the address policy is not asked. Where none is named,
    it is the one of the machine itself.

    Args:
        conf: Where they are written; format: resolv.conf(5), of which nothing else counts here.
    """
    try:
        with conf.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_LONGEST_CONF)
    except OSError:
        text = ""
    words = (line.split() for line in text.splitlines())
    named = (line[1] for line in words if len(line) > 1 and line[0] == "nameserver")
    servers = [NameServer(address) for address in named if _is_address(address)]
    return tuple(servers[:_MOST_SERVERS]) or (NameServer("127.0.0.1"),)


def servers_for(
    inquiry: Records, policy: AddressPolicy, system: SystemServers
) -> tuple[NameServer, ...]:
    """Return whom to ask: the one that *inquiry* names, or those of the system.

    Args:
        inquiry: What is asked.
        policy: Which addresses may be dialled, if a check chose them.
        system: The operator's name servers.

    Raises:
        ProbeError: ``invalid_url``, what is named is not an address, with or without a port.
    """
    named = inquiry.resolver
    if not named:
        return system()
    address, port = _bare(named), _PORT
    if not _is_address(address):
        try:
            address, port = host_and_port(named)
        except UrlError as error:
            raise ProbeError(ProbeReason.INVALID_URL, f"{_NOT_A_SERVER}: {error}") from None
    if "%" in address or not _is_address(address):
        raise ProbeError(ProbeReason.INVALID_URL, _NOT_A_SERVER)
    return (NameServer(str(ip_address(address)), port, policy),)


def question_of(inquiry: Records) -> Question:
    """Return what is asked, in ASCII; no search list is applied.

    Raises:
        ProbeError: ``invalid_url``, the name is none, or can be read in two ways.
    """
    try:
        name, _ = host_and_port(f"{inquiry.name}:{_PORT}")
    except UrlError as error:
        raise ProbeError(
            ProbeReason.INVALID_URL, f"the name to resolve cannot be asked for: {error}"
        ) from None
    if _is_address(name):
        raise ProbeError(
            ProbeReason.INVALID_URL, "the name to resolve must be a name, it is an address"
        )
    return Question(name.removesuffix("."), inquiry.type)


def _bare(named: str) -> str:
    """Return *named* without the brackets of an address that has no port."""
    return named[1:-1] if named.startswith("[") and named.endswith("]") else named


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
