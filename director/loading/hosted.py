"""How a plugin is loaded in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pkgutil import resolve_name

from director.errors import PluginError
from director.loading.asked import ask
from director.model.catalog import Offer
from director.model.definition import Definition
from director.model.value import dataclass
from director.ports import Check


@dataclass(frozen=True, slots=True)
class Named:
    """What an entry point says of a plugin; the library's own class takes long to import.

    Attributes:
        name: Of the entry point.
        value: What it names: a module, or something in one.
    """

    name: str
    value: str

    def load(self) -> object:
        """Import what is named, and return it."""
        return resolve_name(self.value.partition("[")[0].strip())  # Extras name no code.


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
    haul = ask(Named(name, value), definitions)
    if haul.sinks:
        raise PluginError(
            "untrusted_sink",
            "a sink runs inside the Director, so only a distribution that is trusted may offer one",
        )
    classes = {check: class_ for check, (class_, _) in haul.checks.items()}
    offers = tuple(haul.checks[check][1] for check in sorted(haul.checks))
    return classes, offers, haul.defined
