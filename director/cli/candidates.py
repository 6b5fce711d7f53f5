"""What a word that is being typed could become."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem, ShellComplete

from director.cli.commands import COMMANDS, LazyGroup, director
from director.errors import DirectorError
from director.loading.settings import BUNDLED
from director.model.check import CheckSpec
from director.model.value import dataclass

_SAFE = re.compile(r"[A-Za-z0-9_.,:=@%+/-]+")
"""What no shell reads anything into; other values, of files perhaps, are not offered."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One line of the answer.

    Attributes:
        kind: ``plain``, or ``file`` or ``dir``, where the shell knows better.
        value: What the word becomes.
        told: What it is, for people; one line, perhaps empty.
    """

    kind: str
    value: str = ""
    told: str = ""


def candidates(words: list[str], *, joined: bool = False) -> Iterator[Candidate]:
    """Yield what the last of the *words* could become; none if that cannot be told.

    Args:
        words: What follows the command on its line, up to the word being typed.
        joined: Whether candidates for the value in ``--option=value`` have the option before
            them.
    """
    words = _rejoined(words) or [""]
    typed = words[-1]
    option = f"{typed.partition('=')[0]}=" if joined and re.match("--[^=]+=", typed) else ""
    try:
        shell = ShellComplete(_completed(), {}, "director", "")
        items = shell.get_completions(words[:-1], typed)
    except (DirectorError, click.ClickException, OSError):
        return  # What is typed is wrong, or not yet right: running it will say so.
    for item in items:
        if item.type in {"file", "dir"}:
            yield Candidate(item.type)
        elif _SAFE.fullmatch(item.value):
            told = " ".join((item.help or "").split())
            yield Candidate("plain", f"{option}{item.value}", told)


def _rejoined(words: list[str]) -> list[str]:
    """Return *words* with the options whole that bash takes apart at their equals sign."""
    whole: list[str] = []
    for word in words:
        if word == "=" and whole and re.fullmatch("--[^=]+", whole[-1]):
            whole[-1] += "="
        elif whole and re.fullmatch("--[^=]+=", whole[-1]):
            whole[-1] += word
        else:
            whole.append(word)
    return whole


class _Completed(LazyGroup):
    """The director command, whose parameters know their values."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command *cmd_name*, informed."""
        command = super().get_command(ctx, cmd_name)
        return None if command is None else _informed(command)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[Any]]:
        """Return the commands that begin so, importing none of them."""
        begun = [name for name in COMMANDS if name.startswith(incomplete)]
        found = [CompletionItem(name, help=COMMANDS[name]) for name in begun]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]


def _completed() -> click.Command:
    parameters = [_knowing(each) for each in director.params]
    return _Completed(director.name, params=parameters, context_settings=director.context_settings)


def _informed(command: click.Command) -> click.Command:
    """Return a copy of *command* whose parameters know their values, and do nothing else."""
    informed = copy.copy(command)
    informed.params = [_knowing(each) for each in command.params]
    if isinstance(informed, click.Group):
        informed.commands = {name: _informed(each) for name, each in informed.commands.items()}
    return informed


def _knowing(parameter: click.Parameter) -> click.Parameter:
    knowing = copy.copy(parameter)
    knowing.callback = None  # It would read files, or print.
    values = _VALUES.get(str(parameter.metavar)) or _VALUES.get(str(parameter.name))
    if values is not None and parameter.type is click.STRING:
        knowing.type = _Known(values)
    return knowing


class _Known(click.ParamType[str]):
    """Text whose values can be told."""

    name = "text"

    def __init__(self, values: Callable[[click.Context], Iterator[str]]) -> None:
        self._values = values

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[Any]]:
        """Return the values that begin so, and the shell's own files if one may be named."""
        begun = [value for value in self._values(ctx) if value.startswith(incomplete)]
        files = [CompletionItem("", type="file")] if "FILE" in str(param.metavar) else []
        return [*(CompletionItem(value) for value in begun), *files]


def _profiles(ctx: click.Context) -> Iterator[str]:
    from director.loading.profile_files import profile_names  # noqa: PLC0415  # reads YAML

    told = ctx.find_root().params | (ctx.parent.params if ctx.parent else {}) | ctx.params
    folders = (Path(folder) for folder in told.get("profiles") or ())
    yield from profile_names((*folders, Path(__file__).parent.parent / "builtin" / "profiles"))


def _checks(ctx: click.Context) -> Iterator[str]:
    yield from (spec.id for spec in _specs(ctx))


def _declarations(ctx: click.Context) -> Iterator[str]:
    yield from sorted({f"{name}=" for spec in _specs(ctx) for name in declarations_of(spec)})


def declarations_of(spec: CheckSpec) -> Iterator[str]:
    """Yield the declarations that a check says it reads; all of them together have no name."""
    for place in spec.reads:
        part, _, name = place.partition(".")
        if part == "declares" and name:
            yield name.partition(".")[0]


def _specs(ctx: click.Context) -> Iterator[CheckSpec]:
    from director.loading.catalog import discover  # noqa: PLC0415  # imports the plugins

    trusted = (ctx.parent.params if ctx.parent else {}) | ctx.params
    catalog = discover(frozenset((*BUNDLED, *(trusted.get("trust") or ())))).catalog
    yield from (offer.spec for plugin in catalog.plugins for offer in plugin.checks)


def _distributions(_: click.Context) -> Iterator[str]:
    from director.loading.catalog import discover  # noqa: PLC0415  # looks at what is installed

    # Trusting nobody, so that nothing of theirs is imported.
    yield from sorted({plugin.distribution for plugin in discover(frozenset()).catalog.plugins})


def _formats(_: click.Context) -> Iterator[str]:
    from director.formats.format import FORMATS  # noqa: PLC0415  # imported by reports alone

    yield from FORMATS


_VALUES: dict[str, Callable[[click.Context], Iterator[str]]] = {
    "NAME|FILE": _profiles,
    "profile": _profiles,
    "least_profile": _profiles,
    "ID": _checks,
    "KEY=ANSWER": _declarations,
    "DISTRIBUTION": _distributions,
    "FORMAT[=FILE]": _formats,
    "stderr|off|FILE": lambda _: iter(("stderr", "off")),
    "last|FILE|EVALUATION": lambda _: iter(("last",)),
    "FILE|EVALUATION": lambda _: iter(()),
}
"""What is known of parameters that are text to click, by their metavar, or else by their name."""
