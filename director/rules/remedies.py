"""What to do about a check that has not passed, and who has to do it. Pure."""

from __future__ import annotations

from director.model.decision import Settled
from director.model.outcome import Errored, Failed, Missing, Unknown, Warned
from director.model.probe import ProbeReason

_PLUGIN_IS_ABSENT = (
    "Install, mend or trust the plugin that offers it; 'director plugins' says what is found."
)

_UNREACHED = (
    "Find out why the Director cannot reach it from where it runs: name server, route, firewall."
)

_OF_CODES = {
    "stale": "Do it again, and declare the new evidence with its date.",
    "undated": "Declare when it was done, as at: YYYY-MM-DD.",
    "future_evidence": "Correct the date of the evidence.",
    "no_reason": "Say in the manifest why it does not apply.",
    **{reason.value: _UNREACHED for reason in ProbeReason if reason.blind},
    ProbeReason.POLICY_DENIED.value: (
        "The operator lifts the range with --allow-address, if the Director may reach it."
    ),
    ProbeReason.INVALID_URL.value: "Write the base_url of the environment as a plain http(s) URL.",
}


def remedy(check: Settled) -> str:
    """Return what to do about *check*.

    Where nobody could tell, it is not the service that wants mending: the plugin's author, the
    operator or whoever declares the evidence has to act. Else it is the outcome's own remedy,
    or the one of the check.
    """
    outcome = check.outcome
    if isinstance(outcome, (Failed, Warned)):
        return outcome.remedy or check.planned.remedy
    if isinstance(outcome, Missing):
        return _PLUGIN_IS_ABSENT
    if isinstance(outcome, Errored):
        plugin = check.planned.plugin or "the plugin"
        return f"Mend or update {plugin}: its check broke, and the service was not judged."
    if isinstance(outcome, Unknown) and outcome.code in _OF_CODES:
        return _OF_CODES[outcome.code]
    return check.planned.remedy
