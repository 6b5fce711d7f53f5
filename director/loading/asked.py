"""One plugin, loaded and asked alone what it offers."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint
from itertools import islice
from types import ModuleType

import pluggy

from director import plugin as door
from director.errors import PluginError
from director.loading.containment import contained
from director.loading.handshake import demand_api, demand_hooks
from director.loading.offers import examine_check, examine_sink
from director.model.catalog import Offer
from director.model.value import dataclass
from director.ports import Check, Sink

_PROJECT = "director"

MOST_OFFERED = 1000
"""Answers to one hook; a plugin that offers more has run wild."""

# pluggy looks long at every name of what it is given, and the door has many; these are its hooks.
_DECLARED = {n: each for n, each in vars(door).items() if hasattr(each, "director_spec")}
_HOOKS = ModuleType("hooks")
vars(_HOOKS).update(_DECLARED)


@dataclass(frozen=True, slots=True)
class Haul:
    """What one plugin offers: its checks by id, and its sinks."""

    checks: Mapping[str, tuple[type[Check], Offer]]
    sinks: tuple[Sink, ...]


def ask(point: EntryPoint) -> Haul:
    """Load one plugin, register it alone and return what it offers.

    Raises:
        PluginError: It breaks its contract.
    """
    with contained("import_failed"):
        module = point.load()
    demand_api(module)
    demand_hooks(module, _DECLARED)

    manager = pluggy.PluginManager(_PROJECT)
    manager.add_hookspecs(_HOOKS)
    with contained("bad_hook"):
        manager.register(module, point.name)
    with contained("unknown_hook"):
        manager.check_pending()
    if not manager.get_hookcallers(module):
        raise PluginError("no_hook", f"{point.value} must implement a hook, marked with @hookimpl")

    checks: dict[str, tuple[type[Check], Offer]] = {}
    for offered in _answers(manager.hook.director_checks):
        with contained("bad_check"):
            class_, offer = examine_check(offered, point.name)
        if offer.spec.id in checks:
            rival = checks[offer.spec.id][0]
            raise PluginError(
                "duplicate_check",
                f"{offer.spec.id} must be one class, got"
                f" {rival.__qualname__} and {class_.__qualname__}",
            )
        checks[offer.spec.id] = class_, offer
    sinks = []
    for offered in _answers(manager.hook.director_sinks):
        with contained("bad_sink"):
            sinks.append(examine_sink(offered))
    return Haul(checks, tuple(sinks))


def _answers(hook: pluggy.HookCaller) -> list[object]:
    """Return everything the one registered plugin answers to *hook*."""
    if not hook.get_hookimpls():
        return []
    with contained("hook_failed"):
        answers = hook()
        # pluggy leaves out an answer of None.
        answer = answers[0] if isinstance(answers, list) and len(answers) == 1 else None
        if inspect.iscoroutine(answer):
            answer.close()
        if not isinstance(answer, Iterable) or isinstance(answer, (str, bytes)):
            raise PluginError(
                "bad_offer",
                f"{hook.name} must return an iterable, got a {type(answer).__name__}",
            )
        offered = list(islice(answer, MOST_OFFERED + 1))
    if len(offered) > MOST_OFFERED:
        raise PluginError(
            "bad_offer", f"{hook.name} must return at most {MOST_OFFERED} items, got more"
        )
    return offered
