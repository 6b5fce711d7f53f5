"""director override sign: show a request, and sign it with an SSH key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from director.audit.ssh_sign import sign
from director.cli.approvals import beside, read_text
from director.cli.exits import Exit
from director.cli.new_file import demand_room, put
from director.cli.runner import Interruption, run
from director.errors import Fault, SettingsError
from director.formats.casework_text import override_statement_lines
from director.model.text import named
from director.rules.statements import OVERRIDE_NAMESPACE, read_override


@click.command(short_help="Show a request and sign it with an SSH key.")
@click.argument("request", type=click.Path(path_type=Path), metavar="REQUEST")
@click.option(
    "--key",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The private key, or the public key of one that an agent or a token holds.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write the signature (default: REQUEST.sig).",
)
@click.option("--force", is_flag=True, help="Write over a signature that is there.")
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Show what REQUEST asks for and sign it; needs neither the record nor a network.

    ``ssh-keygen -Y sign -n director-override@v1 -f KEY REQUEST`` does the same.
    """
    return run(lambda interruption: _sign(values, interruption))


async def _sign(values: dict[str, Any], _: Interruption) -> int:
    path: Path = values["request"]
    output = values["output"] or beside(path)
    demand_room(output, force=values["force"])
    text = read_text(path)
    try:
        statement = read_override(text)
    except ValueError as error:
        raise SettingsError(Fault(named(path), 0, 0, str(error))) from error
    click.echo("\n".join(override_statement_lines(statement)))
    armor = await sign(OVERRIDE_NAMESPACE, text, values["key"])
    put(output, armor, force=values["force"])
    click.echo(
        f"\nsigned: {named(output)}\n"
        f"next:   director override apply {named(path)} --signature {named(output)}"
    )
    return Exit.OPEN
