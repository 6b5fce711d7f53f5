"""director plan: show which checks would have to answer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from director.app import Request
from director.cli.exits import Exit
from director.cli.locked import lock_entry, lock_lines, write_lock
from director.cli.look import columns
from director.cli.options import (
    config_option,
    lock_options,
    plugin_options,
    profile_options,
    settings_of,
)
from director.cli.say import say
from director.cli.targets import find_manifests
from director.errors import Fault, SettingsError
from director.model.outcome import word
from director.model.plan import Plan, PlannedCheck
from director.model.text import named
from director.service.desk import LOCK_NAME, Desk, Wishes
from director.wiring import ready_to_plan


@click.command(short_help="Show which checks would have to answer.")
@click.argument("path", required=False, type=click.Path(path_type=Path), metavar="[MANIFEST]")
@profile_options
@click.option("--environment", metavar="NAME", help="Which of the manifest's environments.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--lock", is_flag=True, help="Write the plan into the lock file: what it says must answer."
)
@plugin_options
@lock_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Show which checks would have to answer for a manifest, without asking any.

    With --lock, agrees to this plan: a check that vanishes later, comes from another
    distribution or from an older version, is missing. Exits 5 if nothing is planned.
    """
    settings = settings_of({**values, "no_store": True})
    paths = find_manifests((values["path"],) if values["path"] else ())
    if len(paths) > 1:
        problem = f"must be one manifest, got {len(paths)}"
        raise SettingsError(Fault(named(values["path"] or "."), 0, 0, problem))
    (path,) = paths
    file = settings.lock_file or path.parent / LOCK_NAME
    if values["lock"]:
        # What is agreed now takes the place of what was agreed, and is not held against it.
        settings = replace(settings, lock_file=None)
    request = Desk(Wishes(settings, values["profile"], values["environment"])).request(path, "")
    if values["lock"]:
        request = replace(request, lock=None)
    plan = ready_to_plan(settings).plan(request).plan
    if values["lock"]:
        for line in write_lock(file, request, plan):
            say(line)
    if values["format"] == "json":
        click.echo(json.dumps(_document(request, plan), indent=2, ensure_ascii=False))
    else:
        click.echo(f"{request.target.name} under profile {request.profile.name}\n")
        click.echo(_table(plan))
        for line in lock_lines(plan, request.lock) if request.lock else ():
            click.echo(f"\n{line}")
    return Exit.OPEN if plan.checks else Exit.NOTHING


def _document(request: Request, plan: Plan) -> dict[str, Any]:
    return {
        "service": request.loaded.manifest.name,
        "environment": request.environment.name if request.environment else "",
        "profile": {"name": request.profile.name, "digest": request.profile.digest},
        "lock": lock_entry(plan, request.lock),
        "checks": [_entry(check) for check in plan.checks],
    }


def _table(plan: Plan) -> str:
    head = ("CHECK", "CATEGORY", "ROLE", "WEIGHT", "FROM", "PLUGIN", "NOTE")
    rows = [
        (
            check.id,
            check.policy.category,
            check.policy.role.value,
            f"{float(check.policy.weight):g}",
            check.origin.value,
            f"{check.plugin} {check.version}".strip() or "none",
            f"{word(check.answer)}: {check.answer.reason}" if check.answer else "",
        )
        for check in plan.checks
    ]
    return columns((head, *rows)) if rows else "nothing is planned"


def _entry(check: PlannedCheck) -> dict[str, Any]:
    return {
        "id": check.id,
        "category": check.policy.category,
        "role": check.policy.role.value,
        "weight": float(check.policy.weight),
        "origin": check.origin.value,
        "plugin": check.plugin,
        "version": check.version,
        "options": dict(check.options),
        "answer": word(check.answer).value if check.answer else None,
        "reason": check.answer.reason if check.answer else "",
    }
