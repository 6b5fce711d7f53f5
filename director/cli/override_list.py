"""director override list: the overrides of a service, or of all."""

from __future__ import annotations

from typing import Any

import click

from director.cli.exits import Exit
from director.cli.listing import Wanted, listing, written
from director.cli.look import columns
from director.cli.options import config_option, signers_options, store_options
from director.cli.runner import Interruption, run
from director.model.override import OverrideUse
from director.model.text import named
from director.rules.moment import instant


@click.command(short_help="List the overrides of a service, or of all.")
@click.argument("service", required=False)
@click.option("--environment", metavar="NAME", help="Only in this environment.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@store_options
@signers_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """List every override that was ever requested, the oldest first, with how it stands now.

    That is what it means for the last decision on its target; one that is applied and that the
    signers file (--signers) does not prove is not in force.
    """
    return run(lambda interruption: _list(values, interruption))


async def _list(values: dict[str, Any], _: Interruption) -> int:
    wanted = Wanted(service=values["service"], environment=values["environment"])
    found = await listing(values, wanted)
    if values["format"] == "json":
        click.echo(written(list(map(document, found.overrides))))
        return Exit.OPEN
    lines = [
        (
            of.id,
            named("@".join(filter(None, (of.service, of.environment)))),
            use.state.replace("_", " "),
            instant(of.expires_at)[:16] + "Z",
            named(of.requested_by),
            named(of.ticket),
        )
        for use in found.overrides
        for of in (use.override.statement,)
    ]
    head = ("OVERRIDE", "TARGET", "STATE", "UNTIL", "ASKED BY", "TICKET")
    click.echo(columns((head, *lines)) if lines else "no overrides")
    found.say_aside()
    return Exit.OPEN


def document(use: OverrideUse) -> dict[str, Any]:
    """Return an override, with how it stands, as plain JSON values."""
    override, statement = use.override, use.override.statement
    return {
        "id": statement.id,
        "service": statement.service,
        "environment": statement.environment,
        "state": use.state.value,
        "why": use.why,
        "reason": statement.reason,
        "ticket": statement.ticket,
        "requested_by": statement.requested_by,
        "requested_at": instant(statement.requested_at),
        "not_before": instant(statement.not_before),
        "expires_at": instant(statement.expires_at),
        "evaluation": statement.evaluation,
        "manifest_digest": statement.manifest_digest,
        "profile_digest": statement.profile_digest,
        "grounds": [
            {"code": ground.code, "check": ground.check, "category": ground.category}
            for ground in statement.grounds
        ],
        "signed_by": [
            {"person": s.person, "principal": s.principal, "roles": list(s.roles), "key": s.key}
            for s in override.signatures
        ],
        "applied_at": override.applied_at and instant(override.applied_at),
        "ended_at": override.ended_at and instant(override.ended_at),
        "ended": override.ended,
        "ended_by": override.ended_by,
    }
