"""How a plugin is loaded in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any

from director.errors import PluginError
from director.loading.asked import ask
from director.model.catalog import Offer
from director.model.definition import DefinitionError
from director.ports import Check

_GROUP = "director"


def load(wanted: Mapping[str, Any]) -> tuple[Mapping[str, type[Check]], tuple[Offer, ...]]:
    """Load the plugin of one entry point, and return its check classes by id, and its offers.

    Args:
        wanted: The ``name`` and the ``value`` of the entry point.

    Raises:
        PluginError: It breaks its contract, or offers what only a trusted plugin may.
    """
    try:
        haul = ask(EntryPoint(wanted["name"], wanted["value"], _GROUP))
    except DefinitionError as error:  # It was given none.
        raise PluginError("bad_definition", str(error)) from None
    if haul.sinks:
        raise PluginError(
            "untrusted_sink",
            "a sink runs inside the Director, so only a distribution that is trusted may offer one",
        )
    classes = {check: class_ for check, (class_, _) in haul.checks.items()}
    return classes, tuple(haul.checks[check][1] for check in sorted(haul.checks))
