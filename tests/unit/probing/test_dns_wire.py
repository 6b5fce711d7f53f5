"""director.probing.dns_wire: messages as bytes."""

from __future__ import annotations

import struct

import dns.flags
import dns.message
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.model.answers import RecordType
from director.probing.dns_wire import (
    MalformedMessage,
    Question,
    answers,
    read,
    shown_name,
    written,
)

ASKED = Question("pay.example.test", RecordType.A)
LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=63)


def response(*lines: str, question: Question = ASKED) -> dns.message.Message:
    """Return an answer with *lines* as its records, made by somebody else."""
    asked = dns.message.from_wire(written(question, 7))
    made = dns.message.make_response(asked)
    for line in lines:
        owner, ttl_s, class_, type_, value = line.split(maxsplit=4)
        made.answer.append(dns.rrset.from_text(owner, int(ttl_s), class_, type_, value))
    return made


def packet(records: bytes = b"", *, counts: tuple[int, int, int] = (1, 0, 0)) -> bytes:
    """Return an answer whose bytes after the question are *records*."""
    return struct.pack("!6H", 7, 0x8180, 1, *counts) + ASKED.wire + records


def record(data: bytes, *, type_: int = 1, owner: bytes = b"\xc0\x0c", class_: int = 1) -> bytes:
    """Return one record of the name that was asked for."""
    return owner + struct.pack("!HHIH", type_, class_, 60, len(data)) + data


@given(st.lists(LABEL, min_size=1, max_size=3), st.sampled_from(RecordType), st.integers(0, 65535))
def test_others_read_what_is_written(labels: list[str], type_: RecordType, number: int) -> None:
    """A question says what it asks, with recursion, and nothing besides."""
    message = dns.message.from_wire(written(Question(".".join(labels), type_), number))

    (question,) = message.question
    assert message.id == number
    assert message.flags == dns.flags.RD
    assert question.name.to_text() == ".".join(labels) + "."
    assert dns.rdatatype.to_text(question.rdtype) == type_
    assert question.rdclass == dns.rdataclass.IN
    assert message.answer == message.authority == message.additional == []


@pytest.mark.parametrize(
    ("type_", "value", "shown"),
    [
        ("A", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2001:db8:0::1", "2001:db8::1"),
        ("CNAME", "wWw.example.test.", "wWw.example.test."),
        ("MX", "10 mx.example.test.", "10 mx.example.test."),
        ("SRV", "1 2 443 host.example.test.", "1 2 443 host.example.test."),
        ("TXT", '"v=spf1 -all"', "v=spf1 -all"),
        ("TXT", '"in two" " parts"', "in two parts"),
        ("TXT", '"a\\027[31m\\010b"', "a\ufffd[31m\ufffdb"),
        ("TXT", '"\\255"', "\ufffd"),
        ("CNAME", "odd\\.name\\255.test.", "odd\\.name\\255.test."),
        ("MX", "0 .", "0 ."),
    ],
)
def test_each_type_is_read(type_: str, value: str, shown: str) -> None:
    """What others write is read, with its time to live, and can be printed."""
    line = f"pay.example.test. 300 IN {type_} {value}"

    (found,) = read(response(line).to_wire()).records

    assert (found.shown.type, found.shown.value, found.shown.ttl_s) == (type_, shown, 300)
    assert found.owner == ASKED.labels
    assert found.shown.value.isprintable() or "\ufffd" in found.shown.value


def test_types_and_classes_that_nobody_asked_for() -> None:
    """Other records are passed over, and do not disturb those that follow."""
    other = record(b"whatever", type_=99) + record(b"\x7f\0\0\1", class_=3)

    message = read(packet(other + record(b"\xc0\0\2\1"), counts=(3, 0, 0)))

    assert [found.shown.value for found in message.records] == ["192.0.2.1"]


def test_a_time_to_live_that_cannot_be() -> None:
    """What does not fit into 31 bits may not be remembered at all."""
    line = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 2**31, 4) + b"\xc0\0\2\1"

    assert read(packet(line)).records[0].shown.ttl_s == 0


def test_what_the_authority_section_tells() -> None:
    """It is told whether a zone says no, or other servers are named."""
    soa = response()
    soa.authority.append(dns.rrset.from_text("test.", 60, "IN", "SOA", "a. b. 1 2 3 4 5"))
    referral = response()
    referral.authority.append(dns.rrset.from_text("test.", 60, "IN", "NS", "ns.test."))

    no, elsewhere = read(soa.to_wire()), read(referral.to_wire())

    assert (no.has_soa, no.has_referral) == (True, False)
    assert (elsewhere.has_soa, elsewhere.has_referral) == (False, True)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (0x8400, (False, True, False)),
        (0x8200, (True, False, False)),
        (0x8080, (False, False, True)),
    ],
)
def test_flags(flags: int, expected: tuple[bool, bool, bool]) -> None:
    """Truncation, authority and recursion are told apart."""
    message = read(struct.pack("!6H", 7, flags, 1, 0, 0, 0) + ASKED.wire)

    assert (message.truncated, message.authoritative, message.recursive) == expected


@pytest.mark.parametrize(
    ("code", "word"),
    [(0, "NOERROR"), (2, "SERVFAIL"), (3, "NXDOMAIN"), (5, "REFUSED"), (9, "RCODE9")],
)
def test_response_codes(code: int, word: str) -> None:
    """Known codes have names, others their number."""
    assert read(struct.pack("!6H", 7, 0x8180 | code, 1, 0, 0, 0) + ASKED.wire).rcode == word


