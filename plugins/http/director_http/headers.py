"""Does a page answer with the headers it should?"""

from __future__ import annotations

from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Expectation,
    Failed,
    Passed,
    Probe,
    Reply,
    Role,
    Target,
    Unknown,
    dataclass,
)
from director_http.asking import (
    NOWHERE,
    listed,
    read_headers,
)
from director_http.judging import ANYTHING, NO_EXPECTATION, judged


@dataclass(frozen=True, slots=True)
class Headers:
    """Ask for one page and hold its headers against rules of the team's own.

    Attributes:
        path: Page to ask for, relative to the service's base URL.
        present: Names of headers that must be there, between commas.
        absent: Names of headers that must not be there, between commas.
        expect: What else must hold of the answer, for rules about values.
        request_headers: Headers to send, each in a line; secrets by reference.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.headers",
        title="A page answers with the headers it should",
        category="reliability",
        why="Caches, browsers and gateways act on headers; one that is missing or left over breaks"
        " them where nobody looks.",
        remedy="Set or remove the headers that are named, where the answer is made.",
        effort=Effort.LOW,
        role=Role.ADVISORY,
        reads=("base_url",),
    )

    path: str = "/"
    present: str = ""
    absent: str = ""
    expect: Expectation = ANYTHING
    request_headers: str = ""

    def __post_init__(self) -> None:
        read_headers(self.request_headers)

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask once."""
        if target.base_url is None:
            return NOWHERE
        present, absent = listed(self.present), listed(self.absent)
        if not (present or absent or self.expect.strip()):
            return Unknown(
                "no rule is given: set present, absent or expect under checks.http.headers",
                NO_EXPECTATION,
            )
        reply = await probe.get(self.path, headers=read_headers(self.request_headers))
        wrong = self._wrong(reply, present, absent)
        if wrong is not None:
            return wrong
        if self.expect.strip():
            return judged(probe, reply, self.expect, self.path)
        said = f"{self.path} has every header it should, and none it should not"
        return Passed(said, f"{len(reply.headers)} headers", self._expected())

    def _wrong(
        self, reply: Reply, present: tuple[str, ...], absent: tuple[str, ...]
    ) -> Failed | None:
        lacks = [f"{name} is missing" for name in present if reply.header(name) is None]
        extra = [f"{name} is there" for name in absent if reply.header(name) is not None]
        if not lacks and not extra:
            return None
        observed = ", ".join(lacks + extra)
        code = "header_missing" if lacks else "header_present"
        said = f"{self.path} answered {reply.status} with the wrong headers: {observed}"
        return Failed(said, observed=observed, expected=self._expected(), code=code)

    def _expected(self) -> str:
        there = f"with {self.present}" if self.present.strip() else ""
        gone = f"without {self.absent}" if self.absent.strip() else ""
        return ", ".join(filter(None, (there, gone)))
