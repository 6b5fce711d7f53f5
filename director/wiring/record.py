"""Settings → the record: who keeps it, who seals it, and who says whose signature one is.

As in the rest of this package, what is slow to import is imported on first use.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from director.engine.clock import SystemClock, new_ulid
from director.engine.past import Memory
from director.errors import Fault, SettingsError
from director.loading.settings import Server, Settings
from director.model.record import Record
from director.ports import Anchor, Notary, Prover, Store

if TYPE_CHECKING:
    from director.approval.desk import Office
    from director.store.sealing import Sealing

LOGS = "production-readiness-director"
"""How the origin of an audit log begins; its ULID comes after it."""


def open_prover(signers: Path) -> Prover:
    """Return who says whose signature one is, by the operator's file *signers*.

    Raises:
        SettingsError: The file cannot be used.
    """
    from director.audit.ssh import SshProver  # noqa: PLC0415  # only where there are signatures
    from director.loading.signers import read_signers  # noqa: PLC0415

    return SshProver(read_signers(signers))


def open_office(settings: Settings) -> Office:
    """Return what the steps of waivers and overrides are done with, on a record that is there.

    Raises:
        SettingsError: The signers file cannot be used, or there is no store.
        StoreError: The record cannot be opened.
    """
    from director.approval.desk import Office  # noqa: PLC0415  # only for those steps

    if settings.store is None:
        raise SettingsError(Fault("--store", 0, 0, "must be given"))
    return Office(
        store=open_store(settings),
        prover=open_prover(settings.signers) if settings.signers else None,
        clock=SystemClock(),
        new_id=new_ulid,
    )


def open_memory(settings: Settings, store: Store) -> Memory:
    """Return what reads decisions in *store* as they are now, with what the operator proves.

    Raises:
        SettingsError: The signers file cannot be used.
    """
    prover = open_prover(settings.signers) if settings.signers else None
    return Memory(store, prover, SystemClock(), new_ulid)


def read_report(data: bytes) -> tuple[Record, ...]:
    """Return the decisions in a report that was written as JSON, with one object or several.

    Raises:
        StoreError: It is no such report, and why.
    """
    from director.store.report import decisions  # noqa: PLC0415  # only where one is compared with

    return decisions(data)


def open_store(where: Settings | Path | Server) -> Store:
    """Open a record, and make it where there is none; blocks meanwhile.

    Args:
        where: The settings that name it and how it is sealed; or only the place, to read from.

    Raises:
        StoreError: It cannot be opened.
    """
    place = where.store if isinstance(where, Settings) else where
    sealing = sealing_of(where) if isinstance(where, Settings) else None
    if isinstance(place, Server):
        from director.store.postgres import open_postgres  # noqa: PLC0415  # SQLAlchemy is slow

        return open_postgres(place.dsn, sealing)
    from director.store.sqlite import open_sqlite  # noqa: PLC0415  # SQLAlchemy is slow

    return open_sqlite(Path(place or ""), sealing)


def ask_server(server: Server) -> None:
    """Connect to a server once, and make nothing there.

    Raises:
        StoreError: It cannot keep a record.
    """
    from director.store.postgres import ask  # noqa: PLC0415  # SQLAlchemy is slow

    ask(server.dsn)


def sealing_of(settings: Settings) -> Sealing:
    """Return how the record is sealed that *settings* name."""
    from director.store.sealing import Sealing  # noqa: PLC0415  # only where there is a record

    anchor = settings.audit_anchor
    return Sealing(
        notary=lambda origin: open_notary(origin, settings),
        anchor=None if anchor is None else lambda notary: open_anchor(anchor, notary),
    )


def open_notary(origin: str, settings: Settings) -> Notary:
    """Return who seals the log of *origin*; with the empty text, one who begins a new log.

    Raises:
        StoreError: There is no key where one must be, or it cannot be used or made.
    """
    from director.audit.key import make_key, read_key  # noqa: PLC0415  # only when one appends
    from director.audit.notary import KeyNotary  # noqa: PLC0415

    path = settings.audit_key or usual_key(settings)
    if origin:
        return KeyNotary(origin, read_key(path))
    return KeyNotary(f"{LOGS}/{new_ulid(SystemClock().now())}", make_key(path))


def usual_key(settings: Settings) -> Path:
    """Return the file of the audit key if nobody names one: beside a record that is a file."""
    if not isinstance(settings.store, Server):
        return Path(f"{settings.store}.key")
    from platformdirs import user_data_path  # noqa: PLC0415  # only for a server

    return user_data_path("director", appauthor=False) / "director.key"


def open_anchor(path: Path, notary: Notary) -> Anchor:
    """Return who keeps the checkpoints of *notary* in the file *path*."""
    from director.audit.anchor import FileAnchor  # noqa: PLC0415  # only with an anchor
    from director.audit.note import VerifierKey  # noqa: PLC0415

    return FileAnchor(path, VerifierKey.parse(notary.public_key))
