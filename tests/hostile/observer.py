"""A program that probes what it is told to, and says what that cost: one line in, one line out.

It has a process of its own, so that its memory and the time of its event loop are the prober's
and nobody else's. The time of the loop is measured as processor time of its thread between two
ticks: that is how long our own work kept it from anything else, however busy the machine is.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from director.model.probe import ProbeError, Redirects, Reply
from director.ports import ProbeView
from director.probing.guard import AddressPolicy
from director.probing.session import LiveProber
from director.probing.settings import ProbeSettings
from director.testing import target

TICK_S = 0.005
UNIT_BYTES = 1 if sys.platform == "darwin" else 1024
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        """Return the wall clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return what the event loop counts with."""
        return time.monotonic()


def forget_peak() -> None:
    """Let the peak of memory begin anew, where the system can do that (man 5 proc)."""
    with suppress(OSError):
        RESET.write_text("5")


def peak_bytes() -> int:
    """Return the most memory this process had since then, or ever."""
    if STATUS.exists():  # what getrusage says includes whoever started us
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT_BYTES


@dataclass
class Watch:
    """Sees what one probe costs.

    Attributes:
        stall_s: The longest time that our own work kept the event loop, in seconds.
        due_at: When a timer for the deadline was served; 0 if it was not due.
    """

    stall_s: float = 0.0
    due_at: float = 0.0

    async def tick(self) -> None:
        """Look again and again how much the loop has worked."""
        last = time.thread_time()
        while True:
            await asyncio.sleep(TICK_S)
            now = time.thread_time()
            self.stall_s = max(self.stall_s, now - last)
            last = now

    def due(self) -> None:
        """Note that a timer of the loop was served."""
        self.due_at = asyncio.get_running_loop().time()


def opened(limit_s: float, ca_pem: str) -> LiveProber:
    """Return a prober with a limit, which trusts *ca_pem* and finds every name on loopback."""
    settings = ProbeSettings(
        policy=AddressPolicy(allow=(ip_network("127.0.0.0/8"),)),
        request_limit_s=limit_s,
        ca_pem=ca_pem,
    )
    return LiveProber(settings, SystemClock(), lambda *_: ("127.0.0.1",))


async def observed(order: dict[str, Any], prober: LiveProber) -> dict[str, Any]:
    """Return what came of one probe.

    Args:
        order: ``url``, ``limit_s``, and ``expect``, which an answer is judged by.
        prober: Has that limit.
    """
    forget_peak()
    session = prober.session(target(order["url"]))
    watch = Watch()
    loop = asyncio.get_running_loop()
    ticking = asyncio.create_task(watch.tick())
    timer = loop.call_later(order["limit_s"], watch.due)
    begun = loop.time()
    view = session.view(begun + 60)
    result = await came_of(view, order["expect"])
    ended = loop.time()
    ticking.cancel()
    with suppress(asyncio.CancelledError):
        await ticking
    timer.cancel()
    await session.close()
    return result | {
        "elapsed_s": ended - begun,
        "late_s": max(ended - watch.due_at, 0.0) if watch.due_at else 0.0,
        "stall_s": watch.stall_s,
        "peak_bytes": peak_bytes(),
    }


async def came_of(view: ProbeView, expect: str) -> dict[str, Any]:
    """Return the answer, or the reason that there is none."""
    try:
        reply = await view.get("/?token=hunter2", redirects=Redirects.SAME_ORIGIN)
    except ProbeError as error:
        return {
            "reason": error.reason.value,
            "shown": f"{error!r} {error} {error.url} {error.detail}",
            "phase": error.seen.phase.value,
            "phase_s": getattr(error.seen.phases, f"{error.seen.phase}_s"),
            "total_s": error.seen.phases.total_s,
        }
    return {
        "reason": "",
        "shown": f"{reply.url} {reply.headers} {reply.text()[:2000]}",
        "status": reply.status,
        "headers": reply.headers,
        "json": is_json(reply),
        "verdict": view.judge(reply, expect).verdict.value,
        "total_s": reply.phases.total_s,
    }


def is_json(reply: Reply) -> bool:
    """Return whether the body can be read as JSON."""
    try:
        reply.json()
    except ValueError:
        return False
    return True


def main() -> None:
    """Serve orders until there are no more."""
    ca_pem = json.loads(sys.stdin.readline())
    probers: dict[float, LiveProber] = {}
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            order = json.loads(line)
            limit_s = order["limit_s"]
            prober = probers.setdefault(limit_s, opened(limit_s, ca_pem))
            sys.stdout.write(json.dumps(runner.run(observed(order, prober))) + "\n")
            sys.stdout.flush()
        for prober in probers.values():
            runner.run(prober.close())


if __name__ == "__main__":
    main()
