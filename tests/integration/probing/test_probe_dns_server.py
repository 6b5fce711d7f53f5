"""DNS questions, asked of real servers on loopback that answer as a test wants."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Iterable
from importlib.util import module_from_spec, spec_from_file_location
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import dns.flags
import dns.message
import pytest

from director.model.answers import DnsAnswer, RecordType
from director.model.probe import Phase, Phases, ProbeError, ProbeReason
from director.ports import Clock
from director.probing.dns import ask_name_server
from director.probing.guard import AddressPolicy
from director.probing.inquiry import Records
from director.probing.limit import limited
from director.probing.name_servers import NameServer, system_servers
from director.probing.settings import ProbeSettings
from director.probing.timeline import Timeline

if TYPE_CHECKING:
    from tests.integration.probing import dns_server as peer
    from tests.integration.probing.dns_server import Asked, DnsServer, Script
else:
    _spec = spec_from_file_location("dns_server", Path(__file__).with_name("dns_server.py"))
    peer = module_from_spec(_spec)
    sys.modules[_spec.name] = peer
    _spec.loader.exec_module(peer)

Ask: TypeAlias = Callable[..., Awaitable[DnsAnswer]]
Fails: TypeAlias = Callable[..., Awaitable[ProbeError]]

NAME = "pay.example.test"
ONE = f"{NAME}. 60 IN A 192.0.2.1"
LOOPBACK = AddressPolicy(allow=(ip_network("127.0.0.0/8"),))
QUICK_S = 0.3


@pytest.fixture
def ask(clock: Clock) -> Ask:
    """Ask one question within its limits, of a named server or of those of the system."""

    async def once(
        *servers: DnsServer | NameServer,
        name: str = NAME,
        type_: RecordType = RecordType.A,
        resolver: str = "",
        **settings: Any,  # noqa: ANN401  # whatever ProbeSettings takes
    ) -> DnsAnswer:
        chosen = ProbeSettings(**{"policy": LOOPBACK, "dns_limit_s": 3.0, **settings})
        system = tuple(
            one if isinstance(one, NameServer) else NameServer("127.0.0.1", one.port)
            for one in servers
        )
        inquiry = Records(name, type_, resolver)
        timeline = Timeline(clock, inquiry.place.shown)
        loop = asyncio.get_running_loop()
        began = loop.time()
        phases = Phases()
        try:
            work = ask_name_server(inquiry, chosen, timeline, lambda: system)
            answer = await limited(work, chosen, timeline, inquiry.place.shown)
            phases = answer.phases
        except ProbeError as error:
            phases = error.seen.phases
            raise
        finally:
            assert phases.total_s == pytest.approx(loop.time() - began, abs=0.1)
        return answer

    return once


@pytest.fixture
def fails(ask: Ask) -> Fails:
    """Ask one question that has no answer, and return why."""

    async def once(*args: Any, **kwargs: Any) -> ProbeError:  # noqa: ANN401  # as ask takes
        with pytest.raises(ProbeError) as caught:
            await ask(*args, **kwargs)
        assert caught.value.reason.blind
        return caught.value

    return once


def in_time(took_s: float, limit_s: float) -> bool:
    """Return whether something ended at its limit, on a machine that is busy."""
    return limit_s - 0.01 <= took_s < limit_s + 0.25


def changed(change: Callable[[bytes], bytes], lines: Iterable[str] = (ONE,)) -> Script:
    """Return a script that answers with *lines*, after *change* did something to the message."""
    return lambda asked: [change(peer.answer(asked, tuple(lines)))]


def silent(_: Asked) -> list[bytes]:
    """Say nothing."""
    return []


def over_tcp(script: Script) -> Script:
    """Return a script that has no room over UDP, and plays *script* over TCP."""

    def both(asked: Asked) -> Iterable[bytes]:
        if asked.tcp:
            return script(asked)
        cut = dns.message.make_response(asked.message)
        cut.flags |= dns.flags.TC
        return [cut.to_wire()]

    return both


@pytest.mark.parametrize(
    ("type_", "given", "values"),
    [
        (RecordType.A, ["192.0.2.1", "192.0.2.2"], ("192.0.2.1", "192.0.2.2")),
        (RecordType.AAAA, ["2001:db8::1"], ("2001:db8::1",)),
        (RecordType.CNAME, ["www.example.test."], ("www.example.test.",)),
        (RecordType.MX, ["10 mx.example.test."], ("10 mx.example.test.",)),
        (RecordType.TXT, ['"v=spf1 include:a.test" " -all"'], ("v=spf1 include:a.test -all",)),
        (RecordType.SRV, ["1 2 443 a.test."], ("1 2 443 a.test.",)),
    ],
)
async def test_each_type(
    ask: Ask, type_: RecordType, given: list[str], values: tuple[str, ...]
) -> None:
    """Each type that can be asked for is answered, in the order of the server."""
    async with peer.DnsServer(peer.zone({(f"{NAME}.", type_): given})) as server:
        answer = await ask(server, type_=type_)

    assert answer.values == values
    assert {record.ttl_s for record in answer.records} == {60}
    assert (answer.name, answer.type, answer.rcode) == (NAME, type_, "NOERROR")
    assert answer.resolver == server.address
    assert answer.phases.dns_s > 0
    assert [asked.tcp for asked in server.asked] == [False]


async def test_a_name_that_does_not_exist(ask: Ask) -> None:
    """That there is no such name is an answer, and no failure of ours."""
    async with peer.DnsServer(peer.zone({})) as server:
        answer = await ask(server)

    assert (answer.rcode, answer.records) == ("NXDOMAIN", ())


async def test_a_name_without_such_records(ask: Ask) -> None:
    """That a name has no record of a type is an answer too."""
    async with peer.DnsServer(peer.zone({(f"{NAME}.", "A"): ["192.0.2.1"]})) as server:
        answer = await ask(server, type_=RecordType.MX)

    assert (answer.rcode, answer.records) == ("NOERROR", ())


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "FORMERR", "NOTIMP"])
async def test_a_server_that_says_no(fails: Fails, rcode: str) -> None:
    """A server that cannot or will not answer says nothing about the name."""
    async with peer.DnsServer(peer.saying(rcode=rcode)) as server:
        error = await fails(server)

    assert error.reason is ProbeReason.DNS_SERVFAIL
    assert error.detail == f"{server.address} answered {rcode}"


async def test_a_server_that_sends_us_elsewhere(fails: Fails) -> None:
    """A referral is not taken for the answer that there is no such record."""
    script = peer.saying(authority=["test. 60 IN NS ns.test."], flags=0)
    async with peer.DnsServer(script) as server:
        error = await fails(server)

    assert error.reason is ProbeReason.DNS_SERVFAIL


async def test_a_silent_server(fails: Fails) -> None:
    """A server that says nothing is asked twice, and ends at the limit for names."""
    async with peer.DnsServer(silent) as server:
        error = await fails(server, dns_limit_s=QUICK_S)

    assert error.reason is ProbeReason.DNS_TIMEOUT
    assert error.seen.phase is Phase.DNS
    assert error.seen.address == server.address
    assert in_time(error.seen.phases.dns_s, QUICK_S)
    assert len(server.asked) == 2
    assert server.asked[0] == server.asked[1]


async def test_the_limit_of_the_probe_holds_too(fails: Fails) -> None:
    """Whoever loses patience first: it was the name server that did not answer."""
    async with peer.DnsServer(silent) as server:
        error = await fails(server, dns_limit_s=30, request_limit_s=QUICK_S)

    assert error.reason is ProbeReason.DNS_TIMEOUT
    assert in_time(error.seen.phases.total_s, QUICK_S)


async def test_a_packet_that_gets_lost(ask: Ask) -> None:
    """The question is asked once more, and then answered."""
    calls = 0

    def second(asked: Asked) -> Iterable[bytes]:
        nonlocal calls
        calls += 1
        return [] if calls == 1 else [peer.answer(asked, [ONE])]

    async with peer.DnsServer(second) as server:
        answer = await ask(server, dns_limit_s=0.5)

    assert answer.values == ("192.0.2.1",)
    assert len(server.asked) == 2


async def test_nobody_listens(fails: Fails) -> None:
    """A port that nobody listens at is told at once, without a wait."""
    async with peer.DnsServer(silent) as server:
        pass

    error = await fails(server, dns_limit_s=3)

    assert error.reason is ProbeReason.DNS_SERVFAIL
    assert error.seen.phases.total_s < 1


async def test_a_silent_server_before_one_that_answers(ask: Ask) -> None:
    """The first server has its share of the time, and leaves the rest to the next."""
    async with (
        peer.DnsServer(silent) as first,
        peer.DnsServer(peer.saying(ONE)) as second,
    ):
        answer = await ask(first, second, dns_limit_s=0.6)

    assert answer.values == ("192.0.2.1",)
    assert answer.resolver == second.address
    assert in_time(answer.phases.dns_s, 0.3)


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED"])
async def test_a_broken_server_before_one_that_answers(ask: Ask, rcode: str) -> None:
    """Who cannot answer is passed over at once."""
    async with (
        peer.DnsServer(peer.saying(rcode=rcode)) as first,
        peer.DnsServer(peer.saying(ONE)) as second,
    ):
        answer = await ask(first, second)

    assert answer.resolver == second.address


async def test_the_first_answer_counts(ask: Ask) -> None:
    """That a name does not exist is an answer: nobody else is asked for a better one."""
    async with (
        peer.DnsServer(peer.saying(rcode="NXDOMAIN")) as first,
        peer.DnsServer(peer.saying(ONE)) as second,
    ):
        answer = await ask(first, second)

    assert answer.rcode == "NXDOMAIN"
    assert second.asked == []


async def test_every_server_fails(fails: Fails) -> None:
    """The detail names each, and what one of them said outranks the silence of another."""
    async with (
        peer.DnsServer(peer.saying(rcode="SERVFAIL")) as first,
        peer.DnsServer(silent) as second,
    ):
        error = await fails(first, second, dns_limit_s=QUICK_S)

    assert error.reason is ProbeReason.DNS_SERVFAIL
    assert f"{first.address} answered SERVFAIL; {second.address} had no answer" in error.detail


async def test_what_is_too_long_for_a_packet(ask: Ask) -> None:
    """A truncated answer is not judged: the whole of it comes over TCP."""
    values = [f"192.0.2.{number}" for number in range(100)]
    async with peer.DnsServer(peer.zone({(f"{NAME}.", "A"): values})) as server:
        answer = await ask(server)

    assert answer.values == tuple(values)
    assert [asked.tcp for asked in server.asked] == [False, True]
    assert answer.phases.connect_s > 0


def other_id(wire: bytes) -> bytes:
    """Return *wire* with another id."""
    return bytes((wire[0] ^ 1,)) + wire[1:]


def other_name(wire: bytes) -> bytes:
    """Return *wire* about another name."""
    return wire.replace(b"\x03pay", b"\x03paz")


def other_type(wire: bytes) -> bytes:
    """Return *wire* about another type."""
    return wire.replace(b"\0\0\x01\0\x01", b"\0\0\x1c\0\x01", 1)


def question_only(wire: bytes) -> bytes:
    """Return *wire* as a question."""
    return wire[:2] + b"\x01\0" + wire[4:]


@pytest.mark.parametrize(
    "change", [other_id, other_name, other_type, question_only, lambda _: b"", lambda _: b"x" * 99]
)
async def test_what_answers_something_else_is_ignored(
    ask: Ask, fails: Fails, change: Callable[[bytes], bytes]
) -> None:
    """A packet with a wrong id or question is as if it had not come: the wait goes on."""
    evil = f"{NAME}. 60 IN A 192.0.2.66"

    def both(asked: Asked) -> list[bytes]:
        return [change(peer.answer(asked, [evil])), peer.answer(asked, [ONE])]

    async with peer.DnsServer(both) as server:
        answer = await ask(server)
    async with peer.DnsServer(changed(change)) as server:
        error = await fails(server, dns_limit_s=QUICK_S)

    assert answer.values == ("192.0.2.1",)
    assert error.reason is ProbeReason.DNS_TIMEOUT


async def test_a_flood_of_packets_ends(fails: Fails) -> None:
    """Packets that answer something else are not passed over for ever."""
    async with peer.DnsServer(lambda asked: [other_id(peer.answer(asked))] * 200) as server:
        error = await fails(server)

    assert error.reason is ProbeReason.DNS_PROTOCOL


async def test_a_spoofed_source(ask: Ask, fails: Fails) -> None:
    """The right answer from the wrong socket is not heard, though it comes first."""
    evil = f"{NAME}. 60 IN A 192.0.2.66"

    def spoofing(asked: Asked, *, then: bool) -> list[bytes]:
        server.spoof(peer.answer(asked, [evil]), server.came_from[-1])
        return [peer.answer(asked, [ONE])] if then else []

    async with peer.DnsServer(lambda asked: spoofing(asked, then=True)) as server:
        answer = await ask(server)
    async with peer.DnsServer(lambda asked: spoofing(asked, then=False)) as server:
        error = await fails(server, dns_limit_s=QUICK_S)

    assert answer.values == ("192.0.2.1",)
    assert error.reason is ProbeReason.DNS_TIMEOUT


async def test_ids_and_ports_cannot_be_guessed(ask: Ask) -> None:
    """Each question has an id and a source port of its own."""
    async with peer.DnsServer(peer.saying(ONE)) as server:
        for _ in range(20):
            await ask(server)

    ids = {asked.message.id for asked in server.asked}
    assert len(ids) > 15
    assert len(set(server.came_from)) > 15
    assert max(ids) - min(ids) > 1000


async def test_aliases_on_the_way(ask: Ask) -> None:
    """The aliases stand before what they lead to, each with its own time to live."""
    script = peer.saying(f"{NAME}. 30 IN CNAME a.test.", "a.test. 60 IN A 192.0.2.1")
    async with peer.DnsServer(script) as server:
        answer = await ask(server)

    assert [(record.type, record.value, record.ttl_s) for record in answer.records] == [
        (RecordType.CNAME, "a.test.", 30),
        (RecordType.A, "192.0.2.1", 60),
    ]
    assert answer.values == ("192.0.2.1",)


SELF = (f"{NAME}. 60 IN CNAME {NAME}.",)
LOOP = (f"{NAME}. 60 IN CNAME a.test.", f"a.test. 60 IN CNAME {NAME}.")
CHAIN = (
    f"{NAME}. 60 IN CNAME a0.test.",
    *(f"a{number}.test. 60 IN CNAME a{number + 1}.test." for number in range(19)),
    "a19.test. 60 IN A 192.0.2.1",
)


@pytest.mark.parametrize("lines", [SELF, LOOP, CHAIN], ids=["itself", "loop", "chain of 20"])
async def test_aliases_without_end(fails: Fails, lines: tuple[str, ...]) -> None:
    """Aliases that lead nowhere, or too far, are no answer."""
    async with peer.DnsServer(over_tcp(peer.saying(*lines))) as server:
        error = await fails(server)

    assert error.reason is ProbeReason.DNS_PROTOCOL


async def test_the_longest_answer(ask: Ask) -> None:
    """An answer of 64 KiB is read whole."""
    text = " ".join(['"' + "x" * 255 + '"'] * 255)
    async with peer.DnsServer(over_tcp(peer.saying(f"{NAME}. 60 IN TXT {text}"))) as server:
        answer = await ask(server, type_=RecordType.TXT)

    assert [len(value) for value in answer.values] == [255 * 255]


async def test_too_many_records(fails: Fails) -> None:
    """More than five hundred records are not judged in part, and hold up nobody."""
    body = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + b"\xc0\0\2\1"

    def many(asked: Asked) -> list[bytes]:
        head = bytearray(peer.answer(asked))
        head[6:8] = (5000).to_bytes(2, "big")
        return [bytes(head) + body * 4000]

    async with peer.DnsServer(over_tcp(many)) as server:
        error = await fails(server)

    assert error.reason is ProbeReason.DNS_PROTOCOL
    assert "more than 500 records" in error.detail
    assert error.seen.phases.total_s < 1


def half(packet: bytes) -> bytes:
    """Return the first half of *packet*, as it goes into a TCP connection, and no more."""
    framed = peer.framed(packet)
    return peer.Raw(framed[: len(framed) // 2])


@pytest.mark.parametrize(
    "change",
    [
        other_id,
        other_name,
        half,
        lambda _: peer.Raw(b""),
        lambda _: peer.Raw(b"\0"),
        lambda _: peer.Raw(b"\0\0"),
        lambda _: peer.Raw(b"garbage that is no DNS" * 100),
        lambda wire: wire[:-1],
        lambda wire: wire[:2] + b"\x83\x80" + wire[4:],
    ],
    ids=[
        "wrong id",
        "wrong question",
        "half a message",
        "nothing",
        "half a length",
        "no length",
        "garbage",
        "cut short",
        "truncated again",
    ],
)
async def test_over_tcp_nothing_is_ignored(fails: Fails, change: Callable[[bytes], bytes]) -> None:
    """A connection is the server's own: what it says wrong there is its fault."""
    async with peer.DnsServer(over_tcp(changed(change))) as server:
        error = await fails(server, dns_limit_s=1)

    assert error.reason is ProbeReason.DNS_PROTOCOL
    assert server.asked[-1].tcp


