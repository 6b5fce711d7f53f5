"""Which part of the house may know which library."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "aiohttp": ("probing/", "web/", "testing/", "sinks/webhook.py"),
    "multidict": ("probing/", "web/", "testing/", "sinks/webhook.py"),
    "markupsafe": ("web/",),
    "yarl": ("probing/", "web/", "testing/", "sinks/webhook.py"),
    "sqlalchemy": ("store/",),
    "alembic": ("store/",),
    "sqlite3": ("store/",),
    "psycopg": ("store/",),
    "nats": ("queue/",),
    "re2": ("probing/",),
    "jsonpath": ("probing/conditions/",),
    "pydantic": ("loading/", "store/", "web/"),
    "pydantic_core": ("audit/", "loading/", "store/", "web/"),
    "yaml": ("loading/",),
    "typing_extensions": ("engine/run.py",),  # for the type checker alone
    "packaging": ("loading/lock.py",),
    "platformdirs": ("loading/", "wiring/", "cli/"),
    "click": ("cli/",),
    "pluggy": ("plugin.py", "loading/asked.py"),
    "structlog": ("sinks/",),
    "cryptography": ("audit/", "probing/certificate.py"),
    "securesystemslib": ("audit/",),
    "jinja2": ("web/", "formats/"),
    "aiohttp_sse": ("web/",),
    "joserfc": ("web/",),
    "argon2": ("web/",),
    "prometheus_client": ("sinks/", "wiring/metrics.py"),
    "jsonschema": ("testing/log_lines.py",),
    "pytest": ("testing/pytest_plugin.py",),
    "cronsim": ("loading/schedule_document.py", "service/"),
}
"""Library by import name: the files and folders of director/ that may import it."""

PLUGINS: Mapping[str, frozenset[str]] = {
    "cel": frozenset({"cel_expr_python"}),
    "declared": frozenset(),
    "dns": frozenset(),
    "exec": frozenset(),
    "http": frozenset({"prometheus_client"}),
    "logs": frozenset(),
    "slack": frozenset(),
    "tcp": frozenset(),
    "tls": frozenset(),
}
"""Plugin: the libraries that its own code may import."""

TEST_TOOLS = frozenset({"pytest", "hypothesis", "aiohttp", "trustme", "pluggy"})


def libraries(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and top-level name of everything that *tree* imports from elsewhere."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name.partition(".")[0]) for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield node.lineno, module.partition(".")[0]
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]):
                if ast.unparse(function).rpartition(".")[2] in {"import_module", "__import__"}:
                    yield node.lineno, name.partition(".")[0]
            case _:
                pass


def faults(path: str, tree: ast.Module) -> list[str]:
    """Return every import of a library where it does not belong."""
    if path.startswith("director/"):
        inside = path.removeprefix("director/")
        return [
            f"{path}:{line}: {name} belongs in {', '.join(ALLOWED.get(name, ())) or 'no table'}"
            for line, name in libraries(tree)
            if not name.startswith("director")
            and (name in ALLOWED or name not in sys.stdlib_module_names)
            and not inside.startswith(ALLOWED.get(name, ()))
        ]
    _, plugin, folder, *_ = path.split("/")
    known = PLUGINS.get(plugin, frozenset()) | (TEST_TOOLS if folder == "tests" else frozenset())
    return [
        f"{path}:{line}: the plugin {plugin} does without {name}"
        for line, name in libraries(tree)
        if not name.startswith("director")
        and name not in sys.stdlib_module_names
        and name not in known
    ]


def package_faults(paths: list[str]) -> list[str]:
    """Return every ``__init__.py`` that would make a shelf importable."""
    return [
        path
        for path in paths
        if path.endswith("/__init__.py")
        and (
            path.startswith(("tests/", "config/"))
            or path.count("/") < 3
            or path.split("/")[2] == "tests"
        )
    ]


def test_libraries_stay_where_they_belong(trees: Mapping[str, ast.Module]) -> None:
    """Each library is imported only in the units that the design names for it."""
    assert [fault for path, tree in trees.items() for fault in faults(path, tree)] == []


def test_every_plugin_is_in_the_table(root: Path) -> None:
    """A new plugin says which libraries it needs."""
    folders = {folder.name for folder in (root / "plugins").iterdir() if folder.is_dir()}

    assert folders <= PLUGINS.keys()


def test_shelves_are_no_packages(root: Path) -> None:
    """plugins/, tests/ and config/ cannot be imported: they are no part of any distribution."""
    paths = [
        file.relative_to(root).as_posix()
        for shelf in ("plugins", "tests", "config")
        for file in (root / shelf).rglob("__init__.py")
    ]

    assert package_faults(paths) == []


@pytest.mark.parametrize(
    ("path", "line", "faulty"),
    [
        ("director/probing/client.py", "import aiohttp", False),
        ("director/sinks/webhook.py", "from aiohttp import web", False),
        ("director/sinks/log.py", "import aiohttp", True),
        ("director/engine/run.py", "import aiohttp.client", True),
        ("director/engine/run.py", "from multidict import CIMultiDict", True),
        ("director/store/sqlite.py", "import sqlite3", False),
        ("director/formats/text.py", "import sqlite3", True),
        ("director/app.py", "def f():\n    import sqlalchemy", True),
        ("director/app.py", "importlib.import_module('sqlalchemy')", True),
        ("director/cli/main.py", "import click", False),
        ("director/formats/text.py", "import click", True),
        ("director/loading/asked.py", "import pluggy", False),
        ("director/loading/offers.py", "import pluggy", True),
        ("director/app.py", "import requests", True),
        ("director/app.py", "import json", False),
        ("director/app.py", "if TYPE_CHECKING:\n    import pydantic", True),
        ("plugins/http/director_http/health.py", "import aiohttp", True),
        ("plugins/http/tests/test_health.py", "import pytest", False),
        ("plugins/http/director_http/health.py", "import pytest", True),
    ],
)
def test_the_table_bites(path: str, line: str, faulty: bool) -> None:
    """Each library out of its place is found, and nothing else."""
    assert bool(faults(path, ast.parse(line))) is faulty


@pytest.mark.parametrize(
    ("path", "faulty"),
    [
        ("plugins/__init__.py", True),
        ("plugins/http/__init__.py", True),
        ("plugins/http/tests/__init__.py", True),
        ("plugins/http/director_http/__init__.py", False),
        ("tests/__init__.py", True),
        ("tests/unit/rules/deeper/__init__.py", True),
        ("config/__init__.py", True),
    ],
)
def test_the_shelves_bite(path: str, faulty: bool) -> None:
    """An __init__.py on a shelf is found; one in a plugin's own package is none of it."""
    assert bool(package_faults([path])) is faulty
