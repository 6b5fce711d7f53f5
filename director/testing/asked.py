"""A prober that notes by which methods its probe was asked."""

from __future__ import annotations

from functools import wraps
from typing import Any

from director.model.manifest import Target
from director.ports import Prober, ProbeSession, ProbeView

_QUESTIONS = frozenset({"get", "get_each", "handshake", "connect", "resolve"})


class WatchedProber:
    """Asks through another prober, and knows how it was asked.

    Args:
        prober: Who is asked in truth.
    """

    def __init__(self, prober: Prober) -> None:
        self._prober = prober
        self.how: set[str] = set()
        """The methods that were called, for example ``get``."""

    def session(self, target: Target) -> ProbeSession:
        """Return the probe for one evaluation of *target*."""
        return _Session(self._prober.session(target), self.how)

    async def close(self) -> None:
        """Let go of what the other holds."""
        await self._prober.close()


class _Session:
    def __init__(self, session: ProbeSession, how: set[str]) -> None:
        self._session = session
        self._how = how

    def view(self, deadline_at: float) -> ProbeView:
        view: Any = _View(self._session.view(deadline_at), self._how)
        return view  # type: ignore[no-any-return]  # it has every method of the other

    async def close(self) -> None:
        await self._session.close()


class _View:
    """Everything of the other view, and a note of each question."""

    def __init__(self, view: ProbeView, how: set[str]) -> None:
        self._view = view
        self._how = how

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the other has
        method = getattr(self._view, name)
        if name not in _QUESTIONS:
            return method

        # Noted when it is called: who asks from elsewhere takes all methods to hand at first.
        @wraps(method)
        def noted(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # as the other takes
            self._how.add(name)
            return method(*arguments, **named)

        return noted
