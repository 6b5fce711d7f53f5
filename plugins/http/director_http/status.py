"""Does a page answer with the status it should?"""

from __future__ import annotations

import re
from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Passed,
    Probe,
    Redirects,
    Role,
    Target,
    dataclass,
)
from director_http.asking import (
    NOWHERE,
    listed,
    read_headers,
    wrong_status,
)

_RANGE = r"([1-5][0-9]{2})(?:\s*-\s*([1-5][0-9]{2}))?"


@dataclass(frozen=True, slots=True)
class Status:
    """Ask for one page and compare its status with those that are expected.

    Redirects within the origin are followed, unless one of the expected statuses is itself a
    redirect: then the first answer counts.

    Attributes:
        path: Page to ask for, relative to the service's base URL.
        statuses: The statuses that are right, as numbers and ranges between commas, for example
            ``200-299, 301``.
        request_headers: Headers to send, each in a line; secrets by reference.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.status",
        title="A page answers with the status it should",
        category="reliability",
        why="A page that answers with another status than its callers expect is broken for them,"
        " however healthy the process behind it is.",
        remedy="Find out why the page answers otherwise, or say which statuses are right.",
        effort=Effort.LOW,
        role=Role.REQUIRED,
        reads=("base_url",),
    )

    path: str = "/"
    statuses: str = "200-299"
    request_headers: str = ""

    def __post_init__(self) -> None:
        read_headers(self.request_headers)
        read_statuses(self.statuses)

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask once."""
        if target.base_url is None:
            return NOWHERE
        wanted = read_statuses(self.statuses)
        shows_redirects = any(first <= 399 and last >= 300 for first, last in wanted)
        redirects = Redirects.NEVER if shows_redirects else Redirects.SAME_ORIGIN
        reply = await probe.get(
            self.path, headers=read_headers(self.request_headers), redirects=redirects
        )
        if not any(first <= reply.status <= last for first, last in wanted):
            return wrong_status(reply, self.path, self.statuses)
        return Passed(
            f"{self.path} answered with status {reply.status}, wanted {self.statuses}",
            observed=f"status {reply.status}",
            expected=f"status {self.statuses}",
        )


def read_statuses(text: str) -> tuple[tuple[int, int], ...]:
    """Return the first and last status of each range in *text*.

    Raises:
        ValueError: It names no status, or something that is none.

    >>> read_statuses("200-299, 301")
    ((200, 299), (301, 301))
    """
    ranges = []
    for part in listed(text):
        found = re.fullmatch(_RANGE, part)
        if found is None or (found[2] and int(found[2]) < int(found[1])):
            raise ValueError(f"statuses must be like '200-299, 301', got {part!r}")
        ranges.append((int(found[1]), int(found[2] or found[1])))
    if not ranges:
        raise ValueError("statuses must name at least one status, got none")
    return tuple(ranges)
