"""director waiver list: the waivers of a service, or of all."""

from __future__ import annotations

from typing import Any

import click

from director.cli.exits import Exit
from director.cli.listing import Wanted, listing, written
from director.cli.look import columns
from director.cli.options import config_option, signers_options, store_options
from director.cli.runner import Interruption, run
from director.formats.casework_text import WaiverStands
from director.model.text import named
from director.rules.moment import instant


@click.command(short_help="List the waivers of a service, or of all.")
@click.argument("service", required=False)
@click.option("--environment", metavar="NAME", help="Only in this environment.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@store_options
@signers_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """List every waiver that was ever requested, the oldest first, with how it stands now.

    One that is approved and that the signers file (--signers) does not prove lifts nothing.
    """
    return run(lambda interruption: _list(values, interruption))


async def _list(values: dict[str, Any], _: Interruption) -> int:
    wanted = Wanted(service=values["service"], environment=values["environment"])
    found = await listing(values, wanted)
    if values["format"] == "json":
        click.echo(written(list(map(document, found.waivers))))
        return Exit.OPEN
    lines = [
        (
            of.id,
            named("@".join(filter(None, (of.service, of.environment)))),
            named(of.check),
            stands.state.replace("_", " "),
            of.code.value,
            instant(of.expires_at)[:16] + "Z",
            named(of.requested_by),
            named(of.ticket),
        )
        for stands in found.waivers
        for of in (stands.case.statement,)
    ]
    head = ("WAIVER", "TARGET", "CHECK", "STATE", "CODE", "UNTIL", "ASKED BY", "TICKET")
    click.echo(columns((head, *lines)) if lines else "no waivers")
    found.say_aside()
    return Exit.OPEN


def document(stands: WaiverStands) -> dict[str, Any]:
    """Return a waiver, with how it stands, as plain JSON values."""
    case = stands.case
    statement, signature = case.statement, case.signature
    return {
        "id": statement.id,
        "service": statement.service,
        "environment": statement.environment,
        "check": statement.check,
        "stage": case.stage.value,
        "state": stands.state,
        "doubt": stands.doubt,
        "code": statement.code.value,
        "reason": statement.reason,
        "ticket": statement.ticket,
        "requested_by": statement.requested_by,
        "requested_at": instant(statement.requested_at),
        "expires_at": instant(statement.expires_at),
        "settled_at": case.settled_at and instant(case.settled_at),
        "settled_by": case.settled_by,
        "why": case.why,
        "signed_by": signature
        and {
            "person": signature.person,
            "principal": signature.principal,
            "roles": list(signature.roles),
            "key": signature.key,
        },
    }
