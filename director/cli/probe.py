"""director probe: ask one thing, and see what came and where the time went."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import click

from director.cli.exits import Exit
from director.cli.look import look_of
from director.cli.option_types import Duration
from director.cli.options import color_option, config_option, probe_options, settings_of
from director.cli.runner import Interruption, run
from director.errors import Fault, SettingsError
from director.formats.probe_json import probe_document
from director.formats.probe_text import probe_text
from director.loading.words import shown
from director.model.answers import RecordType, StartTls
from director.model.outcome import Failed, Unknown, Warned
from director.model.probe import ProbeError, Redirects
from director.model.probed import Probed, Seen
from director.model.value import dataclass
from director.ports import ProbeView
from director.wiring import open_inspector

if TYPE_CHECKING:
    from director.probing.inspector import Inspector

KINDS = "http://, https://, tls://, tcp://, dns: or a protocol before +tls://, such as smtp+tls://"


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing to ask.

    Attributes:
        kind: ``page``, ``handshake``, ``connect`` or ``records``.
        what: A URL, a host and port, or a name.
        starttls: What to speak before a handshake.
        type: Which records.
        resolver: Which name server; empty for the system's.
    """

    kind: str
    what: str
    starttls: StartTls | None = None
    type: RecordType = RecordType.A
    resolver: str = ""


@click.command(short_help="Ask one thing, and see what came and where the time went.")
@click.argument("targets", metavar="URL...", nargs=-1, required=True)
@click.option(
    "--expect",
    metavar="TEXT",
    help='What must hold of the answer, such as: json("$.status") == "ok" and total < 500ms',
)
@click.option(
    "--status",
    metavar="LIST",
    default="200-299",
    show_default=True,
    help="The status codes that are right for a page; any for every code.",
)
@click.option(
    "--header", "headers", multiple=True, metavar="NAME:VALUE", help="Send this header; repeatable."
)
@click.option(
    "--redirects",
    type=click.Choice([each.value for each in Redirects]),
    default=Redirects.SAME_ORIGIN.value,
    show_default=True,
    help="How far to follow redirects; no header leaves its origin.",
)
@click.option("--each-address", is_flag=True, help="Ask every address of the host for the page.")
@click.option("--banner", is_flag=True, help="Over TCP, wait for what the peer says first.")
@click.option(
    "--timeout", type=Duration(), default="10s", show_default=True, help="Longest wait for all."
)
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@probe_options
@color_option
@config_option
def command(targets: tuple[str, ...], **values: Any) -> int:  # noqa: ANN401  # click's options
    """Ask each URL once, as a check would, and say what came of it.

    A URL is a page (http://, https://), a TLS handshake (tls://host:port, smtp+tls://host:port and
    so for imap, pop3, ftp, postgres), a TCP connection (tcp://host:port) or DNS records
    (dns:name?type=MX, dns://resolver/name). Exits 1 if something is wrong there, and 3 if it cannot
    be told.
    """
    wishes = [wish_of(target) for target in targets]
    return run(lambda interruption: _probe(wishes, values, interruption))


async def _probe(wishes: list[Wish], values: Mapping[str, Any], _: Interruption) -> int:
    inspector = open_inspector(settings_of(dict(values)))
    try:
        inspector.require("--status", _of_status(values))
        inspector.require("--expect", values["expect"] or "")
        tasks = [asyncio.ensure_future(_probed(inspector, wish, values)) for wish in wishes]
        try:
            await asyncio.wait(tasks)
        finally:
            for task in tasks:
                task.cancel()
        found = [probed for task in tasks for probed in task.result()]
    finally:
        await inspector.close()
    _print(found, values)
    if any(isinstance(probed.outcome, Unknown) for probed in found):
        return Exit.UNDECIDED
    return Exit.CLOSED if any(isinstance(each.outcome, Failed) for each in found) else Exit.OPEN


