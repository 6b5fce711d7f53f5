"""director report: show a recorded decision in any format."""

from __future__ import annotations

import os
from typing import Any

import click

from director.cli.baseline import LAST, find_baseline
from director.cli.exits import Exit
from director.cli.look import look_of
from director.cli.options import (
    color_option,
    config_option,
    settings_of,
    signers_options,
    store_options,
)
from director.cli.output import Reports, wanted_reports
from director.cli.recorded import find_record, require_store
from director.cli.runner import Interruption, run
from director.errors import Fault, SettingsError
from director.formats.format import FORMATS, Setting, make_format
from director.wiring.record import open_memory, open_store


@click.command(short_help="Show a recorded decision in any format.")
@click.argument("what", metavar="SERVICE|EVALUATION")
@click.option("--environment", metavar="NAME", help="In which environment (default: the only one).")
@click.option(
    "--format",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"One of {', '.join(FORMATS)}; may be repeated, with a file each (default: text).",
)
@click.option(
    "--diff-against",
    metavar="FILE|EVALUATION",
    help="Say what became better or worse since a JSON report or another evaluation.",
)
@store_options
@signers_options
@color_option
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Show the last recorded decision on SERVICE, or that of EVALUATION, in any format.

    Evaluates nothing and is no gate: exits 0 whatever was decided. A decision that holds no more
    is shown as EXPIRED.
    """
    return run(lambda interruption: _report(values, interruption))


async def _report(values: dict[str, Any], interruption: Interruption) -> int:
    if values["diff_against"] == LAST:
        problem = "must be a JSON report or a recorded evaluation, got 'last'"
        raise SettingsError(Fault("--diff-against", 0, 0, problem))
    settings = settings_of(values)
    path = require_store(settings.store)
    wanted = wanted_reports(values["format"], os.environ)
    store = open_store(path)
    try:
        record = await find_record(store, values["what"], values["environment"])
        baseline = await find_baseline(values["diff_against"], store)
        item = await open_memory(settings, store).judged(record)
    finally:
        await store.close()
    setting = Setting(look_of(values["color"]), stored_in=str(path))
    reports = Reports(tuple((make_format(w.format, setting), w) for w in wanted))
    interruption.on_signal = reports.hurry
    await reports.begin()
    await reports.add(baseline.held_against(item))
    await reports.close()
    return Exit.OPEN
