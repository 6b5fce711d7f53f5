"""director validate: check manifests without evaluating anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from director.cli.exits import Exit
from director.cli.options import config_option, plugin_options, profile_options, settings_of
from director.cli.say import say
from director.cli.targets import find_manifests
from director.errors import InputError
from director.model.text import named
from director.service.desk import Desk, Wishes
from director.wiring import ready_to_plan


@click.command(short_help="Check manifests without evaluating anything.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[MANIFEST|FOLDER]...")
@profile_options
@plugin_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Check manifests, the profiles they ask for, and the options of their checks.

    Nothing is run. Prints one line for each fault and exits 2 if there is one.
    """
    settings = settings_of({**values, "no_store": True})
    desk = Desk(Wishes(settings, values["profile"]))
    director = ready_to_plan(settings)
    faulty = False
    for path in find_manifests(values["paths"]):
        try:
            for request in desk.requests(path):
                director.plan(request)
        except InputError as error:
            faulty = True
            for fault in error.faults:
                say(str(fault))
        else:
            click.echo(f"{named(path)}: valid")
    return Exit.INPUT if faulty else Exit.OPEN
