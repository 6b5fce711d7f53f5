"""How many attacks on the override there are, and how many good ones: it is asked for so many."""

from __future__ import annotations

import ast
from collections.abc import Container
from pathlib import Path

HERE = Path(__file__).parent


def asserting(files: str, *calls: str) -> list[str]:
    """Return the tests that call one of *calls*, each once, of all *files*."""
    return [
        node.name
        for path in sorted(HERE.glob(files))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_")
        if does(node, calls)
    ]


def does(test: ast.AST, calls: Container[str]) -> bool:
    """Return whether a test awaits one of *calls*."""
    return any(
        isinstance(node, ast.Await)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) in calls
        for node in ast.walk(test)
    )


def test_forty_attacks_are_refused_and_recorded() -> None:
    """At least 40 attacks, each of another kind, end as an entry of their refusal in the log."""
    found = asserting("test_override_*.py", "stage.refused", "stage.recorded", "other.refused")

    assert len(found) == len(set(found))
    assert len(found) >= 40, found


def test_ten_good_ones_are_effective() -> None:
    """At least 10 good ones open the gate, and leave the bytes of each decision as they are."""
    found = asserting("test_override_good.py", "good")

    assert len(found) == len(set(found))
    assert len(found) >= 10, found
