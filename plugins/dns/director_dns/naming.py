"""Which name the checks of this plugin ask for, and how what it answers is compared."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from director.plugin import DnsAnswer, Failed, NotApplicable, RecordType, Target, Unknown


def name_of(target: Target, name: str) -> str | NotApplicable:
    """Return which name to ask for: *name*, or else the host of the base URL."""
    if name:
        return name
    host = urlsplit(target.base_url or "").hostname
    if not host:
        return NotApplicable("the environment has no base_url, and no name is given under name")
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return host
    return NotApplicable(f"the host of the base_url is the address {host}, which needs no DNS")


def record_type(text: str) -> RecordType:
    """Return the type of records that *text* names.

    Raises:
        ValueError: It names none that is asked for.
    """
    known = [each.value for each in RecordType]
    if text.upper() not in known:
        raise ValueError(f"type must be {', '.join(known)}, got {text!r}")
    return RecordType(text.upper())


def listed(text: str) -> tuple[str, ...]:
    """Return the parts of *text* between commas, each once, without the empty ones.

    >>> listed("192.0.2.1, 192.0.2.2,")
    ('192.0.2.1', '192.0.2.2')
    """
    return tuple(dict.fromkeys(part for part in map(str.strip, text.split(",")) if part))


def comparable(value: str, type_: RecordType) -> str:
    """Return the data of a record in one spelling.

    Names have no case, and their last dot may be left out; addresses have many spellings; texts
    have one.

    >>> comparable("2001:DB8:0::1", RecordType.AAAA), comparable("A.Test.", RecordType.CNAME)
    ('2001:db8::1', 'a.test')
    """
    if type_ is RecordType.TXT:
        return value
    if type_ in {RecordType.A, RecordType.AAAA}:
        try:
            return str(ip_address(value))
        except ValueError:
            return value
    return " ".join(value.lower().split()).removesuffix(".")


def unanswered(answer: DnsAnswer) -> Failed | Unknown | None:
    """Return what is wrong with the answer as a whole, or None if there are records to judge."""
    asked = f"{answer.resolver or 'the resolver'} on {answer.name} {answer.type}"
    if answer.rcode == "NXDOMAIN":
        return Failed(
            f"{asked}: there is no such name",
            observed="NXDOMAIN",
            expected="NOERROR",
            code="dns_nxdomain",
        )
    if answer.rcode != "NOERROR":
        code = "dns_servfail" if answer.rcode == "SERVFAIL" else "dns_rcode"
        return Unknown(f"{asked}: {answer.rcode}", code)
    return None
