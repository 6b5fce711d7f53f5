"""Floor 2: what the API and the dashboard ask of the running service."""

from __future__ import annotations

from typing import Protocol

from director.model.notification import Delivery, EndpointHealth
from director.model.service import Gate, Health, Intake, PluginHealth, Progress, Wanted, Watched


class Daemon(Protocol):
    """The running service, seen from its web server."""

    def targets(self) -> tuple[Watched, ...]:
        """Return every target that is watched, sorted by service and environment."""
        ...

    def target(self, service: str, environment: str) -> Watched | None:
        """Return one target, or None if it is not watched."""
        ...

    async def gate(self, service: str, environment: str) -> Gate:
        """Return what a gate is told now, overrides proven again; unknown targets are closed.

        Raises:
            StoreError: The record cannot be read; who asks must take it as closed.
        """
        ...

    async def submit(self, wanted: Wanted) -> Intake:
        """Take an evaluation, durably, or refuse it; it is never awaited here."""
        ...

    async def progress(self, evaluation: str) -> Progress | None:
        """Return how far an evaluation came, or None if nobody asked for it here.

        Raises:
            StoreError: The record cannot be read.
        """
        ...

    def plugins(self) -> tuple[PluginHealth, ...]:
        """Return every plugin that is installed, sorted by name."""
        ...

    def health(self) -> Health:
        """Return how the service itself is."""
        ...


class Courier(Protocol):
    """Who brings notifications, seen from the web server."""

    def endpoints(self) -> tuple[EndpointHealth, ...]:
        """Return every receiver, sorted by name."""
        ...

    async def deliveries(
        self, endpoint: str, before: str = "", limit: int = 50
    ) -> tuple[Delivery, ...]:
        """Return deliveries to *endpoint*, the newest first.

        Args:
            endpoint: The receiver's name.
            before: The id of the last one of the page before; empty for the first page.
            limit: How many at most, at least 1.

        Raises:
            StoreError: They cannot be read.
        """
        ...

    async def redeliver(self, endpoint: str, delivery: str) -> bool:
        """Send a delivery again, soon; return whether there is such a one.

        Raises:
            StoreError: It cannot be read, or not be made durable.
        """
        ...
