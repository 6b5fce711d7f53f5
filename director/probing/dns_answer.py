"""What a message of a name server means for the question that was asked."""

from __future__ import annotations

from typing import Final

from director.model.answers import DnsRecord, RecordType
from director.model.probe import ProbeError, ProbeReason
from director.probing.dns_wire import ANSWERS, Message, Question, Record

_MOST_ALIASES: Final = 16
"""How many aliases are followed; resolvers give up after about as many."""


def records(question: Question, message: Message) -> tuple[DnsRecord, ...]:
    """Return the records that answer *question*, with the aliases that lead to them.

    Records of other names are no part of the answer, wherever they stand.

    Raises:
        ProbeError: ``dns_servfail``, the server does not say whether there are any;
            ``dns_protocol``, what it says cannot be.
    """
    if message.rcode not in ANSWERS:
        raise ProbeError(ProbeReason.DNS_SERVFAIL, f"answered {message.rcode}")
    owner = question.labels
    followed: list[Record] = []
    while not (found := _of(owner, question.type, message)):
        alias = next(iter(_of(owner, RecordType.CNAME, message)), None)
        if alias is None or alias.target is None:
            break
        if len(followed) == _MOST_ALIASES:
            raise ProbeError(
                ProbeReason.DNS_PROTOCOL,
                f"answered with a chain of more than {_MOST_ALIASES} aliases, or one that has no"
                " end",
            )
        followed.append(alias)
        owner = alias.target
    if found and message.rcode == "NXDOMAIN":
        raise ProbeError(
            ProbeReason.DNS_PROTOCOL, "answered with records of a name that it says is not there"
        )
    if not found and _evades(message, aliases=bool(followed)):
        raise ProbeError(ProbeReason.DNS_SERVFAIL, "does not know, and does not ask others for us")
    return tuple(record.shown for record in (*followed, *found))


def _of(owner: tuple[bytes, ...], type_: RecordType, message: Message) -> list[Record]:
    return [
        record for record in message.records if record.owner == owner and record.shown.type is type_
    ]


def _evades(message: Message, *, aliases: bool) -> bool:
    """Return whether a message without records says nothing about whether there are any.

    RFC 2308 section 2.2 tells a referral from the answer that there is no such record.
    """
    if message.rcode == "NXDOMAIN" or message.has_soa:
        return False
    if aliases and not message.recursive:
        return True  # where the alias leads is not the server's to say
    return message.has_referral and not message.authoritative
