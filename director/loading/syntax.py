"""What PyYAML found wrong with a text, in our words and on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from director.loading.places import Mark, after

if TYPE_CHECKING:
    import yaml

_INDENTATION = "must go on at the indentation of the lines before it, got something else"
_START = "must not begin with a tab, '@', '`' or '%': indent with spaces, put text in quotes"
_ESCAPE = "must be an escape that YAML knows, got another one: use single quotes"
_WORDS = (
    (
        "mapping values are not allowed",
        "must be one 'key: value' per line, got another ': ': put text that contains it in quotes",
    ),
    ("could not find expected ':'", "must be 'key: value', got a line without ': '"),
    ("expected key", _INDENTATION),
    ("expected '-' indicator", _INDENTATION),
    ("block end", _INDENTATION),
    ("tab character", _START),
    ("cannot start any token", _START),
    ("found unexpected end of stream", "must end with the quote it begins with, got the end"),
    ("expected ',' or ']'", "must have ',' or ']' after each item, got something else"),
    ("expected ',' or '}'", "must have ',' or '}' after each value, got something else"),
    (
        "expected <document start>",
        "must end where its first value ends, got something after it",
    ),
    (
        "node content",
        "must be a value, got something else",
    ),
    ("hexdecimal", _ESCAPE),
    ("escape", _ESCAPE),
)
"""Parts of PyYAML's words (its C parser and its Python parser differ), and ours."""

_WANTS_MORE = ("expected ',' or", "node content", "<document start>")


class Open(NamedTuple):
    """A list or a mapping that was not closed.

    Attributes:
        mark: Where it begins.
        closes: What ends it, if it is written in brackets.
    """

    mark: Mark
    closes: str


def explained(error: yaml.YAMLError, text: str, inmost: Open | None) -> tuple[Mark, str]:
    """Return where *error* is and what is wrong, for example ``must be 'key: value', …``.

    Args:
        error: What was found.
        text: Where it was found.
        inmost: What was open there; None if nothing was.
    """
    problem = " ".join(str(getattr(error, "problem", None) or error).split())
    at = getattr(error, "problem_mark", None)
    if at is not None and at.index >= len(text) and any(sign in problem for sign in _WANTS_MORE):
        # Here, too, the person looks for what was opened, and not for the end.
        if inmost is None:
            return after(text), "must be a document, got the end of the file"
        return inmost.mark, f"must end with '{inmost.closes}', got the end of the file"
    if "unexpected end of stream" in problem:
        # The parser stands at the end of the file; the person looks for the open quote.
        at = getattr(error, "context_mark", None) or at
    mark = Mark(at.line + 1, at.column + 1) if at is not None else Mark(1, 1)
    for theirs, ours in _WORDS:
        if theirs in problem:
            return mark, ours
    return mark, f"must be YAML, got what it does not allow: {problem}"
