"""CEL: expressions are compiled once and evaluated within limits. The only module that knows it.

The language: https://github.com/google/cel-spec. What it costs has a bound: the library refuses an
expression that nests deeper than 32, and one that goes through more than 10,000 items in all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from cel_expr_python import cel

from director_cel import scope

LONGEST_EXPRESSION = 4_000
MOST_ITERATIONS = 10_000
"""Items that all macros of one evaluation go through together, at most; the library's own limit."""

_TYPES = {
    scope.TEXT: cel.Type.STRING,
    scope.WHOLE: cel.Type.INT,
    scope.NUMBER: cel.Type.DOUBLE,
    scope.YES_NO: cel.Type.BOOL,
    scope.ANY: cel.Type.DYN,
    scope.TEXTS: cel.Type.List(cel.Type.STRING),
    scope.BY_NAME: cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
    scope.TEXT_BY_NAME: cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
    scope.LIST: cel.Type.List(cel.Type.DYN),
}
_FAULT = re.compile(r"^(?:[A-Z_]+: )?ERROR: <input>:(-?\d+):(-?\d+): (.*)$", re.MULTILINE)
_STRANGER = re.compile(r"undeclared reference to '(.*?)'")
_EXPECTING = re.compile(r" expecting \{.*")
_ABSENT = re.compile(r'^(?:NOT_FOUND: Key not found in map : |UNKNOWN: No value with name )"(.*?)"')
_CODE = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")


@dataclass(frozen=True, slots=True)
class Misspelled:
    """What is wrong with an expression.

    Attributes:
        problem: What is wrong, in one line.
        offset: Which of its characters, counted from 0; None where it cannot be said.
    """

    problem: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class Said:
    """What an expression came to: text, a number, true, false, nothing, a list or a mapping."""

    value: Any


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Why an expression came to nothing.

    Attributes:
        problem: Why, in one line.
        code: The same as a machine word.
    """

    problem: str
    code: str


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression, compiled.

    Attributes:
        text: As it was written.
        kind: The kind of what it comes to, by CEL's name; ``DYN`` where only time can tell.
    """

    text: str
    kind: str
    _program: Any

    def evaluate(self, variables: Mapping[str, Any]) -> Said | Unsaid:
        """Return what the expression comes to; an error in it is a value."""
        try:
            value = self._program.eval(data=dict(variables))
            kind, plain = value.type().name(), value.plain_value()
        except (RuntimeError, ValueError, TypeError, OverflowError) as error:
            return _unsaid(str(error))
        return _unsaid(str(plain)) if kind in ("ERROR", "UNKNOWN") else Said(plain)


class Language:
    """CEL, with the variables of one scope.

    Args:
        name: What expressions can speak of: a key of ``SCOPES``.
    """

    def __init__(self, name: str) -> None:
        kinds = scope.SCOPES[name]
        self._names = tuple(kinds)
        self._environment = cel.NewEnv(variables={key: _TYPES[kind] for key, kind in kinds.items()})

    def compile(self, text: str) -> Expression | tuple[Misspelled, ...]:
        """Return *text* compiled, or everything that is wrong with it."""
        if len(text) > LONGEST_EXPRESSION:
            problem = f"must be at most {LONGEST_EXPRESSION} characters, got {len(text)}"
            return (Misspelled(problem, None),)
        try:
            program = self._environment.compile(text)
        except (RuntimeError, ValueError) as error:
            return _misspelled(text, str(error), self._names)
        return Expression(text, program.return_type().name(), program)


def _misspelled(text: str, said: str, names: tuple[str, ...]) -> tuple[Misspelled, ...]:
    found = [
        Misspelled(_explained(problem, names), _offset(text, int(line), int(column)))
        for line, column, problem in _FAULT.findall(said)
    ]
    return tuple(dict.fromkeys(found)) or (Misspelled(f"must be CEL: {_line(said)}", None),)


def _explained(problem: str, names: tuple[str, ...]) -> str:
    """Return what the library says is wrong in one short line, with what was probably meant."""
    stranger = _STRANGER.match(problem)
    if stranger is None:
        return f"must be CEL: {_EXPECTING.sub('', problem)}"
    near = get_close_matches(stranger[1], names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
    return f"must name what there is, got {stranger[1]!r}: {hint}"


def _offset(text: str, line: int, column: int) -> int | None:
    lines = text.split("\n")
    if not 1 <= line <= len(lines) or column < 1:
        return None
    return sum(len(each) + 1 for each in lines[: line - 1]) + column - 1


def _unsaid(said: str) -> Unsaid:
    if absent := _ABSENT.match(said):
        return Unsaid(f"there is no {absent[1]!r}", "absent")
    if "budget exceeded" in said:
        return Unsaid(f"it goes through more than {MOST_ITERATIONS:,} items", "too_much_work")
    return Unsaid(_line(said), "evaluation_failed")


def _line(said: str) -> str:
    """Return the first line of what the library said, without its codes."""
    return _CODE.sub("", _CODE.sub("", (said.splitlines() or [""])[0]))[:500]
