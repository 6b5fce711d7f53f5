"""A probe that gives the same answer to every question."""

from __future__ import annotations

from collections.abc import Mapping

from director.model.answers import DnsAnswer, Greeting, Handshake, RecordType, StartTls
from director.model.probe import ProbeError, ProbeReason, Redirects, Reply
from director.testing.probe import Each, FakeProbe


class StillProbe(FakeProbe):
    """Answers every page alike, takes every connection, and knows no record.

    It shows no certificate: what shakes hands with it is refused, as nothing listens for TLS.

    Args:
        answer: What every page gets; an error is raised, whatever is asked.
        handshake: What every handshake gets.
    """

    def __init__(
        self, answer: Reply | ProbeError, handshake: Handshake | ProbeError | None = None
    ) -> None:
        super().__init__()
        self._answer = answer
        self._shaken = handshake

    async def get(
        self,
        path: str = "/",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        redirects: Redirects = Redirects.SAME_ORIGIN,
    ) -> Reply:
        """Answer, whatever is asked.

        Raises:
            ProbeError: It was made with one.
        """
        self._pages[path] = self._answer
        return await super().get(path, headers=headers, timeout_s=timeout_s, redirects=redirects)

    async def get_each(
        self,
        path: str = "/",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        redirects: Redirects = Redirects.SAME_ORIGIN,
    ) -> Each:
        """Answer, whatever is asked, for one address."""
        self._pages[path] = self._answer
        return await super().get_each(
            path, headers=headers, timeout_s=timeout_s, redirects=redirects
        )

    async def handshake(
        self, where: str = "", *, starttls: StartTls | None = None, timeout_s: float | None = None
    ) -> Handshake:
        """Shake hands as it was made to.

        Raises:
            ProbeError: It was made with one, or with no handshake.
        """
        self._handshakes[where] = self._error or self._shaken or self._answer_without_tls(where)
        return await super().handshake(where, starttls=starttls, timeout_s=timeout_s)

    async def connect(
        self, where: str, *, banner: bool = False, timeout_s: float | None = None
    ) -> Greeting:
        """Take the connection.

        Raises:
            ProbeError: It was made with one.
        """
        self._greetings[where] = self._error or Greeting(where=where)
        return await super().connect(where, banner=banner, timeout_s=timeout_s)

    async def resolve(
        self,
        name: str,
        type_: RecordType = RecordType.A,
        *,
        resolver: str = "",
        timeout_s: float | None = None,
    ) -> DnsAnswer:
        """Know no record.

        Raises:
            ProbeError: It was made with one.
        """
        answer = DnsAnswer(name=name, type=type_, resolver=resolver, rcode="NOERROR")
        self._records[f"{name} {type_}"] = self._error or answer
        return await super().resolve(name, type_, resolver=resolver, timeout_s=timeout_s)

    @property
    def _error(self) -> ProbeError | None:
        return self._answer if isinstance(self._answer, ProbeError) else None

    @staticmethod
    def _answer_without_tls(where: str) -> ProbeError:
        return ProbeError(ProbeReason.TLS_PROTOCOL, "nothing here speaks TLS", url=where)
