"""What is installed: every entry point of the group ``director``, loaded and asked alone."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, EntryPoint, distributions
from itertools import islice
from types import MappingProxyType, ModuleType

import pluggy

from director import plugin as door
from director.errors import PluginError
from director.loading.containment import contained, one_line, summary
from director.loading.offers import examine_check, examine_sink
from director.model.catalog import Catalog, Disposition, Offer, Plugin
from director.model.value import dataclass
from director.ports import Check, Sink

GROUP = "director"

MOST_OFFERED = 1000
"""Answers to one hook; a plugin that offers more has run wild."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

# pluggy looks long at every name of what it is given, and the door has many; these are its hooks.
_HOOKS = ModuleType("hooks")
vars(_HOOKS).update({n: each for n, each in vars(door).items() if hasattr(each, "director_spec")})


@dataclass(frozen=True, slots=True)
class Installed:
    """What was found, and what of it can be run.

    Attributes:
        catalog: Every plugin, whole, broken or refused.
        classes: The class of every check in the catalog, by id; read-only.
        sinks: The sinks that plugins offer, in the order of their entry points.
    """

    catalog: Catalog
    classes: Mapping[str, type[Check]]
    sinks: tuple[Sink, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An entry point with what its distribution says of itself."""

    entry_point: EntryPoint
    distribution: str
    version: str
    trusted: bool

    @property
    def name(self) -> str:
        return self.entry_point.name


@dataclass(frozen=True, slots=True)
class _Haul:
    """What one plugin offers."""

    checks: Mapping[str, tuple[type[Check], Offer]]
    sinks: tuple[Sink, ...]


def discover(
    trusted: frozenset[str], entry_points: Iterable[EntryPoint] | None = None
) -> Installed:
    """Find every plugin, load the trusted ones, and ask each alone what it offers.

    A plugin that is not trusted is refused without being imported. One that breaks its contract
    in any way is broken as a whole and offers nothing; it never touches the others. As a check's
    id begins with the name of its entry point and a name belongs to one plugin, no plugin can
    take another's check. Two trusted plugins of one name are both broken; a refused one takes
    no name, so that installing something untrusted cannot silence what is trusted.

    Args:
        trusted: Distributions that may run inside this process; ``-``, ``_``, ``.`` and case
            make no difference.
        entry_points: What to look at; None for everything that is installed. Those of other
            groups are ignored.
    """
    plugins: list[Plugin] = []
    if entry_points is None:
        entry_points, plugins = _installed()
    wanted = frozenset(_canonical(name) for name in trusted)
    found = [_found(point, wanted) for point in entry_points if point.group == GROUP]
    owners = Counter(each.name for each in found if each.trusted)

    classes: dict[str, type[Check]] = {}
    sinks: list[Sink] = []
    for each in sorted(found, key=lambda each: (each.name, each.distribution)):
        try:
            _admit(each, found, owners)
            haul = _ask(each)
        except PluginError as error:
            plugins.append(_not_loaded(each, error))
            continue
        offers = tuple(haul.checks[check][1] for check in sorted(haul.checks))
        plugins.append(
            Plugin(
                name=each.name,
                distribution=each.distribution,
                version=each.version,
                checks=offers,
            )
        )
        classes |= {check: class_ for check, (class_, _) in haul.checks.items()}
        sinks += haul.sinks

    plugins.sort(key=lambda plugin: (plugin.name, plugin.distribution))
    return Installed(Catalog(tuple(plugins)), MappingProxyType(classes), tuple(sinks))


def _installed() -> tuple[list[EntryPoint], list[Plugin]]:
    """Return all our entry points, and a broken plugin for each distribution we cannot read.

    ``importlib.metadata.entry_points`` parses every distribution and gives up at the first
    that is damaged. Of several distributions with one name the first on the path holds, as it
    does for imports.
    """
    points: list[EntryPoint] = []
    damaged: list[Plugin] = []
    seen: set[str] = set()
    for distribution in distributions():
        try:
            text = distribution.read_text("entry_points.txt") or ""
            if f"[{GROUP}]" not in text:  # Asked first: parsing every neighbour takes its time.
                continue
            identity = _canonical(_identity(distribution)[0]) or text
            if identity in seen:
                continue
            seen.add(identity)
            points += distribution.entry_points.select(group=GROUP)
        except Exception as problem:  # noqa: BLE001  # a damaged neighbour must not stop us
            damaged.append(_damaged(distribution, problem))
    return points, list(dict.fromkeys(damaged))


def _damaged(distribution: Distribution, problem: Exception) -> Plugin:
    name, version = _identity(distribution)
    return Plugin(
        name=name or "?",
        distribution=name,
        version=version,
        disposition=Disposition.BROKEN,
        code="unreadable_metadata",
        detail=one_line(
            f"its entry points cannot be read, install it again; got {summary(problem)}"
        ),
    )


def _identity(distribution: Distribution | None) -> tuple[str, str]:
    """Return the name and version of *distribution*; empty where it does not say."""
    if distribution is None:
        return "", ""
    try:
        metadata = distribution.metadata
        name, version = metadata["Name"], metadata["Version"]
    except Exception:  # noqa: BLE001  # damaged metadata: it has no name, so nobody trusts it
        return "", ""
    return one_line(str(name or ""), 100), one_line(str(version or ""), 100)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _found(point: EntryPoint, wanted: frozenset[str]) -> _Found:
    name, version = _identity(point.dist)
    return _Found(
        entry_point=point,
        distribution=name,
        version=version,
        trusted=bool(name) and _canonical(name) in wanted,
    )


def _admit(each: _Found, found: Iterable[_Found], owners: Mapping[str, int]) -> None:
    """Raise unless *each* may be imported at all."""
    if not each.trusted:
        raise PluginError("untrusted", _how_to_trust(each.distribution))
    if not _NAME.fullmatch(each.name):
        raise PluginError(
            "bad_name",
            "the entry point must be a lower-case word of at most 64 letters, digits and '_'",
        )
    if owners[each.name] > 1:
        rivals = sorted(
            {
                f"{other.distribution} ({other.entry_point.value})"
                for other in found
                if other.trusted and other.name == each.name
            }
        )
        raise PluginError(
            "duplicate_plugin",
            f"the entry point '{each.name}' must belong to one plugin, got {', '.join(rivals)}",
        )


def _how_to_trust(distribution: str) -> str:
    if not distribution:
        return "its distribution has no readable name, so it cannot be trusted; install it again"
    return (
        f"refused until plugins can run in their own process; if you trust {distribution} to run"
        f" inside the Director, say --trust {distribution} or DIRECTOR_TRUST={distribution}"
    )


def _not_loaded(each: _Found, error: PluginError) -> Plugin:
    refused = error.code == "untrusted"
    return Plugin(
        name=one_line(each.name, 64),
        distribution=each.distribution,
        version=each.version,
        disposition=Disposition.REFUSED if refused else Disposition.BROKEN,
        code=error.code,
        detail=one_line(error.detail),
    )


def _ask(each: _Found) -> _Haul:
    """Load one plugin, register it alone and return what it offers.

    Raises:
        PluginError: It breaks its contract.
    """
    with contained("import_failed"):
        module = each.entry_point.load()

    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(_HOOKS)
    with contained("bad_hook"):
        manager.register(module, each.name)
    with contained("unknown_hook"):
        manager.check_pending()
    if not manager.get_hookcallers(module):
        raise PluginError(
            "no_hook", f"{each.entry_point.value} must implement a hook, marked with @hookimpl"
        )

    checks: dict[str, tuple[type[Check], Offer]] = {}
    for offered in _answers(manager.hook.director_checks):
        with contained("bad_check"):
            class_, offer = examine_check(offered, each.name)
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
    return _Haul(checks, tuple(sinks))


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
