"""The plugins that come with the Director, as they are installed."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version

import pytest

from director.loading.catalog import discover
from director.model.catalog import Disposition, OptionKind
from director.model.check import Tighter

NAMES = ("declared", "dns", "http", "tcp", "tls")
BUNDLED = frozenset(f"director-{name}" for name in NAMES)

BASELINE = {
    "declared.alerts",
    "declared.healthcheck",
    "declared.load_test",
    "declared.logging",
    "declared.metrics",
    "declared.on_call",
    "declared.runbook",
    "declared.security_review",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_bundled_plugin_is_loaded(name: str) -> None:
    """A bundled plugin is found through its entry point, whole, with its version."""
    (plugin,) = [plugin for plugin in discover(BUNDLED).catalog.plugins if plugin.name == name]

    assert (plugin.disposition, plugin.code, plugin.detail) == (Disposition.LOADED, "", "")
    assert plugin.distribution == f"director-{name}"
    assert plugin.version == version(f"director-{name}")
    assert plugin.checks


def test_the_checks_of_the_baseline_are_installed() -> None:
    """Everything that the baseline profile plans can be asked."""
    assert discover(BUNDLED).classes.keys() >= BASELINE


def test_nothing_is_privileged() -> None:
    """A bundled plugin that is not trusted is refused like any other's."""
    refused = discover(frozenset()).catalog.plugins

    assert {plugin.name for plugin in refused} >= {*NAMES}
    assert {plugin.disposition for plugin in refused} == {Disposition.REFUSED}


def test_catalog_and_classes_agree() -> None:
    """Every check in the catalog has its class, and every class stands in the catalog."""
    installed = discover(BUNDLED)

    for check, make in installed.classes.items():
        offer = installed.catalog.offer(check)
        assert offer is not None
        assert offer[1].spec is make().spec


def test_the_options_of_the_sla_are_in_the_catalog() -> None:
    """Options come into the catalog with kind, default and direction."""
    offer = discover(BUNDLED).catalog.offer("declared.sla")

    assert offer is not None
    assert [(each.name, each.kind, each.tighter) for each in offer[1].options] == [
        ("max_latency_ms", OptionKind.NUMBER, Tighter.LOWER),
        ("min_availability_percent", OptionKind.NUMBER, Tighter.HIGHER),
    ]


def test_discovery_imports_nothing_heavy() -> None:
    """Looking at what is installed costs no web client, no validation and no database."""
    script = (
        "import json, sys\n"
        "from director.loading.catalog import discover\n"
        "found = discover(frozenset(sys.argv[1:]))\n"
        "print(json.dumps([len(found.classes), sorted(sys.modules)]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *BUNDLED],
        capture_output=True,
        check=True,
        timeout=60,
        encoding="utf-8",
    )

    count, modules = json.loads(done.stdout)
    assert count >= 13
    assert not {"aiohttp", "alembic", "asyncio", "click", "pydantic", "sqlalchemy", "structlog"} & {
        *modules
    }


def test_what_is_not_trusted_is_not_imported() -> None:
    """A refused plugin's module never enters the process."""
    script = (
        "import sys\n"
        "from director.loading.catalog import discover\n"
        "discover(frozenset({'director-declared'}))\n"
        "print('director_declared' in sys.modules, 'director_http' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        timeout=60,
        encoding="utf-8",
    )

    assert done.stdout == "True False\n"
