"""Paths into JSON documents: RFC 9535, without what could take very long."""

from __future__ import annotations

from typing import Any, Final

from director.probing.conditions.tree import BudgetError

_LONGEST: Final = 500
_MOST_VALUES: Final = 1_000
_DEEPEST: Final = 60


class PathError(ValueError):
    """A path cannot be used; the text says why in one clause."""


class Path:
    """One compiled path.

    Args:
        compiled: Of the library.
    """

    def __init__(self, compiled: Any) -> None:  # noqa: ANN401  # loaded late
        self._compiled = compiled

    def values(self, document: object) -> list[object]:
        """Return everything it selects, in the order of the document.

        Raises:
            BudgetError: It selects more than 1,000 values, or the document nests too deeply.
        """
        from jsonpath.exceptions import JSONPathError  # noqa: PLC0415  # loaded already

        found: list[object] = []
        try:
            for match in self._compiled.finditer(document):
                found.append(match.obj)
                if len(found) > _MOST_VALUES:
                    raise BudgetError
        except (JSONPathError, RecursionError):
            raise BudgetError from None
        return found


def path(text: str) -> Path:
    """Return the path *text*.

    Raises:
        PathError: It is none, or it could take very long: more than one ``..``, or one together
            with a filter.
    """
    from jsonpath.exceptions import JSONPathError  # noqa: PLC0415  # slow, and few have a path

    if len(text) > _LONGEST:
        raise PathError(f"a path must have at most {_LONGEST} characters, got {len(text)}")
    if text.count("..") > 1 or (".." in text and "?" in text):
        raise PathError("a path must have at most one '..', and no filter besides")
    if text.count("?") > 1:
        raise PathError("a path must have at most one filter")
    # Its own regular expressions are those that can hang.
    environment = _Environment(strict=True)
    for name in ("match", "search"):
        environment.function_extensions.pop(name, None)
    try:
        return Path(environment.compile(text))
    except (JSONPathError, RecursionError) as error:
        said = str(error).partition("\n")[0]
        raise PathError(f"it must be a JSONPath such as $.status: {said}") from None


def _Environment(*, strict: bool) -> Any:  # noqa: ANN401, N802  # a class that is made late
    import jsonpath  # noqa: PLC0415  # as above

    class Environment(jsonpath.JSONPathEnvironment):
        max_recursion_depth = _DEEPEST

    return Environment(strict=strict)
