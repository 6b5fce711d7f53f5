"""Whatever others write, what is sent and what is measured keep their form."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from director.model.event import DecisionChanged, Stamp, Subject
from director.sinks.cloud_event import Envelopes
from director.sinks.gauges import escaped
from director.sinks.render import Emitter
from director_slack.message import message

if TYPE_CHECKING:
    from tests.hostile.injections.conftest import About, Payloads
    from tests.hostile.injections.reported import Desk

STAMP = Stamp("01JH0000000000000000000001", datetime(2026, 1, 15, 9, 30, tzinfo=UTC))


def changed(desk: Desk, text: str) -> DecisionChanged:
    """Return the event with *text* in every text that others write."""
    subject = desk.filled(Subject, text)
    until = "2026-01-16T09:30:00.000000Z"
    said = replace(desk.record(text, "no_go"), valid_until=until, pass_rate="88%", previous=None)
    return DecisionChanged(STAMP, subject, said)


def form(value: Any) -> Hashable:  # noqa: ANN401  # any JSON
    """Return the form of a document: its keys and types, without its texts and figures."""
    if isinstance(value, dict):
        return tuple((key, form(each)) for key, each in value.items())
    if isinstance(value, list):
        return tuple(map(form, value))
    return type(value).__name__


def test_an_envelope_keeps_its_form(
    payloads: Payloads, about: About, desk: Desk, kind: str
) -> None:
    """A CloudEvent has the same keys with whatever texts, in one strict JSON document."""
    envelopes = Envelopes("/director/here", Emitter(version="0.1.0", instance="director-0"))

    def sent(text: str) -> Hashable:
        body = envelopes.wrap(changed(desk, text))
        assert len(body) < 65_536
        document = json.loads(body.decode("utf-8"))
        # That something was cut to fit is said in a key of its own.
        document["data"].pop("director.truncated", None)
        return form(document)

    expected = sent(desk.harmless)

    for payload, text in payloads[kind].items():
        with about(payload):
            assert sent(text) == expected


def test_a_message_mentions_nobody(payloads: Payloads, about: About, desk: Desk, kind: str) -> None:
    """In Slack a text begins no mention, no link, and no line of its own."""

    def posted(text: str) -> Hashable:
        document = message(changed(desk, text), "https://director.test")
        *blocks, link, foot = document["blocks"]
        texts = [block["text"]["text"] for block in blocks] + [document["text"]]
        texts += [each["text"] for each in foot["elements"]]
        for shown in texts:
            assert not set(shown) & set("<>\n\r")
        target = link["text"]["text"]
        assert target.count("<") == target.count(">") == target.count("|") == 1
        assert target.startswith("<https://director.test/services/")
        json.dumps(document).encode("ascii")
        return form(document)

    expected = posted(desk.harmless)

    for payload, text in payloads[kind].items():
        with about(payload):
            assert posted(text) == expected


def test_a_label_ends_where_it_should(payloads: Payloads, about: About, kind: str) -> None:
    """In the exposition a text has no end of line, and no quote that is not escaped."""
    for payload, text in payloads[kind].items():
        with about(payload):
            label = escaped(text)
            assert "\n" not in label
            bare = label.replace("\\\\", "").replace('\\"', "").replace("\\n", "")
            assert '"' not in bare
            assert "\\" not in bare
