"""Which URLs are asked: one strict reading of what was written, or none."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import quote, urljoin

from director.model.value import dataclass

_URL: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?P<host>\[[^\]/?#@]*\]|[^\[\]/?#@:]*)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^?]*)?"
    r"(?:\?(?P<query>.*))?",
    re.DOTALL,
)
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[/\\]+")
_PORTS: Final = {"http": 80, "https": 443}
_LONGEST: Final = 2048
_LONGEST_HOST: Final = 253
_SHOWN: Final = 300
# What may stand in a path or a query besides letters, digits and "_.-~"; "%" because what is
# encoded already stays as it is.
_SAFE: Final = "/:@!$&'()*+,;=%?"


class UrlError(ValueError):
    """A URL that will not be asked; the text says why without repeating what was written."""


@dataclass(frozen=True, slots=True)
class TargetUrl:
    """One URL that may be asked, in one reading only.

    Attributes:
        scheme: ``http`` or ``https``.
        host: Lower case ASCII name, or an address in its canonical spelling without brackets.
        port: 1 to 65535.
        path: Begins with a slash; percent-encoded.
        query: Percent-encoded, without its question mark; None if there is none.
    """

    scheme: str
    host: str
    port: int
    path: str = "/"
    query: str | None = None

    @property
    def origin(self) -> tuple[str, str, int]:
        """What two URLs must share for secrets to travel from one to the other."""
        return (self.scheme, self.host, self.port)

    @property
    def text(self) -> str:
        """The URL as it is sent, with its secrets."""
        return self._spell(self.query)

    @property
    def shown(self) -> str:
        """The URL as it may be shown: query values are replaced."""
        return self._spell(_hidden(self.query))

    @property
    def authority(self) -> str:
        """Host and port, the port only if it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def _spell(self, query: str | None) -> str:
        tail = "" if query is None else f"?{query}"
        return f"{self.scheme}://{self.authority}{self.path}{tail}"


@lru_cache(maxsize=4_096)  # running services are asked the same again and again
def parse(text: str) -> TargetUrl:
    """Return the one URL that *text* is.

    Raises:
        UrlError: It is not an absolute http(s) URL, or two programs could read it differently.
    """
    _refuse_odd_characters(text)
    match = _URL.fullmatch(text)
    if match is None:
        raise UrlError(_complaint(text))
    scheme = match["scheme"].lower()
    if scheme not in _PORTS:
        raise UrlError("the scheme must be http or https")
    return TargetUrl(
        scheme=scheme,
        host=_host(match["host"]),
        port=_port(match["port"], scheme),
        path=quote(match["path"] or "/", safe=_SAFE),
        query=None if match["query"] is None else quote(match["query"], safe=_SAFE),
    )


def resolve(base_url: str | None, path: str) -> TargetUrl:
    """Return the URL a check asks for.

    A path is appended to the base URL, whose own path stays in front of it.

    Args:
        base_url: Where the target answers; None if it cannot be asked.
        path: A path, or an absolute http(s) URL.

    Raises:
        UrlError: There is no base URL for a path, or the result is not a URL we ask.
    """
    if _ABSOLUTE.match(path):
        return parse(path)
    if base_url is None:
        raise UrlError("the target has no base URL")
    if "?" in base_url:
        raise UrlError("the base URL must have no query")
    slash = "" if path.startswith(("/", "?")) or not path else "/"
    return parse(base_url.rstrip("/") + slash + path)


def host_and_port(text: str) -> tuple[str, int]:
    """Return the host and the port that *text* is, for example ``example.com:443``.

    Raises:
        UrlError: It is not a host and a port, or two programs could read it differently.
    """
    _refuse_odd_characters(text)
    host, sign, port = text.rpartition(":")
    if not (host and sign and port.isascii() and port.isdigit() and len(port) <= 5):
        raise UrlError("it must look like host:port")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise UrlError("an IPv6 address must stand in brackets")
    if set(host) & set("/?@"):
        raise UrlError("it must be a host and a port, and nothing besides")
    return _host(host), _port(port, "")


