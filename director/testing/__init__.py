"""Door 2: everything the author of a plugin needs to test it.

A check is tested with a peer of the real probe, never with a patch::

    probe = FakeProbe({"/healthz": Reply(url="", status=200)})
    outcome = await run_check(Health(), target("http://service.test"), probe)
    assert isinstance(outcome, Passed)

``DemoService`` is a real service on a real socket, for tests of the whole road.
"""

from __future__ import annotations

from director.testing.clock import FakeClock
from director.testing.probe import Asked, FakeProbe
from director.testing.run import run_check
from director.testing.samples import manifest, target
from director.testing.service import DemoService

__all__ = [
    "Asked",
    "DemoService",
    "FakeClock",
    "FakeProbe",
    "manifest",
    "run_check",
    "target",
]
