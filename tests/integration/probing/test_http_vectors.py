"""Test cases of other systems on HTTP, TLS and time, over real connections.

``tests/vectors/probe.json`` holds the cases, ``probe_not_applicable.d/http.json`` names those that
nothing of ours corresponds to, with the reason. Where a case says that its system should not be
followed, what it recommends instead is expected.
"""

# ruff: noqa: ANN401  # a vector has any shape

from __future__ import annotations

import asyncio
import gzip
import json
import re
import socket
import ssl
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from director.model.judgement import Verdict
from director.model.outcome import Passed
from director.model.probe import Phase, ProbeError, ProbeReason, Redirects, Reply
from director.probing.conditions import ExpectationError, compile_expectation
from director.probing.guard import AddressPolicy, Reach
from director.probing.sample import sample
from director.probing.session import LiveProber
from director.probing.settings import ProbeSettings
from director.probing.verdict import verdict
from director.testing import target

FOLDER = Path(__file__).parents[2] / "vectors"
AREAS = ("http.", "timing", "tls", "ssrf.bypass")
VECTORS = {
    each["id"]: each
    for each in json.loads((FOLDER / "probe.json").read_text("utf-8"))["vectors"]
    if each["area"].startswith(AREAS) and each["area"] != "http.url"
}
NOT_APPLICABLE = json.loads((FOLDER / "probe_not_applicable.d" / "http.json").read_text("utf-8"))

Said = tuple[object, object]
"""What we say, and what the case expects."""

NAME = "pay.example.test"


def quoted(text: str) -> str:
    """Return *text* as a text of an expectation."""
    return json.dumps(text, ensure_ascii=False)


def passes(expectation: str, answer: Reply | ProbeError) -> bool:
    """Return whether *answer* is a success: nothing is wrong with it, and it is as expected."""
    if isinstance(answer, ProbeError):
        return isinstance(verdict(answer, None, None), Passed)
    judged = compile_expectation(expectation).judge(answer, lambda _: None)
    return judged.verdict is Verdict.MET


@dataclass
class Stage:
    """Starts servers, and asks them."""

    serve: Callable[..., Awaitable[Any]]
    open_session: Callable[..., Any]

    async def get(
        self,
        url: str,
        path: str = "/",
        *,
        far: Redirects = Redirects.SAME_ORIGIN,
        headers: dict[str, str] | None = None,
        **settings: Any,
    ) -> Reply | ProbeError:
        """Ask for one page of *url*."""
        view = self.open_session(url, **settings).view(asyncio.get_running_loop().time() + 10)
        try:
            reply: Reply = await view.get(path, redirects=far, headers=headers)
        except ProbeError as error:
            return error
        return reply

    async def answer(self, status: int = 200, **response: Any) -> Any:
        """Start a server that gives one answer."""
        return await self.serve(answer(status, **response))


