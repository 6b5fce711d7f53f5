"""director waiver approve: show a request, sign it and approve it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from director.approval.waivers import Waivers
from director.audit.ssh_sign import sign
from director.cli.approvals import concluded, office, read_text, scene_about
from director.cli.exits import Exit
from director.cli.new_file import put
from director.cli.options import config_option, record_options
from director.cli.runner import Interruption, run
from director.errors import Fault, SettingsError
from director.formats.casework_text import waiver_statement_lines
from director.loading.words import shown
from director.model.ledger import Kind
from director.model.text import named
from director.rules.statements import WAIVER_NAMESPACE, read_waiver


@click.command(short_help="Show a request, sign it with an SSH key and approve it.")
@click.argument("waiver", metavar="ID")
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Sign here: the private key, or the public key of one that an agent or a token holds.",
)
@click.option(
    "--signature",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A signature that was made elsewhere, over what --output wrote.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Approve nothing; write what is to be signed elsewhere.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@record_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Show what the waiver ID asks for, sign it and approve it.

    Who signed is proven by the signers file (--signers). Exits 1 if it is refused; that is
    recorded too. What is signed elsewhere is signed with
    ``ssh-keygen -Y sign -n director-waiver@v1``.
    """
    if sum(values[name] is not None for name in ("key", "signature", "output")) != 1:
        raise click.UsageError("Give one of --key, --signature and --output.")
    return run(lambda interruption: _approve(values, interruption))


async def _approve(values: dict[str, Any], _: Interruption) -> int:
    id_ = values["waiver"].upper()
    async with office(values) as found:
        _before, entries = await scene_about(found, id_)
        text = next((e.statement for e in entries if e.kind is Kind.WAIVER_REQUESTED), None)
        if text is None:
            problem = f"must be a waiver that was requested, got {shown(id_)}"
            raise SettingsError(Fault("ID", 0, 0, problem))
        try:
            click.echo("\n".join(waiver_statement_lines(read_waiver(text))))
        except ValueError as error:
            raise SettingsError(Fault("ID", 0, 0, str(error))) from error
        if values["output"] is not None:
            put(values["output"], text, force=values["force"])
            click.echo(f"\nto be signed: {named(values['output'])}")
            return Exit.OPEN
        armor = (
            await sign(WAIVER_NAMESPACE, text, values["key"])
            if values["key"] is not None
            else read_text(values["signature"])
        )
        # Meanwhile somebody looked for a token and a passphrase: now is later, and more is known.
        stands, _entries = await scene_about(found, id_)
        outcome = await Waivers(found).approve(stands, text, armor)
    return concluded(outcome, f"\nwaiver {id_} of {stands.record.target} is approved")
