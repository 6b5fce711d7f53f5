"""director simulate: who would change under another profile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from director.cli.commands import quick_imports
from director.cli.exits import Exit
from director.cli.look import look_of
from director.cli.options import (
    color_option,
    config_option,
    folder_options,
    plugin_options,
    settings_of,
    store_options,
)
from director.cli.recorded import require_store
from director.cli.runner import Interruption, run
from director.errors import Fault, SettingsError
from director.formats.simulation_tally import SimulationTally
from director.loading.words import shown
from director.model.profile import Profile
from director.model.simulation import Simulated, Simulation
from director.model.text import named
from director.ports import Store
from director.rules.resimulate import resimulate
from director.wiring.plugins import Workers, install
from director.wiring.record import open_store

if TYPE_CHECKING:
    from director.cli.trial import Judge
    from director.formats.simulation_json import SimulationJson
    from director.formats.simulation_text import SimulationText


@click.command(short_help="Try another profile on the recorded decisions.")
@click.argument("services", nargs=-1, metavar="[SERVICE[@ENVIRONMENT]]...")
@click.option("--profile", required=True, metavar="NAME|FILE", help="The profile to try.")
@click.option(
    "--then",
    multiple=True,
    metavar="NAME|FILE",
    help="A profile of then that its name does not find any more; may be repeated.",
)
@click.option("--now", is_flag=True, help="Judge ages and due dates by this moment, not by then.")
@click.option("--all", "every", is_flag=True, help="List the targets too that would not change.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@store_options
@folder_options
@plugin_options
@color_option
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Judge the evidence of the last decisions again, under another profile.

    Shows who would change, of the services named or of all of them, and counts. Nobody is asked
    anew: a check that the profile plans and nobody had asked is missing. Where a record tells too
    little, the stricter reading is taken, and said. Records nothing. Exits 0 whoever would
    change, 2 if the profile cannot be used.
    """
    return run(lambda interruption: _simulate(values, interruption))


async def _simulate(values: dict[str, Any], _: Interruption) -> int:
    settings = settings_of(values)
    path = require_store(settings.store)
    with quick_imports():
        from director.cli.trial import make_judge  # noqa: PLC0415  # completion needs none

        now = datetime.now(UTC) if values["now"] else None
        workers = Workers()
        try:
            installed = install(settings, workers)
            judge = make_judge(settings, installed, values["profile"], values["then"], now)
        finally:
            workers.end()  # Nobody is asked anew.
    store = open_store(path)
    try:
        targets = await targets_of(store, values["services"])
        page, tally = _page(values, judge.profile, targets), SimulationTally()
        page.put(page.begin())
        async for one in simulations(store, targets, judge):
            tally.add(one)
            if values["every"] or not isinstance(one, Simulated) or one.changes:
                page.put(page.row(one))
        page.put(page.end(tally))
    finally:
        await store.close()
    return Exit.OPEN


async def targets_of(store: Store, services: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the targets that *services* name, each once; all that there are if none is named.

    Raises:
        SettingsError: One of them has no recorded decision.
        StoreError: The record cannot be read.
    """
    if not services:
        return await store.targets()
    found: dict[tuple[str, str], None] = {}
    for each in services:
        service, at, environment = each.partition("@")
        known = await store.environments(service) if service.isprintable() else ()
        wanted = [name for name in known if not at or name == environment]
        if not wanted:
            problem = f"must be SERVICE[@ENVIRONMENT] with a decision, got {shown(each)}"
            raise SettingsError(Fault("SERVICE", 0, 0, problem))
        found.update(dict.fromkeys((service, name) for name in wanted))
    return tuple(found)


async def simulations(
    store: Store, targets: Sequence[tuple[str, str]], judge: Judge
) -> AsyncIterator[Simulation]:
    """Yield what would become of each target; one record is held at a time."""
    for service, environment in targets:
        record = await store.latest(service, environment)
        if record is not None:
            yield resimulate(record, judge.trial(record.profile.name, record.profile.digest))


def _page(values: dict[str, Any], profile: Profile, targets: Sequence[tuple[str, str]]) -> _Page:
    if values["format"] == "json":
        from director.formats.simulation_json import SimulationJson  # noqa: PLC0415

        return _Page(SimulationJson(profile, now=values["now"]), None)
    from director.formats.simulation_text import SimulationText  # noqa: PLC0415

    look = look_of(values["color"])
    names = ("@".join(filter(None, target)) for target in targets)
    return _Page(SimulationText(look, named(profile.name), names), look.colour)


class _Page:
    """Where simulations are written: for people with or without colours, for machines in UTF-8.

    Args:
        form: What they look like.
        colour: Whether people see colours; None for machines.
    """

    def __init__(self, form: SimulationText | SimulationJson, colour: bool | None) -> None:
        self.begin, self.row, self.end = form.begin, form.row, form.end
        self._colour = colour

    def put(self, text: str) -> None:
        """Write *text*."""
        click.echo(text.encode() if self._colour is None else text, nl=False, color=self._colour)
