"""Fixtures for the tests of a plugin; pytest loads this wherever the Director is installed.

It is loaded in every run of pytest, so that nothing is imported before a test asks for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from director.model.manifest import Manifest, Target
    from director.model.result import Result
    from director.ports import Check
    from director.testing import FakeClock, FakeService, LogLines
    from director.testing.examining import Asks


@pytest.fixture
def fake_service() -> type[FakeService]:
    """Return what makes services on loopback, to be entered with ``async with``."""
    from director.testing import FakeService  # noqa: PLC0415  # only who asks pays for it

    return FakeService


@pytest.fixture
def virtual_clock() -> FakeClock:
    """Return a clock that stands still until it is told to advance."""
    from director.testing import FakeClock  # noqa: PLC0415  # as above

    return FakeClock()


@pytest.fixture
def log_lines() -> LogLines:
    """Return what keeps the log's line of every result of ``run_check``, each held valid."""
    from director.testing import LogLines  # noqa: PLC0415  # as above

    return LogLines()


@pytest.fixture
def run_check(virtual_clock: FakeClock, log_lines: LogLines) -> Callable[..., Awaitable[Result]]:
    """Return what runs a check about a target or manifest through the real engine.

    Times of results come from ``virtual_clock``, and every result's line is in ``log_lines``.
    """
    from director.testing import examine  # noqa: PLC0415  # as above

    async def run(check: Check, subject: Target | Manifest, probe: Asks | None = None) -> Result:
        return await examine(check, subject, probe, clock=virtual_clock, log=log_lines)

    return run
