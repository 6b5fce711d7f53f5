"""Are protected pages closed to whoever does not say who they are?"""

from __future__ import annotations

from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Failed,
    NotApplicable,
    Passed,
    Probe,
    ProbeError,
    Role,
    Target,
    Unknown,
    dataclass,
)
from director_http.asking import NOWHERE, Came, ask_each, listed, require_paths, well
from director_http.login import destination, is_login_url, is_redirect

_REFUSALS = frozenset({401, 403})
_WANTED = "status 401 or 403, or a redirect to a login"


@dataclass(frozen=True, slots=True)
class SecurityAuth:
    """Ask for each protected page without credentials; each must refuse.

    401, 403 and a redirect to a login refuse; 200 to 299 lets in. Anything else proves nothing:
    a 404 may hide the page or be a slip in its path, so it stays unknown.

    Attributes:
        paths: The protected pages, between commas, for example ``/admin, /api/v1/payments``.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.security-auth",
        title="Protected pages refuse strangers",
        category="security",
        why="A page that was meant for staff and answers everybody is the most common way in; it"
        " takes no skill to find.",
        remedy="Put the pages behind authentication, so that a request without credentials gets"
        " 401, 403 or the login.",
        effort=Effort.MEDIUM,
        role=Role.BLOCKER,
        reads=("base_url",),
    )

    paths: str = ""

    def __post_init__(self) -> None:
        require_paths("paths", self.paths)

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask for each page, side by side, as a stranger."""
        if target.base_url is None:
            return NOWHERE
        paths = listed(self.paths)
        if not paths:
            return NotApplicable("no protected page is named under checks.http.security-auth.paths")
        came = await ask_each(probe, paths)
        opened = [f"{path} answered {_status(each)}" for path, each in came.items() if _open(each)]
        if opened:
            return Failed(
                f"without credentials {', '.join(opened)}",
                observed=", ".join(opened),
                expected=_WANTED,
                code="unauthenticated_access",
            )
        for path, each in came.items():
            if isinstance(each, ProbeError):
                raise each
            if not _refused(each):
                said = f"{path} answered {each.status}, which neither refuses nor lets in"
                return Unknown(said, "not_found" if each.status == 404 else "http_status")
        said = f"without credentials {', '.join(paths)} is refused"
        return Passed(said, f"{len(paths)} refused", _WANTED)


def _status(came: Came) -> str:
    return "nothing" if isinstance(came, ProbeError) else str(came.status)


def _open(came: Came) -> bool:
    return not isinstance(came, ProbeError) and well(came)


def _refused(came: Came) -> bool:
    if isinstance(came, ProbeError):
        return False
    if is_redirect(came):
        # A page that is itself called so may only be sent to its own next page.
        return is_login_url(destination(came)) and not is_login_url(came.url)
    return came.status in _REFUSALS
