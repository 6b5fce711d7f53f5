"""director plugins: show the installed plugins, broken ones too."""

from __future__ import annotations

import json
from typing import Any

import click

from director.cli.exits import Exit
from director.cli.look import columns
from director.cli.options import config_option, plugin_options, settings_of
from director.model.catalog import Disposition
from director.wiring import install


@click.command(short_help="Show the installed plugins, broken ones too.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@plugin_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Show every plugin that was found, what it offers, and why one is not loaded.

    Exits 3 if a plugin is broken: its planned checks would be missing.
    """
    plugins = install(settings_of({**values, "no_store": True})).catalog.plugins
    if values["format"] == "json":
        entries = [
            {
                "name": plugin.name,
                "distribution": plugin.distribution,
                "version": plugin.version,
                "disposition": plugin.disposition.value,
                "code": plugin.code,
                "detail": plugin.detail,
                "checks": [offer.spec.id for offer in plugin.checks],
            }
            for plugin in plugins
        ]
        click.echo(json.dumps(entries, indent=2, ensure_ascii=False))
    else:
        rows = [
            (
                plugin.name,
                f"{plugin.distribution} {plugin.version}",
                plugin.disposition.value,
                f"{len(plugin.checks)} checks" if not plugin.code else plugin.detail,
            )
            for plugin in plugins
        ]
        click.echo(columns((("PLUGIN", "DISTRIBUTION", "STATE", ""), *rows)))
    broken = any(plugin.disposition is Disposition.BROKEN for plugin in plugins)
    return Exit.UNDECIDED if broken else Exit.OPEN
