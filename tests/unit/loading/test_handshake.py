"""loading.handshake: a plugin that speaks another language is told so, never half understood."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from director.errors import PluginError
from director.loading.handshake import API_NAME, OLDEST_API, demand_api, demand_hooks
from director.plugin import API_VERSION, hookimpl


def director_checks() -> object:
    """Stand for the declaration of the hook."""


HOOKS: dict[str, Callable[..., Any]] = {"director_checks": director_checks}


def module(**names: object) -> SimpleNamespace:
    """Return a module in which these names are."""
    return SimpleNamespace(**names)


@pytest.mark.parametrize("version", [None, OLDEST_API, API_VERSION])
def test_our_version_and_the_one_before_are_understood(version: int | None) -> None:
    """Whoever says nothing was written for the present version."""
    demand_api(module() if version is None else module(**{API_NAME: version}))


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (99, "needs plugin API 99, this Director has 1: upgrade the Director"),
        (0, "needs plugin API 0, this Director has 1: upgrade the plugin"),
        (-1, "upgrade the plugin"),
        (10**5000, "of more digits than versions have"),
        ("1", "must be a whole number, got a str"),
        (True, "must be a whole number, got a bool"),
        (1.0, "must be a whole number, got a float"),
        (None, "must be a whole number, got a NoneType"),
    ],
    ids=["newer", "none yet", "negative", "endless", "text", "truth", "fraction", "nothing"],
)
def test_any_other_version_is_incompatible(version: object, words: str) -> None:
    """What is no version of ours is refused, with who has to be upgraded."""
    with pytest.raises(PluginError) as refused:
        demand_api(module(**{API_NAME: version}))

    assert refused.value.code == "incompatible"
    assert words in refused.value.detail


def fine() -> tuple[()]:
    """Be a hook."""
    return ()


def generous(**_: object) -> tuple[()]:
    """Take whatever comes."""
    return ()


@pytest.mark.parametrize(
    "names",
    [
        {"director_checks": hookimpl(fine)},
        {"mine": hookimpl(specname="director_checks")(lambda: ())},
        {"director_later": hookimpl(optionalhook=True)(lambda: ())},
        {"director_checks": hookimpl(generous)},
        {"director_checks": hookimpl(lambda _depth=1: ())},
        {"director_acme": SimpleNamespace(), "directory": lambda: (), "director_name": "acme"},
    ],
    ids=["plain", "by another name", "optional", "any arguments", "default", "no functions"],
)
def test_what_fits_is_taken(names: dict[str, object]) -> None:
    """Hooks that are known, and names that are nobody's hook, are fine."""
    demand_hooks(module(**names), HOOKS)


@pytest.mark.parametrize(
    ("names", "code", "words"),
    [
        ({"director_check": hookimpl(lambda: ())}, "unknown_hook", "did you mean director_checks?"),
        ({"director_cheks": lambda: ()}, "unknown_hook", "did you mean director_checks?"),
        ({"director_of_photography": lambda: ()}, "unknown_hook", "there are director_checks"),
        (
            {"mine": hookimpl(specname="director_chcks")(lambda: ())},
            "unknown_hook",
            "director_chcks is no hook, did you mean director_checks?",
        ),
        ({"director_checks": lambda: ()}, "no_hook", "must be marked with @hookimpl"),
        (
            {"director_checks": hookimpl(lambda _manifest, _depth: ())},
            "incompatible",
            "must take no arguments, got _manifest, _depth besides",
        ),
    ],
    ids=["marked", "not marked", "nothing near", "by another name", "forgotten mark", "arguments"],
)
def test_what_looks_like_a_hook_must_be_one(
    names: dict[str, object], code: str, words: str
) -> None:
    """A check that silently does not arrive is what must not happen."""
    with pytest.raises(PluginError) as refused:
        demand_hooks(module(**names), HOOKS)

    assert refused.value.code == code
    assert words in refused.value.detail


def test_one_good_hook_excuses_no_bad_one() -> None:
    """A plugin with a misspelled hook is broken also where another hook of it is right."""
    both = module(director_checks=hookimpl(fine), director_sink=lambda: ())

    with pytest.raises(PluginError, match="director_sink is no hook"):
        demand_hooks(both, HOOKS)
