"""Signatures of deliveries. Pure.

Format: Standard Webhooks 1.0, https://github.com/standard-webhooks/standard-webhooks
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def signed(identity: str, at: datetime, body: bytes, keys: tuple[bytes, ...]) -> Mapping[str, str]:
    """Return the headers of one attempt, with one signature for each key.

    Args:
        identity: The event's id; it is the same in every attempt, so that receivers can tell a
            repetition.
        at: When it is sent, aware; receivers refuse what is older than some minutes.
        body: Exactly what is sent.
        keys: What it is signed with; two while keys are exchanged.
    """
    seconds = str(int(at.timestamp()))
    content = f"{identity}.{seconds}.".encode() + body
    return {
        "Content-Type": CONTENT_TYPE,
        "webhook-id": identity,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(_signature(key, content) for key in keys),
    }


def _signature(key: bytes, content: bytes) -> str:
    digest = hmac.new(key, content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
