"""director audit erase: erase old evidence; the log still verifies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from director.cli.approvals import office, requester
from director.cli.exits import Exit
from director.cli.option_types import Duration
from director.cli.options import config_option, record_options
from director.cli.runner import Interruption, run
from director.errors import Fault, SettingsError
from director.model.ledger import Entry, Kind
from director.model.text import named
from director.model.visible import visible
from director.rules.moment import instant


@click.command(short_help="Erase old evidence; the log still verifies.")
@click.option(
    "--older-than",
    required=True,
    type=Duration(),
    metavar="TIME",
    help="Erase what no decision in this time rests on, such as 90d.",
)
@click.option("--by", metavar="NAME", help="Who erases it (default: who is logged in).")
@record_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Erase the facts that old decisions rest on; no record and no entry of the log is touched.

    Each record keeps the digest of its evidence, and the log says what was erased and by whom.
    """
    return run(lambda interruption: _erase(values, interruption))


async def _erase(values: dict[str, Any], _: Interruption) -> int:
    by = requester(values)
    if not visible(by) or not by.isprintable():
        problem = f"must be a name in one line that people can see, was {named(ascii(by))}"
        raise SettingsError(Fault("--by", 0, 0, problem))
    async with office(values) as found:
        now = found.clock.now()
        before = now - timedelta(seconds=values["older_than"])
        id_ = found.new_id(now)

        def entry(count: int) -> Entry:
            return Entry(
                id=id_,
                kind=Kind.EVIDENCE_ERASED,
                service="",
                environment="",
                at=instant(now),
                subject=instant(before),
                by=by,
                text=f"{_sets(count)} that no decision since {instant(before)} rests on",
            )

        count = await found.store.erase_evidence(before, entry)
    click.echo(f"erased {_sets(count)} from before {instant(before)}")
    return Exit.OPEN


def _sets(count: int) -> str:
    return f"{count:,} set{'s' * (count != 1)} of facts"
