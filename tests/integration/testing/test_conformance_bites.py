"""Each clause of the conformance suite notices the check that breaks it."""

from __future__ import annotations

import asyncio
import json
import locale
import os
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from director.plugin import (
    Answer,
    Check,
    CheckSpec,
    Failed,
    Manifest,
    Passed,
    Probe,
    ProbeError,
    Target,
)
from director.testing import (
    Candidate,
    ConformanceSuite,
    FakeService,
    Page,
    State,
    Subject,
    conform,
    manifest,
)
from director.testing.conformance import verdict_of

WHY = "Whoever is paged at night needs it, and finds nothing."
REMEDY = "Write it down, and declare it."


def spec(**changes: Any) -> CheckSpec:  # noqa: ANN401  # any field
    """Return a spec that is complete."""
    fields = {"id": "acme.thing", "title": "Has a thing", "category": "operations"}
    return CheckSpec(**{**fields, "why": WHY, "remedy": REMEDY, **changes})


@dataclass(frozen=True, slots=True)
class Declares:
    """A check of the manifest that is as it should be."""

    spec: ClassVar[CheckSpec] = spec(reads=("declares.thing",))

    def judge(self, manifest: Manifest) -> Answer:
        """Pass if the thing is declared."""
        claim = manifest.declaration("thing")
        if getattr(claim, "value", None) is True:
            return Passed("the team declares it")
        return Failed("the team does not declare it")


