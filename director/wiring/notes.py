"""Settings → the record together with what the service must remember beside it."""

from __future__ import annotations

from director.errors import Fault, SettingsError
from director.loading.settings import Server, Settings
from director.ports import Store
from director.ports.notes import Notes
from director.wiring.record import sealing_of


def open_record(settings: Settings) -> tuple[Store, Notes]:
    """Open the record that *settings* name, made where there is none; blocks meanwhile.

    Both share their threads: to close the store closes the notes.

    Raises:
        SettingsError: There is no store.
        StoreError: It cannot be opened.
    """
    sealing = sealing_of(settings)
    if settings.store is None:
        raise SettingsError(Fault("--store", 0, 0, "must be given"))
    if isinstance(settings.store, Server):
        from director.store.postgres import open_postgres  # noqa: PLC0415  # SQLAlchemy is slow

        server = open_postgres(settings.store.dsn, sealing)
        return server, server.notes
    from director.store.sqlite import open_sqlite  # noqa: PLC0415  # SQLAlchemy is slow

    file = open_sqlite(settings.store, sealing)
    return file, file.notes
