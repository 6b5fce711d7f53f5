"""What a live check may touch the world with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from director.model.answers import DnsAnswer, Greeting, Handshake, RecordType, StartTls
from director.model.evidence import Evidence
from director.model.health import HealthDocument
from director.model.judgement import Judgement
from director.model.manifest import Target
from director.model.probe import ProbeError, Redirects, Reply


class Probe(Protocol):
    """What a live check may touch the world with, and nothing else.

    Timeouts, redirects, the address policy, size limits, redaction and the memory of what was
    asked already belong to it. Whoever asks may let ``ProbeError`` through: the engine turns it
    into the right outcome.
    """

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
            headers: Headers to send besides the usual ones; one without a value takes the
                usual one of its name away.
            timeout_s: Longest wait for the complete answer, in seconds; None for as long as
                the check's deadline allows.
            redirects: How far to follow them.

        Raises:
            ProbeError: There was no complete answer.
        """
        ...

    async def get_each(
        self,
        path: str = "/",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        redirects: Redirects = Redirects.SAME_ORIGIN,
    ) -> tuple[Reply | ProbeError, ...]:
        """Ask the target for one page, at every address of its host.

        A redirect is followed at the first address of where it leads.

        Args:
            path: As for ``get``.
            headers: As for ``get``.
            timeout_s: As for ``get``, for all of them together.
            redirects: As for ``get``.

        Returns:
            What came of each address, in the order of the resolver; at least one.

        Raises:
            ProbeError: The host has no address, or there was no time left to ask for it.
        """
        ...

    async def handshake(
        self,
        where: str = "",
        *,
        starttls: StartTls | None = None,
        timeout_s: float | None = None,
    ) -> Handshake:
        """Shake hands over TLS, send nothing, and hang up.

        Args:
            where: Host and port, as ``example.com:443`` or ``[2001:db8::1]:443``; empty for those
                of the target's base URL.
            starttls: What to speak before the handshake; None to begin with it.
            timeout_s: As for ``get``.

        Raises:
            ProbeError: There was no handshake, or what the peer showed was not accepted; then
                ``seen.tls`` holds what it showed.
        """
        ...

    async def connect(
        self, where: str, *, banner: bool = False, timeout_s: float | None = None
    ) -> Greeting:
        """Open a TCP connection and hang up.

        Args:
            where: Host and port, as for ``handshake``.
            banner: Whether to wait for what the peer says first: its first line, within 4 KiB.
            timeout_s: As for ``get``.

        Raises:
            ProbeError: There was no connection, or no banner.
        """
        ...

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
            resolver: Address and port of a name server, as ``192.0.2.53`` or ``192.0.2.53:5353``;
                empty for the system's.
            timeout_s: As for ``get``.

        Raises:
            ProbeError: No name server answered, or what it answered cannot be used. That there
                is no such name is an answer, with ``rcode`` ``NXDOMAIN``.
        """
        ...

    def judge(
        self, answer: Reply | Handshake | Greeting | DnsAnswer, expectation: str
    ) -> Judgement:
        """Return whether *answer* meets *expectation*.

        Args:
            answer: What the probe saw.
            expectation: What must hold, in the text form.

        Raises:
            ValueError: *expectation* cannot be understood; options of the type ``Expectation``
                are looked at before anything runs.
        """
        ...

    def health(self, reply: Reply) -> HealthDocument | None:
        """Return what *reply* says of the service's health, or None if it is no health document.

        health+json, Spring Boot, MicroProfile Health and ASP.NET are understood.
        """
        ...


class ProbeView(Probe, Protocol):
    """The probe as one check sees it; remembers what it showed."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything it showed so far, in order."""
        ...

    @property
    def evidence_of_failure(self) -> tuple[Evidence, ...]:
        """The same, with the beginning of each body: for a check that found something wrong."""
        ...


class ProbeSession(Protocol):
    """The probe of one evaluation: the same question is asked once and answered to all."""

    def view(self, deadline_at: float) -> ProbeView:
        """Return the probe for one check.

        Args:
            deadline_at: When the check must have answered, on the clock's monotonic line.
        """
        ...

    async def close(self) -> None:
        """Stop what still runs and let go of every connection."""
        ...


class Prober(Protocol):
    """Opens probe sessions."""

    def session(self, target: Target) -> ProbeSession:
        """Return the probe for one evaluation of *target*."""
        ...

    async def close(self) -> None:
        """Let go of threads and sockets."""
        ...
