"""director.probing.dns_answer: what a message means for the question."""

from __future__ import annotations

import pytest

from director.model.answers import DnsRecord, RecordType
from director.model.probe import ProbeError, ProbeReason
from director.probing.dns_answer import records
from director.probing.dns_wire import Message, Question, Record

ASKED = Question("pay.test", RecordType.A)


def name(text: str) -> tuple[bytes, ...]:
    """Return *text* as labels."""
    return tuple(text.encode().split(b"."))


def address(owner: str, value: str = "192.0.2.1") -> Record:
    """Return an address of *owner*."""
    return Record(name(owner), DnsRecord(type=RecordType.A, value=value, ttl_s=60))


def alias(owner: str, target: str) -> Record:
    """Return an alias."""
    shown = DnsRecord(type=RecordType.CNAME, value=f"{target}.", ttl_s=60)
    return Record(name(owner), shown, name(target))


def message(*found: Record, rcode: str = "NOERROR", **flags: bool) -> Message:
    """Return what a resolver says."""
    said = {"truncated": False, "authoritative": False, "recursive": True, **flags}
    return Message(rcode=rcode, records=found, **said)


def reason(said: Message, question: Question = ASKED) -> ProbeReason:
    """Return why *said* is no answer."""
    with pytest.raises(ProbeError) as caught:
        records(question, said)
    return caught.value.reason


def chain(length: int) -> list[Record]:
    """Return aliases, one after the other, and an address at the end."""
    names = ["pay.test", *(f"a{number}.test" for number in range(length))]
    return [*map(alias, names[:-1], names[1:]), address(names[-1])]


def test_aliases_are_followed_in_any_order() -> None:
    """The records at the end of the aliases answer, and the aliases stand before them."""
    said = message(address("b.test"), alias("a.test", "b.test"), alias("pay.test", "a.test"))

    assert [found.value for found in records(ASKED, said)] == ["a.test.", "b.test.", "192.0.2.1"]


def test_records_of_others_are_no_answer() -> None:
    """What somebody adds for another name is not taken for the one that was asked for."""
    said = message(address("evil.test", "192.0.2.66"), address("pay.test"))

    assert [found.value for found in records(ASKED, said)] == ["192.0.2.1"]


def test_an_alias_is_not_followed_when_it_is_asked_for() -> None:
    """Whoever asks for the alias gets it, and not where it leads."""
    said = message(alias("pay.test", "a.test"), alias("a.test", "b.test"))

    found = records(Question("pay.test", RecordType.CNAME), said)

    assert [one.value for one in found] == ["a.test."]


@pytest.mark.parametrize(("length", "followed"), [(15, True), (16, True), (17, False)])
def test_chains_are_bounded(length: int, followed: bool) -> None:
    """Sixteen aliases are followed, and not one more."""
    said = message(*chain(length))

    if followed:
        assert len(records(ASKED, said)) == length + 1
    else:
        assert reason(said) is ProbeReason.DNS_PROTOCOL


@pytest.mark.parametrize(
    "loop",
    [
        [alias("pay.test", "pay.test")],
        [alias("pay.test", "a.test"), alias("a.test", "pay.test")],
    ],
)
def test_loops_end(loop: list[Record]) -> None:
    """Aliases that lead to themselves are no answer."""
    assert reason(message(*loop)) is ProbeReason.DNS_PROTOCOL


@pytest.mark.parametrize(
    "said",
    [
        message(rcode="NXDOMAIN"),
        message(alias("pay.test", "a.test"), rcode="NXDOMAIN"),
        message(),
        message(has_soa=True, recursive=False),
        message(has_referral=True, authoritative=True),
        message(alias("pay.test", "a.test"), has_soa=True, recursive=False),
        message(alias("pay.test", "a.test")),
    ],
)
def test_that_there_is_nothing_is_an_answer(said: Message) -> None:
    """A server that says so is believed."""
    assert not [found for found in records(ASKED, said) if found.type is RecordType.A]


@pytest.mark.parametrize(
    "said",
    [
        message(has_referral=True),
        message(has_referral=True, recursive=False),
        message(alias("pay.test", "a.test"), recursive=False),
        message(alias("pay.test", "a.test"), recursive=False, authoritative=True),
        message(rcode="SERVFAIL"),
        message(rcode="REFUSED"),
        message(rcode="RCODE9"),
        message(address("pay.test"), rcode="SERVFAIL"),
    ],
)
def test_a_server_that_does_not_know(said: Message) -> None:
    """A server that sends us elsewhere says nothing about whether there are records."""
    assert reason(said) is ProbeReason.DNS_SERVFAIL


def test_an_answer_that_contradicts_itself() -> None:
    """A name that does not exist has no records."""
    assert reason(message(address("pay.test"), rcode="NXDOMAIN")) is ProbeReason.DNS_PROTOCOL
