"""director waiver revoke: end a waiver before it expires."""

from __future__ import annotations

from typing import Any

import click

from director.approval.desk import Ending
from director.approval.waivers import Waivers
from director.cli.approvals import concluded, office, requester, scene_about
from director.cli.options import config_option, record_options
from director.cli.runner import Interruption, run


@click.command(short_help="End a waiver before it expires.")
@click.argument("waiver", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.option("--by", metavar="NAME", help="Who does it (default: who is logged in).")
@record_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """End the waiver ID, approved or not. Whoever can write the record may close a gate."""
    return run(lambda interruption: _revoke(values, interruption))


async def _revoke(values: dict[str, Any], _: Interruption) -> int:
    id_, by = values["waiver"].upper(), requester(values)
    async with office(values) as found:
        stands, _entries = await scene_about(found, id_)
        outcome = await Waivers(found).revoke(stands, Ending(id_, by, values["reason"]))
    return concluded(outcome, f"waiver {id_} of {stands.record.target} is revoked")
