"""director override revoke: end an override before it expires."""

from __future__ import annotations

from typing import Any

import click

from director.approval.desk import Ending
from director.approval.overrides import Overrides
from director.cli.approvals import concluded, office, requester, scene_about
from director.cli.options import config_option, record_options
from director.cli.runner import Interruption, run


@click.command(short_help="End an override before it expires.")
@click.argument("override", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why it ends.")
@click.option("--by", metavar="NAME", help="Who ends it (default: who is logged in).")
@record_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """End the override ID, applied or not. Whoever can write the record may close a gate."""
    return run(lambda interruption: _revoke(values, interruption))


async def _revoke(values: dict[str, Any], _: Interruption) -> int:
    id_, by = values["override"].upper(), requester(values)
    async with office(values) as found:
        stands, _entries = await scene_about(found, id_)
        ending = Ending(id_, by, values["reason"])
        outcome = await Overrides(found).revoke(stands, ending)
    return concluded(outcome, f"override {id_} of {stands.record.target} is revoked")
