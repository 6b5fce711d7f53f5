"""Verifies a signed statement as a gate: offline, with a public key, against a manifest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from director.audit.attested import (
    Attested,
    AttestedOverride,
    StatementError,
    Wanted,
    objections,
    read,
)
from director.audit.envelope import EnvelopeError, SignatureError, opened
from director.audit.note import NoteError
from director.audit.public_key import PublicKey
from director.cli.approvals import read_text
from director.cli.exits import Exit
from director.cli.say import say
from director.errors import Fault, ManifestError, SettingsError
from director.loading.manifest import LoadedManifest, load_manifest
from director.loading.terms import instant as read_instant
from director.loading.words import listed, shown
from director.model.text import named, printable
from director.rules.moment import instant


def verify(values: dict[str, Any]) -> int:
    """Verify the file that the options of ``director attest`` name; return the exit code.

    Raises:
        SettingsError: The file, the key or the time cannot be used.
        ManifestError: The manifest cannot be used, or leaves open which environment.
    """
    path: Path = values["verify"]
    wanted = _wanted(values)
    try:
        found = read(opened(read_text(path), wanted.key))
    except SignatureError as error:
        say(f"{named(path)}: not accepted: {error}")
        return Exit.CLOSED
    except (EnvelopeError, StatementError) as error:
        problem = f"must be what director attest wrote: {error}"
        raise SettingsError(Fault(named(path), 0, 0, problem)) from error
    if isinstance(found, AttestedOverride):
        click.echo("\n".join(map(printable, _override_lines(found))))
        say(f"{named(path)}: not accepted: it is an override, and no decision that opens a gate")
        return Exit.CLOSED
    against = tuple(objections(found, wanted))
    click.echo("\n".join(map(printable, _lines(found, wanted, values["manifest"]))))
    for objection in against:
        say(f"{named(path)}: not accepted: {objection.text}")
    return Exit.CLOSED if against else Exit.OPEN


def _wanted(values: dict[str, Any]) -> Wanted:
    key = _key(values["key"])
    at = datetime.now(UTC) if values["at"] is None else _moment(values["at"])
    if values["manifest"] is None:
        return Wanted(at=at, key=key, environment=values["environment"])
    loaded = load_manifest(values["manifest"])
    return Wanted(
        at=at,
        key=key,
        manifest=loaded.manifest.digest,
        service=loaded.manifest.name,
        environment=_environment(loaded, values["environment"]),
    )


def _environment(loaded: LoadedManifest, wanted: str | None) -> str:
    """Return where the decision must be about: a GO for one environment opens no other.

    Raises:
        ManifestError: The manifest has no such environment, or leaves open which.
    """
    known = [each.name for each in loaded.manifest.environments]
    if wanted is None and len(known) <= 1:
        return known[0] if known else ""
    if wanted in known:
        return str(wanted)
    if wanted is None:
        problem = f"has several environments ({listed(known)}): choose one with --environment"
    else:
        problem = f"must contain {shown(wanted)} (--environment), has {listed(known) or 'none'}"
    raise ManifestError(loaded.fault(("spec", "environments"), problem))


def _key(text: str) -> PublicKey:
    """Return the public key that a flag or the file it names holds.

    Raises:
        SettingsError: There is none.
    """
    path = Path(text)
    try:
        is_key = "+" in text and not path.exists()
    except (OSError, ValueError):
        is_key = True  # Too long to be a path, for example.
    try:
        return PublicKey.parse(text if is_key else read_text(path))
    except NoteError as error:
        raise SettingsError(Fault("--key", 0, 0, str(error))) from error


def _moment(text: str) -> datetime:
    try:
        return read_instant(text)
    except ValueError as error:
        raise SettingsError(Fault("--at", 0, 0, str(error))) from error


def _lines(found: Attested, wanted: Wanted, manifest: Path | None) -> Iterator[str]:
    """Yield what is attested, for people."""
    yield f"{found.resource}: {found.verdict.label}"
    yield f"  decided     {instant(found.decided_at)} by {found.verifier}"
    held = "valid" if wanted.at < found.valid_until else "EXPIRED"
    yield f"  valid       until {instant(found.valid_until)}: {held} at {instant(wanted.at)}"
    yield f"  manifest    {found.manifest}"
    if manifest is None:
        yield "              bound to nothing: name yours with --manifest"
    else:
        bound = "that of" if wanted.manifest == found.manifest else "not that of"
        yield f"              {bound} {named(manifest)}"
    yield f"  artifact    {found.artifact or 'none'}"
    yield f"  policy      {found.policy}"
    yield f"  evaluation  {found.evaluation}"
    for check, owner, due_at in found.conditions:
        yield f"  condition   {check}: {owner or 'nobody'} until {due_at}"


def _override_lines(found: AttestedOverride) -> Iterator[str]:
    yield f"{found.resource}: override {found.id}"
    yield f"  agreed by   {', '.join(found.people)}; verify that with your own signers"
    ended = f"; it has ended: {found.ended}" if found.ended else ""
    yield f"  expires     {instant(found.expires_at)}{ended}"
