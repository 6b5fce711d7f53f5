"""The short text form of expectations: from words to the tree, with the place of every fault.

``status in 200-299 and json("$.status") == "ok" and total < 500ms``
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, NoReturn, TypeVar

from director.model.text import named, nearest
from director.probing.conditions.json_path import PathError, path
from director.probing.conditions.patterns import PatternError, glob, pattern
from director.probing.conditions.subjects import ARGUMENTS, KINDS, tls_version
from director.probing.conditions.tree import (
    All,
    Any,
    Kind,
    Leaf,
    Node,
    Not,
    Operand,
    Operator,
    Plain,
    Span,
    Subject,
)

LONGEST: Final = 4_000
_MOST_LEAVES: Final = 100
_DEEPEST: Final = 32

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<text>"(?:[^"\\]|\\.)*")
  | (?P<number>-?[0-9]+(?:\.[0-9]+)?)(?P<unit>[a-z]+)?
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
  | (?P<sign>==|!=|<=|>=|[<>(),\[\]-])
    )""",
    re.VERBOSE,
)
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_ORDERED: Final = frozenset({Kind.NUMBER, Kind.DURATION, Kind.VERSION, Kind.JSON})
_TEXTUAL: Final = frozenset({Kind.TEXT, Kind.TEXTS, Kind.JSON})
_ORDERS: Final = frozenset({Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST})
_PATTERNS: Final = frozenset({Operator.MATCHES, Operator.LIKE, Operator.CONTAINS})
_BARE: Final = frozenset({Operator.PRESENT, Operator.ABSENT})
_WRAPPERS: Final = ("len", "each", "some")

_T = TypeVar("_T")


class ExpectationError(ValueError):
    """An expectation cannot be understood; the text says where and why.

    Args:
        text: The expectation.
        at: Where in it, counted from 0.
        problem: What it must be, and what it was.
    """

    def __init__(self, text: str, at: int, problem: str) -> None:
        super().__init__(f"character {at + 1}: {problem}")
        self.text = text
        self.at = at
        self.problem = problem


class _Token(NamedTuple):
    """One word: its kind, its text, its unit, and where it begins and ends."""

    kind: str
    text: str
    unit: str
    at: int
    end: int


def parse(text: str) -> Node:
    """Return the tree that *text* says.

    Raises:
        ExpectationError: It cannot be understood.
    """
    if len(text) > LONGEST:
        raise ExpectationError(text[:40], 0, f"must have at most {LONGEST} characters")
    parser = _Parser(text)
    node = parser.either(0)
    parser.expect_end()
    return node


