"""director waiver deny: say no to a request."""

from __future__ import annotations

from typing import Any

import click

from director.approval.desk import Ending
from director.approval.waivers import Waivers
from director.cli.approvals import concluded, office, requester, scene_about
from director.cli.options import config_option, record_options
from director.cli.runner import Interruption, run


@click.command(short_help="Say no to a request.")
@click.argument("waiver", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.option("--by", metavar="NAME", help="Who does it (default: who is logged in).")
@record_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Say no to the waiver ID, which waits for an answer."""
    return run(lambda interruption: _deny(values, interruption))


async def _deny(values: dict[str, Any], _: Interruption) -> int:
    id_, by = values["waiver"].upper(), requester(values)
    async with office(values) as found:
        stands, _entries = await scene_about(found, id_)
        outcome = await Waivers(found).deny(stands, Ending(id_, by, values["reason"]))
    return concluded(outcome, f"waiver {id_} of {stands.record.target} is denied")
