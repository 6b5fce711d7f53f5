"""Does a plugin speak our language? The version of the door it was written for, and its hooks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from director.errors import PluginError
from director.loading.containment import contained, one_line
from director.model.text import nearest
from director.plugin import API_VERSION

API_NAME = "DIRECTOR_PLUGIN_API"
"""What a plugin's module may say: the version of the door that it was written for."""

OLDEST_API = max(1, API_VERSION - 1)
"""The oldest version that is still understood: the one before ours, if there was one."""

_PREFIX = "director_"


def demand_api(module: object) -> None:
    """Return if *module* was written for a version of the door that we still have.

    A plugin that says nothing was written for the present one.

    Raises:
        PluginError: It needs another version, or what it says is no version.
    """
    with contained("incompatible"):
        wanted = getattr(module, API_NAME, API_VERSION)
    # By exact type: True is 1, too, and no version.
    if type(wanted) is not int:
        raise PluginError(
            "incompatible", f"{API_NAME} must be a whole number, got a {type(wanted).__name__}"
        )
    if not OLDEST_API <= wanted <= API_VERSION:
        whose = "the Director" if wanted > API_VERSION else "the plugin"
        raise PluginError(
            "incompatible",
            one_line(f"needs plugin API {_short(wanted)}, this Director has {_ours()}:")
            + f" upgrade {whose}",
        )


def demand_hooks(module: object, hooks: Mapping[str, Callable[..., Any]]) -> None:
    """Return if everything in *module* that looks like a hook is one of *hooks*, and fits it.

    Names that begin with ``director_`` belong to hooks: a function of such a name that is none
    offers nothing, and nobody would see that a check does not arrive.

    Args:
        module: What an entry point loads.
        hooks: The hooks there are, by name.

    Raises:
        PluginError: A hook is misspelled, not marked, or asks for what is not given.
    """
    for name, function, mark in _candidates(module):
        meant = (mark or {}).get("specname") or name
        if meant not in hooks:
            if (mark or {}).get("optionalhook"):
                continue  # It says itself that a Director may lack this one.
            raise PluginError("unknown_hook", _unknown(str(meant), hooks))
        if mark is None:
            raise PluginError("no_hook", f"{name} must be marked with @hookimpl")
        _demand_arguments(name, function, hooks[meant])


def _candidates(module: object) -> Iterator[tuple[str, Callable[..., Any], dict[str, Any] | None]]:
    """Yield the name and the function of everything that is a hook or looks like one, and its mark.

    The mark is what ``@hookimpl`` left on it, or None.
    """
    found: list[tuple[str, Callable[..., Any], dict[str, Any] | None]] = []
    with contained("bad_hook"):
        for name in dir(module):
            function = getattr(module, name, None)
            if not inspect.isroutine(function) or hasattr(function, "director_spec"):
                continue  # A plugin may import the door's own declaration of a hook.
            mark = getattr(function, "director_impl", None)
            if isinstance(mark, dict):
                found.append((name, function, mark))
            elif name.startswith(_PREFIX) and inspect.isfunction(function):
                found.append((name, function, None))
    yield from found


def _demand_arguments(
    name: str, function: Callable[..., Any], declared: Callable[..., Any]
) -> None:
    with contained("bad_hook"):
        given = inspect.signature(declared).parameters
        asked = [
            each.name
            for each in inspect.signature(function).parameters.values()
            if each.default is each.empty
            and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
            and each.name not in given
        ]
    if asked:
        raise PluginError(
            "incompatible",
            one_line(
                f"{name} must take {', '.join(given) or 'no arguments'},"
                f" got {', '.join(asked)} besides; plugin API {_ours()} has no such argument"
            ),
        )


def _unknown(name: str, hooks: Mapping[str, Callable[..., Any]]) -> str:
    near = nearest(name, sorted(hooks))
    hint = f", did you mean {near}?" if near else f"; there are {', '.join(sorted(hooks))}"
    return one_line(f"{name} is no hook{hint} (names that begin with {_PREFIX} belong to hooks)")


def _ours() -> str:
    older = f" and {OLDEST_API}" if OLDEST_API < API_VERSION else ""
    return f"{API_VERSION}{older}"


def _short(number: int) -> str:
    """Return *number* for people; one with thousands of digits cannot even be printed."""
    return str(number) if abs(number) < 10**9 else "of more digits than versions have"
