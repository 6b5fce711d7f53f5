"""director attest: write a decision so that others can verify it offline, and verify one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from director.cli.options import config_option, store_options
from director.cli.runner import run


@click.command(short_help="Write a decision for others to verify offline, or verify one.")
@click.argument("what", metavar="[SERVICE|EVALUATION]", required=False)
@click.option("--environment", metavar="NAME", help="In which environment (default: the only one).")
@click.option("--override", metavar="ID", help="Write this override, not a decision.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write (default: stdout).",
)
@click.option(
    "--audit-key",
    type=click.Path(path_type=Path),
    metavar="FILE",
    envvar="DIRECTOR_AUDIT_KEY",
    show_envvar=True,
    help="The private key of the audit log (default: beside the record).",
)
@click.option(
    "--verify",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Verify what attest wrote; needs neither a network nor a record.",
)
@click.option(
    "--key",
    metavar="KEY|FILE",
    help="The public key to verify with: what audit key printed, or a PEM file.",
)
@click.option(
    "--manifest",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The manifest that the decision must be about, to the byte.",
)
@click.option("--at", metavar="TIME", help="When the decision must hold (default: now).")
@store_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Write the last decision on SERVICE, or that of EVALUATION, signed with the audit log's key.

    It is an in-toto statement with a SLSA verification summary, in a DSSE envelope. Writing is no
    gate: it exits 0 whatever was decided. An overridden NO_GO stays FAILED.

    With --verify it is a gate: exits 0 only if the key signed a decision that passed, holds, and
    is about the manifest; 1 if not; 2 if something cannot be read.
    """
    _check_usage(values)
    if values["verify"] is not None:
        from director.cli.attest_verify import verify  # noqa: PLC0415  # needs no record

        return verify(values)
    from director.cli.attest_write import write  # noqa: PLC0415  # not to verify

    return run(lambda _: write(values))


def _check_usage(values: dict[str, Any]) -> None:
    """Refuse what would be passed over in silence."""
    if values["verify"] is None:
        for name in ("key", "manifest", "at"):
            if values[name] is not None:
                raise click.UsageError(f"--{name} goes with --verify.")
        if values["what"] is None and values["override"] is None:
            raise click.UsageError("Missing argument 'SERVICE|EVALUATION'.")
        if (
            values["override"] is not None
            and (values["what"], values["environment"]) != (None,) * 2
        ):
            raise click.UsageError("--override goes without SERVICE and --environment.")
        return
    for name, flag in (("what", "SERVICE"), ("override", "--override"), ("output", "--output")):
        if values[name] is not None:
            raise click.UsageError(f"--verify goes without {flag}.")
    if values["key"] is None:
        raise click.UsageError("--verify needs --key: a public key from elsewhere.")
