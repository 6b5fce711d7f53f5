"""Conformance of a check, for its author's tests and for ``director plugins verify``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from director.engine.vet import spoken
from director.model.text import printable
from director.ports import Check
from director.testing.candidate import Candidate, State, Subject, Verdict
from director.testing.clauses import CLAUSES


async def conform(candidate: Candidate) -> tuple[Verdict, ...]:
    """Return what came of every clause, in the order of a report card.

    Nothing else may run in this process meanwhile: it is watched as a whole.

    Args:
        candidate: The check, and what is known of it.
    """
    return tuple([await verdict_of(name, candidate) for name in CLAUSES])


async def verdict_of(clause: str, candidate: Candidate) -> Verdict:
    """Return what came of one clause, whatever the check does.

    Raises:
        KeyError: There is no such clause.
    """
    holds = CLAUSES[clause]
    promise = (holds.__doc__ or "").strip()
    try:
        state, reason = await holds(candidate)
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001  # a plugin's constructor may do anything
        state, reason = State.FAILED, f"it could not be examined: {spoken(error)}"
    return Verdict(clause, promise, state, printable(reason))


class ConformanceSuite:
    """Tests that every check must pass; subclass it once for each check.

    ::

        class TestLatency(ConformanceSuite):
            def check(self) -> Check:
                return Latency(path="/ping")

            def good(self) -> Subject:
                return FakeService({"/ping": Page()})

            def bad(self) -> Subject:
                return FakeService({"/ping": Page(delay_s=1.0)})

    It needs neither fixtures nor a plugin of pytest. Clauses for the other kind of check are
    no tests of the subclass.
    """

    plugin: ClassVar[str] = ""
    """The entry point, with which the id must begin; empty for the id's own first word."""

    def check(self) -> Check:
        """Return the check, with the options that it needs to ask anything."""
        raise NotImplementedError("a suite must say which check it is about")

    def good(self) -> Subject:
        """Return something that the check must pass on."""
        raise NotImplementedError("a suite must say what the check passes on")

    def bad(self) -> Subject:
        """Return something that the check must fail on."""
        raise NotImplementedError("a suite must say what the check fails on")

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.check is not ConformanceSuite.check:
            live = hasattr(cls().check(), "run")
            for clause in _OF_MANIFEST if live else _OF_SERVICE:
                setattr(cls, f"test_{clause}", None)  # pytest sees no test in it.


def _test(clause: str) -> Callable[[ConformanceSuite], None]:
    def test(self: ConformanceSuite) -> None:
        good = self.good() if clause == "passes_what_is_well" else None
        bad = self.bad() if clause == "fails_what_is_ill" else None
        candidate = Candidate(self.check, self.plugin, good, bad)
        found = asyncio.run(verdict_of(clause, candidate))
        if found.state is State.FAILED:
            raise AssertionError(f"{found.promise} {found.reason}")

    test.__name__ = f"test_{clause}"
    test.__doc__ = CLAUSES[clause].__doc__
    return test


_OF_MANIFEST = ("nothing_declared", "all_false")
_OF_SERVICE = ("no_address", *(name for name in CLAUSES if name.startswith("dead_")))

for _clause in CLAUSES:
    setattr(ConformanceSuite, f"test_{_clause}", _test(_clause))
