"""director waiver show: one waiver with everything that became of it."""

from __future__ import annotations

from typing import Any

import click

from director.cli.exits import Exit
from director.cli.listing import Wanted, listing, written
from director.cli.options import config_option, signers_options, store_options
from director.cli.runner import Interruption, run
from director.cli.waiver_list import document
from director.errors import Fault, SettingsError
from director.formats.casework_text import waiver_lines
from director.loading.words import shown
from director.model.record import plain


@click.command(short_help="Show one waiver with everything that became of it.")
@click.argument("waiver", metavar="ID")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@store_options
@signers_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Show what the waiver ID is for, who approved it, and everything that became of it."""
    return run(lambda interruption: _show(values, interruption))


async def _show(values: dict[str, Any], _: Interruption) -> int:
    id_ = values["waiver"].upper()
    found = await listing(values, Wanted(subject=id_))
    stands = next((each for each in found.waivers if each.case.statement.id == id_), None)
    if stands is None:
        problem = f"must be a waiver that was requested, got {shown(values['waiver'])}"
        raise SettingsError(Fault("ID", 0, 0, problem))
    entries = found.about(id_)
    if values["format"] == "json":
        shown_ = {
            **document(stands),
            "statement": stands.case.text,
            "entries": [{**plain(entry), "kind": entry.kind.value} for entry in entries],
        }
        click.echo(written(shown_))
    else:
        click.echo("\n".join(waiver_lines(stands, entries)))
    return Exit.OPEN
