"""How a plugin is loaded in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint

from director.errors import PluginError
from director.loading.asked import ask
from director.model.catalog import Offer
from director.model.definition import Definition
from director.ports import Check

_GROUP = "director"


def load(
    name: str, value: str, definitions: tuple[Definition, ...]
) -> tuple[Mapping[str, type[Check]], tuple[Offer, ...], frozenset[str]]:
    """Load the plugin of one entry point.

    Args:
        name: Of the entry point.
        value: What it names.
        definitions: What the operator defines for the plugin.

    Returns:
        Its check classes by id, its offers, and the ids of the definitions that it took.

    Raises:
        DefinitionError: A definition cannot become a check.
        PluginError: It breaks its contract, or offers what only a trusted plugin may.
    """
    haul = ask(EntryPoint(name, value, _GROUP), definitions)
    if haul.sinks:
        raise PluginError(
            "untrusted_sink",
            "a sink runs inside the Director, so only a distribution that is trusted may offer one",
        )
    classes = {check: class_ for check, (class_, _) in haul.checks.items()}
    offers = tuple(haul.checks[check][1] for check in sorted(haul.checks))
    return classes, offers, haul.defined
