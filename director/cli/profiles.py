"""director profiles: show the profiles that can be used."""

from __future__ import annotations

from typing import Any

import click

from director.cli.exits import Exit
from director.cli.look import columns
from director.cli.options import config_option, folder_options, settings_of
from director.cli.say import say
from director.errors import InputError
from director.loading.profile import builtin_folder, profile_names
from director.model.profile import Profile
from director.rules.levels import percent
from director.service.desk import Desk, Wishes


@click.group(invoke_without_command=True, short_help="Show the profiles that can be used.")
@folder_options
@config_option
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> int:  # noqa: ANN401  # click's options
    """Show the profiles that can be used; ``profiles show NAME`` tells what one asks for."""
    settings = settings_of({**values, "no_store": True})
    desk = ctx.obj = Desk(Wishes(settings))
    if ctx.invoked_subcommand is not None:
        return Exit.OPEN
    rows, code = [], Exit.OPEN
    for name in profile_names((*settings.profile_folders, builtin_folder())):
        try:
            profile = desk.profile(name)
        except InputError as error:
            for fault in error.faults:
                say(str(fault))
            code = Exit.INPUT
        else:
            rows.append((name, str(len(profile.checks)), profile.description))
    click.echo(columns((("PROFILE", "CHECKS", "DESCRIPTION"), *rows)))
    return code


@command.command(short_help="Tell what one profile asks for.")
@click.argument("name", metavar="NAME|FILE")
@click.pass_obj
def show(desk: Desk, name: str) -> int:
    """Tell what a profile asks for, with everything it extends folded in."""
    profile = desk.profile(name)
    click.echo(f"{profile.name}  {profile.description}".rstrip())
    for line in _terms(profile):
        click.echo(f"  {line}")
    categories = [
        (
            category.name,
            f"{float(category.weight):g}",
            category.role.value if category.role else "",
            percent(category.floor) if category.floor is not None else "",
        )
        for category in profile.categories
    ]
    click.echo("\n" + columns((("CATEGORY", "WEIGHT", "LEAST ROLE", "FLOOR"), *categories)))
    checks = [
        (
            policy.check,
            policy.category,
            policy.role.value,
            f"{float(policy.weight):g}",
            policy.when.value if policy.when else "",
            _days(policy.max_age_s) if policy.max_age_s else "",
        )
        for policy in profile.checks
    ]
    head = ("CHECK", "CATEGORY", "ROLE", "WEIGHT", "WHEN", "MAX AGE")
    click.echo("\n" + columns((head, *checks)))
    return Exit.OPEN


def _terms(profile: Profile) -> tuple[str, ...]:
    go, conditional = percent(profile.thresholds.go), percent(profile.thresholds.conditional)
    valid, due = _days(profile.max_age_s), _days(profile.due_in_s)
    return (
        f"extends {', '.join(profile.lineage) or 'nothing'}",
        f"GO from {go}, CONDITIONAL_GO from {conditional}",
        f"at least {profile.minimum_checks} conclusive checks",
        f"tolerates {profile.fail_budget} failed required checks",
        f"tolerates {profile.warn_budget} gaps for a GO",
        f"a decision is valid for {valid}, a condition is due in {due}",
        profile.digest,
    )


def _days(seconds: float) -> str:
    days = seconds / 86400
    return f"{days:g} d" if days >= 1 else f"{seconds / 3600:g} h"
