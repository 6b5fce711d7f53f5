"""Plugins that run elsewhere, and what is told of them."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from importlib import invalidate_caches
from importlib.metadata import DistributionFinder, MetadataPathFinder
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from director.engine.clock import SystemClock
from director.loading.catalog import Installed, discover
from director.model.catalog import Plugin
from director.model.event import Event, PluginOutput, WorkerEnded
from director.model.manifest import Environment, Manifest, Target
from director.testing import FakeProbe
from director.wiring.plugins import Workers

MODULE = """
import asyncio, os, signal, sys, time
from dataclasses import make_dataclass
from director.plugin import *
from director.plugin import CheckSpec, Failed, Passed, ProbeError, Unknown, hookimpl

CHECKS = []

def check(act, deadline_s=5.0, **options):
    spec = CheckSpec(
        id=f"far.{act.__name__}", title="t", category="c", why="w", remedy="r",
        deadline_s=deadline_s,
    )
    async def run(self, target, probe):
        return await act(self, target, probe)
    kind = make_dataclass(
        act.__name__, [(name, type(value), value) for name, value in options.items()],
        frozen=True, namespace={"spec": spec, "run": run},
    )
    CHECKS.append(kind)
    return act
"""
END = """

@hookimpl
def director_checks():
    return CHECKS
"""

TARGET = Target(
    Manifest(name="shop", digest="sha256:0"), Environment("production", "https://shop.test")
)


@dataclass
class Far:
    """One plugin that runs elsewhere.

    Attributes:
        installed: What was found.
        workers: Where it runs.
        told: The events about it.
    """

    installed: Installed
    workers: Workers
    told: list[Event] = field(default_factory=list)

    @property
    def plugin(self) -> Plugin:
        """The plugin."""
        (plugin,) = self.installed.catalog.plugins
        return plugin

    @property
    def output(self) -> list[tuple[str, str]]:
        """What it printed."""
        return [(e.stream, e.text) for e in self.told if isinstance(e, PluginOutput)]

    @property
    def ended(self) -> list[tuple[str, int]]:
        """How its workers ended, and how many processes each left."""
        return [(e.code, e.orphans) for e in self.told if isinstance(e, WorkerEnded)]

    async def ask(self, check: str, probe: object = None, **options: object) -> Any:  # noqa: ANN401  # any answer
        """Return what *check* answers, which is not vetted yet."""
        made: Any = self.installed.classes[f"far.{check}"](**options)
        return await made.run(TARGET, probe or FakeProbe())


Install: TypeAlias = Callable[[str], Far]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """A folder in which modules are found."""
    folder = tmp_path / "site"
    folder.mkdir()
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture
async def install(site: Path) -> AsyncIterator[Install]:
    """Install a plugin that nobody trusts; its checks are what ``@check`` stands above."""
    hosts: list[Far] = []

    def act(text: str) -> Far:
        info = site / "far-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: far\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[director]\nfar = far_plugin\n")
        (site / "far_plugin.py").write_text(MODULE + text + END)
        invalidate_caches()
        context = DistributionFinder.Context(path=[str(site)])
        points = [
            point
            for each in MetadataPathFinder.find_distributions(context)
            for point in each.entry_points
        ]
        workers = Workers()
        far = Far(discover(frozenset(), points, workers), workers)
        hosts.append(far)
        return far

    yield act
    for far in hosts:
        await far.workers.close()
        far.workers.end()


async def listen(far: Far) -> None:
    """Let *far* hear its events from now on."""

    async def publish(event: Event) -> None:
        far.told.append(event)

    await far.workers.open(publish, SystemClock())


@pytest.fixture(name="listen")
def listening() -> Callable[[Far], Any]:
    """What lets a plugin be heard."""
    return listen
