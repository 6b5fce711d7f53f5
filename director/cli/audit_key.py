"""director audit key: print the public key that the log is verified with."""

from __future__ import annotations

from typing import Any

import click

from director.cli.exits import Exit
from director.cli.options import config_option, settings_of, store_options
from director.cli.recorded import require_store
from director.cli.runner import Interruption, run
from director.errors import StoreError
from director.wiring.record import open_store


@click.command(short_help="Print the public key that the log is verified with.")
@store_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Print the public key of the record's audit log, as C2SP signed-note writes it.

    Keep a copy of it elsewhere: it is what others verify bundles with.
    """
    return run(lambda interruption: _key(values, interruption))


async def _key(values: dict[str, Any], _: Interruption) -> int:
    store = open_store(require_store(settings_of(values).store))
    try:
        log = await store.log()
    finally:
        await store.close()
    if not log.public_key:
        raise StoreError("the record has no key yet: nothing in it was sealed")
    click.echo(log.public_key)
    return Exit.OPEN
