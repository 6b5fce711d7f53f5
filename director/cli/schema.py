"""director schema: print a JSON Schema."""

from __future__ import annotations

import json
from typing import Any

import click

from director.cli.exits import Exit
from director.cli.options import config_option, plugin_options, settings_of
from director.wiring import SCHEMAS, published_schema
from director.wiring.plugins import catalog_of


@click.command(short_help="Print a JSON Schema.")
@click.argument("name", type=click.Choice(SCHEMAS))
@plugin_options
@config_option
def command(name: str, **values: Any) -> int:  # noqa: ANN401  # click's options
    """Print the JSON Schema of a manifest, a profile, another file of the operator, or a log line.

    That of a file is of draft-07, which editors know; for manifests and profiles, it completes
    and explains the checks that are installed, and takes every other. That of a log line is of
    2020-12.
    """
    if name not in ("manifest", "profile"):
        schema = published_schema(name)
    else:
        from director.loading.schema import manifest_schema, profile_schema  # noqa: PLC0415  # slow

        make = {"manifest": manifest_schema, "profile": profile_schema}[name]
        plugins = catalog_of(settings_of({**values, "no_store": True})).plugins
        schema = make([offer for plugin in plugins for offer in plugin.checks])
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
    return Exit.OPEN
