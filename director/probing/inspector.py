"""Probes by itself, for a person who wants to look and has no manifest."""

from __future__ import annotations

from director.errors import Fault, SettingsError
from director.model.evidence import Evidence
from director.model.manifest import Environment, Manifest, Target
from director.model.probe import ProbeError, Reply
from director.model.probed import Probed, Seen
from director.ports import Clock, Prober, ProbeView
from director.probing.verdict import verdict


class Inspector:
    """Probes by itself, for a person who wants to look.

    Args:
        prober: Who probes.
        clock: Where time comes from.
        base_url: What paths are asked at; None if only whole URLs are.
    """

    def __init__(self, prober: Prober, clock: Clock, base_url: str | None = None) -> None:
        self._prober = prober
        self._clock = clock
        environment = Environment("probe", base_url)
        self._session = prober.session(Target(Manifest(name="probe", digest=""), environment))

    def view(self, for_s: float) -> ProbeView:
        """Return a probe that must have answered after *for_s* seconds."""
        return self._session.view(self._clock.monotonic() + for_s)

    def require(self, flag: str, expectation: str) -> None:
        """Compile *expectation*, which the flag *flag* says.

        Raises:
            SettingsError: It cannot be understood.
        """
        from director.probing.conditions import compile_expectation  # noqa: PLC0415  # slow to import

        if expectation:
            try:
                compile_expectation(expectation)
            except ValueError as error:
                raise SettingsError(Fault(flag, 0, 0, str(error))) from None

    def judged(self, answer: Seen | ProbeError, evidence: Evidence, expectation: str) -> Probed:
        """Return what *answer* means.

        Args:
            answer: What the probe saw, or why it saw nothing.
            evidence: Of that.
            expectation: What must hold of it; empty for nothing.
        """
        view = self.view(1)
        health = view.health(answer) if isinstance(answer, Reply) else None
        judgement = None
        if expectation and not isinstance(answer, ProbeError):
            judgement = view.judge(answer, expectation)
        return Probed(
            asked=evidence.source,
            answer=answer,
            outcome=verdict(answer, health, judgement),
            evidence=evidence,
            health=health,
            judgement=judgement,
        )

    async def close(self) -> None:
        """Let go of threads and sockets."""
        await self._session.close()
        await self._prober.close()
