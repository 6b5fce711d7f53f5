"""director schema: print a JSON Schema."""

from __future__ import annotations

import json

import click

from director.cli.exits import Exit
from director.wiring import SCHEMAS, published_schema


@click.command(short_help="Print a JSON Schema.")
@click.argument("name", type=click.Choice(SCHEMAS))
def command(name: str) -> int:
    """Print the JSON Schema (2020-12) of a manifest, a profile, or a log line."""
    click.echo(json.dumps(published_schema(name), indent=2, ensure_ascii=False))
    return Exit.OPEN
