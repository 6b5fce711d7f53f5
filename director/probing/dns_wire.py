"""DNS messages: from a question to bytes, and from bytes to what they say.

Format: RFC 1035 section 4; TXT, MX and CNAME ibid. section 3.3, AAAA RFC 3596, SRV RFC 2782.
Nobody vouches for who sent them: what is read is bounded in records and in work, so that the
largest message holds up nobody else.
"""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from typing import Final, TypeAlias

from director.model.answers import DnsRecord, RecordType
from director.model.value import dataclass

Name: TypeAlias = tuple[bytes, ...]
"""The labels of a name, in lower case; the root has none."""

_NUMBERS: Final = {
    RecordType.A: 1,
    RecordType.CNAME: 5,
    RecordType.MX: 15,
    RecordType.TXT: 16,
    RecordType.AAAA: 28,
    RecordType.SRV: 33,
}
_TYPES: Final = {number: type_ for type_, number in _NUMBERS.items()}
_NS: Final = 2
_SOA: Final = 6
_INTERNET: Final = 1
ANSWERS: Final = frozenset({"NOERROR", "NXDOMAIN"})
"""The response codes that say something about the name; any other is about the name server."""
_RCODES: Final = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")

_HEADER: Final = struct.Struct("!6H")
_FIXED: Final = struct.Struct("!HHIH")
"""What stands between the name of a record and its data: type, class, TTL, length."""

_LONGEST_NAME: Final = 255
_LONGEST_TTL_S: Final = 2**31 - 1
_MOST_RECORDS: Final = 500
_SPECIAL: Final = frozenset(b'".;\\()@$')
_PLAIN: Final = re.compile(rb"[A-Za-z0-9_-]*")


class MalformedMessage(Exception):  # noqa: N818  # what it is
    """A message is not DNS, or more of it than anybody needs; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        name: The name in ASCII, in lower case and without the last dot.
        type: Which records.
    """

    name: str
    type: RecordType

    @property
    def labels(self) -> Name:
        """The name as it is compared."""
        return tuple(self.name.encode("ascii").split(b"."))

    @property
    def wire(self) -> bytes:
        """The question as it is sent, after the header."""
        labels = b"".join(bytes((len(label),)) + label for label in self.labels)
        return labels + struct.pack("!BHH", 0, _NUMBERS[self.type], _INTERNET)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of an answer.

    Attributes:
        owner: Whose it is.
        shown: The record as it may be shown.
        target: Where an alias leads; None for other records.
    """

    owner: Name
    shown: DnsRecord
    target: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one message says.

    Attributes:
        rcode: Its response code, for example ``NOERROR``.
        truncated: Whether there is more to say than it has room for.
        authoritative: Whether the sender is responsible for the name.
        recursive: Whether the sender asks others for what it does not know.
        records: Its answers, of the types that are asked for.
        has_soa: Whether it names the zone in which something is not there.
        has_referral: Whether it names other servers to ask.
    """

    rcode: str
    truncated: bool
    authoritative: bool
    recursive: bool
    records: tuple[Record, ...] = ()
    has_soa: bool = False
    has_referral: bool = False


def written(question: Question, number: int) -> bytes:
    """Return the message that asks *question*.

    Args:
        question: What is asked, with recursion.
        number: The id of the message, 0 to 65535.
    """
    return _HEADER.pack(number, 0x0100, 1, 0, 0, 0) + question.wire


def answers(question: Question, number: int, packet: bytes) -> bool:
    """Return whether *packet* claims to answer this question and no other.

    The name may come back in other cases. A server that could not read the question may leave
    it out, if it says so.
    """
    if len(packet) < _HEADER.size:
        return False
    id_, flags, asked, *_ = _HEADER.unpack_from(packet)
    if id_ != number or flags >> 11 != 0b10000:  # a response to a query
        return False
    if asked == 0:
        return flags & 0xF in {1, 2, 4, 5}  # FORMERR, SERVFAIL, NOTIMP, REFUSED
    wire = question.wire
    # Lengths of labels are below the letters, so that only letters change.
    echoed = packet[_HEADER.size : _HEADER.size + len(wire)]
    return asked == 1 and echoed[:-4].lower() + echoed[-4:] == wire


def read(packet: bytes) -> Message:
    """Return what *packet* says; it was looked at by ``answers`` before.

    Raises:
        MalformedMessage: It cannot be understood, or has more than 500 records.
    """
    _, flags, asked, answered, authorities, additional = _HEADER.unpack_from(packet)
    code = flags & 0xF
    head = Message(
        rcode=_RCODES[code] if code < len(_RCODES) else f"RCODE{code}",
        truncated=bool(flags & 0x0200),
        authoritative=bool(flags & 0x0400),
        recursive=bool(flags & 0x0080),
    )
    if head.truncated or head.rcode not in ANSWERS:
        return head
    if answered + authorities + additional > _MOST_RECORDS:
        raise MalformedMessage(f"it has more than {_MOST_RECORDS} records")
    reader = _Reader(packet, _HEADER.size)
    for _ in range(asked):
        reader.name()
        reader.take(4)
    records = [reader.record() for _ in range(answered)]
    kinds = {reader.kind() for _ in range(authorities)}
    return replace(
        head,
        records=tuple(record for record in records if record is not None),
        has_soa=_SOA in kinds,
        has_referral=_NS in kinds,
    )


