"""A command that has commands of its own, each in its module and imported only when it is run."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from director.model.text import nearest


class Subcommands(click.Group):
    """Imports a subcommand only when it is run.

    Args:
        known: Each subcommand with its first line of help, in their order.
    """

    def __init__(self, known: Mapping[str, str], **attributes: object) -> None:
        super().__init__(**attributes)  # type: ignore[arg-type]  # click's own
        self._known = known

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names of all subcommands."""
        return list(self._known)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the subcommand *cmd_name*, imported now, or None."""
        if cmd_name not in self._known:
            return None
        command = import_module(f"director.cli.{self.name}_{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101  # a test walks all of them
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the subcommand that *args* name; a typing slip is told the nearest name."""
        if args and args[0] not in self._known and not args[0].startswith("-"):
            close = nearest(args[0], self._known)
            hint = f" Did you mean {close!r}?" if close else ""
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of subcommands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._known.items()))
