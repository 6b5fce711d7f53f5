"""Does a page answer as the team expects?"""

from __future__ import annotations

from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Expectation,
    Probe,
    Role,
    Target,
    Unknown,
    dataclass,
)
from director_http.asking import (
    NOWHERE,
    read_headers,
)
from director_http.judging import ANYTHING, NO_EXPECTATION, judged


@dataclass(frozen=True, slots=True)
class Expect:
    """Ask for one page and hold the answer against what the team expects of it.

    Attributes:
        path: Page to ask for, relative to the service's base URL.
        expect: What must hold of the answer; nothing that is absent or of another kind passes.
        request_headers: Headers to send, each in a line; secrets by reference.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.expect",
        title="A page answers as the team expects",
        category="reliability",
        why="Only the team knows what a right answer is: a page can be quick, answer 200, and"
        " still say that the ledger is closed.",
        remedy="Find out what the answer lacks, or say what is right under expect.",
        effort=Effort.MEDIUM,
        role=Role.REQUIRED,
        reads=("base_url",),
    )

    path: str = "/"
    expect: Expectation = ANYTHING
    request_headers: str = ""

    def __post_init__(self) -> None:
        read_headers(self.request_headers)

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask once."""
        if target.base_url is None:
            return NOWHERE
        if not self.expect.strip():
            return Unknown(
                "nothing is expected: set expect under checks.http.expect", NO_EXPECTATION
            )
        return judged(
            probe,
            await probe.get(self.path, headers=read_headers(self.request_headers)),
            self.expect,
            self.path,
        )
