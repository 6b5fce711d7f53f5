"""Writes a recorded decision or override as a signed statement."""

from __future__ import annotations

from typing import Any

import click

from director.audit.ed25519 import PrivateKey
from director.audit.envelope import sealed
from director.audit.key import read_key
from director.audit.note import NoteError, VerifierKey
from director.audit.override_statement import override_statement
from director.audit.sealed import SealedEntry, sealed_entry
from director.audit.tree import leaf_hash
from director.audit.vsa import decision_statement
from director.cli.exits import Exit
from director.cli.new_file import put
from director.cli.options import settings_of
from director.cli.recorded import find_record, require_store
from director.errors import Fault, SettingsError, StoreError
from director.loading.settings import Settings
from director.loading.words import shown
from director.model.audit import Log, Seal
from director.model.ledger import Kind
from director.ports import Store
from director.rules.casework import casework
from director.wiring.record import open_store, usual_key

_PAGE = 256
"""How many entries are read at a time."""


async def write(values: dict[str, Any]) -> int:
    """Write what the options of ``director attest`` name.

    Raises:
        SettingsError: There is no such decision or override, or the file cannot be written.
        StoreError: The record or the key cannot be read, or it was not sealed with that key.
    """
    settings = settings_of(values)
    store = open_store(require_store(settings.store))
    try:
        log = await store.log()
        key = _key(settings, log)
        if values["override"] is None:
            payload = await _decision(store, log, values)
        else:
            payload = await _override(store, log, values["override"])
    finally:
        await store.close()
    text = sealed(payload, key)
    if values["output"] is None:
        click.echo(text, nl=False)
    else:
        put(values["output"], text, force=True)
    return Exit.OPEN


def _key(settings: Settings, log: Log) -> PrivateKey:
    """Return the private key of *log*.

    Raises:
        StoreError: It is not there, or another one is.
    """
    try:
        verifier = VerifierKey.parse(log.public_key)
    except NoteError as error:
        raise StoreError(
            "the record has nothing to attest: nothing in it was sealed yet; evaluate again"
        ) from error
    key = read_key(settings.audit_key or usual_key(settings))
    if key.public != verifier.public:
        raise StoreError(
            "the audit key is not that of the log, which others verify with; name the right one "
            "with --audit-key"
        )
    return key


async def _decision(store: Store, log: Log, values: dict[str, Any]) -> bytes:
    record = await find_record(store, values["what"], values["environment"])
    kept = await store.kept(record.evaluation)
    if kept is None or kept.seal is None or not kept.seal.checkpoint:
        raise StoreError(
            f"record {record.evaluation} has no seal yet, as it is from before there was a log; "
            "evaluate once more, which seals it too"
        )
    (stored,) = await store.leaves(kept.seal.index, 1)
    return decision_statement(kept.record, sealed_entry(log, kept.seal, stored.body))


async def _override(store: Store, log: Log, named: str) -> bytes:
    id_ = named.upper()
    entries = await store.casework()
    overrides = casework(entries, log.origin).overrides
    override = next((each for each in overrides if each.statement.id == id_), None)
    if override is None or override.applied_at is None:
        problem = f"must be an override that came into force, got {shown(named)}"
        raise SettingsError(Fault("--override", 0, 0, problem))
    applied = {
        each.id for each in entries if (each.kind, each.subject) == (Kind.OVERRIDE_APPLIED, id_)
    }
    return override_statement(override, await _entry(store, log, applied))


async def _entry(store: Store, log: Log, ids: set[str]) -> SealedEntry:
    """Return the first entry of the log that is one of *ids*.

    Raises:
        StoreError: There is none, or it is not what was sealed.
    """
    start = 0
    while page := await store.leaves(start, _PAGE):
        for each in page:
            if each.id in ids:
                seal = Seal(each.index, leaf_hash(each.body), each.checkpoint)
                return sealed_entry(log, seal, each.body)
        start = page[-1].index + 1
    raise StoreError("the record is damaged: an entry is not in its log; run director audit verify")
