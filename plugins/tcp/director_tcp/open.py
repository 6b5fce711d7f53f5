"""Does somebody take connections there, and is it who it should be?"""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Expectation,
    Failed,
    Greeting,
    NotApplicable,
    Passed,
    Probe,
    Role,
    Target,
    Unknown,
    Verdict,
    dataclass,
)

_ANYTHING = Expectation("")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Open:
    """Open a connection, read what is said first if something is expected of it, and hang up.

    Attributes:
        where: Host and port, as ``mail.example.com:25``; empty for those of the base URL.
        expect: What must hold of the first line that the peer says; empty to hang up without
            waiting for one.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="tcp.open",
        title="The port takes connections",
        category="reliability",
        why="A port that nobody listens on, or that a firewall keeps shut, is an outage for"
        " everybody behind it.",
        remedy="Start what listens there, and open the way to it.",
        effort=Effort.LOW,
        role=Role.REQUIRED,
        reads=("base_url",),
    )

    where: str = ""
    expect: Expectation = _ANYTHING

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Connect once."""
        where = self.where or _place(target.base_url)
        if not where:
            return NotApplicable(
                "the environment has no base_url, and no host is named under where"
            )
        expectation = self.expect.strip()
        greeting = await probe.connect(where, banner=bool(expectation))
        if expectation:
            return self._judged(probe, greeting, where)
        at = f" at {greeting.address}" if greeting.address else ""
        took = f"{greeting.phases.total_s:.3f} s"
        return Passed(f"{where} takes connections{at}, after {took}", "open", "open")

    def _judged(self, probe: Probe, greeting: Greeting, where: str) -> Answer:
        judgement = probe.judge(greeting, self.expect)
        said = repr(greeting.banner[:80].decode("utf-8", errors="replace"))
        if judgement.verdict is Verdict.MET:
            return Passed(f"{where} says {said}, as expected", said, self.expect)
        first = judgement.findings[0] if judgement.findings else None
        parts = "; ".join(each.text for each in judgement.findings) or self.expect
        if judgement.verdict is Verdict.UNMET:
            return Failed(
                f"{where} says {said}, and it does not hold that {parts}",
                remedy="Find out what listens there.",
                observed=said,
                expected=self.expect,
                code=first.code if first else "condition_failed",
            )
        reason = f"{where} says {said}, and it cannot be told whether {parts}"
        return Unknown(reason, first.code if first else "condition_missing")


def _place(base_url: str | None) -> str:
    """Return host and port of *base_url*; empty if there is none.

    >>> _place("https://pay.example.com/api"), _place("http://[2001:db8::1]:8080")
    ('pay.example.com:443', '[2001:db8::1]:8080')
    """
    parts = urlsplit(base_url or "")
    if not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{parts.port or _PORTS.get(parts.scheme.lower(), 80)}"
