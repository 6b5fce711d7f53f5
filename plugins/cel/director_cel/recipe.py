"""From an operator's definition to compiled expressions, or to everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from director.plugin import CheckSpec, Definition, Flaw, Redirects, dataclass
from director_cel.language import Expression, Language

KEYS = ("expression", "warn_if", "observed", "message", "get", "headers", "redirects")
LONGEST_MESSAGE = 500
LONGEST_URL = 2_000
MOST_HEADERS = 50

_PAGE = re.compile(r"(?:/|https?://[^/\s])\S*")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is asked, and how the answer is judged.

    Attributes:
        spec: The check.
        scope: What the expressions speak of: ``manifest`` or ``reply``.
        expression: What must hold.
        warn_if: What is a reason to warn though it holds; None for nothing.
        observed: What is shown as observed; None for nothing.
        message: What to say if it does not hold; empty for the expression itself.
        page: The page that is asked for; empty for none.
        headers: What is sent along.
        redirects: How far to follow them.
    """

    spec: CheckSpec
    scope: str
    expression: Expression
    warn_if: Expression | None = None
    observed: Expression | None = None
    message: str = ""
    page: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    redirects: Redirects = Redirects.SAME_ORIGIN

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """All expressions in their order: what must hold, what warns, what is shown."""
        return tuple(filter(None, (self.expression, self.warn_if, self.observed)))


def read_recipe(
    definition: Definition, languages: Mapping[str, Language]
) -> Recipe | tuple[Flaw, ...]:
    """Return what *definition* says is asked, or everything that is wrong with it.

    Args:
        definition: What the operator wrote.
        languages: The language of each scope.
    """
    body = definition.body
    scope = "reply" if "get" in body else "manifest"
    flaws = [*definition.strangers(KEYS), *_page_flaws(definition.id, body)]
    found: dict[str, Expression] = {}
    for key in ("expression", "warn_if", "observed"):
        if key in body:
            read = _read(definition.id, key, body[key], languages[scope])
            if isinstance(read, Expression):
                found[key] = read
            else:
                flaws += read
    if "expression" not in body:
        flaws.append(Flaw(definition.id, (), "must have the key 'expression'"))
    if flaws:
        return tuple(flaws)
    return Recipe(
        spec=definition.spec,
        scope=scope,
        expression=found["expression"],
        warn_if=found.get("warn_if"),
        observed=found.get("observed"),
        message=" ".join(body.get("message", "").split()),
        page=body.get("get", ""),
        headers=tuple(sorted(body.get("headers", {}).items())),
        redirects=Redirects(body.get("redirects", Redirects.SAME_ORIGIN)),
    )


def _read(check: str, key: str, text: object, language: Language) -> Expression | list[Flaw]:
    if not isinstance(text, str):
        return [Flaw(check, (key,), f"must be an expression, got {text!r}: put it in quotes")]
    expression = language.compile(text)
    if not isinstance(expression, Expression):
        return [Flaw(check, (key,), each.problem, each.offset) for each in expression]
    if key != "observed" and expression.kind not in ("BOOL", "DYN"):
        problem = f"must be an expression that is true or false, got one of {expression.kind}"
        return [Flaw(check, (key,), problem)]
    return expression


def _page_flaws(check: str, body: Mapping[str, Any]) -> Iterator[Flaw]:
    message = body.get("message", "")
    if not isinstance(message, str) or len(message) > LONGEST_MESSAGE:
        problem = f"must be text of at most {LONGEST_MESSAGE} characters: put it in quotes"
        yield Flaw(check, ("message",), problem)
    page = body.get("get", "/")
    if not isinstance(page, str) or len(page) > LONGEST_URL or not _PAGE.fullmatch(page):
        yield Flaw(check, ("get",), f"must be a path such as /health, or a URL, got {page!r:.80}")
    yield from (
        Flaw(check, (key,), f"must stand beside get, which is not there: {key} is for a page")
        for key in ("headers", "redirects")
        if key in body and "get" not in body
    )
    redirects = body.get("redirects", Redirects.SAME_ORIGIN)
    if redirects not in list(Redirects):
        problem = f"must be one of {', '.join(Redirects)}, got {redirects!r:.80}"
        yield Flaw(check, ("redirects",), problem)
    headers = body.get("headers", {})
    if not isinstance(headers, Mapping) or len(headers) > MOST_HEADERS:
        problem = f"must be a mapping of names to values, at most {MOST_HEADERS}"
        yield Flaw(check, ("headers",), problem)
        return
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not isinstance(value, str) or not value.isprintable():
            problem = "must be the name of a header and one line of text: put it in quotes"
            yield Flaw(check, ("headers", name), problem, at_key=not isinstance(value, str))
