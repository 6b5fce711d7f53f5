"""Hears how plugins' processes end, so that people can be told."""

from __future__ import annotations

from director.model.event import Event, WorkerEnded


class Ears:
    """A sink that counts how processes of plugins ended."""

    name = "plugins' health"
    patience_s = 0.0
    dropped = 0

    def __init__(self) -> None:
        self.ended: dict[str, int] = {}
        self.troubles: dict[str, str] = {}

    def offer(self, event: Event) -> bool:
        """Take *event*; there is always room."""
        if isinstance(event, WorkerEnded) and event.code != "closed":
            name = event.plugin.name
            self.ended[name] = self.ended.get(name, 0) + 1
            if self.troubles.get(name, "").startswith("quarantined"):
                return True
            opened = event.code == "breaker_open"
            self.troubles[name] = f"quarantined: {event.detail}" if opened else event.detail
        return True

    def drop(self, event: Event) -> None:
        """Nothing is dropped."""

    async def close(self) -> None:
        """Nothing is held."""
