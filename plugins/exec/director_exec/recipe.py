"""From an operator's definition to what is run, or to everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import TypeAlias

from director.plugin import CheckSpec, Definition, Flaw, dataclass
from director_exec.macros import MACROS, lonely_dollar, macros_in
from director_exec.ranges import Range, read_range
from director_exec.units import unit_of

KEYS = ("command", "thresholds", "variables")
LONGEST_ARGUMENT = 4_096
MOST_ARGUMENTS = 200
MOST_ENTRIES = 50
Way: TypeAlias = tuple[str | int, ...]

MARK = "EXEC_MARK"
"""The variable by which processes are known again that a program left behind."""

_SHELLS = frozenset({"ash", "bash", "csh", "dash", "fish", "ksh", "sh", "tcsh", "zsh"})
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_LEVELS = ("warning", "critical")


@dataclass(frozen=True, slots=True)
class Threshold:
    """When a measured value is a reason to warn or to fail.

    Attributes:
        label: What was measured.
        unit: The unit that the ranges are written in; empty for a plain number.
        warning: When to warn, in the unit that such values are compared in; None for never.
        critical: When to fail, likewise.
    """

    label: str
    unit: str
    warning: Range | None
    critical: Range | None


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is run, and how its answer is judged.

    Attributes:
        spec: The check.
        digest: What the definition is told from every other by.
        command: The program and its arguments, with macros.
        thresholds: What is asked of measured values, sorted by label.
        variables: What the program sees besides its clean environment, sorted by name.
    """

    spec: CheckSpec
    digest: str
    command: tuple[str, ...]
    thresholds: tuple[Threshold, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()


def read_recipe(definition: Definition) -> Recipe | tuple[Flaw, ...]:
    """Return what *definition* says is to be run, or everything that is wrong with it."""
    body = definition.body
    flaws = [
        *definition.strangers(KEYS),
        *_command_flaws(definition.id, body.get("command")),
        *_threshold_flaws(definition.id, body.get("thresholds", {})),
        *_variable_flaws(definition.id, body.get("variables", {})),
    ]
    if flaws:
        return tuple(flaws)
    return Recipe(
        definition.spec,
        definition.digest,
        tuple(body["command"]),
        tuple(_threshold(*each) for each in sorted(body.get("thresholds", {}).items())),
        tuple(sorted(body.get("variables", {}).items())),
    )


def _command_flaws(check: str, command: object) -> Iterator[Flaw]:
    if not isinstance(command, tuple) or not 1 <= len(command) <= MOST_ARGUMENTS:
        what = "nothing" if command is None else f"a {type(command).__name__}"
        got = f"{len(command)} entries" if isinstance(command, tuple) else what
        way: Way = () if command is None else ("command",)
        problem = f"must be a list of a program and its arguments, at most {MOST_ARGUMENTS}"
        yield Flaw(check, way, f"command {problem}, got {got}")
        return
    for index, argument in enumerate(command):
        way = "command", index
        if not isinstance(argument, str):
            yield Flaw(check, way, f"must be text, got {argument!r}: put it in quotes")
        elif len(argument) > LONGEST_ARGUMENT:
            problem = f"must be at most {LONGEST_ARGUMENT} characters, got {len(argument)}"
            yield Flaw(check, way, problem)
        else:
            yield from (Flaw(check, way, *each) for each in _argument_flaws(command, index))


def _argument_flaws(command: tuple[object, ...], index: int) -> Iterator[tuple[str, int | None]]:
    """Yield what is wrong with one text of *command*, and at which character."""
    text = str(command[index])
    program = PurePosixPath(str(command[0]))
    macros = macros_in(text)
    for at, name in macros:
        if name not in MACROS:
            known = ", ".join(f"${each}$" for each in MACROS)
            yield f"must be one of {known}, and $$ for a dollar; got ${name}$", at
    if (lonely := lonely_dollar(text)) is not None:
        yield "must be a macro such as $host$, or $$ for a dollar; got a single $", lonely
    if index == 0:
        if macros:
            yield "must be a program without macros, got one", macros[0][0]
        if not text or ("/" in text and not program.is_absolute()):
            yield "must be an absolute path, or a name that is looked up; got a relative path", None
    elif macros and program.name in _SHELLS and str(command[index - 1]) == "-c":
        yield "must not put a macro into the text of a shell: give it as an argument", macros[0][0]


def _threshold_flaws(check: str, thresholds: object) -> Iterator[Flaw]:
    if not isinstance(thresholds, Mapping) or len(thresholds) > MOST_ENTRIES:
        problem = f"must be a mapping of labels to ranges, at most {MOST_ENTRIES}"
        yield Flaw(check, ("thresholds",), problem)
        return
    for label, each in thresholds.items():
        way = ("thresholds", label)
        if not isinstance(each, Mapping) or not any(level in each for level in _LEVELS):
            yield Flaw(check, way, "must be a mapping with warning, critical or both")
            continue
        for key, value in each.items():
            if key == "unit":
                if not isinstance(value, str):
                    yield Flaw(check, (*way, key), f"must be a unit such as s or %, got {value!r}")
            elif key not in _LEVELS:
                problem = f"must be warning, critical or unit, got {key!r}"
                yield Flaw(check, (*way, key), problem, at_key=True)
            else:
                yield from _range_flaws(check, (*way, key), value)


def _range_flaws(check: str, way: Way, value: object) -> Iterator[Flaw]:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        yield Flaw(check, way, "must be a range such as '10', '10:', '~:10' or '@10:20'")
        return
    try:
        read_range(str(value))
    except ValueError as error:
        yield Flaw(check, way, str(error))


def _variable_flaws(check: str, variables: object) -> Iterator[Flaw]:
    if not isinstance(variables, Mapping) or len(variables) > MOST_ENTRIES:
        problem = f"must be a mapping of names to texts, at most {MOST_ENTRIES}"
        yield Flaw(check, ("variables",), problem)
        return
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(name) or name == MARK:
            problem = f"must be the name of an environment variable, got {name!r}"
            yield Flaw(check, ("variables", name), problem, at_key=True)
        elif not isinstance(value, str) or len(value) > LONGEST_ARGUMENT:
            problem = f"must be text of at most {LONGEST_ARGUMENT} characters: put it in quotes"
            yield Flaw(check, ("variables", name), problem)


def _threshold(label: str, written: Mapping[str, str | float]) -> Threshold:
    text = str(written.get("unit", ""))
    unit = unit_of(text)

    def ranged(level: str) -> Range | None:
        if level not in written:
            return None
        return read_range(str(written[level])).scaled(unit.times, unit.over)

    return Threshold(label, text, ranged("warning"), ranged("critical"))