async def test_silence_over_tcp(fails: Fails) -> None:
    """A server that takes the connection and says nothing ends at the limit too."""
    async with peer.DnsServer(over_tcp(silent)) as server:
        error = await fails(server, dns_limit_s=QUICK_S)

    assert error.reason is ProbeReason.DNS_TIMEOUT
    assert in_time(error.seen.phases.total_s, QUICK_S)


@pytest.mark.parametrize(
    "change",
    [lambda wire: wire[:-1], lambda wire: wire[:-6] + b"\0\x03" + wire[-4:]],
    ids=["half a record", "wrong length"],
)
async def test_a_packet_that_cannot_be_read(fails: Fails, change: Callable[[bytes], bytes]) -> None:
    """What answers the question and cannot be read is no answer, nor silence."""
    async with peer.DnsServer(changed(change)) as server:
        error = await fails(server)

    assert error.reason is ProbeReason.DNS_PROTOCOL


async def test_a_server_that_a_check_names(ask: Ask) -> None:
    """A named server is asked, and not those of the system."""
    async with (
        peer.DnsServer(peer.saying(ONE)) as named,
        peer.DnsServer(peer.saying(ONE)) as system,
    ):
        answer = await ask(system, resolver=named.address)

    assert answer.resolver == named.address
    assert system.asked == []


