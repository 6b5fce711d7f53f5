"""What the running service stands on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from director.app import Director
from director.engine.past import Memory
from director.model.catalog import Catalog
from director.model.event import Event
from director.ports import Clock, Store
from director.ports.notes import Notes
from director.service.ears import Ears
from director.service.folder import Folder
from director.service.guard import Guard


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the service stands on.

    Attributes:
        director: Decides and records.
        folder: Where the manifests are.
        store: The record.
        notes: What is remembered beside it.
        memory: Reads decisions as they are now.
        catalog: What is installed.
        ears: Hears how plugins' processes end; it is one of the bus's sinks.
        guard: Says whether we are online.
        publish: Tells everybody.
        clock: Where time comes from; its monotonic line must be the loop's.
        new_id: Makes an identity for a moment.
    """

    director: Director
    folder: Folder
    store: Store
    notes: Notes
    memory: Memory
    catalog: Catalog
    ears: Ears
    guard: Guard
    publish: Callable[[Event], Awaitable[object]]
    clock: Clock
    new_id: Callable[[datetime], str]
