"""Does a page answer in time, and if not, which part of the way ate the time?"""

from __future__ import annotations

from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Failed,
    Passed,
    Phases,
    Probe,
    Role,
    Target,
    Tighter,
    dataclass,
    option,
)
from director_http.asking import (
    NOWHERE,
    read_headers,
    wrong_status,
)

NO_BUDGET_S = 3600.0
"""An hour: no check runs that long, so this asks for nothing."""

_PARTS = {
    "dns": "looking up the name",
    "connect": "connecting",
    "tls": "the TLS handshake",
    "send": "sending the request",
    "ttfb": "waiting for the first byte",
    "transfer": "reading the body",
    "other": "nothing we can name",
}


@dataclass(frozen=True, slots=True)
class Latency:
    """Ask for one page, once, on a fresh connection, and compare the time with budgets.

    One request says whether the service can be quick while it is asked alone; percentiles under
    load are a matter for a load test. The whole has a budget, and each phase may have its own;
    3600 asks for none.

    Attributes:
        path: Page to ask for, relative to the service's base URL.
        budget_s: Longest acceptable answer, in seconds.
        dns_budget_s: Longest acceptable lookup of the name, in seconds.
        connect_budget_s: Longest acceptable connecting, in seconds.
        tls_budget_s: Longest acceptable TLS handshake, in seconds.
        ttfb_budget_s: Longest acceptable wait for the first byte, in seconds.
        transfer_budget_s: Longest acceptable reading of the body, in seconds.
        request_headers: Headers to send, each in a line; secrets by reference.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.latency",
        title="A page answers within its latency budget",
        category="reliability",
        why="A service that is slow while nobody uses it will be slower when users come, and its"
        " callers run into their timeouts.",
        remedy="Profile what the request waits for in the phase that took longest, and take it off"
        " its path.",
        effort=Effort.HIGH,
        role=Role.REQUIRED,
        reads=("base_url",),
    )

    path: str = "/"
    budget_s: float = option(1.0, tighter=Tighter.LOWER)
    dns_budget_s: float = option(NO_BUDGET_S, tighter=Tighter.LOWER)
    connect_budget_s: float = option(NO_BUDGET_S, tighter=Tighter.LOWER)
    tls_budget_s: float = option(NO_BUDGET_S, tighter=Tighter.LOWER)
    ttfb_budget_s: float = option(NO_BUDGET_S, tighter=Tighter.LOWER)
    transfer_budget_s: float = option(NO_BUDGET_S, tighter=Tighter.LOWER)
    request_headers: str = ""

    def __post_init__(self) -> None:
        read_headers(self.request_headers)

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask once."""
        if target.base_url is None:
            return NOWHERE
        reply = await probe.get(self.path, headers=read_headers(self.request_headers))
        if reply.status >= 400:
            # How quickly an error page comes says nothing about the page.
            return wrong_status(reply, self.path, "200 to 399")
        took = f"{self.path} answered {reply.status} in {reply.elapsed_s:.3f} s"
        over = self._over(reply.phases)
        if over:
            observed, expected = (", ".join(each) for each in zip(*over, strict=True))
            return Failed(
                f"{took}; too long: {observed}, budget {expected}; {_longest(reply.phases)}",
                observed=observed,
                expected=expected,
                code="latency",
            )
        said = f"{took}, budget {self.budget_s:.3f} s; {_longest(reply.phases)}"
        return Passed(said, f"{reply.elapsed_s:.3f} s", f"at most {self.budget_s:.3f} s")

    def _over(self, phases: Phases) -> list[tuple[str, str]]:
        """Return each part that took longer than its budget, and that budget."""
        parts = (
            ("total", phases.total_s, self.budget_s),
            ("dns", phases.dns_s, self.dns_budget_s),
            ("connect", phases.connect_s, self.connect_budget_s),
            ("tls", phases.tls_s, self.tls_budget_s),
            ("ttfb", phases.ttfb_s, self.ttfb_budget_s),
            ("transfer", phases.transfer_s, self.transfer_budget_s),
        )
        # Written so that NaN is over.
        return [
            (f"{name} {took_s:.3f} s", f"{name} {budget_s:.3f} s")
            for name, took_s, budget_s in parts
            if not took_s <= budget_s
        ]


def _longest(phases: Phases) -> str:
    """Return which phase took most of the time, in one clause."""
    name = max(_PARTS, key=lambda each: float(getattr(phases, f"{each}_s")))
    took_s = float(getattr(phases, f"{name}_s"))
    share = took_s / phases.total_s if phases.total_s > 0 else 0.0
    return f"{_PARTS[name]} took most, {took_s:.3f} s or {share:.0%}"
