"""What is installed: every entry point of the group ``director``, loaded and asked alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.metadata import Distribution, EntryPoint, distributions
from types import MappingProxyType

from director.errors import PluginError
from director.loading.asked import ask
from director.loading.containment import one_line, summary
from director.model.catalog import Catalog, Disposition, Plugin
from director.model.definition import Definition, DefinitionError, Flaw
from director.model.value import dataclass
from director.ports import Sink
from director.ports.outside import Came, Housed, Make, Outside, Wanted

GROUP = "director"

_NAMELESS = "its distribution has no readable name, so it cannot be trusted; install it again"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Installed:
    """What was found, and what of it can be run.

    Attributes:
        catalog: Every plugin, whole, broken or refused.
        classes: What makes every check in the catalog, by id, given its options; read-only.
        sinks: The sinks that plugins offer, in the order of their entry points.
        defined: The definitions that became checks, by their ids.
        flaws: What plugins say is wrong with definitions; whoever gave some looks here.
    """

    catalog: Catalog
    classes: Mapping[str, Make]
    sinks: tuple[Sink, ...] = ()
    defined: frozenset[str] = frozenset()
    flaws: tuple[Flaw, ...] = ()


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

    @property
    def plugin(self) -> Plugin:
        """Who it is, before it is known what it offers."""
        return Plugin(
            name=one_line(self.name, 64),
            distribution=self.distribution,
            version=self.version,
            isolated=not self.trusted,
        )


def discover(
    trusted: frozenset[str],
    entry_points: Iterable[EntryPoint] | None = None,
    outside: Outside | None = None,
    definitions: tuple[Definition, ...] = (),
) -> Installed:
    """Find every plugin, load each, and ask each alone what it offers.

    A plugin that is trusted is imported here, every other one *outside*. One that breaks its
    contract in any way is broken as a whole and offers nothing; it never touches the others. As
    a check's id begins with the name of its entry point and a name belongs to one plugin, no
    plugin can take another's check. Two plugins of one name are both broken, unless one is
    trusted and the other is not: installing something untrusted cannot silence what is trusted.

    Args:
        trusted: Distributions that may run inside this process; ``-``, ``_``, ``.`` and case
            make no difference.
        entry_points: What to look at; None for everything that is installed. Those of other
            groups are ignored.
        outside: Where the others run; None if they are refused.
        definitions: What the operator defines for plugins to make checks of.
    """
    plugins: list[Plugin] = []
    if entry_points is None:
        entry_points, plugins = _installed()
    wanted = frozenset(_canonical(name) for name in trusted)
    found = [_found(point, wanted) for point in entry_points if point.group == GROUP]
    found.sort(key=lambda each: (each.name, each.distribution))
    admitted, refused = _admitted(found, alone=outside is None)
    plugins += refused

    # Those that load elsewhere do so while the others load here.
    far = [each for each in admitted if not each.trusted]
    wanted_far = [_wanted(each, definitions) for each in far]
    arrivals = outside.begin(wanted_far) if outside and far else tuple
    near = [each for each in admitted if each.trusted]
    came = [*_loaded(near, definitions), *zip(far, arrivals(), strict=True)]
    plugins += [_told(each, what) for each, what in came]
    plugins.sort(key=lambda plugin: (plugin.name, plugin.distribution))
    housed = [what for _, what in came if isinstance(what, Housed)]
    flaws = [flaw for _, what in came if isinstance(what, DefinitionError) for flaw in what.flaws]
    return Installed(
        Catalog(tuple(plugins)),
        MappingProxyType({check: make for each in housed for check, make in each.makes}),
        tuple(sink for each in housed for sink in each.sinks),
        frozenset(check for each in housed for check in each.defined),
        tuple(flaws),
    )


def _admitted(found: Iterable[_Found], *, alone: bool) -> tuple[list[_Found], list[Plugin]]:
    """Return what may be loaded, and what may not; *alone* if it can only be loaded here."""
    admitted: list[_Found] = []
    refused: list[Plugin] = []
    for each in found:
        try:
            _admit(each, found, alone=alone)
            admitted.append(each)
        except PluginError as error:
            refused.append(_not_loaded(each, error))
    return admitted, refused


def _loaded(
    near: Iterable[_Found], definitions: tuple[Definition, ...]
) -> Iterator[tuple[_Found, Came]]:
    """Yield each plugin with what comes of loading it here."""
    for each in near:
        try:
            haul = ask(each.entry_point, definitions)
        except (DefinitionError, PluginError) as error:
            yield each, error
            continue
        offers = tuple(haul.checks[check][1] for check in sorted(haul.checks))
        makes = tuple((check, class_) for check, (class_, _) in haul.checks.items())
        yield each, Housed(offers, makes, haul.sinks, haul.defined)


def _wanted(each: _Found, definitions: tuple[Definition, ...]) -> Wanted:
    own = tuple(d for d in definitions if d.id.partition(".")[0] == each.name)
    return Wanted(each.plugin, each.entry_point.value, own)


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


def _admit(each: _Found, found: Iterable[_Found], *, alone: bool) -> None:
    """Raise unless *each* may be imported at all."""
    if alone and not each.trusted:
        raise PluginError("untrusted", _how_to_trust(each.distribution))
    if not each.distribution:
        raise PluginError("unreadable_metadata", _NAMELESS)
    if not _NAME.fullmatch(each.name):
        raise PluginError(
            "bad_name",
            "the entry point must be a lower-case word of at most 64 letters, digits and '_'",
        )
    namesakes = [other for other in found if other.name == each.name]
    if each.trusted:  # What is not trusted takes no name from what is.
        namesakes = [other for other in namesakes if other.trusted]
    if len(namesakes) > 1:
        rivals = sorted({f"{o.distribution} ({o.entry_point.value})" for o in namesakes})
        raise PluginError(
            "duplicate_plugin",
            f"the entry point '{each.name}' must belong to one plugin, got {', '.join(rivals)}",
        )


def _how_to_trust(distribution: str) -> str:
    if not distribution:
        return _NAMELESS
    return (
        f"refused where nothing can run in its own process; if you trust {distribution} to run"
        f" inside the Director, say --trust {distribution} or DIRECTOR_TRUST={distribution}"
    )


def _told(each: _Found, came: Came) -> Plugin:
    """Return what became of a plugin."""
    if isinstance(came, Housed):
        return replace(each.plugin, checks=came.offers)
    if isinstance(came, DefinitionError):
        return _not_loaded(each, PluginError("bad_definition", str(came)))
    return _not_loaded(each, came)


def _not_loaded(each: _Found, error: PluginError) -> Plugin:
    refused = error.code == "untrusted"
    return replace(
        each.plugin,
        disposition=Disposition.REFUSED if refused else Disposition.BROKEN,
        code=error.code,
        detail=one_line(error.detail),
    )