def follow(url: TargetUrl, location: str) -> TargetUrl:
    """Return the URL that a redirect from *url* leads to, without its fragment.

    Raises:
        UrlError: *location* is not a URL we ask.
    """
    _refuse_odd_characters(location.partition("#")[0])
    return parse(urljoin(url.text, location.partition("#")[0]))


def scrub(text: str) -> str:
    """Return *text*, which may be anything, as a URL that may be shown.

    User info is dropped, query values are replaced, control characters and surrogates become
    U+FFFD, and what is very long is cut.
    """
    try:
        return parse(text).shown
    except UrlError:
        scheme = _SCHEME.match(text)
        start = scheme.end() if scheme is not None else 0
        # Nobody knows where the user info of a broken URL ends: the last "@" is surely after it.
        rest = text[start:].rpartition("@")[2].partition("#")[0]
        address, mark, query = rest.partition("?")
        return clean(f"{text[:start]}{address}{mark}{_hidden(query) or ''}")[:_SHOWN]


def clean(text: str) -> str:
    """Return *text* with control characters, surrogates and bidi marks as U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "\ufffd" if unicodedata.category(sign) in _UNSHOWN and sign != "\t" else sign
        for sign in text
    )


_UNSHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _hidden(query: str | None) -> str | None:
    if not query:
        return query
    pairs = (part.partition("=") for part in query.split("&"))
    return "&".join(f"{name}=REDACTED" if sign else "REDACTED" for name, sign, _ in pairs)


def _refuse_odd_characters(text: str) -> None:
    if len(text) > _LONGEST:
        raise UrlError(f"it must have at most {_LONGEST} characters, it has {len(text)}")
    if "\\" in text:
        raise UrlError("it must have no backslash")
    if "#" in text:
        raise UrlError("it must have no fragment")
    for sign in text:
        if sign.isspace() or unicodedata.category(sign) in _UNSHOWN:
            raise UrlError(
                f"it must have no white space or control character, has U+{ord(sign):04X}"
            )


def _complaint(text: str) -> str:
    authority = text.partition("://")[2].partition("/")[0].partition("?")[0]
    if "@" in authority:
        return "it must have no user info"
    return "it must look like http(s)://host[:port][/path][?query]"


def _port(written: str | None, scheme: str) -> int:
    if written is None:
        return _PORTS[scheme]
    port = int(written)
    if not 1 <= port <= 65535:
        raise UrlError(f"the port must be 1 to 65535, it is {port}")
    return port


def _host(written: str) -> str:
    if written.startswith("["):
        return _ipv6(written[1:-1])
    if "%" in written:
        raise UrlError("the host must have no percent sign")
    host = _ascii(written).lower()
    labels = host.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(host)
    if len(host) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlError("the host must be a name or an address")
    return host


def _ascii(written: str) -> str:
    """Return *written* in ASCII, if it is its own only spelling.

    Full-width digits, ideographic full stops and the like turn into an address in some
    programs and not in others.
    """
    if written.isascii():
        return written
    try:
        encoded = written.encode("idna")
        same = encoded.decode("idna") == unicodedata.normalize("NFKC", written) == written
    except UnicodeError:
        raise UrlError("the host must be a name or an address") from None
    if not same:
        raise UrlError("the host must be written in one way only; write its ASCII form")
    return encoded.decode("ascii")


def _ipv4(host: str) -> str:
    try:
        return str(IPv4Address(host))
    except ValueError:
        raise UrlError("an IPv4 address must be written as four decimal numbers") from None


def _ipv6(inside: str) -> str:
    if "%" in inside:
        raise UrlError("an IPv6 address must have no zone")
    try:
        return str(IPv6Address(inside))
    except ValueError:
        raise UrlError("what stands in brackets must be an IPv6 address") from None
