"""The checks that expressions become: one kind reads the manifest, the other asks for a page."""

from __future__ import annotations

from typing import Any, ClassVar

from director.plugin import (
    Answer,
    Check,
    CheckSpec,
    Failed,
    LiveCheck,
    Manifest,
    ManifestCheck,
    NotApplicable,
    Passed,
    Probe,
    Target,
    Unknown,
    Warned,
    dataclass,
)
from director_cel.apart import evaluated_apart
from director_cel.facts import manifest_facts, reply_facts
from director_cel.language import Said, Unsaid
from director_cel.recipe import Recipe
from director_cel.work import MOST_VALUES, Size, fits_here, named_in, size_of

LONGEST_OBSERVED = 200
LONGEST_SHOWN = 300


def check_of(recipe: Recipe) -> type[Check]:
    """Return the check that asks what *recipe* says."""
    return _of_page(recipe) if recipe.page else _of_manifest(recipe)


def _of_manifest(recipe: Recipe) -> type[ManifestCheck]:
    @dataclass(frozen=True, slots=True)
    class Declares:
        """Hold an expression against what the team declares."""

        spec: ClassVar[CheckSpec] = recipe.spec

        def judge(self, manifest: Manifest) -> Answer:
            """Evaluate once."""
            texts = [each.text for each in recipe.expressions]
            facts = named_in(texts, manifest_facts(manifest))
            size = size_of(facts)
            if size.excessive or not fits_here(texts, size):
                reason = f"{_shown(recipe)} would be too much work over this manifest"
                return Unknown(reason, "too_much_work")
            return judged(recipe, [each.evaluate(facts) for each in recipe.expressions])

    return Declares


def _of_page(recipe: Recipe) -> type[LiveCheck]:
    @dataclass(frozen=True, slots=True)
    class Answers:
        """Ask for a page and hold an expression against the answer."""

        spec: ClassVar[CheckSpec] = recipe.spec

        async def run(self, target: Target, probe: Probe) -> Answer:
            """Ask once."""
            if target.base_url is None and recipe.page.startswith("/"):
                return NotApplicable("the environment has no base_url")
            headers = dict(recipe.headers) or None
            reply = await probe.get(recipe.page, headers=headers, redirects=recipe.redirects)
            texts = [each.text for each in recipe.expressions]
            facts = named_in(texts, reply_facts(target, reply))
            size = size_of(facts)
            if size.excessive:
                return Unknown(_excess(recipe, size), "too_much_work")
            return judged(recipe, await _evaluated(recipe, texts, facts, size))

    return Answers


async def _evaluated(
    recipe: Recipe, texts: list[str], facts: dict[str, Any], size: Size
) -> list[Said | Unsaid]:
    """Return what each expression comes to: here if that is quick for certain, else apart."""
    if fits_here(texts, size):
        return [each.evaluate(facts) for each in recipe.expressions]
    return await evaluated_apart(texts, recipe.scope, facts)


def _excess(recipe: Recipe, size: Size) -> str:
    return (
        f"{_shown(recipe)} would be held against more than {MOST_VALUES:,} values"
        f" or {size.characters:,} characters"
    )


def judged(recipe: Recipe, came: list[Said | Unsaid]) -> Answer:
    """Return what it means that the expressions of *recipe* *came* to this.

    Only true is a pass, and only false a failure: what is neither is unknown.
    """
    results = iter(came)
    holds = next(results)
    warns = next(results) if recipe.warn_if else Said(value=False)
    observed = _observed(next(results)) if recipe.observed else ""
    expression = recipe.expression.text
    if unclear := _unclear(expression, holds):
        return unclear
    if isinstance(holds, Said) and holds.value is False:
        reason = recipe.message or f"it does not hold that {_shown(recipe)}"
        found = f"{reason}; it is {observed}" if observed else reason
        return Failed(
            found, observed=observed or "false", expected=expression, code="condition_failed"
        )
    if recipe.warn_if and (unclear := _unclear(recipe.warn_if.text, warns)):
        return unclear
    told = f"; it is {observed}" if observed else ""
    if recipe.warn_if and isinstance(warns, Said) and warns.value is True:
        reason = f"it holds that {_shown(recipe)}, and also that {_line(recipe.warn_if.text)}{told}"
        return Warned(reason, observed=observed or "true", expected=f"not {recipe.warn_if.text}")
    return Passed(f"it holds that {_shown(recipe)}{told}", observed or "true", expression)


def _unclear(text: str, came: Said | Unsaid) -> Unknown | None:
    """Return that it cannot be told whether *text* holds, if it is neither true nor false."""
    if isinstance(came, Unsaid):
        return Unknown(f"it cannot be told whether {_line(text)}: {came.problem}", came.code)
    if not isinstance(came.value, bool):
        problem = f"it must be true or false, it is {_line(repr(came.value))}"
        return Unknown(f"it cannot be told whether {_line(text)}: {problem}", "not_boolean")
    return None


def _observed(came: Said | Unsaid) -> str:
    text = f"not to be told: {came.problem}" if isinstance(came, Unsaid) else _plain(came.value)
    return text[:LONGEST_OBSERVED]


def _plain(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _shown(recipe: Recipe) -> str:
    return _line(recipe.expression.text)


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SHOWN else f"{line[: LONGEST_SHOWN - 1]}…"
