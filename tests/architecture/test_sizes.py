"""Nothing in the house is too big to be read, and nothing is named for nothing."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest

MOST_MODULE_LINES = 400
MOST_FUNCTION_LINES = 50
MOST_PARAMETERS = 5

EMPTY_WORDS = frozenset({"util", "helper", "manager", "base", "common", "misc"})


def size_faults(path: str, text: str) -> list[str]:
    """Return everything in the module that is too long, or takes too much."""
    count = len(text.splitlines())
    faults = (
        [f"{path}: {count} lines, at most {MOST_MODULE_LINES}"] if count > MOST_MODULE_LINES else []
    )
    tree = ast.parse(text)
    methods = {
        id(node)
        for owner in ast.walk(tree)
        if isinstance(owner, ast.ClassDef)
        for node in owner.body
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > MOST_FUNCTION_LINES:
            faults.append(f"{path}:{node.lineno}: {node.name} has {lines} lines")
        parameters = parameters_of(node, method=id(node) in methods)
        if parameters > MOST_PARAMETERS:
            faults.append(f"{path}:{node.lineno}: {node.name} takes {parameters} parameters")
    return faults


def parameters_of(node: ast.FunctionDef | ast.AsyncFunctionDef, *, method: bool) -> int:
    """Return how many parameters a caller sees; ``self`` and ``cls`` are none of them."""
    spec = node.args
    positional = [*spec.posonlyargs, *spec.args]
    static = any(ast.unparse(mark) == "staticmethod" for mark in node.decorator_list)
    bound = 1 if method and positional and not static else 0
    return len(positional) - bound + len(spec.kwonlyargs) + bool(spec.vararg) + bool(spec.kwarg)


def name_faults(path: str) -> list[str]:
    """Return the path if a file or folder in it has a name that says nothing."""
    words = {
        word.removesuffix("s")
        for part in PurePosixPath(path).with_suffix("").parts
        for word in part.split("_")
    }
    return [path] if words & EMPTY_WORDS else []


def test_nothing_is_too_big(trees: Mapping[str, ast.Module], root: Path) -> None:
    """No module is over 400 lines, no function over 50, none takes more than 5 parameters."""
    found = [
        fault for path in trees for fault in size_faults(path, (root / path).read_text("utf-8"))
    ]

    assert found == []


def test_names_say_something(trees: Mapping[str, ast.Module]) -> None:
    """No module is called utils, helpers, manager, base or common."""
    assert [fault for path in trees for fault in name_faults(path)] == []


def function(lines: int) -> str:
    """Return a function of so many lines."""
    return "def f():\n" + "    x = 1\n" * (lines - 1)


@pytest.mark.parametrize(
    ("text", "faulty"),
    [
        ("x = 1\n" * 399, False),
        ("x = 1\n" * 400, False),
        ("x = 1\n" * 401, True),
        (function(49), False),
        (function(50), False),
        (function(51), True),
        (f"async {function(51)}", True),
        ("class A:\n" + "".join(f"    {line}\n" for line in function(51).splitlines()), True),
        ("def f(a, b, c, d, e): ...", False),
        ("def f(a, b, c, d, e, g): ...", True),
        ("def f(a, b, c, *, d, e, g): ...", True),
        ("def f(a, b, c, d, e, **g): ...", True),
        ("def f(a, b, c, d, e, *g): ...", True),
        ("def f(a, b, /, c, d, e): ...", False),
        ("class A:\n    def f(self, a, b, c, d, e): ...", False),
        ("class A:\n    def f(self, a, b, c, d, e, g): ...", True),
        ("class A:\n    @staticmethod\n    def f(a, b, c, d, e, g): ...", True),
        ("def f():\n    def g(a, b, c, d, e, h): ...", True),
        ("@dataclass\nclass A:\n" + "".join(f"    f{n}: int\n" for n in range(20)), False),
    ],
)
def test_sizes_bite(text: str, faulty: bool) -> None:
    """Exactly the greatest size is allowed; one more is found."""
    assert bool(size_faults("director/x.py", text)) is faulty


@pytest.mark.parametrize(
    ("path", "faulty"),
    [
        ("director/utils.py", True),
        ("director/store/helpers.py", True),
        ("director/engine/plugin_manager.py", True),
        ("director/base/x.py", True),
        ("plugins/http/director_http/common.py", True),
        ("director/store/database.py", False),
        ("director/model/check.py", False),
    ],
)
def test_names_bite(path: str, faulty: bool) -> None:
    """A name that says nothing is found, wherever it stands in the path."""
    assert bool(name_faults(path)) is faulty
