"""Any program as a check for the Production Readiness Director, Nagios plugins among them."""

from __future__ import annotations

from collections.abc import Iterable

from director.plugin import Check, Definition, DefinitionError, Flaw, hookimpl


@hookimpl
def director_checks(definitions: tuple[Definition, ...]) -> Iterable[type[Check]]:
    """Offer a check for each program that the operator defines.

    Raises:
        DefinitionError: Some definitions cannot be run.
    """
    if not definitions:
        return ()
    import asyncio  # noqa: PLC0415  # only where something is defined

    from director_exec.program import check_of  # noqa: PLC0415  # likewise
    from director_exec.recipe import read_recipe  # noqa: PLC0415  # likewise

    turn = asyncio.Lock()
    flaws: list[Flaw] = []
    checks: list[type[Check]] = []
    for definition in definitions:
        recipe = read_recipe(definition)
        if isinstance(recipe, tuple):
            flaws += recipe
        else:
            checks.append(check_of(recipe, turn))
    if flaws:
        raise DefinitionError(*flaws)
    return checks
