"""director diff: what differs between two recorded decisions."""

from __future__ import annotations

from typing import Any

import click

from director.cli.exits import Exit
from director.cli.look import look_of
from director.cli.named import find_before, find_named, wording
from director.cli.options import color_option, config_option, settings_of, store_options
from director.cli.recorded import require_store
from director.cli.runner import Interruption, run
from director.errors import Fault, SettingsError
from director.formats.json import written
from director.model.contrast import Contrast
from director.model.record import Record
from director.model.text import named
from director.ports import Store
from director.rules.contrast import contrast
from director.wiring.record import open_store


@click.command(short_help="Say what differs between two decisions.")
@click.argument("a", metavar="A")
@click.argument("b", metavar="[B]", required=False)
@click.option("--environment", metavar="NAME", help="Where, if A and B do not say.")
@click.option("--across", is_flag=True, help="Compare two different services.")
@click.option(
    "--format", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
@store_options
@color_option
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Say what became better, worse, new or gone from decision A to decision B, and what else.

    A and B are each an evaluation, or SERVICE[@ENVIRONMENT][@TIME]: the last decision on a
    service, made until then if a time is given, such as 2026-10-01 or 2026-10-01T09:30 (UTC).
    Without B, decision A is compared with the one before it. Two services are compared only with
    --across. Exits 0 whatever differs.
    """
    return run(lambda interruption: _diff(values, interruption))


async def _diff(values: dict[str, Any], _: Interruption) -> int:
    store = open_store(require_store(settings_of(values).store))
    try:
        before, after = await _pair(store, values)
    finally:
        await store.close()
    if before.service != after.service and not values["across"]:
        names = f"{named(before.service)} and {named(after.service)}"
        problem = f"must be decisions on one service, got {names}: --across compares them"
        raise SettingsError(Fault("A B", 0, 0, problem))
    _show(contrast(before, after), values)
    return Exit.OPEN


async def _pair(store: Store, values: dict[str, Any]) -> tuple[Record, Record]:
    where = values["environment"]
    first = wording(values["a"], "A")
    second = None if values["b"] is None else wording(values["b"], "B")
    record = await find_named(store, first, "A", where)
    if second is not None:
        return record, await find_named(store, second, "B", where)
    before = await find_before(store, record)
    if before is None:
        problem = f"must have a decision before it on {named(record.target)}, got the first one"
        raise SettingsError(Fault("A", 0, 0, problem))
    return before, record


def _show(found: Contrast, values: dict[str, Any]) -> None:
    match values["format"]:
        case "json":
            click.echo(f"{written(found.document())}\n".encode(), nl=False)
        case "markdown":
            from director.formats.contrast_markdown import contrast_markdown  # noqa: PLC0415

            click.echo(contrast_markdown(found).encode(), nl=False)
        case _:
            from director.formats.contrast_text import contrast_text  # noqa: PLC0415

            look = look_of(values["color"])
            click.echo(contrast_text(found, look), nl=False, color=look.colour)
