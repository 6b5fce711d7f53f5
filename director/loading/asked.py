"""One plugin, loaded and asked alone what it offers."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from itertools import islice
from types import ModuleType
from typing import Any, Protocol

import pluggy

from director import plugin as door
from director.errors import PluginError
from director.loading.containment import contained
from director.loading.handshake import demand_api, demand_hooks
from director.loading.offers import examine_check, examine_sink
from director.model.catalog import Offer
from director.model.definition import Definition, DefinitionError, Flaw
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
    """What one plugin offers.

    Attributes:
        checks: Its checks by id.
        sinks: Its sinks.
        defined: The definitions that it took and made checks of, by their ids.
    """

    checks: Mapping[str, tuple[type[Check], Offer]]
    sinks: tuple[Sink, ...]
    defined: frozenset[str] = frozenset()


class Point(Protocol):
    """What names a plugin; ``importlib.metadata.EntryPoint`` is one."""

    @property
    def name(self) -> str:
        """With which the ids of its checks begin."""
        ...

    @property
    def value(self) -> str:
        """What it names."""
        ...

    def load(self) -> Any:  # noqa: ANN401  # anything can be named
        """Import what it names, and return it."""
        ...


def ask(point: Point, definitions: Iterable[Definition] = ()) -> Haul:
    """Load one plugin, register it alone and return what it offers.

    Args:
        point: The plugin.
        definitions: What the operator defines; it gets those whose ids begin with its name.

    Raises:
        DefinitionError: A definition cannot become a check; the plugin itself is whole.
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

    own = tuple(each for each in definitions if each.id.partition(".")[0] == point.name)
    checks: dict[str, tuple[type[Check], Offer]] = {}
    for offered in _answers(manager.hook.director_checks, definitions=own):
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
    return Haul(checks, tuple(sinks), _taken(manager.hook.director_checks, own, checks))


def _taken(
    hook: pluggy.HookCaller, own: tuple[Definition, ...], checks: Mapping[str, object]
) -> frozenset[str]:
    """Return the ids of the definitions *own* that the plugin took; none if it takes none.

    Raises:
        PluginError: It was given one and made nothing of it.
    """
    if not any("definitions" in each.argnames for each in hook.get_hookimpls()):
        return frozenset()
    for each in own:
        if each.id not in checks:
            raise PluginError(
                "definition_lost", f"must offer a check for the definition {each.id}, got none"
            )
    return frozenset(each.id for each in own)


def _answers(hook: pluggy.HookCaller, **given: object) -> list[object]:
    """Return everything the one registered plugin answers to *hook*."""
    if not hook.get_hookimpls():
        return []
    offered: list[object] = []
    told: tuple[Flaw, ...] = ()
    with contained("hook_failed"):
        try:
            offered = list(islice(_iterable(hook, hook(**given)), MOST_OFFERED + 1))
        except DefinitionError as error:
            told = _sound(error)
    if told:
        raise DefinitionError(*told)
    if len(offered) > MOST_OFFERED:
        raise PluginError(
            "bad_offer", f"{hook.name} must return at most {MOST_OFFERED} items, got more"
        )
    return offered


def _iterable(hook: pluggy.HookCaller, answers: object) -> Iterable[object]:
    """Return what the one plugin answered, given the *answers* of all to *hook*."""
    # pluggy leaves out an answer of None.
    answer = answers[0] if isinstance(answers, list) and len(answers) == 1 else None
    if inspect.iscoroutine(answer):
        answer.close()
    if not isinstance(answer, Iterable) or isinstance(answer, (str, bytes)):
        raise PluginError(
            "bad_offer",
            f"{hook.name} must return an iterable, got a {type(answer).__name__}",
        )
    return answer


def _sound(error: DefinitionError) -> tuple[Flaw, ...]:
    """Return the flaws of *error*; a plugin may have put anything there.

    Raises:
        PluginError: They are none.
    """
    flaws = error.flaws
    if type(flaws) is not tuple or not flaws or not all(map(_is_flaw, flaws)):
        raise PluginError("bad_flaw", "a DefinitionError must be made of flaws, at least one")
    return flaws[:MOST_OFFERED]


def _is_flaw(flaw: object) -> bool:
    return (
        type(flaw) is Flaw
        and type(flaw.check) is str
        and type(flaw.problem) is str
        and type(flaw.way) is tuple
        and all(type(step) in (str, int) for step in flaw.way)
        and (flaw.offset is None or (type(flaw.offset) is int and flaw.offset >= 0))
    )
