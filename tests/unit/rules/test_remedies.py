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


SETTINGS = {ProbeReason.POLICY_DENIED: "--allow-address", ProbeReason.INVALID_URL: "base_url"}


@pytest.mark.parametrize("reason", list(ProbeReason))
def test_our_blindness_is_never_the_services_to_mend(law: Law, reason: ProbeReason) -> None:
    """Where the probe could not see, the check's own remedy would mislead; else it is right."""
    said = "cannot reach it from where it runs" if reason.blind else "mend a.a"

    assert SETTINGS.get(reason, said) in remedy(counted(law, Unknown("blind", reason.value)))


@pytest.mark.parametrize(("plugin", "named"), [("acme-checks", "acme-checks"), ("", "the plugin")])
def test_the_plugin_that_broke_is_named(law: Law, plugin: str, named: str) -> None:
    """Who is to mend a check that broke is said by name, where a name is known."""
    check = counted(law, Errored("ValueError", "exception:ValueError"))
    check = replace(check, planned=replace(check.planned, plugin=plugin))

    assert f"Mend or update {named}: " in remedy(check)


def test_what_passed_has_the_remedy_of_its_check(law: Law) -> None:
    """Nothing went wrong, so there is nothing to say but what the check itself says."""
    assert remedy(law.settled("a.a", "passed")) == "mend a.a"
