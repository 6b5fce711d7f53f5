"""The address policy, on real sockets: what is denied is not dialled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_network
from typing import Any, TypeAlias

import pytest

from director.model.probe import ProbeError, ProbeReason, Reply
from director.probing.guard import AddressPolicy, Reach

Ask: TypeAlias = Callable[..., Awaitable[Reply]]
Fails: TypeAlias = Callable[..., Awaitable[ProbeError]]
Serve: TypeAlias = Callable[..., Awaitable[Any]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[::127.0.0.1]",
        "0.0.0.0",
        "[::]",
        "localhost",
        "LOCALHOST",
    ],
)
@pytest.mark.parametrize("reach", list(Reach))
async def test_ourselves_are_never_dialled(
    serve: Serve, fails: Fails, reach: Reach, host: str
) -> None:
    """Loopback gets not a single packet, however it is written."""
    server = await serve(OK)

    error = await fails(f"http://{host}:{server.port}", policy=AddressPolicy(reach))

    assert error.reason is ProbeReason.POLICY_DENIED
    assert server.connections == 0
    assert error.seen.address == ""


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "\u2460\u2461\u2466.0.0.1",
        "127\u30020\u30020\u30021",
    ],
)
async def test_other_spellings_are_no_urls(serve: Serve, fails: Fails, host: str) -> None:
    """A spelling that only some programs read as an address is refused before any socket."""
    server = await serve(OK)

    error = await fails(f"http://{host}:{server.port}")

    assert error.reason is ProbeReason.INVALID_URL
    assert server.connections == 0


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::ffff:127.0.0.1", "::1", "169.254.169.254", "0.0.0.0"]
)
async def test_a_name_is_judged_by_its_address(serve: Serve, fails: Fails, address: str) -> None:
    """What a name resolves to is judged, not the name; and it is no fault of DNS."""
    server = await serve(OK)

    error = await fails(
        f"http://pay.example.test:{server.port}",
        lookup=lambda *_: (address,),
        policy=AddressPolicy(),
    )

    assert error.reason is ProbeReason.POLICY_DENIED
    assert error.reason.blind
    assert server.connections == 0


async def test_a_name_that_turns_is_caught_at_the_next_hop(serve: Serve, fails: Fails) -> None:
    """Every hop is judged anew: no redirect reaches what the first hop could not."""
    answers = iter([("127.0.0.1",), ("127.0.0.2",)])

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n")

    server = await serve(script)
    error = await fails(
        f"http://pay.example.test:{server.port}",
        lookup=lambda *_: next(answers),
        policy=AddressPolicy(allow=(ip_network("127.0.0.1/32"),)),
    )

    assert error.reason is ProbeReason.POLICY_DENIED
    assert server.connections == 1


async def test_only_the_first_answer_is_dialled(serve: Serve, fails: Fails) -> None:
    """A second address is no second chance, for the service or for who rebinds its name."""
    server = await serve(OK)

    error = await fails(
        f"http://pay.example.test:{server.port}",
        lookup=lambda *_: ("169.254.169.254", "127.0.0.1"),
    )

    assert error.reason is ProbeReason.POLICY_DENIED
    assert server.connections == 0


async def test_what_the_operator_allows_is_dialled(serve: Serve, ask: Ask) -> None:
    """An allowed range is reached, in its mapped form too."""
    server = await serve(OK)

    reply = await ask(f"http://[::ffff:127.0.0.1]:{server.port}")

    assert reply.status == 200
    assert server.connections == 1


async def test_a_refusal_names_address_and_rule(fails: Fails) -> None:
    """Whoever reads the reason can tell the operator what to allow."""
    error = await fails("http://169.254.169.254")

    assert error.detail == "169.254.169.254 is denied by the address policy (metadata)"