async def test_the_policy_holds_for_a_server_that_a_check_names(fails: Fails, ask: Ask) -> None:
    """A denied server gets no packet; the operator's own may be anywhere."""
    denied = AddressPolicy()
    async with peer.DnsServer(peer.saying(ONE)) as server:
        error = await fails(resolver=server.address, policy=denied)
        mapped = await fails(resolver=f"[::ffff:127.0.0.1]:{server.port}", policy=denied)
        asked = list(server.asked)
        answer = await ask(server, policy=denied)

    assert error.reason is mapped.reason is ProbeReason.POLICY_DENIED
    assert "loopback" in error.detail
    assert error.seen.address == ""
    assert asked == []
    assert answer.values == ("192.0.2.1",)


@pytest.mark.parametrize("given", [{"name": "a b"}, {"resolver": "ns.test"}])
async def test_what_cannot_be_asked(fails: Fails, given: dict[str, str]) -> None:
    """What is no name, or no server, is refused before anything is sent."""
    async with peer.DnsServer(peer.saying(ONE)) as server:
        error = await fails(server, **given)

    assert error.reason is ProbeReason.INVALID_URL
    assert server.asked == []


@pytest.mark.parametrize("script", [silent, over_tcp(silent)], ids=["udp", "tcp"])
async def test_who_is_called_off_leaves_nothing(ask: Ask, script: Script) -> None:
    """A question that is called off closes its socket at once."""
    async with peer.DnsServer(script) as server:
        asking = asyncio.ensure_future(ask(server))
        await server.until(1 if script is silent else 2)
        asking.cancel()
        await asyncio.wait({asking})
        gc.collect()
        await asyncio.sleep(0)

        assert asking.cancelled()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
            ours.bind(("127.0.0.1", server.came_from[-1]))


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """Where a resolver is configured."""
    return tmp_path / "resolv.conf"


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("nameserver 192.0.2.53\n", ["192.0.2.53"]),
        ("# nameserver 192.0.2.1\n;x\nsearch test\nnameserver\t2001:db8::53 # x", ["2001:db8::53"]),
        ("nameserver fe80::1%eth0\n", ["fe80::1%eth0"]),
        (
            "\n".join(f"nameserver 192.0.2.{n}" for n in range(5)),
            ["192.0.2.0", "192.0.2.1", "192.0.2.2"],
        ),
        ("nameserver ns.test\nnameserver\noptions rotate", ["127.0.0.1"]),
        ("nameserver \x00\udcff\n", ["127.0.0.1"]),
        ("", ["127.0.0.1"]),
    ],
)
def test_the_servers_of_this_machine(conf: Path, text: str, addresses: list[str]) -> None:
    """The first three addresses count, in their order; without any it is this machine."""
    conf.write_text(text, encoding="utf-8", errors="surrogateescape")

    assert [(one.address, one.port) for one in system_servers(conf)] == [
        (address, 53) for address in addresses
    ]


def test_a_machine_without_a_configuration(conf: Path) -> None:
    """Where nothing is configured, this machine is asked."""
    assert [one.address for one in system_servers(conf)] == ["127.0.0.1"]
