"""What is installed: every entry point of the group ``director``, loaded and asked alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, EntryPoint, distributions
from types import MappingProxyType

from director.errors import PluginError
from director.loading.asked import ask
from director.loading.containment import one_line, summary
from director.model.catalog import Catalog, Disposition, Plugin
from director.model.value import dataclass
from director.ports import Check, Sink

GROUP = "director"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


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
            haul = ask(each.entry_point)
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
                f"{other.distribution} {other.version} ({other.entry_point.value})"
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
