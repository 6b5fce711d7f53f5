"""A check of a plugin that runs elsewhere, as the engine sees it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from director.isolation.codec import packed, plain
from director.isolation.guest import Guest
from director.model.check import CheckSpec
from director.model.manifest import Scalar, Target
from director.model.outcome import Answer
from director.model.value import dataclass
from director.ports import LiveCheck, ProbeView


class Targets:
    """Targets as JSON; the last one is kept, as an evaluation asks every check about one."""

    def __init__(self) -> None:
        self._target: Target | None = None
        self._text = b""

    def text(self, target: Target) -> bytes:
        """Return *target* as JSON."""
        if target is not self._target:
            self._text, self._target = packed(plain(target)), target
        return self._text


@dataclass(frozen=True, slots=True)
class IsolatedCheck:
    """A check whose plugin runs elsewhere; one that only reads the manifest runs there as well.

    Attributes:
        spec: Its identity.
        options: Its options, as pairs.
        guest: Its plugin.
        targets: Targets as JSON.
    """

    spec: CheckSpec
    options: tuple[tuple[str, Scalar], ...]
    guest: Guest
    targets: Targets

    async def run(self, target: Target, probe: ProbeView) -> Answer:
        """Return what the check answers about *target*; not vetted yet.

        Raises:
            CheckBrokeError: The check broke, or its process did.
            ProbeError: The check made nothing of the probe's.
        """
        asked = packed({"check": self.spec.id, "options": plain(self.options)})
        question = asked[1:-1] + b',"target":' + self.targets.text(target)
        answer = await self.guest.examine(question, self.spec.deadline_s, probe)
        return cast("Answer", answer)  # The engine vets it as it vets every answer.


def maker(spec: CheckSpec, guest: Guest, targets: Targets) -> Callable[..., LiveCheck]:
    """Return what makes the check *spec* of *guest*, given its options."""
    return cast("Callable[..., LiveCheck]", partial(_made, spec, guest, targets))


def _made(spec: CheckSpec, guest: Guest, targets: Targets, **options: Scalar) -> IsolatedCheck:
    return IsolatedCheck(spec, tuple(options.items()), guest, targets)
