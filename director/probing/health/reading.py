"""What the formats share: words, parts with their names, and the first fault."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from director.model.health import Component, HealthFormat, HealthStatus
from director.model.text import printable

MOST_PARTS: Final = 1_000
"""Most components in one document."""

LONGEST_NAME: Final = 200
"""Longest name or word that is kept of a document, in characters."""

Object: TypeAlias = Mapping[str, object]
"""A JSON object."""

PASSING: Final = range(200, 400)
FAILING: Final = range(400, 600)

_PLACES: Final = ("checks", "components", "details", "entries", "results")
"""Where documents of one format or another have their parts."""

_ANY_WORD: Final = {
    **dict.fromkeys(("pass", "ok", "up", "healthy", "serving"), HealthStatus.PASS),
    **dict.fromkeys(("warn", "degraded", "unknown"), HealthStatus.WARN),
    **dict.fromkeys(
        ("fail", "error", "down", "out_of_service", "unhealthy", "not_serving"), HealthStatus.FAIL
    ),
}
_BADNESS: Final = {HealthStatus.PASS: 0, HealthStatus.WARN: 1, HealthStatus.FAIL: 2}


def shown(text: str) -> str:
    """Return a name or a word of the peer: printable, in one line, at most 200 characters."""
    return printable(text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…")


def is_worse(one: HealthStatus, other: HealthStatus) -> bool:
    """Return whether *one* is worse than *other*."""
    return _BADNESS[one] > _BADNESS[other]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One format, as far as it differs from the others.

    Attributes:
        format: Which it is.
        words: What its words mean, as it writes them.
        fold: Makes one of two spellings that the format holds for the same word.
        owns: Whether a JSON object is such a document, by the word of its status.
        read: Takes the parts of a document; returns the value of its status.
        places: The names under which it has its parts.
        worst_wins: Whether the service is never better than its worst part.
        passing: HTTP codes that say the same as a status that passes or warns.
        failing: HTTP codes that say the same as a status that fails.
        custom: What the HTTP code speaks of where the word is none of the format.
        folded: Its words as it compares them.
    """

    format: HealthFormat
    words: dict[str, HealthStatus]
    fold: Callable[[str], str]
    owns: Callable[[Dialect, Object], bool]
    read: Callable[[Object, Reading], object]
    places: tuple[str, ...] = ()
    worst_wins: bool = False
    passing: Container[int] = PASSING
    failing: Container[int] = FAILING
    custom: HealthStatus = HealthStatus.FAIL
    folded: Mapping[str, HealthStatus] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Fold each word once; of two that are the same, the first counts."""
        folded = {self.fold(word): mean for word, mean in reversed(self.words.items())}
        object.__setattr__(self, "folded", folded)

    def meaning(self, said: object) -> HealthStatus | None:
        """Return what a value means as a status, or None if it is no word of this format."""
        if not isinstance(said, str) or not said.isascii():
            return None
        return self.folded.get(self.fold(said))

    def agrees(self, said: object, code: int) -> bool:
        """Return whether a status and an HTTP code say the same.

        What is no status at all agrees with a code that says failure.
        """
        mean = self.meaning(said)
        if mean is None:
            mean = self.custom if isinstance(said, str) else HealthStatus.FAIL
        return code in (self.failing if mean is HealthStatus.FAIL else self.passing)


class Reading:
    """Collects what one document says; keeps the first fault.

    Args:
        dialect: How it is written.
        declared: Whether the reply says so itself; where we only infer it, what does not look
            like a part is none.
    """

    def __init__(self, dialect: Dialect, *, declared: bool) -> None:
        self._dialect = dialect
        self._declared = declared
        self._parts: list[Component] = []
        self._times: dict[str, int] = {}
        self.problem = ""

    @property
    def parts(self) -> tuple[Component, ...]:
        """The parts so far, in the order of the document."""
        return tuple(self._parts)

    def fault(self, problem: str) -> None:
        """Say why the document cannot be used, in one clause; the first fault counts."""
        self.problem = self.problem or problem

    def odd(self, problem: str) -> None:
        """Say what is no part though it stands among them."""
        if self._declared:
            self.fault(problem)

    def status(self, said: object, whose: str = "") -> HealthStatus:
        """Return what a status means; what is no word of the format is a fault, and fails.

        Args:
            said: The value, whatever it is.
            whose: Which part it speaks of; empty for the service.
        """
        mean = self._dialect.meaning(said)
        if mean is None:
            of = f"the status of {whose}" if whose else "the status"
            words = " ".join(self._dialect.words)
            self.fault(f"{of} must be one of {words}, {_was(said)}")
        return mean or HealthStatus.FAIL

    def add(self, path: tuple[str, ...], said: object, observed: str = "") -> HealthStatus:
        """Take one part; return how it is.

        Args:
            path: Its name, the names of what it is a part of before it.
            said: The value of its status, whatever it is.
            observed: What was measured of it.
        """
        name = self._name(path)
        status = self.status(said, name)
        self._take(Component(name, status, _said(said), observed))
        return status

    def rest(self, value: Object) -> None:
        """Take what stands where other formats have their parts, and has a word of any format.

        A part that says it fails is not overlooked because the document is a mixture.
        """
        for place in _PLACES:
            if place in self._dialect.places:
                continue
            for name, each in members(value.get(place)):
                said = each.get("status") if isinstance(each, dict) else each
                mean = _ANY_WORD.get(said.lower()) if isinstance(said, str) else None
                if mean is not None:
                    self._take(Component(self._name((name,)), mean, _said(said)))

    def hold(self, own: HealthStatus, least: HealthStatus, whose: str = "the service") -> None:
        """Take a fault if *whose* own status is better than the *least* its parts allow."""
        if is_worse(least, own):
            self.fault(f"{whose} says {own} of itself, and its parts say {least}")

    def conclude(self, own: HealthStatus) -> None:
        """Hold the status of the service against those of all its parts."""
        worst = max((part.status for part in self._parts), key=_BADNESS.__getitem__, default=own)
        if self._dialect.worst_wins or (own is HealthStatus.PASS and worst is HealthStatus.FAIL):
            self.hold(own, worst)

    def _take(self, part: Component) -> None:
        if len(self._parts) < MOST_PARTS:
            self._parts.append(part)
        else:
            self.fault(f"must not have more than {MOST_PARTS} components")

    def _name(self, path: tuple[str, ...]) -> str:
        """Return a name that no other part has: one that comes again gets a number."""
        name = shown("/".join(path))
        times = self._times[name] = self._times.get(name, 0) + 1
        return name if times == 1 else f"{name}/{times}"


def members(place: object) -> Iterator[tuple[str, Any]]:
    """Yield what stands in an object or an array, each with its name; an array may have none."""
    if isinstance(place, dict):
        yield from place.items()
    elif isinstance(place, list):
        for each in place:
            yield name_of(each), each


def name_of(part: object) -> str:
    """Return the name that a member of an array gives itself; empty if it gives none."""
    name = part.get("name") if isinstance(part, dict) else None
    return name if isinstance(name, str) else ""


def _said(status: object) -> str:
    return shown(status) if isinstance(status, str) else ""


def _was(status: object) -> str:
    match status:
        case str():
            return f"was '{shown(status)}'"
        case None:
            return "was missing"
        case bool():
            return "was true or false"
        case int() | float():
            return "was a number"
        case list():
            return "was an array"
        case _:
            return "was an object"
