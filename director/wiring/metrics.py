"""The metrics of the service.

The sink hangs on the bus, which closes it; the web server mounts ``exposition``::

    metrics = open_metrics(clock)
    bus = Bus((..., metrics))
    metrics.attach(daemon, courier, lambda: log.dropped)
    metrics.start()
    body, content_type = metrics.exposition(request.headers.get("Accept", ""))
"""

from __future__ import annotations

import platform

from prometheus_client import CollectorRegistry

from director import __version__
from director.plugin import API_VERSION
from director.ports import Clock
from director.sinks.metrics import Build, MetricsSink, Tallies


def open_metrics(clock: Clock) -> MetricsSink:
    """Return a sink with a registry of its own; ``attach`` the service once there is one."""
    registry = CollectorRegistry(auto_describe=False)
    build = Build(version=__version__, python=platform.python_version(), plugin_api=API_VERSION)
    return MetricsSink(Tallies(registry, build), registry, clock)
