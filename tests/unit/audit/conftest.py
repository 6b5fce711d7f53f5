"""What the tests of attestations share: a decision, sealed in a log whose key is at hand."""

# ruff: noqa: ANN401  # keyword arguments stand for fields of many types

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.audit.public_key import PublicKey
from director.audit.sealed import SealedEntry, sealed_entry
from director.model.audit import Log, Seal, Trunk
from director.model.record import (
    CategoryEntry,
    CheckEntry,
    ConditionEntry,
    Counts,
    EvidenceEntry,
    Record,
    Source,
    WaiverEntry,
)
from director.store.codec import checked

SECRET = PrivateKey(sha256(b"attestation").digest())
ORIGIN = "production-readiness-director/01JD9Z4S00000000000000000A"
DECIDED = "2026-11-22T10:00:00.000000Z"


class Bureau:
    """Keeps a log with one key, and writes decisions into it."""

    origin = ORIGIN
    key = SECRET
    public = PublicKey(SECRET.public, ORIGIN)
    decided_at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    valid_until = datetime(2026, 11, 23, 10, tzinfo=UTC)
    manifest = f"sha256:{'c' * 64}"

    def check(self, id_: str, **fields: Any) -> CheckEntry:
        """Return the result of one check."""
        given: dict[str, Any] = {
            "id": id_,
            "title": f"title of {id_} – für alle",
            "category": "reliability",
            "role": "required",
            "origin": "profile",
            "weight": 1.0,
            "outcome": "passed",
            "said": None,
            "code": "",
            "reason": "it does",
            "observed": "0.1 s",
            "expected": "<= 0.5 s",
            "remedy": "",
            "effort": "medium",
            "plugin": "director-http",
            "plugin_version": "2.0",
            "started_at": DECIDED,
            "duration_ms": 0.25,
        }
        return CheckEntry(**{**given, **fields})

    def record(self, decision: str = "go", *checks: CheckEntry, **fields: Any) -> Record:
        """Return a decision on two checks of two plugins."""
        seen = EvidenceEntry(kind="probe", source="/healthz", at=DECIDED, facts={"status": 200})
        usual = (
            self.check("http.health", evidence=(seen,)),
            self.check("declared.sla", plugin="director-declared", plugin_version="1.0"),
        )
        category = CategoryEntry(
            name="reliability", weight=1.0, floor=None, score=1.0, checks=checks or usual
        )
        given: dict[str, Any] = {
            "service": "pay",
            "decision": decision,
            "pass_rate": "100%",
            "environment": "production",
            "version": "2.7.1",
            "owner": "team-payments",
            "tier": 1,
            "artifact": f"sha256:{'a' * 64}",
            "decided_at": DECIDED,
            "valid_until": "2026-11-23T10:00:00.000000Z",
            "score": 1.0,
            "score_exact": "1",
            "coverage": 1.0,
            "verified": 0.5,
            "counts": Counts(
                counting=2,
                passed=2,
                warned=0,
                failed=0,
                unknown=0,
                not_applicable=0,
                errored=0,
                missing=0,
            ),
            "reasons": (),
            "fixes": (),
            "categories": (category,),
            "conditions": (self.condition("declared.load_test"),),
            "waivers": (self.waiver(),),
            "waiver_requests": (),
            "previous": None,
            "changed": False,
            "profile": Source(name="baseline", digest=f"sha256:{'b' * 64}"),
            "manifest": Source(name="pay", digest=self.manifest),
            "evaluation": "01JD9Z4S00000000000000000B",
            "trigger": "manual",
            "started_at": DECIDED,
            "duration_ms": 1.5,
            "director_version": "0.1.0",
            "log_dropped": 0,
        }
        return checked(Record(**{**given, **fields})).record

    def condition(self, check: str, closed_at: str | None = None) -> ConditionEntry:
        """Return a gap that is to be closed."""
        return ConditionEntry(
            check=check,
            owner="team-payments",
            opened_at=DECIDED,
            due_at="2026-12-06T10:00:00.000000Z",
            closed_at=closed_at,
        )

    def waiver(self) -> WaiverEntry:
        """Return a waiver that excuses a check."""
        return WaiverEntry(
            id="01W",
            check="declared.alerts",
            state="in_effect",
            reason="the rig comes in May",
            ticket="OPS-1",
            requested_by="ann",
            approved_by="bob",
            expires_at="2026-12-31T00:00:00.000000Z",
            code="fix_scheduled",
        )

    def log(self, size: int = 1) -> Log:
        """Return the log in short."""
        return Log(self.origin, KeyNotary(self.origin, self.key).public_key, size)

    def seals(self, *bodies: bytes) -> tuple[Seal, ...]:
        """Return the seals of a log with these entries."""
        return KeyNotary(self.origin, self.key).seal(Trunk(), bodies)[1]

    def entry(self, record: Record) -> SealedEntry:
        """Return *record* as the second entry of the log."""
        body = checked(record).body
        _, seal = self.seals(b"{}", body)
        return sealed_entry(self.log(2), seal, body)

    def without(self, record: Record, **fields: Any) -> Record:
        """Return *record* with other fields."""
        return replace(record, **fields)


@pytest.fixture
def bureau() -> Bureau:
    """The log."""
    return Bureau()


class SecondVerifier:
    """Opens an envelope by the specification alone; shares no code with ours."""

    def opened(self, text: str, public: bytes) -> bytes:
        """Return the payload that the key *public* signed; raise if it did not."""
        envelope = json.loads(text)
        payload = base64.b64decode(envelope["payload"])
        kind = envelope["payloadType"].encode()
        signed = b" ".join(
            (b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload)
        )
        signature = base64.b64decode(envelope["signatures"][0]["sig"])
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
        return payload


@pytest.fixture
def second() -> SecondVerifier:
    """A verifier of another make."""
    return SecondVerifier()
