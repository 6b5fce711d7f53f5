"""director.probing.name_servers: whom questions go to."""

from __future__ import annotations

import pytest

from director.model.answers import RecordType
from director.model.probe import ProbeError, ProbeReason
from director.probing.dns_wire import Question
from director.probing.guard import AddressPolicy
from director.probing.inquiry import Records
from director.probing.name_servers import NameServer, question_of, servers_for

SYSTEM = (NameServer("127.0.0.53"),)
POLICY = AddressPolicy()


def asked(name: str = "pay.test", resolver: str = "") -> Records:
    """Return an inquiry."""
    return Records(name, RecordType.A, resolver)


@pytest.mark.parametrize(
    ("resolver", "address", "port"),
    [
        ("192.0.2.53", "192.0.2.53", 53),
        ("192.0.2.53:5353", "192.0.2.53", 5353),
        ("2001:DB8::53", "2001:db8::53", 53),
        ("[2001:db8::53]", "2001:db8::53", 53),
        ("[2001:db8::53]:5353", "2001:db8::53", 5353),
    ],
)
def test_a_server_that_a_check_names(resolver: str, address: str, port: int) -> None:
    """An address is asked, at its port or the usual one, if the policy allows it."""
    assert servers_for(asked(resolver=resolver), POLICY, lambda: SYSTEM) == (
        NameServer(address, port, POLICY),
    )


@pytest.mark.parametrize(
    "resolver",
    [
        "ns.example.test",
        "ns.example.test:53",
        "127.1",
        "127.1:53",
        "2130706433",
        "192.0.2.53:0",
        "192.0.2.53:65536",
        "192.0.2.53:",
        " 192.0.2.53",
        "192.0.2.53,192.0.2.54",
        "fe80::1%eth0",
        "[fe80::1%eth0]:53",
        "[192.0.2.53",
        "udp://192.0.2.53",
        "user@192.0.2.53:53",
    ],
)
def test_what_is_no_address_of_a_server(resolver: str) -> None:
    """Nothing else is asked: a name would have to be resolved, by whom?"""
    with pytest.raises(ProbeError) as caught:
        servers_for(asked(resolver=resolver), POLICY, lambda: SYSTEM)

    assert caught.value.reason is ProbeReason.INVALID_URL


def test_the_servers_of_the_system() -> None:
    """Where none is named, the operator's are asked, wherever they are."""
    servers = servers_for(asked(), POLICY, lambda: SYSTEM)

    assert servers == SYSTEM
    assert servers[0].policy.check("127.0.0.53") is None
    assert servers[0].policy.check("fe80::1%eth0") is None


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("pay.example.test", "pay.example.test"),
        ("Pay.Example.Test.", "pay.example.test"),
        ("_sip._tcp.example.test", "_sip._tcp.example.test"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
        ("a" * 63 + ".test", "a" * 63 + ".test"),
    ],
)
def test_names_are_sent_in_ascii(name: str, sent: str) -> None:
    """A name is absolute, in lower case and in ASCII; no search list makes another of it."""
    assert question_of(asked(name)) == Question(sent, RecordType.A)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "pay..test",
        ".pay.test",
        "pay test",
        "pay\ntest",
        "pay\0test",
        "a" * 64 + ".test",
        ".".join(["abcdefg"] * 32),
        "192.0.2.1",
        "[2001:db8::1]",
        "2001:db8::1",
        "127.1",
        "pay.test/x",
        "user@pay.test",
        "pay\\.test",
        "ｐay.test",
        "pay。test",
    ],
)
def test_what_is_no_name(name: str) -> None:
    """Nothing is asked for what is no name, or would be another one for somebody else."""
    with pytest.raises(ProbeError) as caught:
        question_of(asked(name))

    assert caught.value.reason is ProbeReason.INVALID_URL
