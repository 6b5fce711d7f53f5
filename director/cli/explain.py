"""director explain: tell why a service got its last decision."""

from __future__ import annotations

from typing import Any

import click

from director.cli.exits import Exit
from director.cli.look import look_of
from director.cli.options import (
    color_option,
    config_option,
    settings_of,
    signers_options,
    store_options,
)
from director.cli.recorded import find_record, require_store
from director.cli.runner import Interruption, run
from director.engine.trends import findings_of
from director.formats.explanation import explanation
from director.formats.format import Setting
from director.formats.json import document, written
from director.model.counterfactual import Answer
from director.model.report import Judged
from director.model.trend import Finding
from director.rules.counterfactual import counterfactual
from director.wiring.record import open_memory, open_store


@click.command(short_help="Tell why a service got its last decision.")
@click.argument("service")
@click.option("--environment", metavar="NAME", help="In which environment (default: the only one).")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@store_options
@signers_options
@color_option
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Tell why SERVICE got its last recorded decision, and what would have changed it.

    SERVICE may also be the id of an evaluation. Says what each missing check alone would have
    changed, where the shortest way to GO leads step by step, which checks the decision stands
    on, and since when each gap has stood. Reads the record and evaluates nothing. Exits 0
    whatever the decision was.
    """
    return run(lambda interruption: _explain(values, interruption))


async def _explain(values: dict[str, Any], _: Interruption) -> int:
    settings = settings_of(values)
    path = require_store(settings.store)
    store = open_store(path)
    try:
        record = await find_record(store, values["service"], values["environment"])
        judged = await open_memory(settings, store).judged(record)
        findings = await findings_of(store, record)
    finally:
        await store.close()
    answer = counterfactual(record)
    look = look_of(values["color"])
    if values["format"] == "json":
        text = _document(judged, answer, findings)
    else:
        text = explanation(judged, answer, Setting(look, stored_in=str(path)), findings)
    click.echo(text, nl=False, color=look.colour)
    return Exit.OPEN


def _document(judged: Judged, answer: Answer, findings: tuple[Finding, ...]) -> str:
    """Return the document of the record, and the answers and the age of each gap beside it."""
    beside = {"counterfactual": answer.document(), "findings": [f.document() for f in findings]}
    return written({**document(judged), **beside}) + "\n"
