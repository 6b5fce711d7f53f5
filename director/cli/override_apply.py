"""director override apply: bring a signed override into force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from director.approval.claim import claim_of
from director.approval.desk import Outcome, Scene
from director.approval.overrides import Overrides
from director.cli.approvals import beside, concluded, office, read_text, scene_claimed
from director.cli.options import config_option, record_options
from director.cli.runner import Interruption, run
from director.errors import Fault, SettingsError
from director.model.text import named
from director.rules.moment import instant
from director.rules.statements import read_override


@click.command(short_help="Bring a signed override into force.")
@click.argument("request", type=click.Path(path_type=Path), metavar="REQUEST")
@click.option(
    "--signature",
    "signatures",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A signature over REQUEST (default: REQUEST.sig); give it twice where two must agree.",
)
@record_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Bring the override that was requested with REQUEST into force.

    Who signed is proven by the signers file (--signers). Exits 1 if it is refused; that is
    recorded too, also where somebody has changed REQUEST. ``-`` is standard input.
    """
    return run(lambda interruption: _apply(values, interruption))


async def _apply(values: dict[str, Any], _: Interruption) -> int:
    path: Path = values["request"]
    files = values["signatures"] or (beside(path),)
    text, armors = read_text(path), tuple(map(read_text, files))
    claim = claim_of(text)
    if claim is None:
        problem = "must be what director override request wrote, was something else"
        raise SettingsError(Fault(named(path), 0, 0, problem))
    async with office(values) as found:
        stands = await scene_claimed(found, claim)
        outcome = await Overrides(found).apply(stands, text, armors)
    return concluded(outcome, "" if outcome.refusals else _done(stands, outcome))


def _done(stands: Scene, outcome: Outcome) -> str:
    statement = read_override(outcome.entry.statement)
    return (
        f"override {statement.id} of {stands.record.target} is in force\n"
        f"  agreed by  {outcome.entry.by}\n"
        f"  until      {instant(statement.expires_at)}\n"
        "  next       evaluate again with the same manifest and profile"
    )
