"""Expressions in CEL as checks for the Production Readiness Director."""

from __future__ import annotations

from collections.abc import Iterable

from director.plugin import Check, Definition, DefinitionError, Flaw, hookimpl


@hookimpl
def director_checks(definitions: tuple[Definition, ...]) -> Iterable[type[Check]]:
    """Offer a check for each expression that the operator defines.

    Raises:
        DefinitionError: Some definitions cannot be understood.
    """
    if not definitions:
        return ()
    from director_cel.checks import check_of  # noqa: PLC0415  # only where something is defined
    from director_cel.language import Language  # noqa: PLC0415  # likewise
    from director_cel.recipe import read_recipe  # noqa: PLC0415  # likewise
    from director_cel.scope import SCOPES  # noqa: PLC0415  # likewise

    languages = {name: Language(name) for name in SCOPES}

    flaws: list[Flaw] = []
    checks: list[type[Check]] = []
    for definition in definitions:
        recipe = read_recipe(definition, languages)
        if isinstance(recipe, tuple):
            flaws += recipe
        else:
            checks.append(check_of(recipe))
    if flaws:
        raise DefinitionError(*flaws)
    return checks
