"""Are pages for debugging kept from the public?"""

from __future__ import annotations

from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Failed,
    Passed,
    Probe,
    ProbeError,
    ProbeReason,
    Reply,
    Role,
    Target,
    Unknown,
    dataclass,
)
from director_http.asking import (
    NOBODYS_PATH,
    NOWHERE,
    Came,
    ask_each,
    is_public,
    listed,
    require_paths,
    unanswered,
)
from director_http.exposure import KNOWN, Exposure


@dataclass(frozen=True, slots=True)
class SecurityDebug:
    """Ask for pages that are often left open, and recognise them by what they say.

    A status of 200 alone proves nothing, for many services answer every path with one page; so
    each page counts only by its content, and one that is named here only if it differs from
    what a page that does not exist gets. What gives secrets away must not answer anywhere;
    metrics and profiles may, where the service is dialled at a private address.

    Attributes:
        more_paths: Further pages that must not answer 200, between commas; the usual ones are
            always asked for.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.security-debug",
        title="Debug and metrics pages are not public",
        category="security",
        why="Debug pages hand out secrets, memory and source code to whoever guesses their path,"
        " and scanners guess all day.",
        remedy="Serve debug and metrics pages on a port of their own that only the inside reaches,"
        " and keep dot files out of what is served.",
        effort=Effort.LOW,
        role=Role.BLOCKER,
        deadline_s=15.0,
        reads=("base_url",),
    )

    more_paths: str = ""

    def __post_init__(self) -> None:
        require_paths("more_paths", self.more_paths)

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask for each page, side by side, and for one that is not there."""
        if target.base_url is None:
            return NOWHERE
        more = listed(self.more_paths)
        usual = [each.path for each in KNOWN]
        control = (await ask_each(probe, (NOBODYS_PATH,)))[NOBODYS_PATH]
        if isinstance(control, ProbeError):
            raise control
        if control.status >= 500:
            return Unknown(
                f"a page that does not exist answered {control.status}: the service is not well"
                " enough to be looked at",
                "http_status",
            )
        came = await ask_each(probe, (*usual, *more))
        return _judged(came, control, more)


def _judged(came: dict[str, Came], control: Reply, more: tuple[str, ...]) -> Answer:
    wrong = [each for each in KNOWN if each.secret or is_public(_address(came[each.path]))]
    found = [_given_away(each, came[each.path], control) for each in wrong]
    found += [f"{path} answers" for path in more if _answers(came[path], control)]
    open_, expected = [each for each in found if each], "no such page in public"
    if open_:
        return Failed(
            f"anybody can read {'; '.join(open_)}",
            observed="; ".join(open_),
            expected=expected,
            code="exposed",
        )
    for path in (*(each.path for each in wrong), *more):
        each = came[path]
        if isinstance(each, ProbeError):
            return Unknown(unanswered(each, path).reason, each.reason.value)
        if each.status >= 500 or each.status == 429:
            # Whoever comes when it is well again, or more slowly, may read it.
            return Unknown(f"{path} answered {each.status}, which may change", "http_status")
    count = len(wrong) + len(more)
    return Passed(f"none of {count} pages gives anything away", f"0 of {count} pages", expected)


def _address(came: Came) -> str:
    return came.seen.address if isinstance(came, ProbeError) else came.address


def _given_away(exposure: Exposure, came: Came, control: Reply) -> str:
    """Return what *exposure* gives away, for people; empty if nothing."""
    if isinstance(came, ProbeError):
        # A dump of the memory is larger than what is read of any page.
        last = came.seen.hops[-1] if came.seen.hops else None
        large = came.reason is ProbeReason.BODY_TOO_LARGE and last is not None
        open_ = large and last is not None and last.status == 200 and "dump" in exposure.path
        return f"{exposure.path} ({exposure.what})" if open_ else ""
    if not _answers(came, control) or not exposure.shows(came.body):
        return ""
    return f"{exposure.path} ({exposure.what})"


def _answers(came: Came, control: Reply) -> bool:
    if isinstance(came, ProbeError) or came.status != 200:
        return False
    return control.status != 200 or came.body != control.body
