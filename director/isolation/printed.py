"""What a worker prints: the end of it, as lines that are safe to show."""

from __future__ import annotations

from director.model.text import printable

MOST_BYTES = 2000
"""How much of one outpouring is kept: its end, where the reason stands."""


class Printed:
    """The end of what was printed to one stream since somebody asked.

    Args:
        stream: ``stdout`` or ``stderr``.
    """

    def __init__(self, stream: str) -> None:
        self.stream = stream
        """Which stream."""
        self._held = bytearray()
        self._lost = 0

    def feed(self, data: bytes) -> None:
        """Take more of it."""
        self._held += data
        over = len(self._held) - MOST_BYTES
        if over > 0:
            self._lost += over
            del self._held[:over]

    def take(self) -> tuple[str, int] | None:
        """Return what is held in one line, and how many bytes before it were lost; None if none."""
        if not self._held:
            return None
        text = self._held.decode("utf-8", "replace").strip().replace("\n", " | ")
        text = text[-MOST_BYTES:]  # A line break takes more room than it did.
        lost, self._lost = self._lost, 0
        self._held.clear()
        return (printable(text), lost) if text or lost else None
