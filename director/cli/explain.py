"""director explain: tell why a service got its last decision."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from director.cli.exits import Exit
from director.cli.look import look_of, make_format
from director.cli.options import color_option, config_option, settings_of, store_options
from director.cli.runner import Interruption, run
from director.errors import Fault, SettingsError
from director.loading.words import listed, shown
from director.model.record import Record
from director.model.report import Judged
from director.model.text import named
from director.wiring import open_store


@click.command(short_help="Tell why a service got its last decision.")
@click.argument("service")
@click.option("--environment", metavar="NAME", help="In which environment (default: the only one).")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@store_options
@color_option
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Tell why SERVICE got its last recorded decision, and the shortest way to GO.

    Reads the record and evaluates nothing. Exits 0 whatever the decision was.
    """
    return run(lambda interruption: _explain(values, interruption))


async def _explain(values: dict[str, Any], _: Interruption) -> int:
    settings = settings_of(values)
    if settings.store is None or not _is_there(settings.store):
        problem = f"must be a database with decisions, got nothing at {named(settings.store)}"
        raise SettingsError(Fault("--store", 0, 0, problem))
    _require_utf8(values["service"])
    store = open_store(settings.store)
    try:
        environments = await store.environments(values["service"])
        chosen = _chosen(values["service"], values["environment"], environments)
        record = await store.latest(values["service"], chosen)
    finally:
        await store.close()
    if record is not None:
        form = make_format(
            values["format"], look_of(values["color"]), str(settings.store), several=False
        )
        expired = f"EXPIRED on {record.valid_until}\n" if _is_expired(record) else ""
        if values["format"] == "text":
            click.echo(expired, nl=False)
        click.echo(form.begin() + form.item(Judged(record, recorded=True)) + form.end(), nl=False)
    return Exit.OPEN


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        problem = f"must be a database with decisions, got {named(path)}: {error.strerror}"
        raise SettingsError(Fault("--store", 0, 0, problem)) from error


def _require_utf8(service: str) -> None:
    """Raise if *service* came as bytes that are no text: no record can have such a name."""
    try:
        service.encode()
    except UnicodeEncodeError as error:
        raise _unknown(service) from error


def _unknown(service: str) -> SettingsError:
    problem = f"must be a service with a recorded decision, got {shown(service)}"
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


def _is_expired(record: Record) -> bool:
    return datetime.fromisoformat(record.valid_until) <= datetime.now(UTC)
