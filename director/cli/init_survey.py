"""What a live service is asked, side by side and with one deadline, before anything is written."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

from director.model.probe import ProbeError, ProbeReason, Redirects, Reply
from director.model.value import dataclass
from director.wiring import open_inspector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from director.loading.settings import Settings
    from director.model.health import HealthDocument
    from director.ports import ProbeView

Came: TypeAlias = Reply | ProbeError
"""What came of one question."""

HEALTH: Final = ("/healthz", "/health", "/actuator/health", "/q/health")
"""Where services usually say how they are: Kubernetes' habit, the usual one, Spring, Quarkus."""

PAIRS: Final = (
    ("/livez", "/readyz"),
    ("/health/live", "/health/ready"),
    ("/actuator/health/liveness", "/actuator/health/readiness"),
    ("/q/health/live", "/q/health/ready"),
)
"""Where they tell liveness from readiness: the first of each pair is the liveness."""

METRICS: Final = ("/metrics", "/actuator/prometheus", "/q/metrics")
PROTECTED: Final = ("/admin", "/actuator")
"""Pages that are usually for staff alone; those above count too where they refuse strangers."""

FIRST: Final = "/"
NOBODYS: Final = "/director-asks-for-a-page-that-is-not-there"
"""A page that no service has: who answers it well answers everything well."""

ASKED: Final = (
    FIRST,
    NOBODYS,
    *HEALTH,
    *(path for pair in PAIRS for path in pair),
    *METRICS,
    *PROTECTED,
)

_REFUSALS: Final = frozenset({ProbeReason.INVALID_URL, ProbeReason.POLICY_DENIED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a service answered.

    Attributes:
        base_url: Where it was asked.
        came: What came of each path; the first page was asked without following redirects.
        documents: The health documents among the answers, by their path.
        plain: What came of port 80 of the host; None if the base URL is plain http itself.
    """

    base_url: str
    came: Mapping[str, Came]
    documents: Mapping[str, HealthDocument]
    plain: Came | None = None

    @property
    def silence(self) -> ProbeError | None:
        """Why nothing was answered at all; None if something was."""
        errors = [came for came in self.came.values() if isinstance(came, ProbeError)]
        return errors[0] if len(errors) == len(self.came) else None

    @property
    def refused(self) -> bool:
        """Whether nothing was even sent, because the URL or the policy forbids it."""
        return self.silence is not None and self.silence.reason in _REFUSALS


async def survey(settings: Settings, base_url: str, for_s: float) -> Survey:
    """Ask *base_url* for everything that is usually somewhere.

    Args:
        settings: Where probes may reach, and whom they trust.
        base_url: Where the service answers.
        for_s: Longest time for all questions together, in seconds.

    Raises:
        SettingsError: The file of certificate authorities cannot be used.
    """
    inspector = open_inspector(settings, base_url)
    try:
        return await _asked(inspector.view(for_s), base_url)
    finally:
        await inspector.close()


async def _asked(view: ProbeView, base_url: str) -> Survey:
    host = urlsplit(base_url).hostname or ""
    secure = urlsplit(base_url).scheme.lower() == "https"
    async with asyncio.TaskGroup() as group:
        asking = {
            path: group.create_task(
                _one(view, path, Redirects.NEVER if path == FIRST else Redirects.SAME_ORIGIN)
            )
            for path in ASKED
        }
        plain = None
        if secure:
            url = f"http://[{host}]/" if ":" in host else f"http://{host}/"
            plain = group.create_task(_one(view, url, Redirects.NEVER))
    came = {path: task.result() for path, task in asking.items()}
    replies = {path: each for path, each in came.items() if isinstance(each, Reply)}
    read = {path: view.health(reply) for path, reply in replies.items()}
    return Survey(
        base_url=base_url,
        came=came,
        documents={path: document for path, document in read.items() if document is not None},
        plain=plain.result() if plain else None,
    )


async def _one(view: ProbeView, path: str, redirects: Redirects) -> Came:
    try:
        return await view.get(path, redirects=redirects)
    except ProbeError as error:
        return error
