"""Which environments of a service are meant."""

from __future__ import annotations

from director.errors import Fault, SettingsError
from director.loading.words import shown
from director.ports import Store


async def environments_of(store: Store, service: str, wanted: str | None) -> tuple[str, ...]:
    """Return the environments of *service* that are asked for, all of them if none is named.

    Raises:
        SettingsError: There is no decision on the service, or none there.
        StoreError: The record cannot be read.
    """
    known = await store.environments(service) if service.isprintable() else ()
    if not known:
        problem = f"must be a service with a recorded decision, got {shown(service)}"
        raise SettingsError(Fault("SERVICE", 0, 0, problem))
    if wanted is None:
        return known
    if wanted not in known:
        names = ", ".join(name or "(none)" for name in known)
        problem = f"must be one of {names}, got {shown(wanted)}"
        raise SettingsError(Fault("--environment", 0, 0, problem))
    return (wanted,)
