"""Lines under the names of ECS and OpenTelemetry: golden files, names, sizes, and the way back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director.errors import Fault
from director.loading.standard_names import from_ecs, from_otel
from director.model.event import CheckCompleted, ConfigRejected, Event, Stamp
from director.model.outcome import Failed
from director.sinks.renamed import RENAMINGS, RenamingEncoder
from director.sinks.render import LONGEST_LINE_BYTES, Emitter, Encoder

MakeCheck = Callable[..., CheckCompleted]
GOLDEN = Path(__file__).parent / "golden"

ECS_TYPES: dict[str, tuple[type, ...]] = {
    "@timestamp": (str,),
    "client.address": (str,),
    "ecs.version": (str,),
    "error.message": (str,),
    "error.type": (str,),
    "event.action": (str,),
    "event.category": (list,),
    "event.dataset": (str,),
    "event.duration": (int,),
    "event.id": (str,),
    "event.kind": (str,),
    "event.outcome": (str,),
    "event.sequence": (int,),
    "event.type": (list,),
    "http.response.status_code": (int,),
    "log.level": (str,),
    "message": (str,),
    "rule.category": (str,),
    "rule.id": (str,),
    "server.address": (str,),
    "server.port": (int,),
    "service.name": (str,),
    "service.node.name": (str,),
    "service.target.name": (str,),
    "service.version": (str,),
    "url.full": (str,),
    "user.name": (str,),
}
"""Every field of ECS 9.0 that a line may have, and how JSON has its type (keyword, long, date)."""

OWN = ("director.", "deployment.environment.name")
"""How our own keys begin; ECS leaves a vendor's own object alone. The second is OpenTelemetry's."""

KINDS = {"alert", "asset", "enrichment", "event", "metric", "state", "pipeline_error", "signal"}
CATEGORIES = {"configuration", "process", "web", "api", "session", "authentication"}
TYPES = {"access", "allowed", "change", "denied", "end", "error", "info", "start"}


def renamed(names: str, emitter: Emitter) -> RenamingEncoder:
    """Return what writes lines under *names*."""
    return RenamingEncoder(emitter, ("correct horse battery staple",), RENAMINGS[names])


@pytest.mark.parametrize("names", ["ecs", "otel"])
def test_golden(names: str, event: Event, emitter: Emitter, request: pytest.FixtureRequest) -> None:
    """Every event has the very line that a reader of the golden file has seen."""
    kind = request.node.callspec.id.removesuffix(f"-{names}").removeprefix(f"{names}-")
    golden = json.loads((GOLDEN / f"{names}.json").read_text(encoding="utf-8"))

    assert json.loads(renamed(names, emitter).encode(event, 7)) == golden[kind]


def test_ecs_names_and_types(event: Event, emitter: Emitter) -> None:
    """A key is one of ECS, with its type, or our own; the first three are those of ecs-logging."""
    line = json.loads(renamed("ecs", emitter).encode(event, 7))

    assert list(line)[:3] == ["@timestamp", "log.level", "message"]
    for key, value in line.items():
        if not key.startswith(OWN):
            assert isinstance(value, ECS_TYPES[key]), key
            assert not isinstance(value, bool), key
    assert line["event.kind"] in KINDS
    assert set(line["event.category"]) <= CATEGORIES
    assert set(line["event.type"]) <= TYPES
    assert line.get("event.outcome", "success") in {"success", "failure", "unknown"}


def test_no_key_is_a_value_and_a_beginning(event: Event, emitter: Emitter) -> None:
    """Elastic would refuse the line."""
    keys = json.loads(renamed("ecs", emitter).encode(event, 7))

    for key in keys:
        parts = key.split(".")
        assert not any(".".join(parts[:length]) in keys for length in range(1, len(parts)))


def test_otel_is_a_document_of_its_own(event: Event, emitter: Emitter) -> None:
    """One resource, one scope, one record; whole numbers are texts, as proto3's JSON has them."""
    line = json.loads(renamed("otel", emitter).encode(event, 7))
    (resource,) = line["resourceLogs"]
    (scope,) = resource["scopeLogs"]
    (record,) = scope["logRecords"]

    assert record["eventName"] == event.name
    assert record["timeUnixNano"].isdecimal()
    assert record["severityNumber"] in {9, 13, 17}
    keys = [each["key"] for each in record["attributes"]]
    assert len(keys) == len(set(keys))
    assert "log.record.uid" in keys
    for each in record["attributes"]:
        ((kind, value),) = each["value"].items()
        assert kind in {"stringValue", "intValue", "doubleValue", "boolValue", "arrayValue"}
        assert isinstance(value, str) is (kind in {"stringValue", "intValue"})


@pytest.mark.parametrize("names", ["ecs", "otel"])
def test_the_way_back(names: str, event: Event, emitter: Emitter) -> None:
    """Read back, a line says what it said under our own names."""
    ours = json.loads(Encoder(emitter, ()).encode(event, 7))
    theirs = json.loads(renamed(names, emitter).encode(event, 7))
    back = from_ecs(theirs) if names == "ecs" else from_otel(theirs)[0]

    assert back == ours


@settings(deadline=None, max_examples=80)
@given(st.data())
@pytest.mark.parametrize("names", ["ecs", "otel"])
def test_no_line_is_longer(names: str, emitter: Emitter, make_check: MakeCheck, data: Any) -> None:  # noqa: ANN401  # hypothesis
    """Whatever a check says, in whatever characters: the limit holds under every name."""
    texts = st.text(max_size=60).map(lambda text: text * data.draw(st.sampled_from([1, 40, 200])))
    said = Failed(
        data.draw(texts) or "x",
        observed=data.draw(texts),
        expected=data.draw(texts),
        code="bad_status",
    )
    encoded = renamed(names, emitter).encode(make_check(said), 2**53)

    assert len(encoded) <= LONGEST_LINE_BYTES
    assert encoded.count(b"\n") == 1
    json.loads(encoded)


@pytest.mark.parametrize("names", ["ecs", "otel"])
def test_secrets_are_masked_before(names: str, emitter: Emitter, stamp: Stamp) -> None:
    """What must not be seen is seen under no name, and nothing begins a runner's command."""
    fault = Fault("a.yaml", 1, 1, "got 'correct horse battery staple' ##[error]")
    encoded = renamed(names, emitter).encode(ConfigRejected(stamp, fault), 1)

    assert b"correct horse" not in encoded
    assert b"##" not in encoded
