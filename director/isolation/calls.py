"""Asks the host's probe what a check in a worker wants to know."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from director.isolation.codec import packed, plain, value_of
from director.model.probe import ProbeError
from director.model.text import printable
from director.ports import ProbeView

MOST_AT_ONCE = 32
"""Questions of one run that may wait for an answer; a check that asks more has run wild."""


class Calls:
    """Answers the questions of one run.

    Args:
        view: The probe as the run sees it.
        send: Sends a message, JSON, to the worker.
    """

    def __init__(self, view: ProbeView, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._waiting: set[asyncio.Task[None]] = set()
        self._methods: dict[str, Callable[..., Awaitable[object]]] = {
            "get": view.get,
            "get_each": view.get_each,
            "handshake": view.handshake,
            "connect": view.connect,
            "resolve": view.resolve,
        }

    def ask(self, message: dict[str, Any]) -> None:
        """Begin to ask what *message* says; the answer is sent when it is there.

        Raises:
            KeyError: It has no number to answer to.
        """
        call = message["call"]
        if len(self._waiting) >= MOST_AT_ONCE:
            told = f"a check may ask at most {MOST_AT_ONCE} questions at once"
            self._send(packed({"call": call, "refusal": told}))
            return
        task = asyncio.create_task(self._answer(call, message))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    def close(self) -> None:
        """Stop asking: nobody waits for an answer."""
        for task in self._waiting:
            task.cancel()

    async def _answer(self, call: object, message: dict[str, Any]) -> None:
        said = {"call": call}
        try:
            given = {name: value_of(value) for name, value in message["given"].items()}
            if given.get("headers") is not None:
                given["headers"] = dict(given["headers"])
            answer: object = await self._methods[message["ask"]](**given)
            said["answer"] = plain(answer)
        except ProbeError as error:
            said["answer"] = plain(error)
        except Exception as error:  # noqa: BLE001  # what a plugin asks can be wrong in any way
            said["refusal"] = printable(str(error)) or type(error).__name__
        self._send(packed(said))
