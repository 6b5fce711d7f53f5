"""director evaluate: decide whether services may go to production."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from director.cli.commands import quick_imports
from director.cli.gate import Gate
from director.cli.options import (
    color_option,
    config_option,
    lock_options,
    log_options,
    plugin_options,
    probe_options,
    profile_options,
    record_options,
    secrets_options,
    server_options,
    settings_of,
)
from director.errors import Fault, SettingsError
from director.formats.format import FORMATS
from director.loading.words import shown

if TYPE_CHECKING:
    from director.cli.batch import Job


@click.command(short_help="Decide whether services may go to production.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[MANIFEST|FOLDER]...")
@profile_options
@click.option("--environment", metavar="NAME", help="Which of the manifest's environments.")
@click.option(
    "--format",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"One of {', '.join(FORMATS)}; may be repeated, with a file each (default: text).",
)
@click.option(
    "--diff-against",
    metavar="last|FILE|EVALUATION",
    help="Say what became better or worse since the last decision, a JSON report, or another"
    " evaluation.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["no_go", "conditional"]),
    default="no_go",
    show_default=True,
    help="What closes the gate: NO_GO alone, or a CONDITIONAL_GO too.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit 4 for a CONDITIONAL_GO.")
@record_options
@click.option("--no-store", is_flag=True, help="Record nothing: for looking, not for gating.")
@probe_options
@secrets_options
@plugin_options
@lock_options
@server_options
@log_options
@color_option
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    r"""Decide whether services may go to production.

    Evaluates each manifest (or every one in a folder; by default the current one's
    readiness.yaml) and prints GO, CONDITIONAL_GO or NO_GO with what to do about it. With --server
    a running director serve evaluates what it watches under that name, which can be given as
    SERVICE[@ENVIRONMENT] too; what it is judged by is then decided there.

    \b
    Exit codes: 0 gate open, 1 gate closed, 2 invalid input, 3 no decision,
    4 conditional (with --detailed-exitcode), 5 nothing counting planned,
    130/143 interrupted. Of several targets the worst: 3 > 2 > 5 > 1 > 4 > 0.
    """
    with quick_imports():
        from director.cli.batch import evaluate_all  # noqa: PLC0415  # completion needs none
        from director.cli.runner import run  # noqa: PLC0415

        job = _job(values)
    _require_apart(job)
    if values["server"] is not None:
        return _elsewhere(job, values)
    return run(lambda interruption: evaluate_all(job, interruption))


def _elsewhere(job: Job, values: dict[str, Any]) -> int:
    from director.cli.remote import evaluate_there, token_of  # noqa: PLC0415  # only for a server
    from director.cli.runner import run  # noqa: PLC0415
    from director.web.client import Remote  # noqa: PLC0415

    if values["profile"] is not None:
        problem = "must not be given with --server: the profile is decided there"
        raise SettingsError(Fault("--profile", 0, 0, problem))
    remote = Remote(
        url=values["server"],
        token=token_of(values["token_file"]),
        patience_s=values["server_timeout"],
        ca_file=values["ca_file"],
    )
    return run(lambda interruption: evaluate_there(job, remote, interruption))


def _job(values: dict[str, Any]) -> Job:
    from director.cli.batch import Job  # noqa: PLC0415  # completion needs none
    from director.cli.output import wanted_reports  # noqa: PLC0415
    from director.cli.targets import find_manifests  # noqa: PLC0415
    from director.service.desk import Wishes  # noqa: PLC0415

    settings = settings_of(values)
    return Job(
        paths=find_manifests(values["paths"]),
        wishes=Wishes(settings, values["profile"], values["environment"]),
        wanted=wanted_reports(values["format"], os.environ),
        gate=Gate(values["fail_on"] == "conditional", values["detailed_exitcode"]),
        color=values["color"],
        against=values["diff_against"],
    )


def _require_apart(job: Job) -> None:
    """Raise if a report would be written over what is judged, a lock, the record or the log."""
    from director.service.desk import LOCK_NAME  # noqa: PLC0415  # completion needs none

    settings = job.wishes.settings
    # By realpath, which gives an answer for a loop of symbolic links, too.
    store = settings.store if isinstance(settings.store, Path) else None
    locks = (settings.lock_file, *(path.parent / LOCK_NAME for path in job.paths))
    paths = (*job.paths, *locks, store, settings.log)
    kept = {os.path.realpath(path) for path in paths if path}
    for report in job.wanted:
        if report.path is not None and os.path.realpath(report.path) in kept:
            problem = f"must be a file of its own, got {shown(str(report.path))}: it is in use"
            raise SettingsError(Fault("--format", 0, 0, problem))
