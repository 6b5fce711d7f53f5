"""Finds what a command names in the record: an evaluation, or a service and where it runs."""

from __future__ import annotations

import re
from pathlib import Path

from director.errors import Fault, SettingsError
from director.loading.settings import Server
from director.loading.words import listed, shown
from director.model.record import Record
from director.model.text import named
from director.ports import Store

_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.IGNORECASE | re.ASCII)


def require_store(path: Path | Server | None) -> Path | Server:
    """Return *path* if there is something: reading never begins a new record.

    Whether a server has something is seen when it is asked.

    Raises:
        SettingsError: There is nothing.
    """
    if isinstance(path, Server):
        return path
    try:
        if path is not None and path.exists():
            return path
    except OSError as error:
        problem = f"must be a database with decisions, got {named(path)}: {error.strerror}"
        raise SettingsError(Fault("--store", 0, 0, problem)) from error
    problem = f"must be a database with decisions, got nothing at {named(path)}"
    raise SettingsError(Fault("--store", 0, 0, problem))


async def find_record(store: Store, what: str, environment: str | None) -> Record:
    """Return the decision that *what* names.

    Args:
        store: Where decisions are recorded.
        what: An evaluation, or a service whose last decision is meant.
        environment: Where the service runs; None for the only one.

    Raises:
        SettingsError: There is none, or it is not clear which.
        StoreError: The record cannot be read.
    """
    if not _is_text(what):
        raise _unknown(what)
    if environment is None and _ULID.fullmatch(what):
        found = await store.evaluation(what.upper())
        if found is not None:
            return found
    chosen = _chosen(what, environment, await store.environments(what))
    latest = await store.latest(what, chosen)
    if latest is None:
        raise _unknown(what)
    return latest


def _is_text(what: str) -> bool:
    """Return whether *what* came as text: no record can have a name that is none."""
    try:
        what.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unknown(what: str) -> SettingsError:
    problem = f"must be a service with a recorded decision, or an evaluation, got {shown(what)}"
    return SettingsError(Fault("SERVICE", 0, 0, problem))


def _chosen(service: str, wanted: str | None, environments: tuple[str, ...]) -> str:
    if not environments:
        raise _unknown(service)
    if wanted is None and len(environments) == 1:
        return environments[0]
    if wanted in environments:
        return str(wanted)
    known = listed([name or "(none)" for name in environments])
    problem = f"must be one of {known}, got {shown(wanted)}"
    raise SettingsError(Fault("--environment", 0, 0, problem))
