"""One probe within its time: whatever ends it becomes one reason with what was seen."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from director.model.probe import ProbeError, ProbeReason
from director.probing.diagnosis import diagnose
from director.probing.guard import PolicyDenied
from director.probing.settings import ProbeSettings
from director.probing.timeline import Timeline

_T = TypeVar("_T")


async def limited(
    work: Coroutine[Any, Any, _T], settings: ProbeSettings, timeline: Timeline, shown: str
) -> _T:
    """Return what comes of *work*, with one absolute deadline for it and for its diagnosis.

    Args:
        work: One probe, which counts on *timeline*.
        settings: Its limit, and the address policy.
        timeline: Where its time goes.
        shown: What was asked, as it may be shown.

    Raises:
        ProbeError: It failed; with what was seen until then.
    """
    limit_s = settings.request_limit_s
    deadline_at = asyncio.get_running_loop().time() + limit_s
    try:
        async with asyncio.timeout_at(deadline_at):
            return await work
    except TimeoutError:
        fault = ProbeError(timeline.timed_out, f"no complete answer within {limit_s:g} s")
    except PolicyDenied as denied:
        fault = ProbeError(ProbeReason.POLICY_DENIED, str(denied))
    except ProbeError as error:
        fault = error
    timeline.fail(fault)
    fault = await diagnose(timeline, fault, settings.policy, deadline_at)
    timeline.stop()
    raise ProbeError(fault.reason, fault.detail, url=shown, seen=timeline.seen()) from None
