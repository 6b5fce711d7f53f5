"""How a fault shows a value that somebody wrote: short, and on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from director.model.text import named, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_LONGEST = 60
_MOST_LISTED = 10


def shown(value: object) -> str:
    """Return *value* as a fault shows it.

    >>> [shown(value) for value in (None, True, 2.7, "text", [], {})]
    ['nothing', 'true', '2.7', "'text'", 'a list', 'a mapping']
    """
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str():
            return repr(shorter(value))
        case _:
            return repr(value)


def no_mapping(value: object) -> str:
    """Return what is wrong with an input that is no mapping as a whole.

    Text is not shown: a link may have led to a file that has nothing to do with us, and it may
    hold a password.
    """
    return f"must be a mapping, got {'text' if isinstance(value, str) else shown(value)}"


def shorter(text: str) -> str:
    """Return the beginning of *text*, with a sign that there is more if there is."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def listed(words: Collection[str]) -> str:
    """Return the *words* as one list: the first ten, and how many more there are.

    >>> listed([str(number) for number in range(13)])
    '0, 1, 2, 3, 4, 5, 6, 7, 8, 9 … and 3 more'
    """
    first = ", ".join(named(shorter(word)) for word in list(words)[:_MOST_LISTED])
    more = len(words) - _MOST_LISTED
    return f"{first} … and {more:,} more" if more > 0 else first


def meant(word: str, known: Iterable[str]) -> str:
    """Return ``, did you mean '…'?`` if one of the *known* words is near, or nothing."""
    near = nearest(word, known)
    return f", did you mean {near!r}?" if near else ""
