"""director token revoke: end a token at once."""

from __future__ import annotations

from typing import Any

import click

from director.cli.exits import Exit
from director.cli.options import config_option, settings_of, store_options
from director.cli.recorded import require_store
from director.cli.runner import Interruption, run
from director.engine.clock import SystemClock
from director.errors import Fault, SettingsError
from director.loading.words import shown
from director.model.text import printable
from director.wiring.notes import open_record


@click.command(short_help="End a token at once.")
@click.argument("token", metavar="ID")
@store_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """End the token ID: from now on it opens nothing, and whoever signed in with it is out."""
    return run(lambda interruption: _revoke(values, interruption))


async def _revoke(values: dict[str, Any], _: Interruption) -> int:
    from director.web.tokens import Tokens  # noqa: PLC0415  # aiohttp is slow

    settings = settings_of(values)
    require_store(settings.store)
    store, notes = open_record(settings)
    try:
        token = await Tokens(notes).revoke(values["token"].lower(), SystemClock().now())
    finally:
        await store.close()
    if token is None:
        problem = "must be the id of a token, as director token list shows it, got"
        raise SettingsError(Fault("ID", 0, 0, f"{problem} {shown(values['token'])}"))
    click.echo(printable(f"token {token.id} of {token.who} is revoked"))
    return Exit.OPEN
