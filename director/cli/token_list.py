"""director token list: the tokens, without what is secret."""

from __future__ import annotations

import json
from typing import Any

import click

from director.cli.exits import Exit
from director.cli.look import columns
from director.cli.options import config_option, settings_of, store_options
from director.cli.recorded import require_store
from director.cli.runner import Interruption, run
from director.engine.clock import SystemClock
from director.formats.json import visible
from director.model.text import named
from director.rules.moment import instant
from director.wiring.notes import open_record


@click.command(short_help="List the tokens, without what is secret.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@store_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """List every token with its roles and services; revoked and expired ones, too."""
    return run(lambda interruption: _list(values, interruption))


async def _list(values: dict[str, Any], _: Interruption) -> int:
    from director.web.tokens import Token, Tokens  # noqa: PLC0415  # aiohttp is slow

    settings = settings_of(values)
    require_store(settings.store)
    store, notes = open_record(settings)
    try:
        found = await Tokens(notes).all()
    finally:
        await store.close()
    now = SystemClock().now()

    def state(token: Token) -> str:
        doubt = token.doubt(now)
        return doubt.value if doubt else "valid"

    if values["format"] == "json":
        documents = [
            {
                "id": token.id,
                "name": token.name,
                "holder": token.holder,
                "state": state(token),
                "roles": sorted(token.roles),
                "services": list(token.services),
                "created_at": instant(token.created_at),
                "expires_at": instant(token.expires_at),
                "revoked_at": token.revoked_at and instant(token.revoked_at),
            }
            for token in found
        ]
        click.echo(visible(json.dumps(documents, indent=2, ensure_ascii=False)))
        return Exit.OPEN
    lines = [
        (
            token.id,
            named(token.name),
            named(token.holder),
            state(token),
            instant(token.expires_at)[:16] + "Z",
            ",".join(sorted(token.roles)),
            named(",".join(token.services)),
        )
        for token in found
    ]
    head = ("TOKEN", "NAME", "HOLDER", "STATE", "UNTIL", "ROLES", "SERVICES")
    click.echo(columns((head, *lines)) if lines else "no tokens")
    return Exit.OPEN
