"""What a statement says, read back after its envelope was opened, and whether it opens a gate.

The steps are those of SLSA for verification summaries: signature, subject, predicate type,
verifier, resource, result and level; besides them the time until which a decision is valid.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from director.audit.in_toto import STATEMENT_TYPE, target_uri, verifier_uri
from director.audit.override_statement import OVERRIDE_PREDICATE
from director.audit.public_key import PublicKey
from director.audit.vsa import EXTENSION, LEVELS, PASSED, VSA_TYPE
from director.model.decision import Verdict
from director.model.value import dataclass
from director.rules.moment import instant

SKEW = timedelta(minutes=5)
"""How far the clock of the machine that verifies may be behind that of the one that decided."""


class StatementError(ValueError):
    """A payload is no statement that can be read; why, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """A decision as its statement tells it.

    Attributes:
        service: The service.
        manifest: The digest of its manifest, ``sha256:…``.
        artifact: The digest of what is launched; empty if the manifest names none.
        verifier: Who decided, as a URI.
        resource: The target, as a URI.
        policy: The profile, as a URI.
        evaluation: Which evaluation.
        verdict: What was decided.
        passed: Whether result and level say that the gate may open.
        decided_at: When, aware, in UTC.
        valid_until: Until when it holds, aware, in UTC.
        conditions: Each gap that is to be closed: check, owner and due date.
    """

    service: str
    manifest: str
    artifact: str
    verifier: str
    resource: str
    policy: str
    evaluation: str
    verdict: Verdict
    passed: bool
    decided_at: datetime
    valid_until: datetime
    conditions: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestedOverride:
    """An override as its statement tells it; its signatures remain to be looked at.

    Attributes:
        id: Which override.
        resource: The target, as a URI.
        expires_at: Until when it may hold, aware, in UTC.
        ended: What ended it before; empty if nothing did when the statement was written.
        people: Who is said to have signed it.
    """

    id: str
    resource: str
    expires_at: datetime
    ended: str
    people: tuple[str, ...]


class Against(StrEnum):
    """Why a gate stays closed."""

    OTHER_VERIFIER = "other_verifier"
    FAILED = "failed"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    OTHER_MANIFEST = "other_manifest"
    OTHER_TARGET = "other_target"


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason why a gate stays closed.

    Attributes:
        code: As a machine word.
        text: In one line.
    """

    code: Against
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a decision must be about.

    Attributes:
        at: When it must hold, aware.
        key: What its envelope was opened with.
        manifest: The digest of the manifest; empty for any.
        service: The service; empty for any.
        environment: Where; None for anywhere, empty if the manifest names no environment.
    """

    at: datetime
    key: PublicKey
    manifest: str = ""
    service: str = ""
    environment: str | None = None


def read(payload: bytes) -> Attested | AttestedOverride:
    """Return what the statement *payload* says.

    Raises:
        StatementError: It is no statement of a decision or an override.
    """
    try:
        document = json.loads(payload, object_pairs_hook=_once)
        reader = _READERS.get((document["_type"], document["predicateType"]))
        found = None if reader is None else reader(document)
    except StatementError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise StatementError("what is signed is no statement of the Director") from error
    if found is None:
        raise StatementError(
            f"a statement must be of {STATEMENT_TYPE}, with the predicate {VSA_TYPE} or "
            f"{OVERRIDE_PREDICATE}"
        )
    return found


def objections(found: Attested, wanted: Wanted) -> Iterator[Objection]:
    """Yield every reason why *found* does not open the gate that *wanted* describes; none if so."""
    if wanted.key.name and found.verifier != verifier_uri(wanted.key.name):
        yield Objection(Against.OTHER_VERIFIER, "the key is not that of the log it is said to be")
    if not found.passed:
        yield Objection(Against.FAILED, f"{found.verdict.label}: the gate is closed")
    if wanted.at >= found.valid_until:
        text = f"EXPIRED: it was valid until {instant(found.valid_until)}; evaluate again"
        yield Objection(Against.EXPIRED, text)
    if wanted.at + SKEW < found.decided_at:
        text = f"it was not decided yet: that was at {instant(found.decided_at)}"
        yield Objection(Against.NOT_YET, text)
    if wanted.manifest and wanted.manifest != found.manifest:
        text = f"it is about another manifest ({found.manifest}), not this one ({wanted.manifest})"
        yield Objection(Against.OTHER_MANIFEST, text)
    if wanted.service and wanted.service != found.service:
        yield Objection(Against.OTHER_TARGET, f"it is about another service, {found.service}")
    if wanted.environment is not None:
        resource = target_uri(wanted.service or found.service, wanted.environment)
        if resource != found.resource:
            text = f"it is about {found.resource}, not about {resource}"
            yield Objection(Against.OTHER_TARGET, text)


def _decision(document: dict[str, Any]) -> Attested:
    predicate = document["predicate"]
    extension = predicate[EXTENSION]
    first, *others = document["subject"]
    verdict = Verdict(extension["decision"])
    # Said three times, and if one says otherwise, the gate stays closed.
    passed = (
        predicate["verificationResult"] == PASSED
        and verdict in LEVELS
        and predicate["verifiedLevels"] == [LEVELS[verdict]]
    )
    return Attested(
        service=_text(first, "name"),
        manifest=_digest(first),
        artifact=_digest(others[0]) if others else "",
        verifier=_text(predicate["verifier"], "id"),
        resource=_text(predicate, "resourceUri"),
        policy=_text(predicate["policy"], "uri"),
        evaluation=_text(extension, "evaluation"),
        verdict=verdict,
        passed=passed,
        decided_at=_moment(predicate, "timeVerified"),
        valid_until=_moment(extension, "validUntil"),
        conditions=tuple(
            (_text(each, "check"), _text(each, "owner"), _text(each, "dueAt"))
            for each in extension["conditions"]
        ),
    )


def _override(document: dict[str, Any]) -> AttestedOverride:
    predicate = document["predicate"]
    return AttestedOverride(
        id=_text(predicate, "override"),
        resource=_text(predicate, "resourceUri"),
        expires_at=_moment(predicate, "expiresAt"),
        ended=_text(predicate, "ended"),
        people=tuple(_text(each, "person") for each in predicate["signatures"]),
    )


_READERS: dict[tuple[str, str], Callable[[dict[str, Any]], Attested | AttestedOverride]] = {
    (STATEMENT_TYPE, VSA_TYPE): _decision,
    (STATEMENT_TYPE, OVERRIDE_PREDICATE): _override,
}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise StatementError("a key in it stands twice")
    return document


def _text(document: dict[str, Any], name: str) -> str:
    value = document[name]
    if not isinstance(value, str):
        raise StatementError(f"{name} must be a text")
    return value


def _digest(subject: dict[str, Any]) -> str:
    return f"sha256:{_text(subject['digest'], 'sha256')}"


def _moment(document: dict[str, Any], name: str) -> datetime:
    at = datetime.fromisoformat(_text(document, name))
    if at.tzinfo is None:
        raise StatementError(f"{name} must have a time zone")
    return at
