"""The probe as one check sees it: its deadline, its headers, and what it was shown."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from director.model.answers import DnsAnswer, Greeting, Handshake, RecordType, StartTls
from director.model.evidence import Evidence
from director.model.probe import ProbeError, ProbeReason, Redirects, Reply
from director.model.text import printable
from director.probing.inquiry import Addresses, Headers, Inquiry, Knock, Page, Records, Shake
from director.probing.judging import Judging
from director.probing.memo import Memo
from director.probing.sighting import Place, Sighting, sighting
from director.probing.timeline import Timeline
from director.probing.url import TargetUrl, UrlError, host_and_port, resolve, scrub

_Asking = TypeVar("_Asking", bound=Inquiry)
_Given = TypeVar("_Given", Reply, Handshake, Greeting, DnsAnswer)

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")
_OURS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that steer the connection: a check cannot set them."""


class LiveView(Judging):
    """The probe as one check sees it.

    Args:
        memo: What was asked in the evaluation.
        deadline_at: When the check must have answered, on the clock's monotonic line.
    """

    def __init__(self, memo: Memo, deadline_at: float) -> None:
        self._memo = memo
        self._deadline_at = deadline_at
        self._shown: list[Sighting[Any]] = []

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything it showed so far, in order, each once."""
        return tuple(seen.evidence for seen in self._shown)

    @property
    def evidence_of_failure(self) -> tuple[Evidence, ...]:
        """The same, with the beginning of each body, redacted."""
        from director.probing.sample import sample  # noqa: PLC0415  # only where a check failed

        secrets = self._memo.desk.secrets
        return tuple(seen.sampled(lambda body: sample(body, secrets)) for seen in self._shown)

    async def get(
        self,
        path: str = "/",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        redirects: Redirects = Redirects.SAME_ORIGIN,
    ) -> Reply:
        """Ask the target for one page, at the first address of its host.

        Args:
            path: A path relative to the target's base URL, or an absolute http(s) URL.
            headers: Headers to send besides the usual ones.
            timeout_s: Longest wait for the complete answer, in seconds; None for as long as
                the check's deadline allows.
            redirects: How far to follow them.

        Raises:
            ProbeError: There was no complete answer.
            ValueError: A header cannot be sent, or the timeout is not positive and finite.
        """
        patience_s = self._patience_s(timeout_s)
        sent = _checked(headers or {})
        page = Page(self._url(path), sent, redirects)
        return await self._asked(page, self._memo.desk.page, patience_s)

    async def get_each(
        self,
        path: str = "/",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        redirects: Redirects = Redirects.SAME_ORIGIN,
    ) -> tuple[Reply | ProbeError, ...]:
        """Ask the target for one page, at every address of its host.

        Args:
            path: As for ``get``.
            headers: As for ``get``.
            timeout_s: As for ``get``, for all of them together.
            redirects: As for ``get``.

        Raises:
            ProbeError: The host has no address, or there was no time left to ask for it.
            ValueError: As for ``get``.
        """
        patience_s = self._patience_s(timeout_s)
        until = self._memo.clock.monotonic() + patience_s
        sent = _checked(headers or {})
        url = self._url(path)
        found = await self._memo.ask(Addresses(url), self._memo.desk.addresses, patience_s)
        if isinstance(found.answer, ProbeError):
            self._show(found)
            raise found.answer
        left_s = until - self._memo.clock.monotonic()
        pages = [Page(url, sent, redirects, address) for address in found.answer]
        async with asyncio.TaskGroup() as group:
            asking = [
                group.create_task(self._memo.ask(page, self._memo.desk.page, left_s))
                for page in pages
            ]
        seen = [asked.result() for asked in asking]
        for sighted in seen:
            self._show(sighted)
        return tuple(sighted.answer for sighted in seen)

    async def handshake(
        self,
        where: str = "",
        *,
        starttls: StartTls | None = None,
        timeout_s: float | None = None,
    ) -> Handshake:
        """Shake hands over TLS, send nothing, and hang up.

        Args:
            where: Host and port; empty for those of the target's base URL.
            starttls: What to speak before the handshake; None to begin with it.
            timeout_s: As for ``get``.

        Raises:
            ProbeError: There was no handshake, or what the peer showed was not accepted.
            ValueError: The timeout is not positive and finite.
        """
        patience_s = self._patience_s(timeout_s)
        inquiry = Shake(*self._place(where), starttls)
        return await self._asked(inquiry, self._memo.desk.handshake, patience_s)

    async def connect(
        self, where: str, *, banner: bool = False, timeout_s: float | None = None
    ) -> Greeting:
        """Open a TCP connection and hang up.

        Args:
            where: Host and port.
            banner: Whether to wait for what the peer says first: its first line, within 4 KiB.
            timeout_s: As for ``get``.

        Raises:
            ProbeError: There was no connection, or no banner.
            ValueError: The timeout is not positive and finite.
        """
        patience_s = self._patience_s(timeout_s)
        inquiry = Knock(*self._place(where), banner)
        return await self._asked(inquiry, self._memo.desk.greeting, patience_s)

    async def resolve(
        self,
        name: str,
        type_: RecordType = RecordType.A,
        *,
        resolver: str = "",
        timeout_s: float | None = None,
    ) -> DnsAnswer:
        """Ask a name server for the records of a name.

        Args:
            name: An absolute name; no search list is applied.
            type_: Which records.
            resolver: Address and port of a name server; empty for the system's.
            timeout_s: As for ``get``.

        Raises:
            ProbeError: No name server answered, or what it answered cannot be used.
            ValueError: The timeout is not positive and finite.
        """
        inquiry = Records(name, type_, resolver)
        return await self._asked(inquiry, self._memo.desk.records, self._patience_s(timeout_s))

    async def _asked(
        self,
        inquiry: _Asking,
        how: Callable[[_Asking, Timeline], Awaitable[_Given]],
        patience_s: float,
    ) -> _Given:
        return self._given(await self._memo.ask(inquiry, how, patience_s))

    def _given(self, seen: Sighting[_Given]) -> _Given:
        self._show(seen)
        return seen.give()

    def _show(self, seen: Sighting[Any]) -> None:
        if all(seen.evidence != shown.evidence for shown in self._shown):
            self._shown.append(seen)

    def _patience_s(self, timeout_s: float | None) -> float:
        patience_s = self._deadline_at - self._memo.clock.monotonic()
        if timeout_s is None:
            return patience_s
        if not 0 < timeout_s < float("inf"):
            raise ValueError(f"timeout_s must be over 0 and finite, got {timeout_s}")
        return min(timeout_s, patience_s)

    def _url(self, path: str) -> TargetUrl:
        if "${secret" in path:
            shown = scrub(path)
            fault = ProbeError(
                ProbeReason.SECRET_DENIED, "a secret is sent in a header only", url=shown
            )
            self._show(sighting(Place(shown), fault, self._memo.clock.now()))
            raise fault
        try:
            return resolve(self._memo.base_url, path)
        except UrlError as error:
            raise self._refused(scrub(path), error) from None

    def _place(self, where: str) -> tuple[str, int]:
        try:
            if where:
                return host_and_port(where)
            url = resolve(self._memo.base_url, "")
        except UrlError as error:
            raise self._refused(printable(where), error) from None
        return url.host, url.port

    def _refused(self, shown: str, error: UrlError) -> ProbeError:
        """Return why *shown* cannot be asked, and show it as well."""
        fault = ProbeError(ProbeReason.INVALID_URL, str(error), url=shown)
        self._show(sighting(Place(shown), fault, self._memo.clock.now()))
        return fault


def _checked(headers: Mapping[str, str]) -> Headers:
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise ValueError("the name of a header must be a token")
        if name.lower() in _OURS:
            raise ValueError(f"the header {name.lower()} is the probe's own")
        if not _VALUE.fullmatch(value):
            raise ValueError(f"the value of the header {name.lower()} must be printable ASCII")
    return tuple(sorted((name.lower(), value) for name, value in headers.items()))
