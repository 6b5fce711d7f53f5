"""Finds every place on the road to a decision that catches, and sees which of them are entered."""

# ruff: noqa: ANN401  # a tracer gets and returns anything

from __future__ import annotations

import ast
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, Self

import director
from director.cli.commands import COMMANDS

ROOT = Path(director.__file__).parent

FOLDERS = ("engine", "rules", "probing", "store", "sinks", "formats", "model", "approval")
"""Folders of which every module is on the road to a decision, whoever imports it."""

BEGINNINGS = (
    "director.cli.main",
    "director.cli.commands",
    "director.cli.evaluate",
    "director.cli.override_apply",
    "director.cli.waiver_approve",
    "director.cli.attest_verify",
)
"""Where the road begins: what decides, what opens a gate by consent, and what opens one elsewhere.

Of the rest of the house, it leads through what these import.
"""


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield everything of ours that a module imports, at its top or later."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("director"):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def road() -> dict[Path, ast.Module]:
    """Return every module on the road to a decision, parsed; other commands are not on it."""
    others = {f"director.cli.{name}" for name in COMMANDS} - set(BEGINNINGS)
    waiting, seen = list(BEGINNINGS), set[str]()
    found = {path: parsed(path) for name in FOLDERS for path in (ROOT / name).rglob("*.py")}
    while waiting:
        name = waiting.pop()
        path = file_of(name)
        if name not in seen | others and path.is_file():
            seen.add(name)
            found.setdefault(path, parsed(path))
            waiting += imports(found[path])
    return dict(sorted(found.items()))


def file_of(name: str) -> Path:
    """Return where the module *name* is, or would be: a package is its ``__init__.py``."""
    place = ROOT.joinpath(*name.split(".")[1:])
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def parsed(path: Path) -> ast.Module:
    """Return the module at *path*."""
    return ast.parse(path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Clause:
    """One place that catches.

    Attributes:
        key: ``module:function:types``, with ``#2`` for the second of that name.
        file: Where it is.
        lines: Of an ``except``, the first line inside; of a ``suppress``, all lines of the block.
        caught: Whether it is an ``except``.
    """

    key: str
    file: str
    lines: range
    caught: bool


class Finder(ast.NodeVisitor):
    """Finds what catches in one module."""

    def __init__(self, path: Path, tree: ast.Module) -> None:
        self.found: list[Clause] = []
        self._file = str(path)
        module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        self._inside = [module.removesuffix(".__init__"), ""]
        self.visit(tree)

    def _add(self, types: str, lines: range, *, caught: bool) -> None:
        key = f"{self._inside[0]}:{self._inside[1]}:{types}"
        known = sum(re.sub(r"#\d+$", "", each.key) == key for each in self.found)
        self.found.append(Clause(f"{key}#{known + 1}" if known else key, self._file, lines, caught))

    def _within(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        before = self._inside[1]
        self._inside[1] = f"{before}.{node.name}".lstrip(".")
        self.generic_visit(node)
        self._inside[1] = before

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _within  # noqa: N815  # ast's

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:  # ast's
        """Note an ``except``."""
        types = ast.unparse(node.type) if node.type else "everything"
        first = node.body[0].lineno
        self._add(types, range(first, first + 1), caught=True)
        self.generic_visit(node)

    def visit_With(self, node: ast.With) -> None:  # ast's
        """Note a ``suppress``."""
        for item in node.items:
            text = ast.unparse(item.context_expr).removeprefix("contextlib.")
            if text.startswith("suppress("):
                lines = range(node.body[0].lineno, (node.end_lineno or 0) + 1)
                self._add(text, lines, caught=False)
        self.generic_visit(node)


def clauses() -> dict[str, Clause]:
    """Return every place on the road that catches."""
    return {
        clause.key: clause for path, tree in road().items() for clause in Finder(path, tree).found
    }


class Witness:
    """Sees which clauses are entered, in this thread and in those that start meanwhile."""

    def __init__(self, watched: Sequence[Clause]) -> None:
        self.watched = watched
        self.seen: set[str] = set()
        self._news = threading.Condition()
        self._by_file: dict[str, list[Clause]] = {}
        for clause in watched:
            self._by_file.setdefault(clause.file, []).append(clause)

    def __enter__(self) -> Self:
        self._before = sys.gettrace(), threading.gettrace()
        threading.settrace(self._called)
        sys.settrace(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before[0])
        threading.settrace(self._before[1])

    def await_clause(self, key: str) -> None:
        """Return when the clause *key* was entered, or after ten seconds."""
        with self._news:
            self._news.wait_for(lambda: key in self.seen, 10)

    def _called(self, frame: FrameType, _: str, __: Any) -> Any:
        return self._inside if frame.f_code.co_filename in self._by_file else None

    def _inside(self, frame: FrameType, event: str, _: Any) -> Any:
        if event in ("line", "exception"):
            for clause in self._by_file[frame.f_code.co_filename]:
                if frame.f_lineno in clause.lines and (event == "line") is clause.caught:
                    with self._news:
                        self.seen.add(clause.key)
                        self._news.notify_all()
        return self._inside


def tables(folder: Path) -> dict[str, list[str]]:
    """Return the keys of the table of every test file in *folder* that has one, as it writes them.

    Raises:
        ValueError: A table stands in a file of which no test takes a ``forcing``.
    """
    found = {}
    for path in sorted(folder.glob("test_*.py")):
        tree = parsed(path)
        written = [
            node.value
            for node in tree.body
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "TABLE"
        ]
        forced = any(
            isinstance(node, ast.FunctionDef)
            and node.name.startswith("test_")
            and "forcing" in {each.arg for each in node.args.args}
            for node in tree.body
        )
        if bool(written) is not forced:
            raise ValueError(f"{path}: a table, and a test that takes each forcing, or neither")
        for table in written:
            keys = table.keys if isinstance(table, ast.Dict) else []
            found[path.name] = [ast.literal_eval(key) for key in keys if key is not None]
    return found
