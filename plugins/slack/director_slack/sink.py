"""The sink: a bounded queue, and one thread that posts."""

from __future__ import annotations

import asyncio
import json
import queue
import threading
from concurrent.futures import Future

from director.plugin import DecisionChanged, Event
from director_slack.message import message
from director_slack.posting import Posted, post
from director_slack.settings import Settings

FLUSH_S = 2.0
"""How long closing waits for what is queued, in seconds."""


class SlackSink:
    """Posts a message for each decision that changed; what cannot be posted is counted.

    Args:
        settings: Where messages go.
    """

    name = "slack"
    patience_s = 0.0

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._queue: queue.SimpleQueue[DecisionChanged | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._finished: Future[None] = Future()
        self._lost = 0
        self._lock = threading.Lock()

    @property
    def dropped(self) -> int:
        """How many messages were lost so far."""
        with self._lock:
            return self._lost

    def offer(self, event: Event) -> bool:
        """Take *event* without blocking; return False if there is no room."""
        if not isinstance(event, DecisionChanged):
            return True
        if self._closing.is_set() or self._queue.qsize() >= self._settings.queue_messages:
            return False
        self._queue.put(event)
        if self._thread is None:
            # A daemon: a receiver that does not answer must not hold the process.
            self._thread = threading.Thread(target=self._run, name="slack", daemon=True)
            self._thread.start()
        return True

    def drop(self, event: Event) -> None:
        """Note that *event* was lost."""
        if isinstance(event, DecisionChanged):
            self._lose()

    async def close(self) -> None:
        """Post what was taken, for a bounded time, and stop; nothing is tried a second time."""
        self._closing.set()
        if self._thread is None:
            return
        self._queue.put(None)
        waiter = asyncio.wrap_future(self._finished)
        try:
            await asyncio.wait({waiter}, timeout=FLUSH_S)
        finally:
            waiter.cancel()
            self._over.set()

    def _run(self) -> None:
        try:
            while (event := self._queue.get()) is not None:
                if self._over.is_set() or not self._delivered(event):
                    self._lose()
        finally:
            self._finished.set_result(None)

    def _delivered(self, event: DecisionChanged) -> bool:
        body = json.dumps(message(event, self._settings.public_url)).encode()
        asked_s = 0.0
        for wait_s in self._settings.waits_s:
            if wait_s and self._closing.wait(max(wait_s, asked_s)):
                return False
            posted = self._posted(body)
            if posted.taken or not posted.again:
                return posted.taken
            asked_s = posted.retry_after_s
        return False

    def _posted(self, body: bytes) -> Posted:
        try:
            url = self._settings.webhook()
        except (OSError, ValueError):
            # The file may be there in a moment; a secret is sometimes mounted late.
            return Posted(taken=False, again=True)
        return post(url, body, self._settings.timeout_s)

    def _lose(self) -> None:
        with self._lock:
            self._lost += 1