class _Reader:
    """Reads one message from front to back.

    Args:
        packet: The message.
        at: Where to begin.
    """

    def __init__(self, packet: bytes, at: int) -> None:
        self._packet = packet
        self._at = at
        self._names: dict[int, tuple[bytes, ...]] = {}

    def take(self, length: int) -> bytes:
        """Return the next *length* bytes."""
        piece = self._packet[self._at : self._at + length]
        if len(piece) < length:
            raise MalformedMessage("it breaks off")
        self._at += length
        return piece

    def name(self) -> tuple[bytes, ...]:
        """Return the labels of the next name, as they were written."""
        labels, self._at = self._labels(self._at)
        return labels

    def record(self) -> Record | None:
        """Return the next record, or None if it is of a type that is not asked for."""
        owner = _lower(self.name())
        number, class_, ttl_s, length = _FIXED.unpack(self.take(_FIXED.size))
        end = self._at + length
        if end > len(self._packet):
            raise MalformedMessage("it breaks off")
        type_ = _TYPES.get(number) if class_ == _INTERNET else None
        if type_ is None:
            self._at = end
            return None
        target: Name | None = None
        if type_ is RecordType.CNAME:
            labels = self.name()
            value, target = shown_name(labels), _lower(labels)
        else:
            value = self._value(type_, length, end)
        if self._at != end:
            raise MalformedMessage(f"the length of a record of type {type_} is wrong")
        # RFC 2181 section 8: what does not fit into 31 bits is no time at all.
        shown = DnsRecord(type=type_, value=value, ttl_s=ttl_s if ttl_s <= _LONGEST_TTL_S else 0)
        return Record(owner, shown, target)

    def kind(self) -> int:
        """Return the number of the next record's type, and pass over the rest of it."""
        self.name()
        number, _, _, length = _FIXED.unpack(self.take(_FIXED.size))
        self.take(length)
        return int(number)

    def _value(self, type_: RecordType, length: int, end: int) -> str:
        match type_:
            case RecordType.A:
                return str(IPv4Address(self._exactly(length, 4)))
            case RecordType.AAAA:
                return str(IPv6Address(self._exactly(length, 16)))
            case RecordType.MX:
                (preference,) = struct.unpack("!H", self.take(2))
                return f"{preference} {shown_name(self.name())}"
            case RecordType.SRV:
                priority, weight, port = struct.unpack("!3H", self.take(6))
                return f"{priority} {weight} {port} {shown_name(self.name())}"
            case _:
                return self._text(end)

    def _exactly(self, length: int, wanted: int) -> bytes:
        if length != wanted:
            raise MalformedMessage(f"an address has {length} bytes instead of {wanted}")
        return self.take(length)

    def _text(self, end: int) -> str:
        """Return the strings of a TXT record as one, as whoever uses them reads them."""
        strings = bytearray()
        while self._at < end:
            strings += self.take(self.take(1)[0])
        text = strings.decode("utf-8", errors="replace")
        return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)

    def _labels(self, at: int) -> tuple[tuple[bytes, ...], int]:
        """Return the labels of the name at *at*, and where it ends.

        A pointer leads further back than every pointer before it, so each name ends. Every part
        of a name is remembered, so that no byte is walked over twice.
        """
        packet = self._packet
        begins: list[int] = []
        labels: list[bytes] = []
        after, back = -1, at
        while True:
            if at >= len(packet):
                raise MalformedMessage("it breaks off")
            length = packet[at]
            if length >= 0xC0:
                if at + 1 == len(packet):
                    raise MalformedMessage("it breaks off")
                target = int.from_bytes(packet[at : at + 2], "big") & 0x3FFF
                after = at + 2 if after < 0 else after
                if target >= back:
                    raise MalformedMessage("a name leads to itself")
                if target in self._names:
                    labels += self._names[target]
                    break
                at = back = target
            elif length > 63:
                raise MalformedMessage("a name has a label of an unknown kind")
            elif length == 0:
                after = at + 1 if after < 0 else after
                break
            else:
                begins.append(at)
                labels.append(packet[at + 1 : at + 1 + length])
                at += 1 + length
        if sum(map(len, labels)) + len(labels) + 1 > _LONGEST_NAME:
            raise MalformedMessage("a name is too long")
        whole = tuple(labels)
        for place, begin in enumerate(begins):
            self._names[begin] = whole[place:]
        return whole, after


def shown_name(labels: tuple[bytes, ...]) -> str:
    """Return a name as text, in printable ASCII and with its last dot.

    >>> shown_name((b"mx", b"example", b"com"))
    'mx.example.com.'
    """
    if all(map(_PLAIN.fullmatch, labels)):
        return b".".join(labels).decode("ascii") + "."
    return ".".join("".join(map(_sign, label)) for label in labels) + "."


def _sign(byte: int) -> str:
    """Return one byte of a label as RFC 4343 section 2.1 writes it."""
    if not 0x21 <= byte <= 0x7E:
        return f"\\{byte:03d}"
    return f"\\{byte:c}" if byte in _SPECIAL else chr(byte)


def _lower(labels: tuple[bytes, ...]) -> Name:
    return tuple(label.lower() for label in labels)
