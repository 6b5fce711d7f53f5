"""director doctor: show every setting with its origin, and what is amiss."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from director import __version__
from director.cli.exits import Exit
from director.cli.look import columns
from director.cli.options import (
    ORIGINS,
    config_option,
    lock_options,
    log_options,
    notifications_options,
    plugin_options,
    probe_options,
    profile_options,
    secrets_options,
    settings_of,
    signers_options,
    store_options,
)
from director.errors import InputError, StoreError
from director.loading.settings import Server, Settings
from director.model.catalog import Disposition
from director.model.text import counted, named, printable
from director.service.desk import Desk, Wishes
from director.wiring import foundations, signature_program
from director.wiring.plugins import catalog_of
from director.wiring.record import ask_server


@click.command(short_help="Show every setting with its origin, and what is amiss.")
@profile_options
@store_options
@signers_options
@probe_options
@secrets_options
@notifications_options
@lock_options
@plugin_options
@log_options
@config_option
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> int:  # noqa: ANN401  # click's options
    """Show every setting with the value it has and where that comes from.

    Then look over what a decision stands on. Exits 3 if something is amiss.
    """
    settings = settings_of(values)
    click.echo(f"director {__version__}, Python {platform.python_version()}\n")
    rows = [
        (name, _shown(name, values[name], settings), _origin(ctx, name)) for name in sorted(values)
    ]
    click.echo(columns((("SETTING", "VALUE", "ORIGIN"), *rows)))
    click.echo("")
    amiss = False
    for fine, line in _findings(settings, values["profile"]):
        amiss = amiss or not fine
        click.echo(f"{'ok  ' if fine else 'AMISS'} {line}")
    return Exit.UNDECIDED if amiss else Exit.OPEN


def _shown(name: str, value: Any, settings: Settings) -> str:  # noqa: ANN401  # of any option
    if name in ("store", "log"):
        return named(getattr(settings, name))
    if isinstance(value, tuple):
        return ", ".join(map(named, value)) or "none"
    return "none" if value is None else named(value)


def _origin(ctx: click.Context, name: str) -> str:
    match ctx.get_parameter_source(name):
        case ParameterSource.COMMANDLINE:
            return f"flag --{name.replace('_', '-')}"
        case ParameterSource.ENVIRONMENT:
            return f"variable DIRECTOR_{name.upper()}"
        case ParameterSource.DEFAULT_MAP:
            return f"file {named(ctx.meta[ORIGINS][name])}"
        case _:
            return "default"


def _findings(settings: Settings, profile: str | None) -> Iterator[tuple[bool, str]]:
    """Yield whether each thing a decision stands on is fine, and a line about it."""
    yield from foundations()
    yield from _plugins(settings)
    try:
        found = Desk(Wishes(settings)).profile(profile)
        yield True, f"profile {found.name} plans {counted(len(found.checks), 'check')}"
    except InputError as error:
        for fault in error.faults:
            yield False, str(fault)
    if settings.store is not None:
        yield _store(settings.store)
    if settings.signers is not None:
        yield from _signers(settings.signers)
        yield signature_program()
    if settings.secrets is not None:
        yield from _secrets(settings.secrets)
    if settings.notifications is not None:
        yield from _notified(settings.notifications)


def _plugins(settings: Settings) -> Iterator[tuple[bool, str]]:
    """Yield whether each plugin is loaded and made checks of what was defined, and a line."""
    try:
        plugins = catalog_of(settings).plugins
    except InputError as error:
        for fault in error.faults:
            yield False, str(fault)
        plugins = catalog_of(replace(settings, definitions=())).plugins
    for plugin in plugins:
        line = f"plugin {plugin.name} ({plugin.distribution} {plugin.version}) "
        if plugin.disposition is Disposition.LOADED:
            where = ", in a process of its own" if plugin.isolated else ""
            yield True, f"{line}offers {counted(len(plugin.checks), 'check')}{where}"
        else:
            yield False, f"{line}is {plugin.disposition}: {plugin.detail}"


def _secrets(path: Path) -> Iterator[tuple[bool, str]]:
    """Yield whether each secret is there, and a line about it that does not show it."""
    from director.loading.secrets import read_secrets  # noqa: PLC0415  # only if there is one

    try:
        registered = read_secrets(path).registered
    except InputError as error:
        for fault in error.faults:
            yield False, str(fault)
        return
    for each in registered:
        whom = f"secret {each.name} may be sent to {', '.join(each.hosts)}"
        yield not each.absence, printable(f"{whom}; {each.absence}" if each.absence else whom)


def _notified(path: Path) -> Iterator[tuple[bool, str]]:
    """Yield whether it is known who is told of changes, and a line about each."""
    from director.loading.notifications import read_notifications  # noqa: PLC0415  # likewise

    try:
        receivers = read_notifications(path).receivers
    except InputError as error:
        for fault in error.faults:
            yield False, str(fault)
        return
    for each in receivers:
        events = counted(len(each.events), "event")
        yield True, printable(f"receiver {each.name} is told of {events} at {each.shown_url}")


def _signers(path: Path) -> Iterator[tuple[bool, str]]:
    """Yield whether it is known whose signature counts, and a line about it."""
    from director.loading.signers import read_signers  # noqa: PLC0415  # only if there is one

    try:
        people = read_signers(path).people
    except InputError as error:
        for fault in error.faults:
            yield False, str(fault)
        return
    idle = ", ".join(person.name for person in people if not person.roles)
    line = f"signers {named(path)} names {', '.join(person.name for person in people)}"
    yield True, printable(f"{line}; without a role: {idle}" if idle else line)


def _store(path: Path | Server) -> tuple[bool, str]:
    """Return whether decisions can be recorded at *path*, without making anything."""
    if isinstance(path, Server):
        try:
            ask_server(path)
        except StoreError as error:
            return False, f"store {error}"
        return True, f"store {named(path)} answers"
    place = path
    try:
        while not place.exists() and place != place.parent:
            place = place.parent
        if place == path and path.is_file() and path.stat().st_size == 0:
            return False, f"store {named(path)} is empty: its decisions are lost"
    except OSError as error:
        return False, f"store {named(path)} cannot be written: {error.strerror}"
    fine = os.access(place, os.W_OK) and (place == path or place.is_dir())
    return fine, f"store {named(path)} " + (
        "can be written" if fine else f"cannot be written: see {named(place)}"
    )