def test_an_answer_to_the_question() -> None:
    """The answer to the question is one, in whatever case the name comes back."""
    wire = response().to_wire()

    assert answers(ASKED, 7, wire)
    assert answers(ASKED, 7, wire.replace(b"example", b"eXAMPLe"))


OTHER_TYPE = response(question=Question(ASKED.name, RecordType.AAAA)).to_wire()
OTHER_NAME = response(question=Question("pay.example.tesu", RecordType.A)).to_wire()


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"\0",
        response().to_wire()[:11],
        response().to_wire()[:-1],
        b"\0\x08" + response().to_wire()[2:],
        written(ASKED, 7),
        b"\0\x07\xa1\x80" + response().to_wire()[4:],
        OTHER_TYPE,
        OTHER_NAME,
        struct.pack("!6H", 7, 0x8180, 0, 0, 0, 0),
        struct.pack("!6H", 7, 0x8183, 0, 0, 0, 0),
        struct.pack("!6H", 7, 0x8180, 2, 0, 0, 0) + ASKED.wire * 2,
    ],
    ids=[
        "nothing",
        "one byte",
        "half a header",
        "half a question",
        "another id",
        "a question",
        "another opcode",
        "another type",
        "another name",
        "no question",
        "no question, and no such name",
        "two questions",
    ],
)
def test_what_answers_another_question(wire: bytes) -> None:
    """Whatever does not repeat id and question answers something else."""
    assert not answers(ASKED, 7, wire)


@pytest.mark.parametrize("code", [1, 2, 4, 5])
def test_a_server_that_cannot_read_the_question(code: int) -> None:
    """It need not repeat what it could not read, if it says that it could not."""
    assert answers(ASKED, 7, struct.pack("!6H", 7, 0x8180 | code, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("wire", "problem"),
    [
        (packet(), "breaks off"),
        (packet(b"\x03www"), "breaks off"),
        (packet(b"\xc0"), "breaks off"),
        (packet(record(b"\xc0\0\2\1")[:-1]), "breaks off"),
        (packet(record(b"\xc0\0\2")), "3 bytes instead of 4"),
        (packet(record(b"\0" * 15, type_=28)), "15 bytes instead of 16"),
        (packet(record(b"\0", type_=15)), "breaks off"),
        (packet(record(b"\0\x0a\0\0", type_=15)), "length"),
        (packet(record(b"\0\0", type_=5)), "length"),
        (packet(record(b"\x05abc", type_=16)), "breaks off"),
        (packet(record(b"\x05abc", type_=16) + bytes(9)), "length"),
        (packet(b"\xc0\x22" + record(b"")), "leads to itself"),
        (packet(b"\xff\xff" + record(b"")), "leads to itself"),
        (packet(b"\x80" + record(b"")), "unknown kind"),
        (packet(b"\x40" + record(b"")), "unknown kind"),
        (packet(record(b"\1a" * 127 + b"\0", type_=5)), ""),
        (packet(record(b"\2aa" + b"\1a" * 126 + b"\0", type_=5)), "too long"),
        (packet(record(b"\1a" * 128 + b"\0", type_=5)), "too long"),
        (packet(record(b"\1a" * 125 + b"\xc0\x0c", type_=5)), "too long"),
        (packet(record(b"\xc0\0\2\1"), counts=(250, 250, 1)), "more than 500"),
        (packet(record(b"\xc0\0\2\1"), counts=(250, 250, 0)), "breaks off"),
    ],
)
def test_what_cannot_be_used(wire: bytes, problem: str) -> None:
    """Each way to be broken, or endless, is found; what is just within the limits is read."""
    if not problem:
        assert read(wire).records
        return
    with pytest.raises(MalformedMessage, match=problem):
        read(wire)


@given(st.binary(max_size=200), st.integers(0, 40), st.integers(0, 3))
def test_any_bytes_end(noise: bytes, answered: int, authorities: int) -> None:
    """Whatever follows the question is read or refused, and nothing else."""
    wire = packet(noise, counts=(answered, authorities, 0))
    assert answers(ASKED, 7, wire)

    try:
        message = read(wire)
    except MalformedMessage:
        return
    assert len(message.records) <= answered


@given(st.lists(st.binary(min_size=1, max_size=63), max_size=3))
def test_names_can_be_printed(labels: list[bytes]) -> None:
    """Whatever the bytes of a name, others read the same name from how it is shown."""
    shown = shown_name(tuple(labels))

    assert shown.isascii()
    assert shown.isprintable()
    assert dns.name.from_text(shown).labels[:-1] == tuple(labels)


def test_what_is_cut_off_is_not_read() -> None:
    """Of a truncated message only that it is one is read: the rest may end anywhere."""
    half = packet(record(b"\xc0\0\2\1")[:-1])

    message = read(half[:2] + b"\x83\x80" + half[4:])

    assert message.truncated
    assert message.records == ()


@pytest.mark.parametrize("step", [0, 2], ids=["one name", "parts of it"])
def test_names_that_share_their_bytes(step: int) -> None:
    """Hundreds of names may be written as parts of one, wherever in it they begin."""
    long = b"\1a" * 126 + b"\0"
    first = record(b"\0\x0a" + long, type_=15)
    place = len(packet()) + len(first) - len(long)

    def other(number: int) -> bytes:
        pointer = struct.pack("!H", 0xC000 | (place + step * (number % 100)))
        return record(b"\0\x0a" + pointer, type_=15, owner=pointer)

    message = read(packet(first + b"".join(map(other, range(499))), counts=(500, 0, 0)))

    assert len(message.records) == 500
    assert len({found.shown.value for found in message.records}) == (1 if step == 0 else 100)
