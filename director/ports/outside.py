"""Floor 2: where plugins run that may not run in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from director.errors import PluginError
from director.model.catalog import Offer, Plugin
from director.model.definition import Definition, DefinitionError
from director.model.value import dataclass

if TYPE_CHECKING:
    from director.ports import Check, Sink

Make: TypeAlias = "Callable[..., Check]"
"""Makes a check, given its options by name."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A plugin that shall run elsewhere.

    Attributes:
        plugin: Who it is.
        value: What its entry point names.
        definitions: What the operator defines for it.
    """

    plugin: Plugin
    value: str
    definitions: tuple[Definition, ...] = ()


@dataclass(frozen=True, slots=True)
class Housed:
    """A plugin that is loaded, wherever that is.

    Attributes:
        offers: What it offers, sorted by id.
        makes: Makes each of its checks, by id.
        sinks: Its sinks; only a plugin that runs in this process has some.
        defined: The definitions that it made checks of, by their ids.
    """

    offers: tuple[Offer, ...]
    makes: tuple[tuple[str, Make], ...]
    sinks: tuple[Sink, ...] = ()
    defined: frozenset[str] = frozenset()


Came: TypeAlias = Housed | PluginError | DefinitionError
"""What comes of loading a plugin: it, or why it is none, or what is wrong with definitions."""


class Outside(Protocol):
    """Runs plugins where they cannot hurt this process."""

    def begin(self, wanted: Sequence[Wanted]) -> Callable[[], tuple[Came, ...]]:
        """Begin to load plugins, all at the same time; return what waits for them.

        What is returned gives one item for each that was wanted: the plugin, or why it is none.
        """
        ...
