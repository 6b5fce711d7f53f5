"""One question to one endpoint: measured, bounded, guarded, and its redirects followed by hand."""

from __future__ import annotations

from typing import Final

from aiohttp.http_parser import RawResponseMessage

from director.model.probe import Phase, ProbeError, ProbeReason, Redirects, Reply
from director.probing.body import Body
from director.probing.client import Client, request
from director.probing.faults import explained
from director.probing.inquiry import Headers, Page
from director.probing.settings import ProbeSettings
from director.probing.timeline import Timeline
from director.probing.turnstile import Turnstile
from director.probing.url import TargetUrl, UrlError, clean, follow
from director.probing.vault import filled

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class Exchange:
    """Asks for pages.

    Args:
        settings: Limits and the address policy.
        client: Makes the requests.
        turnstile: How many answers are dealt with in one turn of the event loop.
    """

    def __init__(self, settings: ProbeSettings, client: Client, turnstile: Turnstile) -> None:
        self._settings = settings
        self._client = client
        self._turnstile = turnstile

    async def ask(self, page: Page, timeline: Timeline) -> Reply:
        """Return the complete answer of *page*, redirects followed as far as they may be.

        Must run in a task of its own.

        Raises:
            ProbeError: There was none.
            PolicyDenied: An address may not be dialled.
        """
        self._client.begin(timeline)
        timeline.pin = page.address
        limit = self._settings.redirects
        url = page.url
        headers = filled(page.headers, url, self._settings.secrets)
        for _ in range(limit + 1):
            answer = await self._hop(url, headers, page.redirects, timeline)
            if isinstance(answer, Reply):
                return answer
            target = _next(url, answer, page.redirects)
            if target.origin != url.origin:
                headers = ()  # whatever a check sends is meant for whom it asked
            url = target
            timeline.hop(url.shown)
        raise ProbeError(ProbeReason.REDIRECT_LIMIT, f"more than {limit} redirects")

    async def _hop(
        self, url: TargetUrl, headers: Headers, redirects: Redirects, timeline: Timeline
    ) -> Reply | str:
        """Return the answer of *url*, or where it redirects to."""
        with explained(timeline):
            wire = await self._client.connect(url, timeline)
            try:
                timeline.enter(Phase.SEND)
                await wire.send(request(url, headers))
                timeline.enter(Phase.TTFB)
                head = await wire.head()
                timeline.enter(Phase.OTHER)
                await self._turnstile.pass_through()
                timeline.enter(Phase.TRANSFER)
                if not 100 <= head.code <= 599:
                    raise ProbeError(
                        ProbeReason.HTTP_PROTOCOL,
                        f"the status must be 100 to 599, it was {head.code}",
                    )
                timeline.answered(head.code)
                if head.code in _REDIRECTS and redirects is not Redirects.NEVER:
                    return _location(head)
                body = Body(head.headers.get("Content-Encoding", ""), self._settings.body_cap_bytes)
                await wire.read(body)
                content = body.finish()
                timeline.stop()
            finally:
                wire.close()
        hops = timeline.hops()
        return Reply(
            url=url.shown,
            status=head.code,
            headers=tuple(
                (clean(name.lower()), clean(value)) for name, value in head.headers.items()
            ),
            body=content,
            phases=timeline.phases(),
            address=timeline.address,
            hops=hops,
            tls=hops[-1].tls,
            version=f"HTTP/{head.version.major}.{head.version.minor}",
        )


def _location(head: RawResponseMessage) -> str:
    location: str = head.headers.get("Location", "")
    if not location:
        raise ProbeError(ProbeReason.REDIRECT_NO_LOCATION, f"status {head.code} without a Location")
    return location


def _next(url: TargetUrl, location: str, redirects: Redirects) -> TargetUrl:
    """Return where a redirect of *url* leads, if it may be followed there."""
    try:
        target = follow(url, location)
    except UrlError as error:
        raise ProbeError(
            ProbeReason.REDIRECT_CROSS_ORIGIN, f"the redirect leads to no URL we ask: {error}"
        ) from None
    if (url.scheme, target.scheme) == ("https", "http"):
        raise ProbeError(ProbeReason.REDIRECT_DOWNGRADE, "the redirect leads from https to http")
    if target.origin != url.origin and redirects is not Redirects.ANYWHERE:
        scheme, host, port = target.origin
        raise ProbeError(
            ProbeReason.REDIRECT_CROSS_ORIGIN,
            f"the redirect leads to another origin, {scheme}://{host}:{port}",
        )
    return target
