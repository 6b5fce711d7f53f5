"""director waiver request: ask for a service to be excused from a check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from director.approval.waivers import Waivers, WaiverWish
from director.cli.approvals import concluded, office, requester, scene_of
from director.cli.option_types import Duration
from director.cli.options import config_option, record_options
from director.cli.runner import Interruption, run
from director.model.waiver import WaiverCode


@click.command(short_help="Ask for a service to be excused from a check.")
@click.argument("service")
@click.argument("check")
@click.option("--environment", metavar="NAME", help="In which environment (default: the only one).")
@click.option(
    "--code",
    type=click.Choice([code.value for code in WaiverCode]),
    default=WaiverCode.ACCEPTED_RISK.value,
    show_default=True,
    help="Why, as one of a closed set.",
)
@click.option("--reason", required=True, metavar="TEXT", help="Why, in your words.")
@click.option("--ticket", required=True, metavar="ID", help="Where the work is tracked.")
@click.option("--by", metavar="NAME", help="Who asks (default: who is logged in).")
@click.option(
    "--expires-in",
    type=Duration(),
    default="30d",
    show_default=True,
    metavar="TIME",
    help="For how long; the profile sets the most.",
)
@record_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Ask for SERVICE to be excused from CHECK. Has no effect until somebody else approves it.

    A waiver in a manifest is such a request too, from the first evaluation on.
    """
    return run(lambda interruption: _request(values, interruption))


async def _request(values: dict[str, Any], _: Interruption) -> int:
    by = requester(values)
    async with office(values) as found:
        stands = await scene_of(found, values["service"], values["environment"])
        wish = WaiverWish(
            check=values["check"],
            code=WaiverCode(values["code"]),
            reason=values["reason"],
            ticket=values["ticket"],
            requested_by=by,
            expires_at=stands.now + timedelta(seconds=values["expires_in"]),
        )
        outcome = await Waivers(found).request(stands, wish)
    done = (
        f"waiver {outcome.entry.subject} of {stands.record.target} is requested\n"
        f"  next  director waiver approve {outcome.entry.subject} --key ~/.ssh/id_ed25519"
    )
    return concluded(outcome, done)