def _print(found: list[Probed], values: Mapping[str, Any]) -> None:
    if values["format"] == "json":
        documents = [probe_document(probed) for probed in found]
        said = documents[0] if len(documents) == 1 else documents
        # Machines read UTF-8, whatever the terminal does.
        click.echo((json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode(), nl=False)
        return
    look = look_of(values["color"])
    click.echo("\n".join(probe_text(probed, look) for probed in found), nl=False)


async def _probed(inspector: Inspector, wish: Wish, values: Mapping[str, Any]) -> list[Probed]:
    """Return what came of one wish: one probe, or one for each address."""
    view = inspector.view(values["timeout"])
    answers = await _answers(view, wish, values)
    expectation = _expected(values) if wish.kind == "page" else (values["expect"] or "")
    found = []
    for answer, plain, sampled in zip(
        answers, view.evidence, view.evidence_of_failure, strict=True
    ):
        probed = inspector.judged(answer, plain, expectation)
        wrong = isinstance(probed.outcome, (Failed, Warned))
        found.append(replace(probed, evidence=sampled) if wrong else probed)
    return found


async def _answers(
    view: ProbeView, wish: Wish, values: Mapping[str, Any]
) -> tuple[Seen | ProbeError, ...]:
    try:
        if wish.kind == "handshake":
            return (await view.handshake(wish.what, starttls=wish.starttls),)
        if wish.kind == "connect":
            return (await view.connect(wish.what, banner=values["banner"]),)
        if wish.kind == "records":
            return (await view.resolve(wish.what, wish.type, resolver=wish.resolver),)
        asking: dict[str, Any] = {
            "headers": headers_of(values["headers"]),
            "redirects": Redirects(values["redirects"]),
        }
        if values["each_address"]:
            return await view.get_each(wish.what, **asking)
        return (await view.get(wish.what, **asking),)
    except ProbeError as error:
        return (error,)
    except ValueError as error:
        raise _wrong("--header", str(error)) from None


def _expected(values: Mapping[str, Any]) -> str:
    """Return what must hold of a page."""
    parts = [part for part in (_of_status(values), values["expect"]) if part]
    return " and ".join(f"({part})" for part in parts)


def _of_status(values: Mapping[str, Any]) -> str:
    return "" if values["status"] == "any" else f"status in {values['status']}"


def wish_of(text: str) -> Wish:
    """Return what *text* asks for.

    Raises:
        SettingsError: It is none of the kinds of URL that can be asked.
    """
    scheme, sign, rest = text.partition(":")
    place = rest.removeprefix("//")
    if scheme in ("http", "https"):
        return Wish("page", text)
    if scheme == "dns" and sign:
        return _records(text, rest)
    if rest.startswith("//"):
        if scheme == "tcp":
            return Wish("connect", place)
        if scheme == "tls":
            return Wish("handshake", place)
        protocol, plus, tls = scheme.partition("+")
        if plus and tls == "tls" and protocol in list(StartTls):
            return Wish("handshake", place, StartTls(protocol))
    raise _wrong("URL", f"must begin with {KINDS}, got {shown(text)}")


def _records(text: str, rest: str) -> Wish:
    place, _, query = rest.partition("?")
    resolver = ""
    if place.startswith("//"):
        resolver, _, place = place.removeprefix("//").partition("/")
    type_ = parse_qs(query).get("type", ["A"])[-1].upper()
    if type_ not in list(RecordType):
        known = ", ".join(RecordType)
        raise _wrong("URL", f"the type must be one of {known}, got {shown(type_)}")
    if not place:
        raise _wrong("URL", f"must name what to ask for, as dns:example.com, got {shown(text)}")
    return Wish("records", place, None, RecordType(type_), resolver)


def headers_of(texts: tuple[str, ...]) -> dict[str, str]:
    """Return headers written as ``Name: value``.

    Raises:
        SettingsError: One of them is not.
    """
    headers = {}
    for text in texts:
        name, sign, value = text.partition(":")
        if not sign or not name.strip():
            raise _wrong("--header", "must look like Name: value")
        headers[name.strip()] = value.strip()
    return headers


def _wrong(where: str, problem: str) -> SettingsError:
    return SettingsError(Fault(where, 0, 0, problem))
