"""Does the service tell "I am alive" apart from "I can work"?"""

from __future__ import annotations

from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Failed,
    HealthDocument,
    Passed,
    Probe,
    ProbeError,
    Redirects,
    Reply,
    Role,
    Target,
    Unknown,
    Warned,
    dataclass,
)
from director_http.asking import (
    NOBODYS_PATH,
    NOWHERE,
    Came,
    ask_each,
    read_headers,
    well,
    wrong_status,
)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Ask for both pages, and for one that is not there, and compare.

    Both pages must answer 2xx. One that leads to the other, or documents that name the same
    components, are one handler under two names. Where a page that does not exist is answered
    just as well, nothing can be told.

    Attributes:
        liveness_path: Says whether the process should be restarted.
        readiness_path: Says whether traffic should come.
        request_headers: Headers to send, each in a line; secrets by reference.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.readiness",
        title="Readiness is told apart from liveness",
        category="reliability",
        why="Where both are one page, a dependency that is down either restarts every healthy"
        " instance, or keeps sending traffic to instances that cannot work.",
        remedy="Answer readiness by what the service needs in order to work, and liveness by the"
        " process alone, on two pages.",
        effort=Effort.MEDIUM,
        role=Role.ADVISORY,
        reads=("base_url",),
    )

    liveness_path: str = "/livez"
    readiness_path: str = "/readyz"
    request_headers: str = ""

    def __post_init__(self) -> None:
        read_headers(self.request_headers)

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask three times, side by side."""
        if target.base_url is None:
            return NOWHERE
        paths = (self.liveness_path, self.readiness_path)
        if paths[0] == paths[1]:
            return self._same("are the same page")
        came = await ask_each(
            probe, (*paths, NOBODYS_PATH), Redirects.SAME_ORIGIN, read_headers(self.request_headers)
        )
        live, ready = _reply(came[paths[0]]), _reply(came[paths[1]])
        for path, reply in ((self.readiness_path, ready), (self.liveness_path, live)):
            if not well(reply):
                return wrong_status(reply, path)
        return self._compared(live, ready, came[NOBODYS_PATH], probe)

    def _compared(self, live: Reply, ready: Reply, nobodys: Came, probe: Probe) -> Answer:
        if live.url and live.url == ready.url:
            return self._same(f"both lead to {live.url}")
        if isinstance(nobodys, Reply) and well(nobodys) and nobodys.body in (live.body, ready.body):
            return Unknown(
                "a page that does not exist is answered like these, so whether they are two pages"
                " cannot be told",
                "catch_all",
            )
        first, second = _components(probe.health(live)), _components(probe.health(ready))
        if first and first == second:
            return Warned(
                f"{self.liveness_path} and {self.readiness_path} both look at"
                f" {', '.join(sorted(first))}: a dependency that is down would restart the service",
                observed="the same components on both pages",
                expected="liveness without dependencies",
            )
        return Passed(
            f"{self.liveness_path} and {self.readiness_path} are two pages, and both answer",
            observed=f"status {live.status} and {ready.status}",
            expected="two pages that answer 200 to 299",
        )

    def _same(self, how: str) -> Failed:
        return Failed(
            f"liveness {self.liveness_path} and readiness {self.readiness_path} {how}",
            observed="one page",
            expected="two pages",
            code="same_page",
        )


def _reply(came: Came) -> Reply:
    """Return the answer.

    Raises:
        ProbeError: There was none.
    """
    if isinstance(came, ProbeError):
        raise came
    return came


def _components(document: HealthDocument | None) -> frozenset[str]:
    return frozenset(each.name for each in document.components) if document else frozenset()
