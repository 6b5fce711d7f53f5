"""Everything a check can ask, as values: who asks the same asks once."""

from __future__ import annotations

from typing import TypeAlias

from director.model.answers import RecordType, StartTls
from director.model.probe import Redirects
from director.model.text import printable
from director.model.value import dataclass
from director.probing.sighting import Place
from director.probing.url import TargetUrl

Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page to ask for.

    Attributes:
        url: Where.
        headers: What to send besides the usual headers; names in lower case, sorted.
        redirects: How far to follow redirects.
        address: Which address of the host to ask; empty for the first.
    """

    url: TargetUrl
    headers: Headers = ()
    redirects: Redirects = Redirects.SAME_ORIGIN
    address: str = ""

    @property
    def place(self) -> Place:
        """Where it goes."""
        return Place(self.url.shown, self.url.host, self.url.port)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Every address of the host of a page.

    Attributes:
        url: The page.
    """

    url: TargetUrl

    @property
    def place(self) -> Place:
        """Where it goes."""
        return Place(self.url.shown, self.url.host, self.url.port)


@dataclass(frozen=True, slots=True)
class Knock:
    """One TCP connection to open.

    Attributes:
        host: Lower case ASCII name, or an address without brackets.
        port: 1 to 65535.
        banner: Whether to wait for what the peer says first.
    """

    host: str
    port: int
    banner: bool = False

    @property
    def place(self) -> Place:
        """Where it goes."""
        return Place(f"tcp://{spelled(self.host, self.port)}", self.host, self.port)


@dataclass(frozen=True, slots=True)
class Shake:
    """One TLS handshake.

    Attributes:
        host: Lower case ASCII name, or an address without brackets.
        port: 1 to 65535.
        starttls: What to speak before it; None to begin with it.
    """

    host: str
    port: int
    starttls: StartTls | None = None

    @property
    def place(self) -> Place:
        """Where it goes."""
        scheme = "tls" if self.starttls is None else f"{self.starttls}+tls"
        return Place(f"{scheme}://{spelled(self.host, self.port)}", self.host, self.port)


@dataclass(frozen=True, slots=True)
class Records:
    """DNS records to ask for.

    Attributes:
        name: The name, as the check wrote it.
        type: Which records.
        resolver: Address and port of a name server; empty for the system's.
    """

    name: str
    type: RecordType
    resolver: str = ""

    @property
    def place(self) -> Place:
        """Where it goes."""
        at = f"//{printable(self.resolver)}/" if self.resolver else ""
        return Place(f"dns:{at}{printable(self.name)}?type={self.type}")


Inquiry: TypeAlias = Page | Addresses | Knock | Shake | Records


def spelled(host: str, port: int) -> str:
    """Return host and port as they are written together."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