class _Parser:
    """Reads one expectation.

    Args:
        text: As it was written.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._next = 0
        self._leaves = 0

    def either(self, depth: int) -> Node:
        """Return what is joined by ``or``."""
        parts = [self._both(depth)]
        while self._take("name", "or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def expect_end(self) -> None:
        """Raise unless everything was read."""
        if self._next < len(self._tokens):
            self._fail("must be 'and', 'or' or the end")

    def _both(self, depth: int) -> Node:
        parts = [self._single(depth)]
        while self._take("name", "and"):
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _single(self, depth: int) -> Node:
        if depth > _DEEPEST:
            self._fail(f"must nest at most {_DEEPEST} deep")
        begun = self._next
        if self._take("name", "not"):
            part = self._single(depth + 1)
            return Not(self._since(begun), part)
        if self._take("sign", "("):
            node = self.either(depth + 1)
            self._must("sign", ")")
            return node
        return self._leaf()

    def _leaf(self) -> Leaf:
        self._leaves += 1
        if self._leaves > _MOST_LEAVES:
            self._fail(f"must have at most {_MOST_LEAVES} parts")
        begun = self._next
        subject = self._subject()
        operator = self._operator(subject)
        operand = self._operand(subject, operator)
        return Leaf(self._since(begun), subject, operator, operand)

    def _subject(self) -> Subject:
        token = self._must("name", what="what of the answer is looked at, such as status")
        if token.text in _WRAPPERS and self._take("sign", "("):
            inner = self._subject()
            self._must("sign", ")")
            return self._wrapped(token, inner)
        kind = KINDS.get(token.text)
        wants = token.text in ARGUMENTS
        if kind is None:
            close = nearest(token.text, (*KINDS, *_WRAPPERS))
            hint = f"did you mean {close!r}?" if close else f"known are {', '.join(KINDS)}"
            self._fail(f"must be a known subject, got {named(token.text)}, {hint}", token)
        if not wants:
            return Subject(name=token.text, kind=kind)
        self._must("sign", "(", f'an argument, as {token.text}("…")')
        argument_at = self._peek()
        argument = _text(self._must("text", what="a text in double quotes"))
        self._must("sign", ")")
        if not argument:
            self._fail("must not be empty", argument_at)
        if token.text != "json":
            return Subject(name=token.text, kind=kind, argument=argument)
        query = self._made(path, argument, argument_at)
        return Subject(name="json", kind=kind, argument=argument, query=query)

    def _wrapped(self, token: _Token, inner: Subject) -> Subject:
        if token.text == "len":
            if inner.kind not in _TEXTUAL or inner.length:
                self._fail(f"len must be of a text, texts or a JSON value, got {inner.kind}", token)
            return Subject(
                name=inner.name, kind=Kind.NUMBER, argument=inner.argument, query=inner.query,
                length=True, several=inner.several,
            )  # fmt: skip
        if inner.query is None or inner.several or inner.length:
            self._fail(f'{token.text} must be of json("…")', token)
        return Subject(
            name=inner.name, kind=inner.kind, argument=inner.argument, query=inner.query,
            several=token.text,
        )  # fmt: skip

    def _operator(self, subject: Subject) -> Operator:
        token = self._peek()
        if token is None or token.text not in list(Operator):
            self._fail(f"must be one of {', '.join(Operator)}")
        operator = Operator(token.text)
        self._next += 1
        if operator in _ORDERS and subject.kind not in _ORDERED:
            self._fail(
                f"{operator} must be of something ordered, {subject.name} is {subject.kind}", token
            )
        if operator in _PATTERNS and subject.kind not in _TEXTUAL:
            self._fail(f"{operator} must be of a text, {subject.name} is {subject.kind}", token)
        if operator in _BARE and subject.length:
            self._fail(f"{operator} must be of what the length is of", token)
        return operator

    def _operand(self, subject: Subject, operator: Operator) -> Operand:
        if operator in _BARE:
            return None
        at = self._peek()
        if operator is Operator.IN:
            return self._choices(subject)
        if operator in _PATTERNS:
            text = _text(self._must("text", what="a text in double quotes"))
            if operator is Operator.MATCHES:
                return self._made(pattern, text, at)
            if operator is Operator.LIKE:
                return self._made(glob, text, at)
            if not text:
                self._fail("must not be empty", at)
            return text
        return self._plain(subject, ordered=operator in _ORDERS)

    def _choices(self, subject: Subject) -> tuple[Plain | Span, ...]:
        """Return a list of values and ranges, in brackets or not."""
        bracket = self._take("sign", "[")
        found: list[Plain | Span] = []
        while not (bracket and not found and self._sees("sign", "]")):
            at = self._peek()
            first = self._plain(subject, ordered=False)
            last = self._end_of_range(subject)
            if last is None:
                found.append(first)
            else:
                if not isinstance(first, int | float) or first > last:
                    self._fail("a range must begin with its lower end", at)
                found.append(Span(float(first), last))
            if not self._take("sign", ","):
                break
        if bracket:
            self._must("sign", "]")
        if not found:
            self._fail("must list at least one value")
        return tuple(found)

    def _end_of_range(self, subject: Subject) -> float | None:
        """Return the upper end, if a range goes on: ``200-299`` is read as 200 and -299."""
        token = self._peek()
        if token is None or subject.kind in (Kind.TEXT, Kind.TEXTS, Kind.TRUTH):
            return None
        if token.kind == "number" and token.text.startswith("-") and token.at == self._last_end():
            self._next += 1
            return _number(token._replace(text=token.text[1:])) * self._scale(subject, token)
        return None

    def _plain(self, subject: Subject, *, ordered: bool) -> Plain:
        """Return one value of the kind of *subject*."""
        token = self._peek()
        kind = subject.kind
        if token is None:
            self._fail(f"must be {_wanted(kind)}")
        self._next += 1
        if kind is Kind.VERSION:
            version = tls_version(_text(token) if token.kind == "text" else token.text)
            if version is None:
                self._fail("must be a TLS version such as 1.2", token)
            return version
        if token.kind == "number" and kind in (Kind.NUMBER, Kind.DURATION, Kind.JSON):
            return _number(token) * self._scale(subject, token)
        if token.kind == "text" and kind in _TEXTUAL and not (ordered and kind is not Kind.JSON):
            if ordered:
                self._fail("must be a number to be held against in an order", token)
            return _text(token)
        if (
            token.kind == "name"
            and token.text in ("true", "false")
            and kind in (Kind.TRUTH, Kind.JSON)
        ):
            if ordered:
                self._fail("must be a number to be held against in an order", token)
            return token.text == "true"
        if token.kind == "name" and token.text == "null" and kind is Kind.JSON and not ordered:
            return None
        return self._fail(f"must be {_wanted(kind)}, got {named(token.text)}", token)

    def _scale(self, subject: Subject, token: _Token) -> float:
        if subject.kind is Kind.DURATION:
            if token.unit not in _UNITS:
                self._fail(f"must have a unit of {', '.join(_UNITS)}, as 500ms", token)
            return _UNITS[token.unit]
        if token.unit:
            self._fail(f"must have no unit, {subject.name} is {subject.kind}", token)
        return 1

    def _made(self, make: Callable[[str], _T], text: str, at: _Token | None) -> _T:
        try:
            return make(text)
        except (PathError, PatternError) as error:
            return self._fail(str(error), at)

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _sees(self, kind: str, text: str) -> bool:
        token = self._peek()
        return token is not None and (token.kind, token.text) == (kind, text)

    def _take(self, kind: str, text: str) -> bool:
        if not self._sees(kind, text):
            return False
        self._next += 1
        return True

    def _must(self, kind: str, text: str = "", what: str = "") -> _Token:
        token = self._peek()
        if token is None or token.kind != kind or (text and token.text != text):
            self._fail(f"must be {what or repr(text)}")
        self._next += 1
        return token

    def _last_end(self) -> int:
        return self._tokens[self._next - 1].end

    def _since(self, begun: int) -> str:
        return self._text[self._tokens[begun].at : self._last_end()]

    def _fail(self, problem: str, token: _Token | None = None) -> NoReturn:
        at = token or self._peek()
        if token is None:
            problem += f", got {named(at.text)}" if at else ", got the end"
        raise ExpectationError(self._text, at.at if at else len(self._text), problem)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None or found.end() == at:
            place = at + len(text[at:]) - len(text[at:].lstrip())
            raise ExpectationError(
                text, place, f"cannot be read: {named(text[place : place + 20])}"
            )
        kind = found.lastgroup or ""
        kind = "number" if kind == "unit" else kind
        yield _Token(kind, found[kind], found["unit"] or "", found.start(kind), found.end())
        at = found.end()


def _text(token: _Token) -> str:
    try:
        read = json.loads(token.text)
    except ValueError:
        return token.text[1:-1]  # a pattern such as "\d" has escapes of its own
    return str(read)


def _number(token: _Token) -> int | float:
    return float(token.text) if "." in token.text else int(token.text)


def _wanted(kind: Kind) -> str:
    match kind:
        case Kind.DURATION:
            return "a length of time such as 500ms"
        case Kind.TEXT | Kind.TEXTS:
            return "a text in double quotes"
        case Kind.JSON:
            return "a text, a number, true, false or null"
        case _:
            return kind.value
