"""Can machines read the service's own log, and may they?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Failed,
    Passed,
    Probe,
    Role,
    Target,
    Tighter,
    Unknown,
    Warned,
    dataclass,
    option,
)
from director_logs.grading import Grade, grade
from director_logs.sample import read_end
from director_logs.standards import STANDARDS

MOST_LINES = 1_000
_WORDS = re.compile(r"\$(\w*)\$")
_EXPECTED = "JSON with timestamp, level and message, and no secrets"


@dataclass(frozen=True, slots=True)
class Structured:
    """Take a sample of the log, and read its last 1,000 lines as a pipeline would.

    Each line must be one JSON object with a timestamp that has its zone, a level and a message,
    and hold nothing that looks secret. At least one line should name its request. Objects may
    be nested or flat; what a container's runtime wraps around a line is taken off. No text of a
    line is ever quoted.

    Attributes:
        path: A page of the service that shows the end of its log, relative to its base URL.
        file: A file where the Director runs, asked for instead of a page; ``$service$`` and
            ``$environment$`` stand for their names. Whoever writes the profile sets it.
        standard: Under whose names: ``any``, ``ecs``, ``otel``, ``gcp`` or ``datadog``.
        min_share: The least share of lines that must be structured, from 0 to 1; a secret in one
            line is one too many.
        min_lines: So few lines are no sample.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="logs.structured",
        title="The service's log can be read by machines",
        category="observability",
        why="During an incident the log is asked, not read: a line that is no JSON, or has no time"
        " or level, is not found, and a password in one is a second incident.",
        remedy="Write one JSON object in each line, with timestamp, level, message and trace id,"
        " and mask secrets before they are logged.",
        effort=Effort.MEDIUM,
        role=Role.ADVISORY,
        reads=("base_url",),
    )

    path: str = ""
    file: str = ""
    standard: str = "any"
    min_share: float = option(1.0, tighter=Tighter.HIGHER)
    min_lines: int = option(10, tighter=Tighter.HIGHER)

    def __post_init__(self) -> None:
        if self.standard not in STANDARDS:
            raise ValueError(f"standard must be one of {', '.join(STANDARDS)}")
        if not 0 < self.min_share <= 1:
            raise ValueError("min_share must be more than 0 and at most 1")
        if not 1 <= self.min_lines <= MOST_LINES:
            raise ValueError(f"min_lines must be from 1 to {MOST_LINES}")
        if self.path and (not self.path.startswith("/") or self.path.startswith("//")):
            raise ValueError("path must begin with one slash")
        if self.file and (self.path or not self.file.startswith("/")):
            raise ValueError("file must be a whole path, and stand without path")
        if set(_WORDS.findall(self.file)) - {"service", "environment"}:
            raise ValueError("file must have $service$ and $environment$ as its only words")

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Take one sample and read it."""
        import asyncio  # noqa: PLC0415  # on first use: whoever only lists checks has no loop

        text = await self._sample(target, probe)
        if not isinstance(text, str):
            return text
        lines = [line for line in text.split("\n") if line.strip()][-MOST_LINES:]
        return self._judged(await asyncio.to_thread(grade, lines, STANDARDS[self.standard]))

    async def _sample(self, target: Target, probe: Probe) -> str | Answer:
        """Return the sample, or why there is none."""
        if self.file:
            return await self._of_file(target)
        if not self.path:
            return Unknown(
                "nobody says where a sample of the log is: set path or file", "no_sample"
            )
        if target.base_url is None:
            return Unknown("the environment has no base_url to ask for a sample", "no_sample")
        reply = await probe.get(self.path)
        if reply.status == 200:
            return reply.text()
        return Unknown(f"{self.path} answered with status {reply.status}, wanted 200", "no_sample")

    async def _of_file(self, target: Target) -> str | Answer:
        import asyncio  # noqa: PLC0415  # as above

        environment = target.environment.name if target.environment else ""
        if "$environment$" in self.file and not environment:
            return Unknown(
                "the target has no environment, and $environment$ is needed", "no_sample"
            )
        values = {"service": target.manifest.name, "environment": environment}
        place = _WORDS.sub(lambda found: values[found[1]], self.file)
        try:
            return await asyncio.to_thread(read_end, Path(place))
        except (OSError, ValueError):
            # Not why: that would tell whoever sets the option what lies where.
            return Unknown("no sample of the log can be read from the file", "no_sample")

    def _judged(self, found: Grade) -> Answer:
        observed = f"{found.whole} of {found.lines} lines"
        if found.secrets:
            return Failed(
                f"the sample holds {_shown(found.secrets)}",
                "Mask it before it is logged, and change what was logged.",
                observed=f"{_times(found.secrets)} in {found.lines} lines",
                expected="no secrets",
                code="log_secret",
            )
        if found.lines < self.min_lines:
            said = f"the sample has {found.lines} lines, wanted {self.min_lines}"
            return Unknown(said, "sample_too_small")
        if found.whole < self.min_share * found.lines:
            return Failed(
                f"{found.lines - found.whole} of {found.lines} lines are not structured:"
                f" {_shown(found.faults)}",
                observed=observed,
                expected=_expected(self.min_share),
                code="log_unstructured",
            )
        if not found.traced:
            return Warned(
                f"{observed} are structured, and none names its request",
                "Add the trace id of the request to each line that one causes.",
                observed="no trace id",
                expected="a trace id",
            )
        said = f"{observed} are structured, {found.traced} name their request"
        return Passed(said, observed, _expected(self.min_share))


def _expected(share: float) -> str:
    return _EXPECTED if share == 1 else f"{_EXPECTED}, in {share:.0%} of lines"


def _times(found: Mapping[str, tuple[int, int]]) -> int:
    return sum(times for times, _ in found.values())


def _shown(found: Mapping[str, tuple[int, int]]) -> str:
    """Return the most frequent of what was *found*, each with how often and where first."""
    often = sorted(found.items(), key=lambda each: (-each[1][0], each[0]))[:3]
    parts = [f"{what} ({times}×, first in line {first})" for what, (times, first) in often]
    rest = len(found) - len(often)
    return ", ".join(parts) + (f", and {rest} more kinds" if rest else "")
