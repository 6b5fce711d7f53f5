"""The director command: finds the subcommand, catches what went wrong, and exits."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from importlib import import_module

import click

from director.cli.exits import Exit
from director.cli.say import give_up_stdout, say
from director.errors import DirectorError, InputError

COMMANDS = {
    "evaluate": "Decide whether services may go to production.",
    "validate": "Check manifests without evaluating anything.",
    "plan": "Show which checks would have to answer.",
    "explain": "Tell why a service got its last decision.",
    "checks": "Show the installed checks.",
    "plugins": "Show the installed plugins, broken ones too.",
    "profiles": "Show the profiles that can be used.",
    "schema": "Print a JSON Schema.",
    "demo": "Evaluate a sample service that runs on this machine.",
    "doctor": "Show every setting with its origin, and what is amiss.",
}
"""Each command with its first line of help: ``--help`` imports none of them."""

_LEFT_BEHIND_S = 0.5
"""How long threads that should have ended are waited for, in seconds."""


class LazyGroup(click.Group):
    """Imports a command only when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names of all commands, in the order of a first day with the tool."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command *cmd_name*, imported now, or None."""
        if cmd_name not in COMMANDS:
            return None
        gc.disable()  # Importing makes no garbage, and looking for some takes its time.
        try:
            command = import_module(f"director.cli.{cmd_name}").command
        finally:
            gc.enable()
            gc.freeze()
        assert isinstance(command, click.Command)  # noqa: S101  # a test walks all of them
        return command

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


def main() -> None:
    """Run the director command and exit with a code of ``director.cli.exits.Exit``."""
    code = _run()
    try:
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        give_up_stdout()
    _leave(code)


def _run() -> int:
    """Return the exit code; whatever goes wrong, it is never 0 by accident."""
    try:
        code = director.main(standalone_mode=False)
    except BaseException as error:  # noqa: BLE001  # the last edge; even SystemExit(0) is no GO
        return _exit_of(error)
    return code if isinstance(code, int) else Exit.OPEN


def _exit_of(error: BaseException) -> int:
    """Say what kept us from our work, and return the exit code for it."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.ClickException():
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
            _internal(error)
            return Exit.UNDECIDED


def _internal(error: BaseException) -> None:
    """Say that we failed; the traceback is for whoever asks for it."""
    if os.environ.get("DIRECTOR_DEBUG"):
        import traceback  # noqa: PLC0415  # only now

        say("".join(traceback.format_exception(error)))
    say(
        f"internal error: {type(error).__name__}: {error}"
        " (no decision; set DIRECTOR_DEBUG=1 for the traceback)"
    )


def _leave(code: int) -> None:
    """Exit with *code*, and do not wait for threads that a stuck name server or plugin holds."""
    until = time.monotonic() + _LEFT_BEHIND_S
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(max(until - time.monotonic(), 0))
            if thread.is_alive():
                os._exit(code)
    sys.exit(code)
