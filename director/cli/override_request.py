"""director override request: write down what is to be signed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from director.approval.overrides import Overrides, OverrideWish
from director.cli.approvals import concluded, office, requester, scene_of
from director.cli.new_file import demand_room, put
from director.cli.option_types import Duration
from director.cli.options import config_option, record_options
from director.cli.runner import Interruption, run
from director.model.text import named


@click.command(short_help="Write down what is to be signed, for the last NO_GO.")
@click.argument("service")
@click.option("--environment", metavar="NAME", help="In which environment (default: the only one).")
@click.option("--reason", required=True, metavar="TEXT", help="Why the launch cannot wait.")
@click.option("--ticket", required=True, metavar="ID", help="Where the work is tracked.")
@click.option("--by", metavar="NAME", help="Who asks (default: who is logged in).")
@click.option(
    "--expires-in",
    type=Duration(),
    default="24h",
    show_default=True,
    metavar="TIME",
    help="For how long from then; the profile sets the most from the request.",
)
@click.option(
    "--begins-in",
    type=Duration(),
    metavar="TIME",
    help="When it begins to hold, and can be applied (default: at once).",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write what is to be signed (default: override-ID.json).",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@record_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Write down what a VP is to sign to force a GO for SERVICE, whose last decision is NO_GO.

    It is bound to that decision: to the target, the manifest, the profile and every reason. It
    has no effect until somebody else has signed it and it was applied.
    """
    return run(lambda interruption: _request(values, interruption))


async def _request(values: dict[str, Any], _: Interruption) -> int:
    wish = OverrideWish(
        reason=values["reason"],
        ticket=values["ticket"],
        requested_by=requester(values),
        lasts=timedelta(seconds=values["expires_in"]),
        begins_in=timedelta(seconds=values["begins_in"] or 0),
    )
    output: Path | None = values["output"]
    # What is requested is in the log for ever: where it is written to is looked at before.
    demand_room(output or Path("override.json"), force=values["force"] or output is None)
    async with office(values) as found:
        stands = await scene_of(found, values["service"], values["environment"])
        outcome = await Overrides(found).request(stands, wish)
    path = output or Path(f"override-{outcome.entry.subject}.json")
    if not outcome.refusals:
        put(path, outcome.entry.statement, force=values["force"])
    done = (
        f"override {outcome.entry.subject} of {stands.record.target} is requested\n"
        f"  to be signed  {named(path)}\n"
        f"  next          director override sign {named(path)} --key ~/.ssh/id_ed25519"
    )
    return concluded(outcome, done)
