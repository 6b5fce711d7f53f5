"""director audit export: write the whole log into one file that can be verified anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import Any, BinaryIO

import click

from director.audit.bundle import BundleHead, head_line, table_line
from director.audit.tables import LogRow
from director.audit.tampered import TamperedError
from director.cli.exits import Exit
from director.cli.options import config_option, settings_of, store_options
from director.cli.outlet import unwritable
from director.cli.recorded import require_store
from director.cli.runner import Interruption, run
from director.errors import StoreError
from director.model.text import named
from director.ports import Store
from director.wiring.record import open_store


@click.command(short_help="Write the whole log into one file that can be verified anywhere.")
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write; it is replaced when the whole is there.",
)
@store_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Write every entry, its seal, the evidence and the proofs into one file.

    ``director audit verify FILE --key KEY`` verifies it on a machine that has nothing else.
    """
    return run(lambda interruption: _export(values, interruption))


async def _export(values: dict[str, Any], _: Interruption) -> int:
    store = open_store(require_store(settings_of(values).store))
    output: Path = values["output"]
    try:
        with _replacing(output) as file:
            head = await _write(store, file)
    except OSError as error:
        raise unwritable(named(output), error) from error
    finally:
        await store.close()
    click.echo(f"{named(output)}: {head.size:,} entries of {head.origin}")
    click.echo(f"  director audit verify {named(output)} --key KEY")
    click.echo(
        "verifies it anywhere. KEY is the public key as it was kept elsewhere when the log began:\n"
        "what director audit key prints, on the Director's own machine.\n"
        "The one in the file vouches for nothing."
    )
    return Exit.OPEN


async def _write(store: Store, file: BinaryIO) -> BundleHead:
    """Write the log as it stands at one moment, whatever is appended or erased meanwhile.

    Raises:
        OSError: It cannot be written.
        StoreError: It cannot be read, or is damaged.
    """
    try:
        async with aclosing(store.table_rows()) as pages:
            first, *rest = await anext(pages, ()) or (None,)
            log = LogRow.of(first)
            head = BundleHead(log.origin, log.key, log.size)
            file.write(head_line(head))
            file.writelines(map(table_line, rest))
            async for page in pages:
                file.writelines(map(table_line, page))
    except TamperedError as error:
        raise StoreError(
            f"the record cannot be exported: {error}; see director audit verify"
        ) from error
    return head


@contextmanager
def _replacing(output: Path) -> Iterator[BinaryIO]:
    """Give a file that takes the place of *output* once everything in it is durable."""
    descriptor, made = mkstemp(dir=output.parent, prefix=".director-")
    draft = Path(made)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        draft.chmod(0o644)
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)