@dataclass(frozen=True, slots=True)
class Answers:
    """A check of the running service that is as it should be."""

    spec: ClassVar[CheckSpec] = spec(reads=("base_url",))

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Pass on 200."""
        if target.base_url is None:
            return Failed("it has no address")
        reply = await probe.get("/")
        return Passed("200") if reply.status == 200 else Failed(f"{reply.status}")


class TestDeclares(ConformanceSuite):
    """The suite as an author uses it, about the manifest."""

    plugin = "acme"

    def check(self) -> Check:
        """Return the check."""
        return Declares()

    def good(self) -> Subject:
        """Return a manifest that has it."""
        return manifest(thing=True)

    def bad(self) -> Subject:
        """Return a manifest that has it not."""
        return manifest(thing=False)


class TestAnswers(ConformanceSuite):
    """The suite as an author uses it, about a running service."""

    plugin = "acme"

    def check(self) -> Check:
        """Return the check."""
        return Answers()

    def good(self) -> Subject:
        """Return a service that is well."""
        return FakeService(Page())

    def bad(self) -> Subject:
        """Return a service that is not."""
        return FakeService(Page(status=503))


def test_a_suite_has_the_tests_of_its_kind() -> None:
    """What only the other kind of check can break is no test."""

    def tests(suite: type) -> set[str]:
        return {name for name in dir(suite) if name.startswith("test_") and getattr(suite, name)}

    assert tests(TestAnswers) - tests(TestDeclares) == {
        "test_no_address",
        "test_dead_refused",
        "test_dead_reset",
        "test_dead_broken",
        "test_dead_hangs",
        "test_dead_unseen",
    }
    assert tests(TestDeclares) - tests(TestAnswers) == {"test_nothing_declared", "test_all_false"}


def judging(answer: Callable[[Manifest], object], **changes: Any) -> Callable[[], Check]:  # noqa: ANN401
    """Return what makes a check of the manifest that answers so."""

    @dataclass(frozen=True)
    class Judging:
        spec: ClassVar[CheckSpec] = spec(**changes)

        def judge(self, manifest: Manifest) -> object:
            return answer(manifest)

    return cast("Callable[[], Check]", Judging)


def asking(answer: Callable[[Target, Probe], Any]) -> Callable[[], Check]:
    """Return what makes a check of the running service that answers so."""

    @dataclass(frozen=True)
    class Asking:
        spec: ClassVar[CheckSpec] = spec()

        async def run(self, target: Target, probe: Probe) -> object:
            return await answer(target, probe)

    return cast("Callable[[], Check]", Asking)


def doing(act: Callable[[], object]) -> Callable[[], Check]:
    """Return what makes a check of the manifest that does something beside its work."""

    def answer(manifest: Manifest) -> Answer:
        act()
        return Declares().judge(manifest)

    return judging(answer)


async def optimist(target: Target, probe: Probe) -> Answer:
    """Pass whatever comes."""
    del target
    try:
        await probe.get("/")
    except ProbeError as error:
        return Passed(f"nothing is wrong but {error.reason}")
    return Passed("it answered")


async def liar(target: Target, probe: Probe) -> Answer:
    """Pass without asking."""
    del target, probe
    return Passed("it is well")


async def crash(target: Target, probe: Probe) -> Answer:
    """Break where there is no answer."""
    del target, probe
    raise KeyError("status")


async def deaf(target: Target, probe: Probe) -> Answer:
    """Do not stop when told to."""
    del target, probe
    for _ in range(8):
        try:
            await asyncio.sleep(0.25)
        except asyncio.CancelledError:
            continue
    return Failed("late")


async def blocking(target: Target, probe: Probe) -> Answer:
    """Hold the whole loop."""
    del target, probe
    time.sleep(2.0)  # noqa: ASYNC251  # the misbehaviour itself
    return Failed("late")


async def littering(target: Target, probe: Probe) -> Answer:
    """Leave a task behind."""
    del target, probe
    task = asyncio.create_task(asyncio.sleep(30), name="litter")
    return Failed(f"left {task.get_name()}")


def refuse() -> Check:
    """Refuse to be made."""
    raise SystemExit(0)


NUMBERS = count()

BROKEN: list[tuple[str, Callable[[], Check]]] = [
    ("metadata", judging(Declares().judge, title="A title that ends.")),
    ("metadata", judging(Declares().judge, title="T" * 61)),
    ("metadata", judging(Declares().judge, why="why not")),
    ("metadata", judging(Declares().judge, remedy="fix it")),
    ("metadata", judging(Declares().judge, category="Operations")),
    ("metadata", judging(Declares().judge, id="other.thing")),
    ("metadata", refuse),
    ("is_a_value", lambda: judging(Declares().judge)()),  # noqa: PLW0108  # a class of its own each time
    ("nothing_declared", judging(lambda _: Passed("fine"))),
    ("all_false", judging(lambda m: Passed("many") if m.declares else Failed("none"))),
    ("no_address", asking(liar)),
    ("dead_refused", asking(optimist)),
    ("dead_refused", asking(liar)),
    ("dead_refused", asking(crash)),
    ("dead_reset", asking(optimist)),
    ("dead_reset", asking(crash)),
    ("dead_unseen", asking(crash)),
    ("keeps_its_deadline", asking(crash)),
    ("nothing_declared", judging(lambda _: 1 / 0)),
    ("dead_broken", asking(optimist)),
    ("dead_hangs", asking(liar)),
    ("dead_unseen", asking(optimist)),
    ("keeps_its_deadline", asking(deaf)),
    ("keeps_its_deadline", asking(blocking)),
    ("keeps_its_deadline", judging(lambda _: time.sleep(0.05), deadline_s=0.01)),
    ("answers_plainly", judging(lambda _: None)),
    ("answers_plainly", judging(lambda _: Failed(""))),
    ("answers_plainly", judging(lambda _: 1 / 0)),
    ("leaves_globals_alone", doing(lambda: os.environ.update(ACME="1"))),
    ("leaves_globals_alone", doing(lambda: os.chdir("/"))),
    ("leaves_globals_alone", doing(lambda: os.umask(0o077))),
    ("leaves_globals_alone", doing(lambda: locale.setlocale(locale.LC_ALL, "C.UTF-8"))),
    ("leaves_globals_alone", doing(lambda: warnings.simplefilter("ignore"))),
    ("leaves_globals_alone", doing(lambda: socket.setdefaulttimeout(1.0))),
    ("leaves_globals_alone", doing(lambda: sys.path.append("/acme"))),
    ("leaves_globals_alone", doing(lambda: sys.setrecursionlimit(5000))),
    ("leaves_globals_alone", doing(lambda: setattr(json, "loads", len))),
    ("leaves_globals_alone", doing(lambda: setattr(time, "gmtime", len))),
    ("leaves_globals_alone", doing(lambda: sys.modules.update(ssl=json))),
    ("prints_nothing", doing(lambda: print("hello"))),  # noqa: T201  # the misbehaviour itself
    ("prints_nothing", doing(lambda: os.write(1, b"hello"))),
    ("prints_nothing", doing(lambda: os.system("echo hello >&2"))),  # noqa: S605, S607
    ("leaves_nothing_running", asking(littering)),
    (
        "leaves_nothing_running",
        doing(lambda: threading.Thread(target=time.sleep, args=(2,), daemon=True).start()),
    ),
    ("is_deterministic", judging(lambda _: Failed(f"the {next(NUMBERS)}th time"))),
    ("passes_what_is_well", judging(lambda _: Failed("never"))),
    ("fails_what_is_ill", judging(lambda _: Passed("always"))),
]


@pytest.mark.parametrize(("clause", "make"), BROKEN)
async def test_who_breaks_a_clause_is_told(clause: str, make: Callable[[], Check]) -> None:
    """The clause fails and says why, and nothing of the misbehaviour is left in this process."""
    before = (dict(os.environ), Path.cwd(), list(sys.path), json.loads, sys.modules["ssl"])
    candidate = Candidate(make, "acme", manifest(thing=True), manifest(thing=False))

    found = await verdict_of(clause, candidate)

    assert found.state is State.FAILED
    assert found.reason
    now = (dict(os.environ), Path.cwd(), list(sys.path), json.loads, sys.modules["ssl"])
    assert now == before


async def test_a_good_check_breaks_no_clause() -> None:
    """What is as it should be is told so, clause by clause; nobody said what is well."""
    for make in (Declares, Answers):
        verdicts = await conform(Candidate(cast("Callable[[], Check]", make), "acme"))

        assert {each.state for each in verdicts} == {State.OK, State.NOT_APPLICABLE}
        untold = ("passes_what_is_well", "fails_what_is_ill")
        assert [e.state for e in verdicts if e.clause in untold] == [State.NOT_APPLICABLE] * 2
        assert all(each.promise.endswith(".") for each in verdicts)
