"""Everything that a new plugin needs, as texts by their paths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from string import Template

LONGEST_NAME = 40

_NAME = re.compile(r"[a-z](?:_?[a-z0-9])*")

_FILES = {
    "pyproject.toml": "pyproject.toml.in",
    "README.md": "README.md.in",
    ".gitignore": "gitignore.in",
    ".github/workflows/test.yml": "ci.yml.in",
    "{package}/__init__.py": "package.py.in",
    "{package}/answers.py": "answers.py.in",
    "{package}/runbook.py": "runbook.py.in",
    "tests/test_{name}_answers.py": "test_answers.py.in",
    "tests/test_{name}_runbook.py": "test_runbook.py.in",
}
"""Each file of a plugin, and the template that it is made of."""


def fits(name: str) -> bool:
    """Return whether *name* can be the word of a plugin: an entry point, and part of a package.

    >>> fits("acme"), fits("acme_web2"), fits("Acme"), fits("acme-web"), fits("acme_"), fits("2a")
    (True, True, False, False, False, False)
    """
    return len(name) <= LONGEST_NAME and _NAME.fullmatch(name) is not None


def distribution_of(name: str) -> str:
    """Return the distribution of the plugin *name*.

    >>> distribution_of("acme_web")
    'director-acme-web'
    """
    return f"director-{name.replace('_', '-')}"


def scaffold(name: str, version: str) -> Mapping[str, str]:
    """Return the files of a new plugin by their paths, which begin at its own folder.

    Args:
        name: The word of the plugin.
        version: The least version of the Director that it needs.

    Raises:
        ValueError: *name* is no word of a plugin.
    """
    if not fits(name):
        raise ValueError(f"name must be like 'acme' or 'acme_web', got {name!r}")
    package = f"director_{name}"
    words = {
        "name": name,
        "package": package,
        "distribution": distribution_of(name),
        "version": version,
    }
    folder = files("director.testing") / "template"
    return {
        path.format(**words): Template((folder / source).read_text("utf-8")).substitute(words)
        for path, source in _FILES.items()
    }
