"""director plugins new: write a plugin that passes its own tests at once."""

from __future__ import annotations

import os
from importlib.metadata import entry_points
from pathlib import Path

import click

from director import __version__
from director.cli.exits import Exit
from director.cli.new_file import put
from director.errors import Fault, SettingsError
from director.loading.catalog import GROUP
from director.loading.settings import BUNDLED
from director.loading.words import shown
from director.model.text import named
from director.testing.scaffold import LONGEST_NAME, distribution_of, fits, scaffold


@click.command(short_help="Write a plugin that passes its own tests at once.")
@click.argument("name")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write it here (default: director-NAME); a folder that is there must be empty.",
)
def command(name: str, folder: Path | None) -> int:
    """Write the distribution of a new plugin: checks, tests, a README, and a file for CI.

    NAME is the word that the id of each of its checks begins with.
    """
    _demand_name(name)
    place = Path(distribution_of(name)) if folder is None else folder
    _demand_room(place)
    for path, text in scaffold(name, __version__).items():
        file = place / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = f"must be a folder that can be written, got {error.strerror}"
            raise SettingsError(Fault(named(place), 0, 0, problem)) from error
        put(file, text, force=False)
        click.echo(named(file))
    click.echo(f"\nNext: cd {named(place)}, and see README.md: install it, and run its tests.")
    return Exit.OPEN


def _demand_name(name: str) -> None:
    """Return if a plugin may be called *name*.

    Raises:
        SettingsError: It is no word, or belongs to a plugin that is there already.
    """
    if not fits(name):
        problem = (
            "must be a lower-case word of letters, digits and single '_', such as acme, at most"
            f" {LONGEST_NAME} characters, got {shown(name)}"
        )
        raise SettingsError(Fault("NAME", 0, 0, problem))
    taken = {point.name for point in entry_points(group=GROUP)}
    ours = {each.removeprefix("director-") for each in BUNDLED}
    if name in taken | ours:
        problem = f"must not be the name of an installed plugin, got {shown(name)}"
        raise SettingsError(Fault("NAME", 0, 0, problem))


def _demand_room(place: Path) -> None:
    """Return if a plugin may be written into *place*.

    Raises:
        SettingsError: Something is there.
    """
    try:
        if not os.path.lexists(place) or (place.is_dir() and not any(place.iterdir())):
            return
        problem = "must be a new or an empty folder; --dir writes elsewhere"
    except OSError as error:
        problem = f"must be a folder that can be read, got {error.strerror}"
    raise SettingsError(Fault(named(place), 0, 0, problem))
