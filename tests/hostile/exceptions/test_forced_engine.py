"""Forced on the way of one evaluation: its story, the engine, the model and the rules."""

# ruff: noqa: ANN401  # peers that return and raise anything

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, make_dataclass, replace
from typing import TYPE_CHECKING, Any

from director.engine.bus import Bus
from director.errors import StoreError
from director.model.audit import Kept
from director.model.counterfactual import Counterfactual
from director.model.event import Event
from director.model.ledger import Entry
from director.model.outcome import Passed
from director.model.probe import Reply
from director.model.record import Record
from director.ports import Check, Probe
from director.rules.counterfactual import counterfactual
from director.store.memory import MemoryStore

if TYPE_CHECKING:
    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place


@dataclass
class BadSink:
    """A sink that raises in one of its methods."""

    broken: str
    error: BaseException
    name: str = "bad"
    patience_s: float = 0.0
    dropped: int = 0

    def offer(self, _: Event) -> bool:
        """Raise, or take the event."""
        if self.broken == "offer":
            raise self.error
        return True

    def drop(self, _: Event) -> None:
        """Lose the event."""

    async def close(self) -> None:
        """Raise, hang, or close."""
        if self.broken == "close":
            raise self.error
        if self.broken == "hang":
            await asyncio.Event().wait()


class SilentError(Exception):
    """Will not say what it is."""

    def __str__(self) -> str:
        raise ValueError("no")


class LeavingError(Exception):
    """Ends the process when it is asked what it says."""

    def __str__(self) -> str:
        raise SystemExit(0)


def throw(error: BaseException) -> Any:
    """Raise *error*."""
    raise error


async def store_fails(place: Place) -> Answers:
    """The store fails where it is read, and where it is written."""

    class Broken(MemoryStore):
        def __init__(self, method: str) -> None:
            super().__init__()
            self._method = method

        async def latest(self, service: str, environment: str) -> Record | None:
            if self._method == "latest":
                raise StoreError("the disk is gone")
            return await super().latest(service, environment)

        async def record(self, record: Record, entries: Sequence[Entry] = ()) -> Kept:
            if self._method == "record":
                raise StoreError("the disk is full")
            return await super().record(record, entries)

    return [await place.world(store=Broken(method)).decided() for method in ("latest", "record")]


async def inline_check_exits(place: Place) -> Answers:
    """A manifest check ends the process with 0."""
    return [await place.world(place.inline("fake.x", lambda: sys.exit(0))).decided()]


async def live_check_exits(place: Place) -> Answers:
    """A live check ends the process with 0."""

    async def leave(_: Probe) -> Passed:
        sys.exit(0)

    return [await place.asked(leave)]


async def bus_is_cancelled(_: Place) -> Answers:
    """Closing is cancelled while a sink hangs; the cancellation comes through."""
    bus = Bus((BadSink("hang", ValueError()),))
    closing_bus = asyncio.ensure_future(bus.close())
    await asyncio.sleep(0)
    closing_bus.cancel()
    await asyncio.wait({closing_bus})
    return ["cancelled" if closing_bus.cancelled() else "go"]


async def sink_fails(place: Place) -> Answers:
    """Sinks raise where they are told and where they are closed; they say nothing of a service."""
    answers = []
    for broken in ("offer", "close"):
        for error in (SystemExit(0), SilentError()):
            sink = BadSink(broken, error)
            world = place.unready_world(sinks=(sink,))
            director = world.director()
            judged = await director.evaluate(world.request())
            await director._tools.bus.close()
            answers.append(judged.record.decision)
    return answers


def option_of(place: Place, act: Callable[[Any], None]) -> type[Check]:
    """Return a check whose constructor does *act*."""
    inside = {
        "spec": place.spec_of("fake.x"),
        "judge": lambda _, __: Passed("so"),
        "__post_init__": lambda self: act(self.limit),
    }
    return make_dataclass(
        "Picky", [("limit", int, field(default=1))], namespace=inside, frozen=True
    )


async def constructor_refuses(place: Place) -> Answers:
    """A check does not take an option that the profile sets."""

    def refuse(limit: int) -> None:
        if limit != 1:
            raise ValueError("limit must be 1")

    world = place.world(option_of(place, refuse), options={"fake.x": (("limit", 2),)})
    return [await world.decided()]


async def constructor_exits(place: Place) -> Answers:
    """A check ends the process when it is made for the second time, which is for real."""
    made: list[int] = []

    def leave(limit: int) -> None:
        made.append(limit)
        if len(made) > 1:
            raise SystemExit(0)

    return [await place.world(option_of(place, leave)).decided()]


async def answer_is_none_of_ours(place: Place) -> Answers:
    """A check answers with what is no outcome."""
    said = (True, None, "go", Passed(""), Passed)
    return [
        await place.world(place.inline("fake.x", lambda answer=answer: answer)).decided()  # type: ignore[misc]
        for answer in said
    ]


async def exception_is_silent(place: Place) -> Answers:
    """A check raises what ends the process when it is printed."""
    return [await place.world(place.inline("fake.x", lambda: throw(LeavingError()))).decided()]


async def rule_cannot_be_applied(place: Place) -> Answers:
    """A recorded decision holds what no rule can be applied to: nothing is supposed of it."""
    record = replace(await place.world().record(), decided_at="some day")
    answer = counterfactual(record)
    return ["go" if isinstance(answer, Counterfactual) else answer.code]


async def document_is_deep(place: Place) -> Answers:
    """The JSON of a service nests without end."""

    async def read(_: Probe) -> Passed:
        deep = Reply(url="http://x/", status=200, body=b"[" * 200_000)
        return Passed(f"it says {deep.json()}")

    return [await place.asked(read)]


TABLE: Table = {
    "app:Director.evaluate:(asyncio.CancelledError, StoreError)": store_fails,
    "engine.attempt:_contained:BaseException": live_check_exits,
    "engine.attempt:judge:BaseException": inline_check_exits,
    "engine.bus:Bus.close:asyncio.CancelledError": bus_is_cancelled,
    "engine.bus:_Lane._contain:(Exception, SystemExit)": sink_fails,
    "engine.bus:_Lane.blame:Exception": sink_fails,
    "engine.bus:_Lane.close:(Exception, SystemExit)": sink_fails,
    "engine.ready:make_ready:BaseException": constructor_exits,
    "engine.ready:make_ready:ValueError": constructor_refuses,
    "engine.vet:vetted:PluginError": answer_is_none_of_ours,
    "engine.vet:words:BaseException": exception_is_silent,
    "model.probe:Reply.json:RecursionError": document_is_deep,
    "rules.counterfactual:counterfactual:(ValueError, OverflowError)": rule_cannot_be_applied,
}
"""Each clause that is forced here, and by what."""


def test_what_an_evaluation_catches_is_no_go(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []


async def test_a_ready_world_is_go(place: Place) -> None:
    """Without anything forced the same worlds open the gate: nothing else keeps it shut."""
    assert await place.world().decided() == "go"
    assert await place.unready_world().decided() == "no_go"