def answer(status: int = 200, headers: Any = None, body: bytes = b"") -> bytes:
    """Return the bytes of one answer."""
    lines = [f"HTTP/1.1 {status} So"]
    for name, values in (headers or {}).items():
        lines += [f"{name}: {value}" for value in ([values] if isinstance(values, str) else values)]
    lines += [] if status in (204, 304) else [f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def listed(statuses: Any) -> str:
    """Return a list of statuses, as another system writes it, in our words."""
    return ", ".join(map(str, statuses)) if isinstance(statuses, list) else str(statuses)


def rule_of(probe: Any, system: str) -> str:
    """Return the rule on the status that a probe of another system has."""
    if "valid_status_list_explicit" in probe:
        return f"status in {listed(probe['valid_status_list_explicit'])}"
    usual = "200-399" if probe.get("policy") == "kubelet" else "200-299"
    if system == "heartbeat":
        usual = "200-299"  # what is recommended instead of everything under 400
    rule = f"status in {listed(probe.get('valid_status') or usual)}"
    if "fail_status" in probe:
        rule += f" and not status in {listed(probe['fail_status'])}"
    return rule


async def statuses(vector: Any, expect: Any, stage: Stage) -> Said:
    """A status, and the rule that it is held against."""
    given = vector["given"]
    rule = rule_of(given.get("probe", {}), vector["source"]["system"])
    if expect.get("config_error"):
        with pytest.raises(ExpectationError):
            compile_expectation(rule)
        return True, True
    server = await stage.answer(given["response"]["status"])
    reply = await stage.get(server.url, far=Redirects.NEVER)
    return passes(rule, reply), expect["success"]


async def versions(vector: Any, expect: Any, stage: Stage) -> Said:
    """The protocol of an answer, and those that are accepted."""
    accepted = vector["given"]["probe"]["valid_http_versions"]
    rule = f"version in {', '.join(map(quoted, accepted))}" if accepted else "status == 200"
    server = await stage.answer()
    return passes(rule, await stage.get(server.url)), expect["success"]


def packed(body: bytes, encoding: str | None) -> bytes:
    """Return *body* as it is sent."""
    if encoding == "gzip":
        return gzip.compress(body)
    return zlib.compress(body) if encoding == "deflate" else body


async def bodies(vector: Any, expect: Any, stage: Stage) -> Said:
    """A body, its length after decoding, and the longest that is taken."""
    response, probe = vector["given"]["response"], vector["given"].get("probe", {})
    if "trickle_ms" in response:
        return await trickled(response, probe, expect, stage)
    encoding = response.get("encoding") or response.get("headers", {}).get("Content-Encoding")
    plain = b"hello world" * 10
    if "body" in response and "(" not in response["body"]:
        plain = response["body"].encode()
    plain = plain.ljust(response.get("body_len", response.get("decoded_len", len(plain))), b"x")
    body = packed(plain, encoding)
    server = await stage.answer(
        response.get("status", 200),
        headers={"Content-Encoding": encoding} if encoding else {},
        body=body,
    )
    cap = {"body_cap_bytes": probe["body_limit"]} if "body_limit" in probe else {}
    reply = await stage.get(server.url, **cap)
    ours: dict[str, Any] = {"success": passes("status in 200-299", reply)}
    if isinstance(reply, Reply):
        size = len(reply.body)
        ours |= {"content_length": len(body), "decoded_length": size, "decoded_read": size}
    else:
        ours["reason"] = {"body_too_large": "body_limit_exceeded"}.get(reply.reason.value)
    return {key: ours.get(key) for key in expect}, expect


async def trickled(response: Any, probe: Any, expect: Any, stage: Stage) -> Said:
    """A body that comes byte by byte, for longer than there is time."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {response['bytes']}\r\n\r\n".encode())
        with suppress(OSError):
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(response["trickle_ms"] / 1000)

    server = await stage.serve(script)
    error = await stage.get(server.url, request_limit_s=probe["deadline_ms"] / 1000)
    assert isinstance(error, ProbeError)
    took_ms = error.seen.phases.total_s * 1000
    return (
        (error.reason.value, error.seen.phase.value, took_ms <= expect["elapsed_ms_max"]),
        ("body_timeout", expect["phase"], True),
    )


async def headers(vector: Any, expect: Any, stage: Stage) -> Said:
    """The headers of an answer, and what is asked of them."""
    given = vector["given"]
    probe = given.get("probe", {})
    if "server_sees" in expect:
        server = await stage.answer()
        await stage.get(server.url, headers=probe["headers"])
        heard = server.requests[0].decode().lower()
        sent = {name: f"\r\n{name.lower()}:" in heard for name in expect["server_sees"]}
        return sent, {name: value is not None for name, value in expect["server_sees"].items()}
    server = await stage.answer(headers=given["response"]["headers"])
    reply = await stage.get(server.url)
    if "expect_headers" in probe:
        wanted = probe["expect_headers"].items()
        rule = " and ".join(f"header({quoted(n)}) == {quoted(value)}" for n, value in wanted)
        return passes(rule, reply), expect["success"]
    forbids = probe.get("fail_if_header_matches")
    asked = forbids or probe["fail_if_header_not_matches"]
    name = f"header({quoted(asked['header'])})"
    rule = f"{'not ' if forbids else ''}{name} matches {quoted(asked['regexp'])}"
    if asked["allow_missing"]:
        rule = f"{name} absent or {rule}"
    return passes(rule, reply), expect["success"]


async def patterns(vector: Any, expect: Any, stage: Stage) -> Said:
    """A body, and regular expressions that it must match, or must not."""
    given = vector["given"]
    probe = given.get("probe", {})
    wanted = given.get("positive", probe.get("fail_if_body_not_matches", []))
    unwanted = given.get("negative", probe.get("fail_if_body_matches", []))
    parts = [f"body matches {quoted(pattern)}" for pattern in wanted]
    parts += [f"not body matches {quoted(pattern)}" for pattern in unwanted]
    rule = " and ".join(parts)
    if expect.get("config_error"):
        with pytest.raises(ExpectationError):
            compile_expectation(rule)
        return True, True
    body = given.get("body", given.get("response", {}).get("body", ""))
    server = await stage.answer(body=body.encode())
    return passes(rule, await stage.get(server.url)), expect["success"]


def of_expression(text: str) -> str:
    """Return an expression of CEL or of gval on a document in our words."""
    parts = []
    for part in re.split(r" && ", text):
        left, value = re.fullmatch(r"(\S+) == (.+)", part).groups()  # type: ignore[union-attr]
        path = left.removeprefix("body").removeprefix("$").removeprefix(".")
        path = f"${path}" if path.startswith("[") else f"$.{path}"
        parts.append(f"json({quoted(path)}) == {value.replace(chr(39), chr(34))}")
    return " and ".join(parts)


async def documents(vector: Any, expect: Any, stage: Stage) -> Said:
    """A document in JSON, and what must stand in it."""
    given = vector["given"]
    body = given.get("body", given.get("response", {}).get("body"))
    server = await stage.answer(body=(body if isinstance(body, str) else json.dumps(body)).encode())
    reply = await stage.get(server.url)
    if "equals" in given:
        rule = " and ".join(
            f"json({quoted('$.' + path)}) == {json.dumps(value)}"
            for path, value in given["equals"].items()
        )
        return passes(rule, reply), expect["success"]
    rule = of_expression(given["expression"])
    if "success" in expect:
        return passes(rule, reply), expect["success"]
    return (
        {
            "success_when_used_as_fail_if_matches": passes(f"not ({rule})", reply),
            "success_when_used_as_fail_if_not_matches": passes(rule, reply),
        },
        expect,
    )


async def captures(vector: Any, expect: Any, stage: Stage) -> Said:
    """What is kept of a body when a check fails; a digest of it is not."""
    given = vector["given"]
    server = await stage.answer(body=given["body"].encode())
    reply = await stage.get(server.url)
    assert isinstance(reply, Reply)
    kept = sample(reply.body, limit_bytes=given["max_bytes"])
    return (len(reply.body), kept), (expect["bytes"], expect["sample"])


class Site:
    """A server of several pages that knows what was asked for."""

    def __init__(self, pages: dict[str, str]) -> None:
        self._pages = pages
        self.asked: list[str] = []
        self.heard: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = request.split(" ")[1]
        self.asked.append(path)
        self.heard.append(request.lower())
        found = re.fullmatch(r"/redirect-(\d+)", path)
        said = self._pages.get(path, f"302 /redirect-{int(found[1]) + 1}" if found else "404")
        status, _, location = said.partition(" ")
        writer.write(answer(int(status), headers={"Location": location} if location else {}))
        with suppress(OSError):
            await writer.drain()
        writer.close()


@asynccontextmanager
async def site(pages: dict[str, str], host: str = "127.0.0.1") -> AsyncIterator[tuple[Site, str]]:
    """Run a site, and yield it with its URL."""
    made = Site(pages)
    server = await asyncio.start_server(made, host, 0)
    async with server:
        yield made, f"http://{host}:{server.sockets[0].getsockname()[1]}"


async def hops(vector: Any, expect: Any, stage: Stage) -> Said:
    """Redirects, and how far they are followed."""
    given = vector["given"]
    probe = given.get("probe", {})
    if "location" in given:
        return await policies(given["location"], expect, stage)
    if "server_a" in given:
        return await secrets(probe["headers"], expect, stage)
    limit = probe.get("max_redirects", given.get("max_redirects", expect.get("max_hops")))
    settings = {} if limit is None else {"redirects": limit}
    follow = Redirects.SAME_ORIGIN if probe.get("follow_redirects", True) else Redirects.NEVER
    pages = {path: said for path, said in given["server"].items() if isinstance(said, str)}
    start = "/redirect-1" if "/redirect-n" in pages else "/loop" if "/loop" in pages else "/"
    ends = given["server"].get("/new", [None])
    found: list[dict[str, Any]] = []
    for end in ends:
        async with site({**pages, **({"/new": end} if end else {})}) as (made, url):
            reply = await stage.get(url, start, far=follow, **settings)
        rule = f"status in {listed(probe.get('valid_status') or '200-299')}"
        seen = reply.hops if isinstance(reply, Reply) else reply.seen.hops
        found.append(
            {
                "success": passes(rule, reply),
                "redirects": len(seen) - 1,
                "final_status": seen[-1].status or seen[-2].status,
                "reason": "too_many_redirects"
                if isinstance(reply, ProbeError) and reply.reason is ProbeReason.REDIRECT_LIMIT
                else None,
                # The last redirect is heard of, and not followed.
                "max_hops": len(seen) - 1 - isinstance(reply, ProbeError),
                "server_must_not_see": expect.get("server_must_not_see") not in made.asked
                and expect.get("server_must_not_see"),
            }
        )
    if isinstance(expect["success"], list):
        return [each["success"] for each in found], expect["success"]
    return {key: found[0][key] for key in expect}, expect


async def policies(location: str, expect: Any, stage: Stage) -> Said:
    """Where a redirect leads, and whether that is a success under each policy."""
    ours = {}
    async with site({"/success": "200"}) as (_, elsewhere):
        leads = re.sub(r"http://127\.0\.0\.1:OTHER", elsewhere, location)
        for name, far in (
            ("same_host_only", Redirects.SAME_ORIGIN),
            ("follow_any", Redirects.ANYWHERE),
        ):
            async with site({"/": f"302 {leads}", "/success": "200", "/loop": "302 /loop"}) as (
                _,
                url,
            ):
                ours[name] = passes("status == 200", await stage.get(url, far=far))
    return ours, {name: word == "success" for name, word in expect.items()}


async def secrets(sent: dict[str, str], expect: Any, stage: Stage) -> Said:
    """What another origin sees of the headers of a check."""
    async with (
        site({"/": "200"}) as (other, elsewhere),
        site({"/": f"302 {elsewhere}/"}) as (_, url),
    ):
        reply = await stage.get(url, far=Redirects.ANYWHERE, headers=sent)
    assert isinstance(reply, Reply)
    seen = {name: None if f"\r\n{name.lower()}:" not in other.heard[0] else "sent" for name in sent}
    return seen, expect["other_origin_sees"]


async def reasons(vector: Any, expect: Any, stage: Stage) -> Said:
    """Why a probe failed, in one word."""
    given = vector["given"]
    if "request_headers" in given:
        ((name, value),) = given["request_headers"]
        with pytest.raises(ValueError, match="header"):
            await stage.get("http://127.0.0.1", headers={name: value})
        return True, expect["config_error"]
    if "url" in given:
        strict = AddressPolicy(Reach(given["profile"]))
        error = await stage.get(given["url"], policy=strict, lookup=lambda *_: ("127.0.0.1",))
        assert isinstance(error, ProbeError)
        return {"success": False, "reason": error.reason.value}, expect
    if given["server"].startswith("TLS"):
        return await certificates(given["server"], expect, stage)
    server = await stage.serve(MISBEHAVIOURS.get(given["server"]) or answer(400))
    reply = await stage.get(server.url, request_limit_s=given.get("timeout_s", 3.0))
    if isinstance(reply, Reply):
        return (
            {"success": passes("status in 200-299", reply), "status": reply.status},
            {key: expect[key] for key in ("success", "status")},
        )
    kinds = {
        "connection_error": ("send_reset", "connect_reset", "http_protocol"),
        "timeout": ("ttfb_timeout",),
        "body_incomplete": ("body_incomplete",),
    }
    return reply.reason.value in kinds[expect["reason"]], not expect["success"]


async def _reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def _silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def _breaks_off(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


MISBEHAVIOURS: dict[str, Callable[..., Awaitable[None]]] = {
    "RST after accept": _reset,
    "never answers": _silent,
    "closes mid body": _breaks_off,
}


def made_for(authority: trustme.CA, certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return a server's context with *certificate* of *authority*."""
    assert authority is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> dict[str, Any]:
    """Return settings that trust *authority* and find every name on loopback."""
    return {
        "ca_pem": authority.cert_pem.bytes().decode(),
        "lookup": lambda *_: ("127.0.0.1",),
    }


async def certificates(kind: str, expect: Any, stage: Stage) -> Said:
    """A certificate that is not accepted, why, and what it said of itself."""
    authority = trustme.CA()
    past = datetime.now(UTC) - timedelta(days=1)
    if "self-signed" in kind:
        context = made_for(authority, authority.issue_cert(NAME))
        settings = {**trusting(authority), "ca_pem": ""}  # nobody here knows that authority
        words, codes = {"tls_untrusted"}, {18, 19, 20, 21}
    else:
        expired = authority.issue_cert(NAME, not_before=past - timedelta(days=9), not_after=past)
        context, settings = made_for(authority, expired), trusting(authority)
        words, codes = {"tls_expired"}, {10}
    server = await stage.serve(answer(), context)
    error = await stage.get(f"https://{NAME}:{server.port}", **settings)
    assert isinstance(error, ProbeError)
    assert error.seen.tls is not None
    if "cert_not_after" in expect:
        assert abs(error.seen.tls.not_after - past) < timedelta(minutes=1)
    return (error.reason.value in words, error.seen.tls.verify_code in codes), (True, True)


async def handshakes(vector: Any, expect: Any, stage: Stage) -> Said:
    """TLS: whom the peer proves to be, and what is seen of it."""
    given = vector["given"]
    authority = trustme.CA()
    if given.get("target") == "server closes at once":
        server = await stage.serve(_reset)
        error = await stage.get(f"https://127.0.0.1:{server.port}")
        assert isinstance(error, ProbeError)
        return expect["reasons_exclude"] == error.reason.value, expect["success"]
    if "cases" in given:
        return await verify_codes(expect["verify_code"], authority, stage)
    if str(given["server"]).startswith("rotates"):
        return await rotated(authority, stage)
    if given["server"].get("cert") == "expired":
        return await certificates("expired", expect, stage)
    name = given["server"]["cert_san"]
    server = await stage.serve(answer(), made_for(authority, authority.issue_cert(name)))
    reply = await stage.get(f"https://{name}:{server.port}", **trusting(authority))
    wrong = await stage.get(f"https://other.test:{server.port}", **trusting(authority))
    assert isinstance(wrong, ProbeError)
    return passes("status == 200", reply), expect["success"]


async def verify_codes(codes: list[int], authority: trustme.CA, stage: Stage) -> Said:
    """The codes of OpenSSL for a certificate that signed itself, and for another name."""
    stranger = trustme.CA()
    itself = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # An authority's certificate is its own issuer.
    stranger.private_key_pem.write_to_path(str(path := Path("/tmp") / f"{id(stage)}.pem"))  # noqa: S108
    stranger.cert_pem.write_to_path(str(path), append=True)
    itself.load_cert_chain(path)
    path.unlink()
    found = []
    for context in (itself, made_for(authority, authority.issue_cert("other.test"))):
        server = await stage.serve(answer(), context)
        error = await stage.get(f"https://{NAME}:{server.port}", **trusting(authority))
        assert isinstance(error, ProbeError)
        assert error.seen.tls is not None
        found.append(error.seen.tls.verify_code)
    return found, codes


async def rotated(authority: trustme.CA, stage: Stage) -> Said:
    """A certificate that is renewed is seen at the next probe, with no connection in between."""
    context = made_for(authority, authority.issue_cert(NAME))
    server = await stage.serve(answer(), context)
    first = await stage.get(f"https://{NAME}:{server.port}", **trusting(authority))
    renewed = authority.issue_cert(NAME)
    renewed.configure_cert(context)
    second = await stage.get(f"https://{NAME}:{server.port}", **trusting(authority))
    assert isinstance(first, Reply)
    assert isinstance(second, Reply)
    assert first.tls is not None
    assert second.tls is not None
    return first.tls.fingerprint != second.tls.fingerprint, True


_PHASES = {
    "resolve": Phase.DNS,
    "connect": Phase.CONNECT,
    "tls": Phase.TLS,
    "processing": Phase.TTFB,
    "transfer": Phase.TRANSFER,
}


async def phases(_: Any, expect: Any, stage: Stage) -> Said:
    """Where the time of a page over TLS goes."""
    authority = trustme.CA()
    server = await stage.serve(answer(), made_for(authority, authority.issue_cert(NAME)))
    reply = await stage.get(f"https://{NAME}:{server.port}", **trusting(authority))
    assert isinstance(reply, Reply)
    spent = {word: getattr(reply.phases, f"{phase}_s") for word, phase in _PHASES.items()}
    return [word for word in expect["phases"] if spent[word] > 0], expect["phases"]


class StandingClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Return always the same moment."""
        return datetime(2026, 11, 22, tzinfo=UTC)

    def monotonic(self) -> float:
        """Return always the same second."""
        return 1000.0


async def budgets(vector: Any, expect: Any, _: Stage) -> Said:
    """How long one question may take, of its own limit and of what whoever asks has left."""
    given = vector["given"]
    prober = LiveProber(ProbeSettings(), StandingClock(), lambda *_: ())
    session = prober.session(target("http://a.test"))
    budget = given["caller_budget_s"]
    view = session.view(1000.0 + (3600.0 if budget is None else budget))
    patience_s = view._patience_s(given["probe_timeout_s"] or None)
    await session.close()
    await prober.close()
    return patience_s, expect["effective_s"]


async def bypass(vector: Any, expect: Any, stage: Stage) -> Said:
    """A monitor of a public page that redirects inside."""
    async with site({"/": f"302 {vector['given']['redirects_to']}"}) as (_, url):
        error = await stage.get(url, far=Redirects.ANYWHERE)
    assert isinstance(error, ProbeError)
    hop = f"connect of hop {len(error.seen.hops)}"
    return {"denied_at": hop, "reason": error.reason.value}, expect


READINGS: dict[str, Callable[[Any, Any, Stage], Awaitable[Said]]] = {
    "http.status": statuses,
    "http.version": versions,
    "http.body": bodies,
    "http.header": headers,
    "http.regex": patterns,
    "http.json": documents,
    "http.capture": captures,
    "http.redirect": hops,
    "http.reason": reasons,
    "tls": handshakes,
    "timing": phases,
    "timing.timeout": budgets,
    "ssrf.bypass": bypass,
}
"""What reads the cases of each area."""

APPLICABLE = sorted(VECTORS.keys() - NOT_APPLICABLE.keys())


@pytest.mark.parametrize("name", APPLICABLE)
async def test_http_of_other_systems(
    name: str, serve: Callable[..., Awaitable[Any]], open_session: Callable[..., Any]
) -> None:
    """We say what the case expects."""
    vector = VECTORS[name]
    expect = vector["recommended_expect"] if vector["recommend"] == "differ" else vector["expect"]

    ours, theirs = await READINGS[vector["area"]](vector, expect, Stage(serve, open_session))

    assert ours == theirs


def test_what_does_not_apply_has_a_reason() -> None:
    """Each case that is left out exists, and says why."""
    assert NOT_APPLICABLE.keys() <= VECTORS.keys()
    assert all(len(reason) > 20 for reason in NOT_APPLICABLE.values())
