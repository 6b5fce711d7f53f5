"""Tests against one mutant, in a process of its own: what it breaks is gone with it."""

from __future__ import annotations

import gc
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import hypothesis
import pytest

LONGEST_S = 120
"""What takes longer runs for ever, in seconds; as it is, the slowest suite takes a third."""
MOST_BYTES = 4 * 2**30

ARGUMENTS = (
    *("-x", "-qq", "-p", "no:cacheprovider", "-m", "not long"),
    # Libraries are imported before pytest could look into their assertions.
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
    # What these add to the others is breadth, and they take most of the time.
    *("-k", "not every_state and not wide_enough and not twins and not of_the_states_with"),
    *("-p", "no:unraisableexception"),  # It collects garbage several times at the end.
)


class Verdict(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"


@dataclass(frozen=True)
class Attempt:
    """One mutant and what is tried on it.

    Attributes:
        module: The module to replace; empty to replace none.
        function: The function in it that alone changes; empty if what changes is outside of any.
        source: What the module reads instead.
        files: The tests to run, in their order; the first that fails ends it.
    """

    module: str
    function: str
    source: str
    files: tuple[str, ...]


Told = Callable[[int, Verdict], None]
"""Is given the number of an attempt and its verdict, as they come."""


def try_all(attempts: Sequence[Attempt], told: Told) -> None:
    """Try all *attempts*, as many at a time as there are processors."""
    hypothesis.settings.register_profile(
        "mutants",
        max_examples=30,  # What takes more to find, the examples and the grids find.
        derandomize=True,
        database=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    )
    hypothesis.settings.load_profile("mutants")
    files = sorted({file for attempt in attempts for file in attempt.files})
    sys.path.insert(0, str(Path(__file__).parents[2]))  # What stands beside the tests is tested.
    pytest.main([*ARGUMENTS, "-s", *files], plugins=[_Loop(attempts, told)])


class _Loop:
    """Takes the place of pytest's own loop: every attempt runs in a fork of the session.

    So the tests are collected once, and an attempt costs little more than the tests it runs.
    """

    def __init__(self, attempts: Sequence[Attempt], told: Told) -> None:
        self.attempts = attempts
        self.told = told
        self.running: dict[int, int] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try everything."""
        gc.freeze()
        for number, attempt in enumerate(self.attempts):
            if len(self.running) == (os.cpu_count() or 1):
                self._end_one()
            self.running[_started(attempt, session)] = number
        while self.running:
            self._end_one()
        return True

    def _end_one(self) -> None:
        pid, status = os.wait()
        code = os.waitstatus_to_exitcode(status)
        verdict = Verdict.TIMED_OUT if code == -signal.SIGALRM else Verdict.KILLED
        self.told(self.running.pop(pid), verdict if code else Verdict.SURVIVED)


def _started(attempt: Attempt, session: pytest.Session) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        code = _tried(attempt, session)
    finally:
        os._exit(code)  # What the parent has open stays the parent's.


def _tried(attempt: Attempt, session: pytest.Session) -> int:
    """Return 0 if every test passes."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(LONGEST_S)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    if not attempt.module:
        return _run(attempt, session)
    if attempt.function and _swapped(attempt):
        return _run(attempt, session)
    for name in [*sys.modules]:
        if name.partition(".")[0] in ("director", "tests"):
            del sys.modules[name]
    wrong = _Wrong(attempt.module, attempt.source)
    return int(pytest.main([*ARGUMENTS, *attempt.files], plugins=[wrong]))


def _swapped(attempt: Attempt) -> bool:
    """Put the code of the one function that is wrong in its place; return whether that worked."""
    found: object = sys.modules[attempt.module]
    for name in attempt.function.split("."):
        found = vars(found).get(name)
    found = found.fget if isinstance(found, property) else found
    wrong = _code_of(attempt.function, compile(attempt.source, attempt.module, "exec"))
    if not isinstance(found, FunctionType) or wrong is None:
        return False
    found.__code__ = wrong
    return True


def _code_of(function: str, code: CodeType) -> CodeType | None:
    for name in function.split("."):
        inner = [c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name]
        if len(inner) != 1:
            return None
        code = inner[0]
    return code


def _run(attempt: Attempt, session: pytest.Session) -> int:
    """Run the tests that were collected, in the order of the files."""
    order = {file: place for place, file in enumerate(attempt.files)}
    items = [item for item in session.items if str(item.path) in order]
    items.sort(key=lambda item: order[str(item.path)])
    for item, following in zip_longest(items, items[1:]):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return 1
    return 0 if items else 1


class _Wrong(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds one module and loads it with its fault; a plugin of pytest, to be asked first.

    pytest puts a finder of its own before all others, and that one takes every module of a
    distribution which has a plugin of pytest, as ours has.
    """

    def __init__(self, module: str, source: str) -> None:
        self.module = module
        self.source = source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return where the module is: here."""
        del path, target
        if fullname != self.module:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self) -> None:
        """Go before pytest's finder, before anything of ours is imported."""
        sys.meta_path.insert(0, self)

    def get_source(self, fullname: str) -> str:
        """Return what the module reads."""
        del fullname
        return self.source
