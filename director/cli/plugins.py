"""director plugins: show the installed plugins, broken ones too; write and verify one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from director.cli.exits import Exit
from director.cli.look import columns
from director.cli.options import config_option, lock_options, plugin_options, settings_of
from director.cli.subcommands import Subcommands
from director.loading.settings import Settings
from director.model.catalog import Disposition, Plugin
from director.model.lock import PlanLock
from director.model.text import counted
from director.rules.lock import vanished
from director.service.desk import LOCK_NAME
from director.wiring.plugins import catalog_of


@click.group(
    "plugins",
    cls=Subcommands,
    known={
        "new": "Write a plugin that passes its own tests at once.",
        "verify": "Hold an installed plugin against what every check must keep.",
    },
    invoke_without_command=True,
    short_help="Show the installed plugins, broken ones too.",
)
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@plugin_options
@lock_options
@config_option
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Show every plugin that was found, what it offers, and why one is not loaded.

    With a plan lock, what it names and nobody has installed any more is shown as well. Exits 3
    if a plugin is broken or gone: its planned checks would be missing.
    """
    if ctx.invoked_subcommand is not None:
        return Exit.OPEN
    settings = settings_of({**values, "no_store": True})
    catalog = catalog_of(settings)
    plugins = (*catalog.plugins, *vanished(_locked(settings), catalog))
    if values["format"] == "json":
        entries = [
            {
                "name": plugin.name,
                "distribution": plugin.distribution,
                "version": plugin.version,
                "disposition": plugin.disposition.value,
                "isolated": plugin.isolated,
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
                _where(plugin),
                counted(len(plugin.checks), "check") if not plugin.code else plugin.detail,
            )
            for plugin in plugins
        ]
        click.echo(columns((("PLUGIN", "DISTRIBUTION", "STATE", "RUNS", ""), *rows)))
    lost = (Disposition.BROKEN, Disposition.VANISHED)
    broken = any(plugin.disposition in lost for plugin in plugins)
    return Exit.UNDECIDED if broken else Exit.OPEN


def _locked(settings: Settings) -> tuple[PlanLock, ...]:
    """Return the plans in the lock that was named, or in the one in this folder."""
    file = settings.lock_file or Path(LOCK_NAME)
    if settings.lock_file is None and not file.exists():
        return ()
    from director.loading.lock import read_locks  # noqa: PLC0415  # only where there is one

    return read_locks(file).plans


def _where(plugin: Plugin) -> str:
    if plugin.disposition is not Disposition.LOADED:
        return "nowhere"
    return "in its own process" if plugin.isolated else "inside"
