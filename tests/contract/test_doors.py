"""The two public doors: widening one is a visible change of this file."""

from __future__ import annotations

import director.plugin
import director.testing

PLUGIN = [
    "API_VERSION",
    "Answer",
    "Check",
    "CheckSpec",
    "Claim",
    "Component",
    "DecisionChanged",
    "Declaration",
    "Definition",
    "DefinitionError",
    "DnsAnswer",
    "DnsRecord",
    "Effort",
    "Environment",
    "Event",
    "Evidence",
    "EvidenceKind",
    "Exemption",
    "Expectation",
    "Failed",
    "Finding",
    "Flaw",
    "Greeting",
    "Handshake",
    "HealthDocument",
    "HealthFormat",
    "HealthStatus",
    "Hop",
    "Judgement",
    "LiveCheck",
    "Manifest",
    "ManifestCheck",
    "NotApplicable",
    "Passed",
    "Phase",
    "Phases",
    "Probe",
    "ProbeError",
    "ProbeReason",
    "RecordType",
    "Redirects",
    "Reply",
    "Role",
    "Seen",
    "Sink",
    "Sla",
    "StartTls",
    "Target",
    "Tighter",
    "TlsFacts",
    "Unknown",
    "Verdict",
    "Warned",
    "dataclass",
    "director_checks",
    "director_sinks",
    "hookimpl",
    "names_secret",
    "option",
]

TESTING = [
    "Asked",
    "Candidate",
    "ConformanceSuite",
    "DemoService",
    "FakeClock",
    "FakeProbe",
    "FakeService",
    "LogLines",
    "Meeting",
    "Page",
    "State",
    "StillProbe",
    "Subject",
    "Verdict",
    "conform",
    "decision_changed",
    "examine",
    "loopback_prober",
    "manifest",
    "run_check",
    "target",
]


def test_the_door_for_plugins() -> None:
    """director.plugin exports exactly this, and every name is there."""
    assert director.plugin.__all__ == PLUGIN
    assert [name for name in PLUGIN if not hasattr(director.plugin, name)] == []


def test_the_door_for_tests_of_plugins() -> None:
    """director.testing exports exactly this, and every name is there."""
    assert director.testing.__all__ == TESTING
    assert [name for name in TESTING if not hasattr(director.testing, name)] == []


def test_only_two_hooks() -> None:
    """A third hook ships only with a real plugin that uses it."""
    hooks = [name for name in vars(director.plugin) if name.startswith("director_")]

    assert sorted(hooks) == ["director_checks", "director_sinks"]
