"""director token create: make a token, and show it once."""

from __future__ import annotations

import getpass
from datetime import timedelta
from typing import Any

import click

from director.cli.exits import Exit
from director.cli.option_types import Duration
from director.cli.options import audit_options, config_option, settings_of, store_options
from director.cli.runner import Interruption, run
from director.cli.say import say
from director.engine.clock import SystemClock
from director.errors import Fault, SettingsError
from director.model.text import printable
from director.rules.moment import instant
from director.wiring.notes import open_record

ROLES = (
    "viewer",
    "evaluator",
    "policy-admin",
    "override-requester",
    "override-approver",
    "auditor",
)
"""Every role; a test holds them against those of the server."""


@click.command(short_help="Make a token, and show it once.")
@click.argument("name")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(ROLES),
    help="What it may do; may be repeated (default: viewer).",
)
@click.option(
    "--service",
    "services",
    multiple=True,
    metavar="GLOB",
    help="With which services, such as payment-*; may be repeated (default: all).",
)
@click.option("--holder", metavar="NAME", help="Who answers for it (default: who is logged in).")
@click.option(
    "--expires-in",
    type=Duration(),
    default="30d",
    show_default=True,
    metavar="TIME",
    help="For how long; at most 90d.",
)
@store_options
@audit_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Make a token for NAME, such as ci, and print it: it is shown this once.

    Whoever requests a waiver or an override with it does so as its holder. Give it to programs as
    Authorization: Bearer, or sign in to the dashboard with it.
    """
    return run(lambda interruption: _create(values, interruption))


async def _create(values: dict[str, Any], _: Interruption) -> int:
    from director.web.identity import EVERY, Role  # noqa: PLC0415  # aiohttp is slow
    from director.web.tokens import Tokens, TokenWish, mint  # noqa: PLC0415

    wish = TokenWish(
        name=values["name"],
        holder=values["holder"] or _user(),
        roles=frozenset(map(Role, values["roles"] or ("viewer",))),
        services=values["services"] or (EVERY,),
        lasts=timedelta(seconds=values["expires_in"]),
    )
    if faults := wish.faults():
        raise SettingsError(*(Fault("token", 0, 0, fault) for fault in faults))
    store, notes = open_record(settings_of(values))
    try:
        text, kept = mint(wish, SystemClock().now())
        await Tokens(notes).keep(kept)
    finally:
        await store.close()
    click.echo(text)
    roles = ", ".join(sorted(kept.roles))
    services = ", ".join(kept.services)
    until = instant(kept.expires_at)[:16] + "Z"
    say(printable(f"token {kept.id} of {kept.who}: {roles} for {services} until {until}"))
    say("it is not shown again")
    return Exit.OPEN


def _user() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError) as error:
        problem = "must be given: this system has no name for who is logged in"
        raise SettingsError(Fault("--holder", 0, 0, problem)) from error
