"""director checks: show the installed checks."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from director.cli.exits import Exit
from director.cli.look import columns
from director.cli.options import config_option, plugin_options, settings_of
from director.errors import Fault, SettingsError
from director.loading.words import meant, shown
from director.model.catalog import Catalog, Offer, Plugin
from director.wiring import install


@click.group(invoke_without_command=True, short_help="Show the installed checks.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@plugin_options
@config_option
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> int:  # noqa: ANN401  # click's options
    """Show the installed checks; ``checks show ID`` tells what one is."""
    catalog = install(settings_of({**values, "no_store": True})).catalog
    ctx.obj = catalog
    if ctx.invoked_subcommand is not None:
        return Exit.OPEN
    offers = [(plugin, offer) for plugin in catalog.plugins for offer in plugin.checks]
    if values["format"] == "json":
        click.echo(json.dumps([_entry(*each) for each in offers], indent=2, ensure_ascii=False))
    else:
        rows = [
            (offer.spec.id, offer.spec.category, offer.spec.role.value, offer.spec.title)
            for _, offer in offers
        ]
        click.echo(columns((("CHECK", "CATEGORY", "ROLE", "TITLE"), *rows)))
    return Exit.OPEN


@command.command(short_help="Tell what one check is.")
@click.argument("check", metavar="ID")
@click.pass_obj
def show(catalog: Catalog, check: str) -> int:
    """Tell why a check is there, what to do when it fails, and which options it takes."""
    found = catalog.offer(check)
    if found is None:
        known = [offer.spec.id for plugin in catalog.plugins for offer in plugin.checks]
        hint = meant(check, known) or "; director checks lists them"
        problem = f"must be an installed check, got {shown(check)}{hint}"
        raise SettingsError(Fault("ID", 0, 0, problem))
    plugin, offer = found
    spec = offer.spec
    click.echo(f"{spec.id}  {spec.title}\n")
    click.echo(f"Why     {spec.why}")
    click.echo(f"Remedy  {spec.remedy} ({spec.effort.value} effort)\n")
    click.echo(f"category {spec.category}, role {spec.role.value}; a profile may say otherwise")
    click.echo(f"deadline {spec.deadline_s:g} s, from {plugin.distribution} {plugin.version}")
    if offer.options:
        rows = [
            (o.name, o.kind.value, repr(o.default), f"{o.tighter} is stricter" if o.tighter else "")
            for o in offer.options
        ]
        click.echo("\n" + columns((("OPTION", "TYPE", "DEFAULT", ""), *rows)))
    return Exit.OPEN


def _entry(plugin: Plugin, offer: Offer) -> dict[str, Any]:
    return {
        **asdict(offer.spec),
        "options": [asdict(option) for option in offer.options],
        "plugin": plugin.distribution,
        "version": plugin.version,
    }
