"""sinks.cloud_event and sinks.signature, held against the packages that receivers use."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from director.model.event import DecisionChanged, Event, Stamp, Subject
from director.model.record import ReasonEntry, Record
from director.sinks.cloud_event import MOST_REASONS, Envelopes, concern
from director.sinks.render import Emitter
from director.sinks.signature import CONTENT_TYPE, signed

MakeRecord = Callable[..., Record]
KEYS = (b"k" * 32, b"o" * 24)


def read(body: bytes) -> dict[str, Any]:
    """Return the envelope."""
    envelope: dict[str, Any] = json.loads(body)
    return envelope


def test_every_event_is_a_cloud_event(event: Event, emitter: Emitter) -> None:
    """Each kind of event is read by an independent reader of CloudEvents, and says who it is."""
    body = Envelopes("/director/one", emitter).wrap(event)

    message = HTTPMessage({"content-type": CONTENT_TYPE}, body)
    found = from_structured(message, JSONFormat())
    assert found.get_id() == event.stamp.id
    assert found.get_type() == event.name
    assert found.get_source() == "/director/one"
    assert found.get_time() == event.stamp.at
    assert (found.get_subject() or "") == concern(event).subject
    assert len(body) < 65_536


def test_the_data_are_those_of_the_log(
    make_record: MakeRecord, subject: Subject, stamp: Stamp, emitter: Emitter
) -> None:
    """What a receiver is told has the keys of the log, and the reasons of the decision."""
    body = Envelopes("/d", emitter).wrap(DecisionChanged(stamp, subject, make_record()))

    envelope = read(body)
    assert envelope["subject"] == "checkout@production"
    assert envelope["correlationid"] == subject.evaluation
    assert envelope["severitynumber"] == {"warning": 13, "error": 17}[envelope["severitytext"]]
    data = envelope["data"]
    assert data["director.decision.outcome"] == "no_go"
    assert data["director.decision.previous"] == "go"
    assert data["reasons"] == [
        {
            "level": 3,
            "code": "blocker",
            "check": "declared.security_review",
            "category": "security",
            "text": "a blocker failed",
            "remedy": "do it",
        }
    ]


def test_envelopes_are_masked_and_bounded(
    make_record: MakeRecord, subject: Subject, stamp: Stamp, emitter: Emitter
) -> None:
    """A secret in a reason is masked, whatever its encoding; many long reasons stay small."""
    secret = "hunter2-hunter2-hunter2"
    encoded = base64.b64encode(secret.encode()).decode()
    reason = ReasonEntry(
        code="failed",
        level=5,
        text=f"{encoded} " + "x" * 5_000,
        check="a.b",
        category="c",
        measured="",
        expected="",
        remedy=secret,
        effort=None,
    )
    record = make_record(reasons=(reason,) * 500, service=secret)

    body = Envelopes("/d", emitter, (secret,)).wrap(
        DecisionChanged(stamp, replace(subject, owner=secret), record)
    )

    assert secret.encode() not in body
    assert encoded.encode() not in body
    assert len(read(body)["data"]["reasons"]) == MOST_REASONS
    assert len(body) < 65_536


@pytest.mark.parametrize("key", KEYS, ids=["new", "old"])
def test_each_key_verifies(key: bytes) -> None:
    """While keys are exchanged, whoever has either of them can verify."""
    at = datetime.now(UTC)
    body = '{"a": "é"}'.encode()

    headers = signed("01JH0000000000000000000001", at, body, KEYS)

    secret = "whsec_" + base64.b64encode(key).decode()
    assert Webhook(secret).verify(body, dict(headers)) == {"a": "é"}
    assert headers["webhook-signature"].count("v1,") == 2


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "01JH0000000000000000000002"},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-timestamp": str(int((datetime.now(UTC) - timedelta(minutes=6)).timestamp()))},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_was_changed_is_refused(change: dict[str, str]) -> None:
    """Id, time and text are signed together."""
    key = os.urandom(32)
    headers = {**signed("01JH0000000000000000000001", datetime.now(UTC), b"{}", (key,)), **change}

    with pytest.raises(WebhookVerificationError):
        Webhook(key).verify(b"{}", headers)
