"""What an operator defines as a check without writing Python, and what may be wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from director.model.check import CheckSpec
from director.model.text import named, nearest, printable
from director.model.value import dataclass

Way: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys and, in lists, indices from 0."""

SPEC_KEYS = ("title", "category", "why", "remedy", "effort", "role", "deadline_s")
"""The keys that every definition has, whoever takes it; they become its ``spec``."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One check that an operator defined in a file, for the plugin that its id begins with.

    Attributes:
        spec: The identity of the check, ready for the check's class.
        body: The other keys of the definition, as they were written: text, numbers, booleans,
            tuples and read-only mappings. What they must be, the plugin says.
        digest: ``sha256:`` and the hexadecimal SHA-256 of the definition, spelled in one way:
            the same for two files that differ in nothing but their form.
    """

    spec: CheckSpec
    body: Mapping[str, Any]
    digest: str = ""

    @property
    def id(self) -> str:
        """Which check."""
        return self.spec.id

    def strangers(self, known: Iterable[str]) -> Iterator[Flaw]:
        """Yield a flaw for every key of ``body`` that is not among the *known* ones."""
        known = tuple(known)
        for key in self.body:
            if key not in known:
                near = nearest(key, (*known, *SPEC_KEYS))
                hint = f"did you mean {near!r}?" if near else f"known are {', '.join(known)}"
                problem = f"unknown key {named(printable(key))!r}, {hint}"
                yield Flaw(self.id, (key,), problem, at_key=True)


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that keeps a definition from becoming a check.

    Attributes:
        check: The id of the definition.
        way: The way to what is wrong, from the definition: keys and, in lists, indices from 0.
        problem: What it must be, then what it was, in one line.
        offset: Which character of the text there is wrong, counted from 0; None for all of it.
        at_key: Whether the key is wrong, and not the value.
    """

    check: str
    way: Way
    problem: str
    offset: int | None = None
    at_key: bool = False


class DefinitionError(Exception):
    """Definitions cannot become checks; the operator who wrote them can mend them.

    A plugin raises it in ``director_checks``. Everything that is wrong belongs into one.

    Args:
        flaws: What is wrong; at least one.
    """

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__("; ".join(f"{flaw.check}: {flaw.problem}" for flaw in flaws))
        self.flaws = flaws


def frozen(value: Any) -> Any:  # noqa: ANN401  # plain values of any shape
    """Return plain *value* so that nobody can change it: tuples and read-only mappings."""
    if isinstance(value, dict):
        return MappingProxyType({key: frozen(each) for key, each in value.items()})
    return tuple(map(frozen, value)) if isinstance(value, list) else value
