"""A peer of the real probe that answers from tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from director.model.answers import DnsAnswer, Greeting, Handshake, RecordType, StartTls
from director.model.evidence import Evidence, EvidenceKind
from director.model.health import HealthDocument
from director.model.judgement import Judgement
from director.model.probe import ProbeError, Redirects, Reply
from director.model.value import dataclass

_Answer = TypeVar("_Answer")

Each: TypeAlias = tuple[Reply | ProbeError, ...]
"""What came of every address of one host."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that a check asked.

    Attributes:
        what: Exactly as the check wrote it: a path, a host and port, or a name and a type.
        headers: Headers besides the usual ones, in the order given.
        timeout_s: How long the check wanted to wait, in seconds; None for its deadline.
        how: By which method of the probe, for example ``get``.
        more: What else the check said, as pairs of names and values; what it left out is not
            there.
    """

    what: str
    headers: tuple[tuple[str, str], ...] = ()
    timeout_s: float | None = None
    how: str = "get"
    more: tuple[tuple[str, str], ...] = ()


class FakeProbe:
    """Answers from tables and remembers what was asked.

    A table's keys are what the check writes: a path; a host and port; a name with its record
    type, as ``example.com MX``, where one resolver is meant followed by its address, as
    ``example.com MX @192.0.2.53``. Its values are what to answer, or the error to raise.

    Args:
        pages: For ``get``, and for ``get_each`` where *each* has no entry.
        each: For ``get_each``.
        handshakes: For ``handshake``.
        greetings: For ``connect``.
        records: For ``resolve``.
    """

    def __init__(
        self,
        pages: Mapping[str, Reply | ProbeError] | None = None,
        *,
        each: Mapping[str, Each] | None = None,
        handshakes: Mapping[str, Handshake | ProbeError] | None = None,
        greetings: Mapping[str, Greeting | ProbeError] | None = None,
        records: Mapping[str, DnsAnswer | ProbeError] | None = None,
    ) -> None:
        self._pages = dict(pages or {})
        self._each = dict(each or {})
        self._handshakes = dict(handshakes or {})
        self._greetings = dict(greetings or {})
        self._records = dict(records or {})
        self._evidence: list[Evidence] = []
        self.asked: list[Asked] = []
        """Every question so far, in order."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything it showed so far, in order."""
        return tuple(self._evidence)

    @property
    def evidence_of_failure(self) -> tuple[Evidence, ...]:
        """The same: it keeps no bodies."""
        return self.evidence

    async def get(
        self,
        path: str = "/",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        redirects: Redirects = Redirects.SAME_ORIGIN,
    ) -> Reply:
        """Answer from the table of pages.

        Raises:
            ProbeError: The table says so.
            LookupError: The table has no answer: the test forgot one, or the check asks for
                something unexpected.
        """
        more = _said(redirects=redirects, usual=Redirects.SAME_ORIGIN)
        self.asked.append(Asked(path, tuple((headers or {}).items()), timeout_s, "get", more))
        return self._from(self._pages, path)

    async def get_each(
        self,
        path: str = "/",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        redirects: Redirects = Redirects.SAME_ORIGIN,
    ) -> Each:
        """Answer from the table of every address, else with the one page there is.

        Raises:
            LookupError: As for ``get``.
        """
        more = _said(redirects=redirects, usual=Redirects.SAME_ORIGIN)
        self.asked.append(Asked(path, tuple((headers or {}).items()), timeout_s, "get_each", more))
        answers = self._each.get(path) or (_found(self._pages, path),)
        for answer in answers:
            self._show(answer.url or path)
        return answers

    async def handshake(
        self,
        where: str = "",
        *,
        starttls: StartTls | None = None,
        timeout_s: float | None = None,
    ) -> Handshake:
        """Answer from the table of handshakes.

        Raises:
            ProbeError: The table says so.
            LookupError: As for ``get``.
        """
        more = _said(starttls=starttls, usual=None)
        self.asked.append(Asked(where, (), timeout_s, "handshake", more))
        return self._from(self._handshakes, where)

    async def connect(
        self, where: str, *, banner: bool = False, timeout_s: float | None = None
    ) -> Greeting:
        """Answer from the table of greetings.

        Raises:
            ProbeError: The table says so.
            LookupError: As for ``get``.
        """
        more = _said(banner=banner, usual=False)
        self.asked.append(Asked(where, (), timeout_s, "connect", more))
        return self._from(self._greetings, where)

    async def resolve(
        self,
        name: str,
        type_: RecordType = RecordType.A,
        *,
        resolver: str = "",
        timeout_s: float | None = None,
    ) -> DnsAnswer:
        """Answer from the table of records.

        Raises:
            ProbeError: The table says so.
            LookupError: As for ``get``.
        """
        what = f"{name} {type_}"
        more = _said(resolver=resolver, usual="")
        self.asked.append(Asked(what, (), timeout_s, "resolve", more))
        own = f"{what} @{resolver}"
        return self._from(self._records, own if own in self._records else what)

    def judge(
        self, answer: Reply | Handshake | Greeting | DnsAnswer, expectation: str
    ) -> Judgement:
        """Judge as the real probe does.

        Raises:
            ValueError: *expectation* cannot be understood.
        """
        from director.probing.conditions import compile_expectation  # noqa: PLC0415  # as the real one does

        return compile_expectation(expectation).judge(answer, self.health)

    def health(self, reply: Reply) -> HealthDocument | None:
        """Read as the real probe does."""
        from director.probing.health_documents import read_health  # noqa: PLC0415  # as above

        return read_health(reply)

    def _from(self, table: Mapping[str, _Answer | ProbeError], what: str) -> _Answer:
        answer = _found(table, what)
        self._show(getattr(answer, "url", "") or what)
        if isinstance(answer, ProbeError):
            raise answer
        return answer

    def _show(self, source: str) -> None:
        self._evidence.append(Evidence(EvidenceKind.PROBED, source or "base_url"))


def _found(table: Mapping[str, _Answer], what: str) -> _Answer:
    if what not in table:
        known = ", ".join(sorted(table)) or "nothing"
        raise LookupError(f"this probe has no answer for {what!r}; it knows {known}")
    return table[what]


def _said(*, usual: object, **said: object) -> tuple[tuple[str, str], ...]:
    """Return what differs from what is usual, as pairs."""
    return tuple((name, str(value)) for name, value in said.items() if value != usual)
