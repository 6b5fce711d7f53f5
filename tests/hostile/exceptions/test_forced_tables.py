"""The tables of what is forced, joined: they hold what catches on the road to a decision, once."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.hostile.exceptions.clauses import Clause

HERE = Path(__file__).parent


def test_every_clause_is_forced(clauses: ModuleType, known: dict[str, Clause]) -> None:
    """What catches on the road stands in one table, once, and the tables hold nothing else."""
    forced = Counter(key for keys in clauses.tables(HERE).values() for key in keys)

    assert sorted(set(known) - set(forced)) == []
    assert sorted(set(forced) - set(known)) == []
    assert sorted(key for key, times in forced.items() if times > 1) == []


def swallowed(tree: ast.AST) -> list[str]:
    """Return what swallows exceptions in a way that no clause shows, and in which line."""
    faults = []
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(type=None):
                faults.append(f"{node.lineno}: bare except")
            case ast.Try() if any(
                isinstance(inner, ast.Return | ast.Break | ast.Continue)
                for statement in node.finalbody
                for inner in ast.walk(statement)
            ):
                faults.append(f"{node.lineno}: leaves a finally")
            case ast.TryStar():
                faults.append(f"{node.lineno}: except*")
            case ast.keyword(arg="return_exceptions"):
                faults.append(f"{node.value.lineno}: exceptions as results")
            case _:
                pass
    return faults


def test_nothing_else_swallows_an_exception(clauses: ModuleType) -> None:
    """On the road nothing is swallowed in a way that no clause shows.

    Neither a bare ``except``, nor ``return`` in a ``finally``, nor exceptions as results.
    """
    faults = {str(path): swallowed(tree) for path, tree in clauses.road().items()}

    assert {path: found for path, found in faults.items() if found} == {}


@pytest.mark.parametrize(
    ("text", "faulty"),
    [
        ("try: f()\nexcept: pass\n", True),
        ("try: f()\nexcept* OSError: pass\n", True),
        ("def g():\n    try: f()\n    finally: return 1\n", True),
        ("for x in y:\n    try: f()\n    finally: break\n", True),
        ("g(f(), return_exceptions=True)\n", True),
        ("try: f()\nexcept OSError: pass\nfinally: h()\n", False),
    ],
)
def test_swallowing_bites(text: str, faulty: bool) -> None:
    """What swallows is found; a clause that says what it catches is another matter."""
    assert bool(swallowed(ast.parse(text))) is faulty


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("try: f()\nexcept OSError: pass\n", ["x::OSError"]),
        (
            "class A:\n    def g(self):\n        with suppress(OSError): f()\n",
            ["x:A.g:suppress(OSError)"],
        ),
        ("async def g():\n    with contextlib.suppress(OSError): f()\n", ["x:g:suppress(OSError)"]),
        ("try:\n    try: f()\n    except E: pass\nexcept E: pass\n", ["x::E", "x::E#2"]),
        ("with open(name): f()\n", []),
    ],
)
def test_finding_bites(clauses: ModuleType, text: str, keys: list[str]) -> None:
    """Each way to catch is found, and the second of a name is told from the first."""
    found = clauses.Finder(clauses.ROOT / "x.py", ast.parse(text)).found

    assert [clause.key for clause in found] == keys
