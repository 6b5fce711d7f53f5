"""Can the people on call open what the manifest points them to?"""

from __future__ import annotations

from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Claim,
    Effort,
    Failed,
    Manifest,
    NotApplicable,
    Passed,
    Probe,
    ProbeError,
    Redirects,
    Reply,
    Role,
    Target,
    Unknown,
    dataclass,
)
from director_http.asking import Came, ask_each, unanswered, well
from director_http.login import has_password_field, is_login_url

MOST_LINKS = 20
"""Links that are followed; a manifest with more is told so."""

_EXPECTED = "pages that open without a login"


@dataclass(frozen=True, slots=True)
class Links:
    """Follow the links that the manifest gives as evidence, such as runbook and dashboards.

    A link must answer 200 to 299, wherever it leads, and not with a login page: what our probe
    cannot read without an account proves nothing about what stands there.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.links",
        title="Runbook and dashboard links can be opened",
        category="operations",
        why="A link that leads nowhere is found out at three in the morning, by the person who"
        " needs what stood behind it.",
        remedy="Correct the links under declares, and put runbooks and dashboards where the"
        " Director may read them.",
        effort=Effort.LOW,
        role=Role.ADVISORY,
        deadline_s=20.0,
        reads=("declares.runbook",),
    )

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Follow each link, side by side."""
        links = _links(target.manifest)
        if not links:
            return NotApplicable("no declaration has a link as its evidence")
        followed = dict(list(links.items())[:MOST_LINKS])
        came = await ask_each(probe, followed, Redirects.ANYWHERE)
        wrong = {url: _wrong(url, each) for url, each in came.items()}
        failures = {url: each for url, each in wrong.items() if isinstance(each, Failed)}
        if failures:
            said = "; ".join(f"{links[url]}: {each.reason}" for url, each in failures.items())
            count = f"{len(failures)} of {len(links)}"
            first = next(iter(failures.values()))
            return Failed(f"{count} links cannot be read: {said}", "", count, _EXPECTED, first.code)
        for url, each in wrong.items():
            if each is not None:
                return Unknown(f"{links[url]}: {each.reason}", each.code)
        if len(followed) < len(links):
            said = f"the manifest has {len(links)} links, and {MOST_LINKS} are followed at most"
            return Unknown(said, "too_many_links")
        names = ", ".join(links.values())
        return Passed(f"every link can be opened: {names}", f"{len(links)} links", _EXPECTED)


def _links(manifest: Manifest) -> dict[str, str]:
    """Return each link with the names of the declarations that give it."""
    found: dict[str, str] = {}
    for name, declared in manifest.declares:
        if isinstance(declared, Claim) and declared.evidence.startswith(("https://", "http://")):
            url = declared.evidence
            found[url] = f"{found[url]} and {name}" if url in found else name
    return found


def _wrong(url: str, came: Came) -> Failed | Unknown | None:
    """Return what is wrong with one link, or None if it can be read."""
    if isinstance(came, ProbeError):
        return unanswered(came, url)
    if came.status in {401, 403} or (well(came) and _asks_for_login(url, came)):
        said = f"{url} asks for a login (status {came.status})"
        return Failed(said, observed="a login", expected=_EXPECTED, code="login_page")
    if not well(came):
        said = f"{url} answered with status {came.status}"
        return Failed(
            said, observed=f"status {came.status}", expected=_EXPECTED, code="http_status"
        )
    return None


def _asks_for_login(url: str, reply: Reply) -> bool:
    return has_password_field(reply) or (is_login_url(reply.url) and not is_login_url(url))
