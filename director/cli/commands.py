"""The director command: finds the subcommand, and knows what each failure means."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import click

from director.cli.exits import Exit
from director.cli.interruption import Interruption
from director.cli.say import say, say_internal
from director.engine.garbage import collect_rarely
from director.errors import DirectorError, InputError
from director.model.text import printable

COMMANDS = {
    "evaluate": "Decide whether services may go to production.",
    "init": "Write a manifest from answers, or from a running service.",
    "validate": "Check manifests without evaluating anything.",
    "plan": "Show which checks would have to answer.",
    "report": "Show a recorded decision in any format.",
    "explain": "Tell why a service got its last decision.",
    "history": "Show how decisions on a service went.",
    "diff": "Say what differs between two decisions.",
    "simulate": "Try another profile on the recorded decisions.",
    "waiver": "Excuse a service from a check for a while.",
    "override": "Force a GO, with the proof of who agreed.",
    "serve": "Watch running services; the API and the dashboard.",
    "token": "Say who may use the API and the dashboard.",
    "ingest": "Rebuild history from log lines.",
    "audit": "Verify, export and keep the audit log.",
    "attest": "Write a decision for others to verify offline, or verify one.",
    "checks": "Show the installed checks.",
    "plugins": "Show the installed plugins, broken ones too.",
    "profiles": "Show the profiles that can be used.",
    "probe": "Ask one thing, and see what came and where the time went.",
    "schema": "Print a JSON Schema.",
    "demo": "Evaluate a sample service that runs on this machine.",
    "doctor": "Show every setting with its origin, and what is amiss.",
    "completion": "Print what makes a shell complete the command.",
}
"""Each command with its first line of help: ``--help`` imports none of them."""


@contextmanager
def quick_imports() -> Iterator[None]:
    """Import in the block, quicker: that makes no garbage, and looking for some takes its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


class LazyGroup(click.Group):
    """Imports a command only when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names of all commands, in the order of a first day with the tool."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command *cmd_name*, imported now, or None."""
        if cmd_name not in COMMANDS:
            return None
        with quick_imports():
            command = import_module(f"director.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101  # a test walks all of them
        return command

    def _main_shell_completion(self, *_: object, **__: object) -> None:
        """Do nothing: no variable shall make a gate do something else and exit 0."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that *args* name; a typing slip is told the nearest name."""
        from director.model.text import nearest  # noqa: PLC0415  # only for a slip

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = nearest(args[0], COMMANDS)
            hint = f" Did you mean {close!r}?" if close else ""
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from director import __version__  # noqa: PLC0415  # reads the metadata

        click.echo(f"director {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Print the version.",
)
def director() -> None:
    """May this service go to production, on what conditions, and what was verified?"""


def call(interruption: Interruption) -> int:
    """Run the subcommand that was typed, and return its exit code; never 0 by accident."""
    collect_rarely()
    try:
        try:
            code = director.main(standalone_mode=False, obj=interruption)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # Here it can still be said that it cannot be written.
    except BaseException as error:  # noqa: BLE001  # even SystemExit(0) is no GO
        return exit_of(error)
    return code if isinstance(code, int) else Exit.OPEN


def exit_of(error: BaseException) -> int:
    """Say what kept us from our work, and return the exit code for it."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.ClickException():
            error.message = printable(error.message)  # type: ignore[misc]  # it echoes what was typed
            error.show()
            return Exit.INPUT
        case click.Abort() | KeyboardInterrupt():
            return Exit.SIGINT
        case InputError():
            for fault in error.faults:
                say(str(fault))
            return Exit.INPUT
        case DirectorError():
            say(str(error))
            return Exit.UNDECIDED
        case _:
            say_internal(error)
            return Exit.UNDECIDED
