"""director plugins verify: hold an installed plugin against what every check must keep."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

import click

from director.cli.exits import Exit
from director.cli.look import columns
from director.cli.options import config_option, plugin_options, settings_of
from director.cli.runner import run
from director.cli.say import say
from director.engine.clock import SystemClock
from director.errors import Fault, SettingsError
from director.loading.catalog import Installed
from director.loading.settings import Settings
from director.loading.words import meant, shown
from director.model.catalog import Disposition, Plugin
from director.model.event import Event, PluginOutput
from director.model.text import counted, printable
from director.testing import Candidate, State, Verdict, conform
from director.wiring.plugins import Workers, install

_MOST_HEARD = 200


@click.command(short_help="Hold an installed plugin against what every check must keep.")
@click.argument("name")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@plugin_options
@config_option
def command(name: str, **values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Run each check of an installed plugin against what no check may fall for.

    NAME is the plugin's entry point. Its checks are asked about services that refuse, reset, break
    or hang, and about manifests that declare nothing. A plugin that is not trusted runs in a
    process of its own here, too; what cannot be looked at there does not apply.

    Exits 1 if a clause failed, 3 if the plugin could not be verified.
    """
    settings = settings_of({**values, "no_store": True})
    return run(lambda _: _verify(name, settings, values["format"]))


async def _verify(name: str, settings: Settings, format_: str) -> int:
    workers, ear = Workers(), _Ear(name)
    installed = install(settings, workers)
    try:
        await workers.open(ear.hear, SystemClock())
        plugin = _plugin(name, installed)
        if plugin.disposition is not Disposition.LOADED:
            say(f"{plugin.name}: cannot be verified: {plugin.detail}")
            return Exit.UNDECIDED
        if not plugin.checks:
            say(f"{plugin.name}: cannot be verified: it offers no check")
            return Exit.UNDECIDED
        card = {}
        for offer in plugin.checks:
            make = partial(installed.classes[offer.spec.id])
            overheard = ear.taken if plugin.isolated else None
            card[offer.spec.id] = await conform(Candidate(make, plugin.name, overheard=overheard))
    finally:
        await workers.close()
    click.echo(_as_json(plugin, card) if format_ == "json" else _as_text(plugin, card))
    failed = any(each.state is State.FAILED for verdicts in card.values() for each in verdicts)
    return Exit.CLOSED if failed else Exit.OPEN


class _Ear:
    """Hears what the process of one plugin prints.

    Args:
        plugin: Whose.
    """

    def __init__(self, plugin: str) -> None:
        self._plugin = plugin
        self._heard = ""

    async def hear(self, event: Event) -> None:
        """Keep the beginning of what was printed."""
        if isinstance(event, PluginOutput) and event.plugin.name == self._plugin:
            self._heard = (self._heard + event.text)[:_MOST_HEARD]

    def taken(self) -> str:
        """Return what was heard since somebody asked."""
        heard, self._heard = self._heard, ""
        return heard


def _plugin(name: str, installed: Installed) -> Plugin:
    """Return the plugin *name*; of several, the one that is loaded.

    Raises:
        SettingsError: There is none.
    """
    named = [plugin for plugin in installed.catalog.plugins if plugin.name == name]
    if not named:
        known = sorted({plugin.name for plugin in installed.catalog.plugins})
        hint = meant(name, known) or "; director plugins lists them"
        problem = f"must be an installed plugin, got {shown(name)}{hint}"
        raise SettingsError(Fault("NAME", 0, 0, problem))
    return min(named, key=lambda plugin: plugin.disposition is not Disposition.LOADED)


def _as_json(plugin: Plugin, card: dict[str, tuple[Verdict, ...]]) -> str:
    document = {
        "plugin": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "isolated": plugin.isolated,
        "state": _worst(each for verdicts in card.values() for each in verdicts),
        "checks": [
            {
                "check": check,
                "state": _worst(verdicts),
                "clauses": [
                    {
                        "clause": each.clause,
                        "state": each.state.value,
                        "promise": each.promise,
                        "reason": each.reason,
                    }
                    for each in verdicts
                ],
            }
            for check, verdicts in card.items()
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _as_text(plugin: Plugin, card: dict[str, tuple[Verdict, ...]]) -> str:
    blocks = [f"{plugin.name}, from {printable(plugin.distribution)} {printable(plugin.version)}"]
    for check, verdicts in card.items():
        rows = [(_WORDS[each.state], each.clause, each.reason) for each in verdicts]
        blocks.append(f"{check}\n" + columns((("", "CLAUSE", ""), *rows)))
    count = dict.fromkeys(State, 0)
    for verdicts in card.values():
        for each in verdicts:
            count[each.state] += 1
    told = ", ".join(f"{count[state]} {_WORDS[state]}" for state in State)
    return "\n\n".join([*blocks, f"{counted(len(card), 'check')}: {told}"])


_WORDS = {State.OK: "ok", State.FAILED: "FAILED", State.NOT_APPLICABLE: "n/a"}


def _worst(verdicts: Iterable[Verdict]) -> str:
    failed = any(each.state is State.FAILED for each in verdicts)
    return (State.FAILED if failed else State.OK).value
