"""model.override, waiver, ledger and refusal: moments have zones, and words stay as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest

from director.model.ledger import Kind
from director.model.override import OverrideState, OverrideStatement
from director.model.refusal import RefusalCode
from director.model.waiver import Stage, WaiverCase, WaiverCode, WaiverStatement

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEXTS: dict[str, Any] = dict.fromkeys(
    ("id", "log", "service", "environment", "reason", "ticket"), "x"
)


def override(**moments: datetime) -> OverrideStatement:
    """Return a statement with these moments, noon for the others."""
    digests: dict[str, Any] = dict.fromkeys(("evaluation", "record_digest", "manifest_digest"), "x")
    given: dict[str, Any] = {
        **dict.fromkeys(("requested_at", "not_before", "expires_at"), NOON),
        **moments,
    }
    return OverrideStatement(
        **TEXTS, **digests, profile_digest="x", grounds=(), requested_by="x", **given
    )


def waiver(**moments: datetime) -> WaiverStatement:
    """Return a statement with these moments, noon for the others."""
    given: dict[str, Any] = {"requested_at": NOON, "expires_at": NOON, **moments}
    return WaiverStatement(
        **TEXTS, check="x", code=WaiverCode.FIX_SCHEDULED, requested_by="x", **given
    )


@pytest.mark.parametrize("name", ["requested_at", "not_before", "expires_at"])
def test_the_moments_of_an_override_have_zones(name: str) -> None:
    """Nobody can sign for a moment that nobody knows."""
    assert override().expires_at == NOON
    with pytest.raises(ValueError, match="moments of an override must be timezone-aware"):
        override(**{name: NOON.replace(tzinfo=None)})


@pytest.mark.parametrize("name", ["requested_at", "expires_at"])
def test_the_moments_of_a_waiver_have_zones(name: str) -> None:
    """So it is with waivers."""
    assert waiver().expires_at == NOON
    with pytest.raises(ValueError, match="moments of a waiver must be timezone-aware"):
        waiver(**{name: NOON.replace(tzinfo=None)})


def test_a_waiver_waits_until_somebody_settles_it() -> None:
    """Nobody has said anything about one that was only requested."""
    case = WaiverCase(statement=waiver(), text="")

    assert (case.stage, case.signature, case.settled_at) == (Stage.REQUESTED, None, None)
    assert (case.settled_by, case.why, case.expired_at) == ("", "", None)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Stage, "requested approved denied revoked"),
        (
            WaiverCode,
            "accepted_risk compensating_control false_positive fix_scheduled not_yet_live",
        ),
        (
            OverrideState,
            (
                "in_force requested not_yet expired revoked new_reason other_target other_manifest"
                " other_profile not_needed not_overridable not_proven"
            ),
        ),
        (
            Kind,
            (
                "decision waiver.requested waiver.approved waiver.denied waiver.refused"
                " waiver.revoked waiver.expired override.requested override.applied"
                " override.refused override.used override.revoked override.expired override.ended"
                " evidence.erased"
            ),
        ),
        (
            RefusalCode,
            (
                "not_requested_here other_service already_applied already_ended already_settled"
                " blank_reason short_reason ticket_missing requester_missing unprintable"
                " text_too_long expired not_yet_valid never_valid too_long stale_decision"
                " not_needed nothing_verified other_manifest other_profile new_reason"
                " foreign_reason unknown_check not_waivable nobody_may never_overridable"
                " another_in_force not_signed role self_approval second_approver"
            ),
        ),
    ],
)
def test_the_words_stay_as_they_are(kind: type[StrEnum], words: str) -> None:
    """Entries of years ago are read by these words."""
    assert [each.value for each in kind] == words.split()
