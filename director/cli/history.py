"""director history: how decisions on a service went."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from director.cli.environments import environments_of
from director.cli.exits import Exit
from director.cli.look import look_of
from director.cli.options import (
    color_option,
    config_option,
    settings_of,
    signers_options,
    store_options,
)
from director.cli.recorded import require_store
from director.cli.runner import Interruption, run
from director.engine.past import Memory
from director.engine.trends import Wanted, find_summary, read_trend
from director.errors import Fault, SettingsError
from director.formats.json import visible
from director.loading.words import shown
from director.model.trend import Trend
from director.model.value import dataclass
from director.ports import Store
from director.wiring.record import open_memory, open_store

MOST = 1000
"""How many decisions are shown at most."""


@click.command(short_help="Show how decisions on a service went.")
@click.argument("service", metavar="SERVICE")
@click.option("--environment", metavar="NAME", help="Only this environment (default: each apart).")
@click.option(
    "--limit",
    type=click.IntRange(1, MOST),
    default=50,
    show_default=True,
    help="How many decisions to show of each environment.",
)
@click.option("--before", metavar="EVALUATION", help="Only the decisions before this one.")
@click.option(
    "--format", type=click.Choice(["text", "json", "html"]), default="text", show_default=True
)
@store_options
@signers_options
@color_option
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Show how decisions on SERVICE went: its score, whether it flaps, and what changed when.

    The newest decision comes first. Says of each gap of the last decision since when it has
    stood. Reads the record and evaluates nothing. Exits 0 whatever was decided.
    """
    return run(lambda interruption: _history(values, interruption))


async def _history(values: dict[str, Any], _: Interruption) -> int:
    settings = settings_of(values)
    path = require_store(settings.store)
    store = open_store(path)
    try:
        trends = await _trends(store, open_memory(settings, store), values)
    finally:
        await store.close()
    match values["format"]:
        case "json":
            # Machines read UTF-8, whatever the terminal does.
            click.echo(_document(trends).encode(), nl=False)
        case "html":
            from director.formats.history_html import history_html  # noqa: PLC0415  # jinja is slow

            click.echo(history_html(trends, str(path)).encode(), nl=False)
        case _:
            from director.formats.history_text import Sheet, history_text  # noqa: PLC0415

            look = look_of(values["color"])
            click.echo(history_text(trends, Sheet(look, is_plain())), nl=False, color=look.colour)
    return Exit.OPEN


@dataclass(frozen=True, slots=True)
class _Begin:
    """Where a history is gone on from: the environments, and the part of each."""

    environments: tuple[str, ...]
    wanted: Wanted


async def _trends(store: Store, memory: Memory, values: dict[str, Any]) -> tuple[Trend, ...]:
    service = values["service"]
    begin = await _begin(store, values)
    found = [
        await read_trend(store, memory, (service, environment), begin.wanted)
        for environment in begin.environments
    ]
    trends = tuple(trend for trend in found if trend is not None and trend.steps)
    if not trends:
        problem = f"must have decisions before it, got {shown(values['before'])}"
        raise SettingsError(Fault("--before", 0, 0, problem))
    return trends


async def _begin(store: Store, values: dict[str, Any]) -> _Begin:
    service, before, limit = values["service"], values["before"], values["limit"]
    environments = await environments_of(store, service, values["environment"])
    if before is None:
        return _Begin(environments, Wanted(limit=limit))
    for environment in environments:
        found = await find_summary(store, service, environment, before.upper())
        if found is not None:
            return _Begin((environment,), Wanted(limit=limit, before=found))
    where = "of it" if values["environment"] is None else "there"
    problem = f"must be an evaluation {where}, got {shown(before)}"
    raise SettingsError(Fault("--before", 0, 0, problem))


def _document(trends: tuple[Trend, ...]) -> str:
    import json  # noqa: PLC0415  # only for machines

    documents = [trend.document() for trend in trends]
    whole = documents[0] if len(documents) == 1 else documents
    return visible(json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def is_plain() -> bool:
    """Return whether the terminal shows ASCII alone: by its encoding, or as a bare console."""
    if os.environ.get("TERM") == "linux":
        return True  # Its font has but a few of the blocks.
    try:
        "▁█│─".encode((sys.stdout and sys.stdout.encoding) or "ascii")
    except UnicodeEncodeError:
        return True
    return False
