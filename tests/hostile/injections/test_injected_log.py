"""Whatever others write, a decision is one line of the log."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from director.model.event import DecisionChanged, DecisionMade, Stamp, Subject

if TYPE_CHECKING:
    from tests.hostile.injections.conftest import About, Logged, Payloads
    from tests.hostile.injections.reported import Desk

STAMP = Stamp("01JH0000000000000000000001", datetime(2026, 1, 15, 9, 30, tzinfo=UTC))


def test_no_payload_leaves_the_line_of_a_decision(
    payloads: Payloads, about: About, desk: Desk, logged: Logged, kind: str
) -> None:
    """A decision with a payload in every text is one strict line with the keys it always has."""

    def lines(text: str) -> list[Hashable]:
        subject = desk.filled(Subject, text)
        # These are figures, which we make ourselves and the schema therefore demands.
        at = "2026-01-16T09:30:00.000000Z"
        record = desk.record(text, "no_go")
        said = replace(record, decided_at=at, valid_until=at, pass_rate="88%")
        made = DecisionMade(STAMP, subject, said, recorded=True)
        return [logged(made), logged(DecisionChanged(STAMP, subject, said))]

    expected = lines(desk.harmless)

    for payload, text in payloads[kind].items():
        with about(payload):
            assert lines(text) == expected
