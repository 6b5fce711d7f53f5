"""What the value of an option can be, besides what click knows."""

from __future__ import annotations

import os
from typing import Any, NoReturn

import click

from director.loading.settings import SERVERS, Server
from director.loading.words import shown
from director.model.text import printable


class ShownPath(click.Path):
    """A path whose faults are short enough to be read."""

    def fail(
        self, message: str, param: click.Parameter | None = None, ctx: click.Context | None = None
    ) -> NoReturn:
        """Raise a usage error of at most 2,000 characters."""
        super().fail(printable(message), param, ctx)


class RecordPlace(ShownPath):
    """A file, or a database on a server."""

    name = "record"

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401  # as click has it
        """Return where the record is."""
        if isinstance(value, str) and value.startswith(SERVERS):
            return Server(value)
        return super().convert(value, param, ctx)


class Duration(click.ParamType[float]):
    """A length of time such as ``36h``, in seconds."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return how many seconds *value* is."""
        from director.loading.terms import duration_s  # noqa: PLC0415  # pydantic is slow

        try:
            return duration_s(value)
        except ValueError as error:
            self.fail(printable(str(error)), param, ctx)


class Ports(click.ParamType[tuple[int, int]]):
    """A port, or the first and the last of several."""

    name = "ports"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Return the first and the last port that *value* names."""
        if isinstance(value, tuple):
            return value
        first, dash, last = str(value).partition("-")
        ends = (first, last if dash else first)
        plain = all(end.isascii() and end.isdigit() and len(end) <= 5 for end in ends)
        low, high = map(int, ends) if plain else (0, 0)
        if 1 <= low <= high <= 65535:
            return low, high
        return self.fail(
            f"must be a port or a range such as 6000-6100, got {shown(value)}", param, ctx
        )


class ShownChoice(click.Choice[str]):
    """A choice whose faults are short enough to be read."""

    def fail(
        self, message: str, param: click.Parameter | None = None, ctx: click.Context | None = None
    ) -> NoReturn:
        """Raise a usage error of at most 2,000 characters."""
        super().fail(printable(message), param, ctx)
