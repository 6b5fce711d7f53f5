"""Settings → the running service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from director.app import Director
from director.engine.clock import Ulids
from director.engine.limits import Limits
from director.engine.past import Memory
from director.errors import Fault, SettingsError
from director.loading.settings import Settings
from director.model.text import named
from director.model.value import dataclass
from director.ports import Sink
from director.ports.notes import Notes
from director.service.daemon import Service
from director.service.desk import Desk, Wishes
from director.service.ears import Ears
from director.service.folder import Folder
from director.service.guard import Guard
from director.service.world import World
from director.wiring import Given, House, assemble
from director.wiring.notes import open_record
from director.wiring.plugins import Workers, install
from director.wiring.record import open_prover

MANIFESTS = "services"
"""The folder of the manifests inside that which is served; without one, it is that itself."""

PROFILES = "profiles"

LIMITS = Limits(at_once=1024, per_plugin=512)
"""Many services that hang must not keep the others waiting; most of the time a check waits."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What the service is to watch.

    Attributes:
        folder: Where its configuration is.
        profile: A profile that beats the manifests'; None for their own.
        online_checks: Places that should always answer: host and port.
    """

    folder: Path
    profile: str | None = None
    online_checks: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """A service that is ready to start, with everything it stands on.

    Attributes:
        service: Watches.
        house: The Director that it asks, with its bus, store and workers.
        notes: What is remembered beside the record.
    """

    service: Service
    house: House
    notes: Notes


async def open_service(
    settings: Settings,
    serving: Serving,
    sinks: Callable[[Notes], tuple[Sink, ...]],
    masked: tuple[str, ...] = (),
) -> Open:
    """Return the service for *settings*; to be started by the caller, who closes the house after.

    Args:
        settings: What the operator decides.
        serving: What is to be watched.
        sinks: Returns who else wants to hear of events, given where they may remember things.
        masked: Values besides those of the secrets file that no log line may show.

    Raises:
        SettingsError: Something that was asked for cannot be had.
        StoreError: The record cannot be opened.
    """
    if not serving.folder.exists():
        problem = "must be a folder of manifests, got nothing"
        raise SettingsError(Fault(named(serving.folder), 0, 0, problem))
    settings = with_profiles(settings, serving.folder)
    workers, ears, new_id = Workers(), Ears(), Ulids()
    # Plugins are imported, and the database is opened, before anything waits for the loop.
    installed = await asyncio.to_thread(install, settings, workers)
    store, notes = await asyncio.to_thread(open_record, settings)
    given = Given(workers=workers, store=store, new_id=new_id, masked=masked, limits=LIMITS)
    house = assemble(settings, installed, (ears, *sinks(notes)), given)
    prover = open_prover(settings.signers) if settings.signers else None
    memory = Memory(store, prover, house.clock, new_id)
    world = World(
        director=house.director,
        folder=open_folder(settings, serving, house.director),
        store=store,
        notes=notes,
        memory=memory,
        catalog=installed.catalog,
        ears=ears,
        guard=Guard(serving.online_checks, house.clock),
        publish=house.bus.publish,
        clock=house.clock,
        new_id=new_id,
    )
    return Open(Service(world), house, notes)


def with_profiles(settings: Settings, folder: Path) -> Settings:
    """Return *settings* with the profiles of *folder* in them, where it has some."""
    profiles = folder / PROFILES
    if not profiles.is_dir() or profiles in settings.profile_folders:
        return settings
    return replace(settings, profile_folders=(*settings.profile_folders, profiles))


def open_folder(settings: Settings, serving: Serving, director: Director) -> Folder:
    """Return what looks at the manifests, and refuses those that *director* cannot plan."""
    inside = serving.folder / MANIFESTS
    others = (*settings.profile_folders, *((settings.lock_file,) if settings.lock_file else ()))
    return Folder(
        root=inside if inside.is_dir() else serving.folder,
        others=others,
        make_desk=lambda: Desk(Wishes(settings, serving.profile)),
        examine=director.plan,
    )
