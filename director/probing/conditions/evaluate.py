"""Holds an expectation against an answer, in three values: met, unmet and unknown.

After Kleene: what is not known stays unknown under ``not``, so that nothing that is missing, of
another kind or too much work is ever a success.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from director.model.judgement import Finding, Verdict
from director.model.probed import Seen
from director.model.text import printable
from director.probing.conditions.subjects import (
    Foreign,
    Missing,
    ReadHealth,
    Value,
    value_of,
)
from director.probing.conditions.tree import (
    All,
    Any,
    BudgetError,
    Kind,
    Leaf,
    Node,
    Not,
    Operator,
    Span,
)

_LONGEST_SHOWN: Final = 80
_MOST_WORK: Final = 20_000
"""How many values are held against operands, for one expectation."""

_OPPOSITE: Final = {
    Verdict.MET: Verdict.UNMET,
    Verdict.UNMET: Verdict.MET,
    Verdict.UNKNOWN: Verdict.UNKNOWN,
}
_ORDERS: Final[dict[Operator, Callable[[float, float], bool]]] = {
    Operator.LESS: lambda one, other: one < other,
    Operator.AT_MOST: lambda one, other: one <= other,
    Operator.MORE: lambda one, other: one > other,
    Operator.AT_LEAST: lambda one, other: one >= other,
}


class _Mismatch(Exception):  # noqa: N818  # a value of another kind, which is no failure of ours
    """A value is of another kind than what it is held against."""


class Judge:
    """Holds expectations against one answer.

    Args:
        answer: What the probe saw.
        read_health: Reads a health document out of a reply.
    """

    def __init__(self, answer: Seen, read_health: ReadHealth) -> None:
        self._answer = answer
        self._read_health = read_health
        self._work = 0
        self._known: dict[int, tuple[Verdict, str, str]] = {}

    def verdict(self, node: Node) -> Verdict:
        """Return what becomes of *node*."""
        match node:
            case All():
                found = {self.verdict(part) for part in node.parts}
                return _first(found, Verdict.UNMET, Verdict.UNKNOWN, Verdict.MET)
            case Any():
                found = {self.verdict(part) for part in node.parts}
                return _first(found, Verdict.MET, Verdict.UNKNOWN, Verdict.UNMET)
            case Not():
                return _OPPOSITE[self.verdict(node.part)]
            case Leaf():
                return self._judged(node)[0]

    def findings(self, node: Node) -> tuple[Finding, ...]:
        """Return which parts of *node* are not met, and why."""
        return tuple(self._findings(node))

    def _findings(self, node: Node) -> Iterator[Finding]:
        match node:
            case All() | Any():
                for part in node.parts:
                    if self.verdict(part) is not Verdict.MET:
                        yield from self._findings(part)
            case Not():
                verdict = self.verdict(node)
                if verdict is Verdict.UNKNOWN:
                    yield from self._findings(node.part)
                elif verdict is Verdict.UNMET:
                    leaf = next(_leaves(node.part), None)
                    observed = "" if leaf is None else self._judged(leaf)[1]
                    yield Finding(node.text, verdict, observed, "condition_failed")
            case Leaf():
                verdict, observed, code = self._judged(node)
                if verdict is not Verdict.MET:
                    yield Finding(node.text, verdict, observed, code)

    def _judged(self, leaf: Leaf) -> tuple[Verdict, str, str]:
        """Return the verdict on *leaf*, what was seen, and a code; found out once."""
        known = self._known.get(id(leaf))
        if known is None:
            known = self._known[id(leaf)] = self._held(leaf)
        return known

    def _held(self, leaf: Leaf) -> tuple[Verdict, str, str]:
        value = value_of(leaf.subject, self._answer, self._read_health)
        if value is Foreign:
            return Verdict.UNKNOWN, "", "condition_missing"
        try:
            values = self._selected(leaf, value)
            if leaf.operator in (Operator.PRESENT, Operator.ABSENT):
                there = bool(values)
                met = there is (leaf.operator is Operator.PRESENT)
                return _truth(met), "present" if there else "absent", "condition_failed"
            if not values:
                return Verdict.UNKNOWN, "", "condition_missing"
            met = self._met(leaf, values)
        except _Mismatch:
            return Verdict.UNKNOWN, _shown(leaf, value), "condition_type"
        except BudgetError:
            return Verdict.UNKNOWN, "", "condition_budget"
        return _truth(met), _shown(leaf, values), "condition_failed"

    def _selected(self, leaf: Leaf, value: Value) -> list[Value]:
        """Return the values that *leaf* speaks of; none if there is none.

        Raises:
            _Mismatch: There are several, and nobody said whether each or some must hold.
        """
        subject = leaf.subject
        if value is Missing:
            return []
        if subject.query is not None:
            found = subject.query.values(value)
            if len(found) > 1 and not subject.several and not _bare(leaf):
                raise _Mismatch
        else:
            found = list(value) if subject.kind is Kind.TEXTS else [value]
            if isinstance(value, tuple) and subject.length:
                return [len(value)]
        return [_length(each) for each in found] if subject.length else found

    def _met(self, leaf: Leaf, values: list[Value]) -> bool:
        self._work += len(values)
        if self._work > _MOST_WORK:
            raise BudgetError
        held = [_holds(leaf, value) for value in values]
        if leaf.subject.several == "each" or leaf.operator is Operator.UNEQUAL:
            return all(held)
        return any(held)


def _bare(leaf: Leaf) -> bool:
    return leaf.operator in (Operator.PRESENT, Operator.ABSENT)


def _first(found: set[Verdict], *order: Verdict) -> Verdict:
    return next(verdict for verdict in order if verdict in found)


def _truth(met: bool) -> Verdict:
    return Verdict.MET if met else Verdict.UNMET


def _leaves(node: Node) -> Iterator[Leaf]:
    match node:
        case Leaf():
            yield node
        case Not():
            yield from _leaves(node.part)
        case All() | Any():
            for part in node.parts:
                yield from _leaves(part)


def _holds(leaf: Leaf, value: Value) -> bool:  # noqa: PLR0911  # one answer per operator
    """Return whether *value* is as *leaf* says.

    Raises:
        _Mismatch: It is of another kind than the operand.
        BudgetError: To find out takes too much work.
    """
    operator, operand = leaf.operator, leaf.operand
    match operator:
        case Operator.EQUAL:
            return _equal(value, operand)
        case Operator.UNEQUAL:
            return not _equal(value, operand)
        case Operator.IN:
            assert isinstance(operand, tuple)  # noqa: S101  # the parser made it
            return _among(value, operand)
        case Operator.CONTAINS:
            if isinstance(value, list):
                return any(_same_kind(each, operand) and each == operand for each in value)
            return str(operand) in _text(value)
        case Operator.MATCHES | Operator.LIKE:
            search = getattr(operand, "search")  # noqa: B009  # a pattern, by the parser
            return search(_text(value)) is not None
        case _:
            return _ORDERS[operator](_number(value), _number(operand))


def _equal(value: Value, operand: object) -> bool:
    if not _same_kind(value, operand):
        raise _Mismatch
    return bool(value == operand)


def _among(value: Value, choices: Iterable[object]) -> bool:
    comparable = False
    for choice in choices:
        if isinstance(choice, Span):
            if _is_number(value):
                comparable = True
                if choice.first <= value <= choice.last:
                    return True
        elif _same_kind(value, choice):
            comparable = True
            if value == choice:
                return True
    if not comparable:
        raise _Mismatch
    return False


def _same_kind(value: object, operand: object) -> bool:
    """Return whether the two can be equal at all; true is not 1, and nothing is not a number."""
    if isinstance(value, bool) or isinstance(operand, bool):
        return isinstance(value, bool) and isinstance(operand, bool)
    if value is None or operand is None:
        return value is None or operand is None
    if _is_number(value):
        return _is_number(operand)
    return isinstance(value, str) and isinstance(operand, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _number(value: object) -> float:
    if not _is_number(value):
        raise _Mismatch
    assert isinstance(value, int | float)  # noqa: S101  # as it was just found
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Mismatch
    return value


def _length(value: object) -> int:
    if isinstance(value, str | list | dict | tuple):
        return len(value)
    raise _Mismatch


def _shown(leaf: Leaf, seen: Value) -> str:
    """Return what was seen, short."""
    value = seen[0] if isinstance(seen, list) and len(seen) == 1 else seen
    if leaf.subject.kind is Kind.DURATION and _is_number(value):
        return f"{value:.3f} s" if abs(value) < 86400 else f"{value / 86400:.1f} d"
    if isinstance(value, str):
        text = value
    elif isinstance(value, dict | list):
        text = f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    else:
        text = (
            {True: "true", False: "false", None: "null"}.get(value, str(value))
            if (value is None or isinstance(value, bool))
            else str(value)
        )
    return printable(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")
