"""The house of the design, §4: imports go strictly down, and the ground floors stay pure."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import pytest

FLOORS: Mapping[str, int] = {
    "": -1,  # director/__init__.py: a version, which anybody may ask for
    "errors": 0,
    "model": 1,
    "rules": 2,
    "ports": 2,
    "plugin": 3,
    "engine": 4,
    "isolation": 4,
    "loading": 4,
    "probing": 4,
    "store": 4,
    "audit": 4,
    "sinks": 4,
    "queue": 4,
    "formats": 4,
    "app": 5,
    "approval": 5,
    "testing": 5,
    "web": 6,
    "service": 6,
    "wiring": 7,
    "cli": 8,
}
PURE = 2
"""The highest floor that knows no library, no clock, no file and no log."""

IMPURE_MODULES = frozenset(
    {
        "asyncio", "concurrent", "fileinput", "glob", "io", "logging", "multiprocessing", "os",
        "pathlib", "random", "secrets", "select", "selectors", "shutil", "signal", "socket",
        "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid",
        "warnings",
    }
)  # fmt: skip
IMPURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__"})
COMPILES = "director/model/value.py"
"""The one file that may call exec: it compiles ``__init__``, as ``dataclasses`` itself does."""
CLOCK_CALLS = frozenset({"now", "utcnow", "today"})


def imports(tree: ast.AST, path: str) -> Iterator[tuple[int, str]]:
    """Yield line and full dotted name of everything that *tree* imports, lazily or not.

    ``from a import b`` yields ``a.b``: b may be a module.
    """
    package = PurePosixPath(path).parent.parts
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                above = package[: len(package) - level + 1] if level else ()
                origin = ".".join([*above, *([module] if module else [])])
                yield from ((node.lineno, f"{origin}.{alias.name}") for alias in names)
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]):
                if ast.unparse(function).rpartition(".")[2] in {"import_module", "__import__"}:
                    yield node.lineno, name
            case _:
                pass


def unit_of(dotted: str) -> str:
    """Return the unit of the house that ``director.…`` belongs to."""
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in FLOORS else ""


def unit_of_file(path: str) -> str:
    """Return the unit that a file of ``director/`` belongs to."""
    first = PurePosixPath(path).parts[1]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def is_ours(dotted: str) -> bool:
    """Whether *dotted* is in the package ``director``."""
    return dotted.partition(".")[0] == "director"


def floor_faults(path: str, tree: ast.Module) -> list[str]:
    """Return every import of a module of ``director/`` that does not go down."""
    here = unit_of_file(path)
    if here not in FLOORS:
        return [f"{path}: '{here}' is not in the house; give it a floor in the design first"]
    return [
        f"{path}:{line}: {here or 'director'} (floor {FLOORS[here]}) imports {name}"
        f" (floor {FLOORS[unit_of(name)]})"
        for line, name in imports(tree, path)
        if is_ours(name) and unit_of(name) != here and FLOORS[unit_of(name)] >= FLOORS[here]
    ]


def purity_faults(path: str, tree: ast.Module) -> list[str]:
    """Return everything in a module of floors 0 to 2 that reaches for the world."""
    if FLOORS.get(unit_of_file(path), PURE + 1) > PURE or unit_of_file(path) == "":
        return []
    faults = [
        f"{path}:{line}: imports {name}"
        for line, name in imports(tree, path)
        if not is_ours(name)
        and (
            name.partition(".")[0] not in sys.stdlib_module_names
            or name.partition(".")[0] in IMPURE_MODULES
        )
    ]
    promises = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).partition("[")[0].endswith("Protocol") for base in node.bases)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        match node:
            case ast.AsyncFunctionDef(name=name) if id(node) not in promises:
                faults.append(f"{path}:{node.lineno}: async def {name} outside a Protocol")
            case ast.Call(func=ast.Name(id="exec")) if path == COMPILES:
                pass
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_CALLS:
                faults.append(f"{path}:{node.lineno}: calls {name}")
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK_CALLS:
                faults.append(f"{path}:{node.lineno}: reads the clock with {name}")
            case ast.Global(names=names):
                faults.append(f"{path}:{node.lineno}: changes the global {', '.join(names)}")
            case _:
                pass
    return faults


def door_faults(path: str, tree: ast.Module) -> list[str]:
    """Return every import of a plugin that does not come through a public door."""
    _, plugin, *inside = PurePosixPath(path).parts
    doors = {"director.plugin"}
    own = {f"director_{plugin}"}
    if inside[0] == "tests":
        doors |= {"director.testing"}
    return [
        f"{path}:{line}: imports {name}; a plugin uses {' and '.join(sorted(doors))}"
        for line, name in imports(tree, path)
        if (is_ours(name) and not any(f"{name}.".startswith(f"{door}.") for door in doors))
        or (name.startswith("director_") and name.partition(".")[0] not in own)
    ]


def test_imports_go_strictly_down(trees: Mapping[str, ast.Module]) -> None:
    """A module imports only its own unit and lower floors, never another unit of its floor."""
    house = {path: tree for path, tree in trees.items() if path.startswith("director/")}

    assert house
    assert [fault for path, tree in house.items() for fault in floor_faults(path, tree)] == []


def test_the_ground_floors_are_pure(trees: Mapping[str, ast.Module]) -> None:
    """Floors 0 to 2 use only the standard library, and read no clock, file, network or log."""
    house = {path: tree for path, tree in trees.items() if path.startswith("director/")}

    assert [fault for path, tree in house.items() for fault in purity_faults(path, tree)] == []


def test_plugins_come_through_the_doors(trees: Mapping[str, ast.Module]) -> None:
    """A plugin imports director.plugin, its tests director.testing too, and no other plugin."""
    shelf = {path: tree for path, tree in trees.items() if path.startswith("plugins/")}

    assert shelf
    assert [fault for path, tree in shelf.items() for fault in door_faults(path, tree)] == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("director/model/check.py", "from director.rules.plan import plan"),
        ("director/model/check.py", "from director import ports"),
        ("director/model/check.py", "import director.ports"),
        ("director/rules/decide.py", "from director.ports import Clock"),
        ("director/ports.py", "from director.rules import decide"),
        ("director/rules/decide.py", "from ..ports import Clock"),
        ("director/rules/decide.py", "from .. import ports"),
        ("director/engine/run.py", "from director.probing.session import LiveProber"),
        ("director/store/sqlite.py", "def f():\n    from director.formats import text"),
        ("director/loading/x.py", "if TYPE_CHECKING:\n    import director.engine.run"),
        ("director/loading/x.py", "importlib.import_module('director.cli.main')"),
        ("director/app.py", "from director.testing import FakeProbe"),
        ("director/web/api.py", "from director.service import scheduler"),
        ("director/web/api.py", "from director.wiring import wire"),
        ("director/__init__.py", "from director.errors import DirectorError"),
        ("director/utilities/x.py", ""),
    ],
)
def test_the_floors_bite(path: str, line: str) -> None:
    """Each way to import upwards or sideways is found."""
    assert floor_faults(path, ast.parse(line))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("director/rules/decide.py", "from director.model.check import Role"),
        ("director/rules/decide.py", "from director.rules.score import score"),
        ("director/rules/decide.py", "from .score import score"),
        ("director/engine/run.py", "from director import plugin"),
        ("director/cli/main.py", "from director import __version__"),
        ("director/cli/main.py", "importlib.import_module('director.cli.evaluate')"),
        ("director/cli/main.py", "import director_http"),
    ],
)
def test_the_floors_let_through(path: str, line: str) -> None:
    """What goes down, or stays within its unit, is no fault."""
    assert floor_faults(path, ast.parse(line)) == []


@pytest.mark.parametrize(
    "line",
    [
        "import yaml",
        "from pydantic import BaseModel",
        "import time",
        "from time import monotonic",
        "import logging",
        "import os.path",
        "from pathlib import Path",
        "at = datetime.now(UTC)",
        "at = datetime.datetime.utcnow()",
        "day = date.today()",
        "text = open('x').read()",
        "print('x')",
        "async def run(): ...",
        "class Runner:\n    async def run(self): ...",
        "def f():\n    global seen",
    ],
)
@pytest.mark.parametrize(
    "path",
    ["director/errors.py", "director/model/x.py", "director/rules/x.py", "director/ports.py"],
)
def test_purity_bites(path: str, line: str) -> None:
    """Each way to reach for the world on a ground floor is found."""
    assert purity_faults(path, ast.parse(line))
    assert purity_faults("director/engine/x.py", ast.parse(line)) == []


@pytest.mark.parametrize(
    "line",
    [
        "from datetime import datetime, timedelta",
        "class Probe(Protocol):\n    async def get(self): ...",
        "class View(Probe, Protocol[T]):\n    async def get(self): ...",
        "def decide(now): return now + due",
    ],
)
def test_purity_lets_through(line: str) -> None:
    """Time as an argument and promises of async work are no fault."""
    assert purity_faults("director/ports.py", ast.parse(line)) == []


@pytest.mark.parametrize(
    ("path", "line", "faulty"),
    [
        ("plugins/http/director_http/health.py", "from director.plugin import Passed", False),
        ("plugins/http/director_http/health.py", "from director import plugin", False),
        ("plugins/http/director_http/health.py", "from director_http.page import x", False),
        ("plugins/http/director_http/health.py", "from director.model.check import Role", True),
        ("plugins/http/director_http/health.py", "from director.plugins import x", True),
        ("plugins/http/director_http/health.py", "import director", True),
        ("plugins/http/director_http/health.py", "from director.testing import FakeProbe", True),
        ("plugins/http/director_http/health.py", "from director_declared import x", True),
        ("plugins/http/tests/test_x.py", "from director.testing import FakeProbe", False),
        ("plugins/http/tests/test_x.py", "from director.probing.session import LiveProber", True),
    ],
)
def test_the_doors_bite(path: str, line: str, faulty: bool) -> None:
    """Each way around the doors is found, and nothing else."""
    assert bool(door_faults(path, ast.parse(line))) is faulty


def test_every_unit_is_found(trees: Mapping[str, ast.Module]) -> None:
    """The walk sees the units it is about."""
    units = {unit_of_file(path) for path in trees if path.startswith("director/")}

    assert {"errors", "model", "rules", "ports", "plugin", "loading"} <= units
