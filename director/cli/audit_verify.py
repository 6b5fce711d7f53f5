"""director audit verify: find out whether a log is what was sealed, without a network."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

import click

from director.audit.anchor import FileAnchor
from director.audit.bundle import read_head, read_rows
from director.audit.note import NoteError, VerifierKey
from director.audit.public_key import PublicKey
from director.audit.signatures import check_signatures
from director.audit.ssh_keygen import UnavailableError
from director.audit.tables import Inspector, LogRow
from director.audit.tampered import TamperedError
from director.audit.verify import Auditor, Verified
from director.cli.audit_shown import Shown
from director.cli.exits import Exit
from director.cli.options import config_option, settings_of, store_options
from director.cli.plain_file import plain_file
from director.cli.recorded import require_store
from director.cli.runner import Interruption, run
from director.cli.say import say
from director.errors import Fault, SettingsError
from director.loading.settings import Server
from director.loading.source import read_source
from director.model.audit import Head
from director.model.text import named
from director.model.value import dataclass
from director.wiring.record import open_store

_PAUSE = 256
"""How many rows of a bundle are looked at before a signal is."""


@dataclass(frozen=True, slots=True)
class Examiner:
    """An auditor at work, and what it works with."""

    auditor: Auditor
    key: VerifierKey
    trusted: bool
    anchor: Head | None

    async def shown(self, verified: Verified, *, tables: bool) -> Shown:
        """Return what to say of a log that is whole, after a look at the signatures in it.

        Raises:
            TamperedError: One of them is not by the key that is said.
        """
        count: int | None = None
        why = ""
        try:
            count = await check_signatures(verified.signed)
        except UnavailableError as error:
            why = str(error)
        return Shown(verified, self.key, self.trusted, self.anchor, tables, count, why)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a log is to be held against.

    Attributes:
        key: The key from elsewhere; None to believe what comes with the log.
        anchor: A file of checkpoints that were kept elsewhere; None for none.
    """

    key: PublicKey | None
    anchor: Path | None

    def examiner(self, origin: str, own: VerifierKey) -> Examiner:
        """Return who looks at the log *origin*, which says that *own* is its key.

        Raises:
            SettingsError: There is no checkpoint where one must be.
            StoreError: The anchor cannot be read, or is that of another log.
            TamperedError: The key from elsewhere is another one, or that of another log.
        """
        if own.name != origin:
            raise TamperedError(
                None, f"it says it is the log {named(origin)}, with the key of {named(own.name)}"
            )
        if self.key is not None and self.key.name not in ("", origin):
            problem = f"it is the log {named(origin)}, and the key is that of {self.key.name}"
            raise TamperedError(None, problem)
        if self.key is not None and self.key.public != own.public:
            raise TamperedError(None, f"its key is another than the one that was given: {own}")
        anchor = None if self.anchor is None else _last(FileAnchor(self.anchor, own), self.anchor)
        anchors = () if anchor is None else (anchor,)
        return Examiner(Auditor(own, anchors), own, self.key is not None, anchor)


@click.command(short_help="Verify a bundle or a record, offline.")
@click.argument("bundle", required=False, type=click.Path(path_type=Path))
@click.option(
    "--key",
    metavar="KEY|FILE",
    help="The public key, from elsewhere: what audit key printed, or in PEM.",
)
@click.option(
    "--anchor",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A file of --audit-anchor; the log must contain its last checkpoint.",
)
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@store_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Verify the log in BUNDLE, or in the record if no bundle is named; needs no network.

    Of a record, everything that decisions are looked up by is held against the log as well.
    Exits 0 if the log is whole, 1 if it is not, and then names the first entry that is wrong.
    """
    return run(lambda interruption: _verify(values, interruption))


async def _verify(values: dict[str, Any], _: Interruption) -> int:
    given = _key(values["key"]) if values["key"] else None
    wanted = Wanted(given, values["anchor"])
    source = values["bundle"]
    try:
        if source is not None:
            found = await _bundle(source, wanted)
        else:
            source = require_store(settings_of(values).store)
            found = await _record(source, wanted)
    except TamperedError as error:
        say(f"{named(source)}: {error}")
        return Exit.CLOSED
    if values["format"] == "json":
        click.echo(json.dumps(found.document(), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(found.lines()))
    return Exit.OPEN


async def _bundle(path: Path, wanted: Wanted) -> Shown:
    """Verify a bundle.

    Raises:
        SettingsError: It cannot be read.
        TamperedError: It is not whole.
    """
    with plain_file(path) as file:
        head = read_head(file)
        examiner = wanted.examiner(head.origin, head.key)
        with examiner.auditor as auditor:
            for number, row in enumerate(read_rows(file, head.size)):
                auditor.take(row)
                if number % _PAUSE == 0:
                    await asyncio.sleep(0)
            verified = auditor.end(head.size)
    return await examiner.shown(verified, tables=False)


async def _record(path: Path | Server, wanted: Wanted) -> Shown:
    """Verify the log in a record, and what its tables say of it.

    Raises:
        StoreError: It cannot be read.
        TamperedError: It is not whole.
    """
    store = open_store(path)
    try:
        async with aclosing(store.table_rows()) as pages:
            first, *rest = await anext(pages, ()) or (None,)
            log = LogRow.of(first)
            examiner = wanted.examiner(log.origin, log.key)
            with examiner.auditor as auditor:
                inspector = Inspector(auditor, log)
                for row in rest:
                    inspector.take(row)
                async for page in pages:
                    for row in page:
                        inspector.take(row)
                verified = inspector.end()
    finally:
        await store.close()
    return await examiner.shown(verified, tables=True)


def _last(anchor: FileAnchor, path: Path) -> Head:
    """Return the last checkpoint in a file of them.

    Raises:
        SettingsError: There is none.
        StoreError: It cannot be read, or is that of another log.
    """
    found = anchor.last()
    if found is None:
        problem = f"must hold a checkpoint, {named(path)} has none"
        raise SettingsError(Fault("--anchor", 0, 0, problem))
    return found


def _key(text: str) -> PublicKey:
    """Return the public key that a flag or the file it names holds.

    Raises:
        SettingsError: There is none.
    """
    path = Path(text)
    try:
        is_key = "+" in text and not path.exists()
    except (OSError, ValueError):
        is_key = True  # Too long to be a path, for example.
    try:
        return PublicKey.parse(text if is_key else read_source(path, SettingsError).text)
    except NoteError as error:
        raise SettingsError(Fault("--key", 0, 0, str(error))) from error
