"""director.rules.remedies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from director.model.decision import Settled
from director.model.outcome import Errored, Failed, Missing, Outcome, Unknown, Warned
from director.model.probe import ProbeReason
from director.rules.remedies import remedy

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law


def counted(law: Law, outcome: Outcome) -> Settled:
    """Return a check that counts as *outcome*."""
    return replace(law.settled("a.a", "passed"), outcome=outcome)


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Failed("no", remedy="profile it"), "profile it"),
        (Failed("no"), "mend a.a"),
        (Warned("nearly", remedy="watch it"), "watch it"),
        (Unknown("not declared", "not_declared"), "mend a.a"),
        (Unknown("old", "stale"), "Do it again"),
        (Unknown("when?", "undated"), "at: YYYY-MM-DD"),
        (Unknown("tomorrow", "future_evidence"), "Correct the date"),
        (Unknown("-", "no_reason"), "Say in the manifest why"),
        (Unknown("denied", "policy_denied"), "--allow-address"),
        (Errored("ValueError", "exception:ValueError"), "service was not judged"),
        (Missing("gone"), "director plugins"),
    ],
)
def test_whoever_can_mend_it_is_asked(law: Law, outcome: Outcome, said: str) -> None:
    """A plugin that broke, a wall in between or old evidence is not the service's to mend."""
    assert said in remedy(counted(law, outcome))


@pytest.mark.parametrize("reason", [reason for reason in ProbeReason if reason.blind])
def test_our_blindness_is_never_the_services_to_mend(law: Law, reason: ProbeReason) -> None:
    """Where the probe could not see, the check's own remedy would mislead."""
    assert remedy(counted(law, Unknown("blind", reason.value))) != "mend a.a"
