"""The tree of an expectation: all, any, not, and what is held against what."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, TypeAlias

from director.model.value import dataclass


class Kind(StrEnum):
    """What kind of value a subject has; no kind ever turns into another."""

    NUMBER = "a number"
    DURATION = "a length of time"
    TEXT = "a text"
    TEXTS = "texts"
    TRUTH = "true or false"
    VERSION = "a TLS version"
    JSON = "a JSON value"


class Operator(StrEnum):
    """How a subject is held against an operand."""

    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    IN = "in"
    MATCHES = "matches"
    LIKE = "like"
    CONTAINS = "contains"
    PRESENT = "present"
    ABSENT = "absent"


class Pattern(Protocol):
    """A regular expression whose search takes time in proportion to the text."""

    def search(self, text: str) -> object | None:
        """Return something if it is found anywhere in *text*."""
        ...


class Query(Protocol):
    """A path into a JSON document."""

    def values(self, document: object) -> list[object]:
        """Return everything it selects.

        Raises:
            BudgetError: That takes more work than allowed.
        """
        ...


class BudgetError(Exception):
    """To find out takes more work than allowed."""


Plain: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Span:
    """A range of numbers, both ends included.

    Attributes:
        first: The least.
        last: The most.
    """

    first: float
    last: float


Operand: TypeAlias = Plain | Pattern | tuple[Plain | Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What of an answer is looked at.

    Attributes:
        name: Which, for example ``status`` or ``tls.expires_in``.
        kind: What kind of value it has.
        argument: The name of a header or of a component; empty for none.
        query: The path into the body, for ``json``.
        length: Whether its length is meant.
        several: ``each`` or ``some`` where a path may select several values; empty for one.
    """

    name: str
    kind: Kind
    argument: str = ""
    query: Query | None = None
    length: bool = False
    several: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One thing that must hold.

    Attributes:
        text: As it was written.
        subject: What is looked at.
        operator: How it is held against the operand.
        operand: What it is held against; None for ``present`` and ``absent``, too.
    """

    text: str
    subject: Subject
    operator: Operator
    operand: Operand = None


@dataclass(frozen=True, slots=True)
class All:
    """Every part must hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part must hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not hold, and there must be positive evidence that it does not."""

    text: str
    part: Node


Node: TypeAlias = Leaf | All | Any | Not
