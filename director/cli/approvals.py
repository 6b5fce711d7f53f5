"""What the commands of waivers and overrides share: the record, the target, and what is said."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from director.approval.claim import Claim
from director.approval.desk import Office, Outcome, Place, Scene, scene
from director.cli.exits import Exit
from director.cli.options import settings_of
from director.cli.plain_file import plain_file
from director.cli.recorded import find_record, require_store
from director.cli.say import say
from director.errors import Fault, SettingsError
from director.loading.words import shown
from director.model.ledger import Entry, Kind
from director.model.text import named, printable
from director.wiring.record import open_office

LARGEST_BYTES = 1024 * 1024
"""Largest statement or signature that is read."""


@asynccontextmanager
async def office(values: dict[str, Any]) -> AsyncIterator[Office]:
    """Give what the steps are done with, on a record that is there, and let go of it.

    Raises:
        SettingsError: There is no record, or the signers file cannot be used.
        StoreError: The record cannot be opened.
    """
    settings = settings_of(values)
    require_store(settings.store)
    found = open_office(settings)
    try:
        yield found
    finally:
        await found.store.close()


async def scene_of(found: Office, service: str, environment: str | None) -> Scene:
    """Return how things stand with the last decision on a service.

    Raises:
        SettingsError: There is none, or it is not clear where.
        StoreError: The record cannot be read.
    """
    record = await find_record(found.store, service, environment)
    stands = await scene(found, Place(record.service, record.environment))
    if stands is None:
        problem = f"must be a service with a recorded decision, got {shown(service)}"
        raise SettingsError(Fault("SERVICE", 0, 0, problem))
    return stands


async def scene_about(found: Office, id_: str) -> tuple[Scene, tuple[Entry, ...]]:
    """Return how things stand with the target that a waiver or an override is about.

    Returns:
        That, and everything that happened to the waiver or override, the oldest first.

    Raises:
        SettingsError: There is no such waiver or override.
        StoreError: The record cannot be read.
    """
    about = tuple(each for each in await found.store.casework() if each.subject == id_)
    if not about:
        problem = f"must be the id of what was requested, got {shown(id_)}"
        raise SettingsError(Fault("ID", 0, 0, problem))
    return await scene_of(found, about[0].service, about[0].environment), about


async def scene_claimed(found: Office, claim: Claim) -> Scene:
    """Return how things stand with the target that a text is about, whatever became of the text.

    What was requested here is an attempt on the target it was requested for.

    Raises:
        SettingsError: There is no such target.
        StoreError: The record cannot be read.
    """
    place = claim.place
    for entry in await found.store.casework():
        if entry.subject == claim.id and entry.kind in _REQUESTED:
            place = Place(entry.service, entry.environment)
    return await scene_of(found, place.service, place.environment)


def requester(values: dict[str, Any]) -> str:
    """Return who does it: whom ``--by`` names, or who is logged in.

    Raises:
        SettingsError: Nobody is.
    """
    if values["by"]:
        return str(values["by"])
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError) as error:
        problem = "must be given: this system has no name for who is logged in"
        raise SettingsError(Fault("--by", 0, 0, problem)) from error


def concluded(outcome: Outcome, done: str) -> int:
    """Say what came of an attempt, and return the exit code: 1 if it was refused."""
    if not outcome.refusals:
        click.echo(done)
        return Exit.OPEN
    for refusal in outcome.refusals:
        say(f"refused ({refusal.code}): {printable(refusal.text)}")
    say(f"the attempt is recorded as {outcome.entry.id}")
    return Exit.CLOSED


def read_text(path: Path) -> str:
    """Return the text in a file, to the byte; ``-`` is standard input.

    Raises:
        SettingsError: It cannot be read, is too large, or is not UTF-8.
    """
    with _standard_input() if str(path) == "-" else plain_file(path) as file:
        data = file.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        problem = f"must be at most {LARGEST_BYTES // 1024} KiB"
        raise SettingsError(Fault(named(path), 0, 0, problem))
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise SettingsError(Fault(named(path), 0, 0, "must be UTF-8, was not")) from error


def beside(path: Path) -> Path:
    """Return where the signature over what is in *path* is, if nobody says.

    Raises:
        SettingsError: It has no place of its own.
    """
    if str(path) == "-":
        problem = "must be named, where what is signed comes from standard input"
        raise SettingsError(Fault("the signature", 0, 0, problem))
    return path.with_name(f"{path.name}.sig")


@contextmanager
def _standard_input() -> Iterator[BinaryIO]:
    try:
        with open(0, "rb", closefd=False) as file:  # a descriptor is no path
            yield file
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise SettingsError(Fault("standard input", 0, 0, problem)) from error


_REQUESTED = frozenset({Kind.OVERRIDE_REQUESTED, Kind.WAIVER_REQUESTED})
