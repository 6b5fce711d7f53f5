"""Door 2: everything the author of a plugin needs to test it.

A check is tested with a peer of the real probe, never with a patch::

    probe = FakeProbe({"/healthz": Reply(url="", status=200)})
    outcome = await run_check(Health(), target("http://service.test"), probe)
    assert isinstance(outcome, Passed)

The whole road, with the real engine, the real probe and a real socket::

    async with FakeService({"/healthz": Page(status=503)}) as service:
        result = await examine(Health(), target(service.base_url))
    assert isinstance(result.outcome, Failed)

``ConformanceSuite`` holds what every check must keep; ``DemoService`` is the sample service of
``director demo``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from director.testing.candidate import Candidate, Meeting, State, Subject, Verdict
    from director.testing.clock import FakeClock
    from director.testing.conformance import ConformanceSuite, conform
    from director.testing.events import decision_changed
    from director.testing.examining import examine, loopback_prober
    from director.testing.fake_service import FakeService, Page
    from director.testing.log_lines import LogLines
    from director.testing.probe import Asked, FakeProbe
    from director.testing.run import run_check
    from director.testing.samples import manifest, target
    from director.testing.service import DemoService
    from director.testing.still import StillProbe

__all__ = [
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

_HOMES = {
    "Asked": "probe",
    "Candidate": "candidate",
    "ConformanceSuite": "conformance",
    "DemoService": "service",
    "FakeClock": "clock",
    "FakeProbe": "probe",
    "FakeService": "fake_service",
    "LogLines": "log_lines",
    "Meeting": "candidate",
    "Page": "fake_service",
    "State": "candidate",
    "StillProbe": "still",
    "Subject": "candidate",
    "Verdict": "candidate",
    "conform": "conformance",
    "decision_changed": "events",
    "examine": "examining",
    "loopback_prober": "examining",
    "manifest": "samples",
    "run_check": "run",
    "target": "samples",
}
"""The module that each name is in. pytest loads a part of this package wherever it runs, so
that nothing else is imported before somebody asks for it."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
