"""director plan: show which checks would have to answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from director.cli.exits import Exit
from director.cli.look import columns
from director.cli.options import config_option, plugin_options, profile_options, settings_of
from director.cli.targets import Desk, Wishes, find_manifests
from director.errors import Fault, SettingsError
from director.model.outcome import word
from director.model.plan import Plan, PlannedCheck
from director.model.text import named
from director.wiring import ready_to_plan


@click.command(short_help="Show which checks would have to answer.")
@click.argument("path", required=False, type=click.Path(path_type=Path), metavar="[MANIFEST]")
@profile_options
@click.option("--environment", metavar="NAME", help="Which of the manifest's environments.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@plugin_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Show which checks would have to answer for a manifest, without asking any.

    Exits 5 if nothing is planned.
    """
    settings = settings_of({**values, "no_store": True})
    desk = Desk(Wishes(settings, values["profile"], values["environment"]))
    paths = find_manifests((values["path"],) if values["path"] else ())
    if len(paths) > 1:
        problem = f"must be one manifest, got {len(paths)}"
        raise SettingsError(Fault(named(values["path"] or "."), 0, 0, problem))
    (path,) = paths
    request = desk.request(path, "")
    plan = ready_to_plan(settings).plan(request).plan
    if values["format"] == "json":
        document = {
            "service": request.loaded.manifest.name,
            "environment": request.environment.name if request.environment else "",
            "profile": {"name": request.profile.name, "digest": request.profile.digest},
            "checks": [_entry(check) for check in plan.checks],
        }
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        click.echo(f"{request.target.name} under profile {request.profile.name}\n")
        click.echo(_table(plan))
    return Exit.OPEN if plan.checks else Exit.NOTHING


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
