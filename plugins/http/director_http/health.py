"""Is the service healthy, by its own word, and quick to say so?"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Failed,
    HealthDocument,
    HealthStatus,
    Passed,
    Probe,
    ProbeError,
    Reply,
    Role,
    Target,
    Tighter,
    Unknown,
    Warned,
    dataclass,
    option,
)
from director_http.asking import (
    NOWHERE,
    Came,
    read_headers,
    unanswered,
    well,
    wrong_status,
)

_ADDRESSES = ("one", "any", "all")
_MOST_NAMED = 10
"""Components that one sentence names."""


@dataclass(frozen=True, slots=True)
class Health:
    """Ask for the health page, and hold its status, its word and its time against what is expected.

    A health document (health+json, Spring Boot, MicroProfile, ASP.NET) is understood; one that
    says otherwise than its status code fails, for then one of the two is wrong.

    Attributes:
        path: The health page, relative to the service's base URL.
        budget_s: Longest acceptable answer, in seconds.
        addresses: Which addresses of the host are asked: ``one`` for the first; ``all``, and
            each must be healthy; ``any``, and one healthy address is enough to warn about the
            others.
        request_headers: Headers to send, each in a line; secrets by reference.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.health",
        title="The health endpoint answers in time",
        category="reliability",
        why="Without a health endpoint that answers, nothing notices that an instance is broken,"
        " and traffic keeps going there.",
        remedy="Make the health endpoint answer 2xx within its budget while the service is ready.",
        effort=Effort.MEDIUM,
        role=Role.REQUIRED,
        deadline_s=10.0,
        reads=("base_url",),
    )

    path: str = "/healthz"
    budget_s: float = option(1.0, tighter=Tighter.LOWER)
    addresses: str = "one"
    request_headers: str = ""

    def __post_init__(self) -> None:
        read_headers(self.request_headers)
        if self.addresses not in _ADDRESSES:
            raise ValueError(f"addresses must be one, any or all, got {self.addresses!r}")

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask once, or once at each address."""
        if target.base_url is None:
            return NOWHERE
        if self.addresses == "one":
            return self._judged(
                await probe.get(self.path, headers=read_headers(self.request_headers)), probe
            )
        came = await probe.get_each(self.path, headers=read_headers(self.request_headers))
        answers = [(_address(each), self._came(each, probe)) for each in came]
        if len(answers) == 1:
            return answers[0][1]
        return _any(answers) if self.addresses == "any" else _all(answers)

    def _came(self, came: Came, probe: Probe) -> Answer:
        if isinstance(came, ProbeError):
            return unanswered(came, self.path)
        return self._judged(came, probe)

    def _judged(self, reply: Reply, probe: Probe) -> Answer:
        """Return what one answer says: of the status first, then of the word, then of the time."""
        document = probe.health(reply)
        # A document that cannot be read says nothing that could disagree.
        if document is not None and document.said and not document.agrees:
            return _mismatch(reply, document, self.path)
        if not well(reply):
            wrong = wrong_status(reply, self.path)
            parts = _parts(document, HealthStatus.FAIL)
            return replace(wrong, reason=f"{wrong.reason}; {parts}") if parts else wrong
        if document is not None and document.fault:
            return _invalid(document, self.path)
        if document is not None and document.status is HealthStatus.FAIL:
            return _failing(document, self.path)
        return self._timed(reply, document)

    def _timed(self, reply: Reply, document: HealthDocument | None) -> Answer:
        observed = f"{reply.elapsed_s:.3f} s"
        expected = f"at most {self.budget_s:.3f} s"
        said = f"{self.path} answered {reply.status} in {observed}, budget {self.budget_s:.3f} s"
        # Written so that NaN is late.
        if not reply.elapsed_s <= self.budget_s:
            return Failed(
                said,
                remedy="Find out what the health endpoint waits for, and take it off its path.",
                observed=observed,
                expected=expected,
                code="latency",
            )
        if document is not None and document.status is HealthStatus.WARN:
            return _warning(document, self.path)
        return Passed(said, observed=observed, expected=expected)


def _mismatch(reply: Reply, document: HealthDocument, path: str) -> Failed:
    parts = _parts(document, HealthStatus.FAIL)
    return Failed(
        f"{path} answered with status {reply.status}, and its document says {document.said}"
        + (f"; {parts}" if parts else ""),
        remedy="Make status code and document say the same: load balancers read the one, people"
        " the other.",
        observed=f"status {reply.status} with {document.said}",
        expected="a document that agrees with its status code",
        code="health_document_mismatch",
    )


def _invalid(document: HealthDocument, path: str) -> Failed:
    return Failed(
        f"the health document of {path} cannot be used: {document.fault}",
        remedy="Write the health document as its format wants it.",
        observed=document.fault,
        expected=f"a sound {document.format} document",
        code="health_document_invalid",
    )


def _failing(document: HealthDocument, path: str) -> Failed:
    parts = _parts(document, HealthStatus.FAIL)
    return Failed(
        f"{path} says {document.said}" + (f"; {parts}" if parts else ""),
        remedy="Mend the components that fail.",
        observed=document.said,
        expected="healthy",
        code="health_document_fail",
    )


def _warning(document: HealthDocument, path: str) -> Warned:
    parts = _parts(document, HealthStatus.WARN) or _parts(document, HealthStatus.FAIL)
    return Warned(
        f"{path} says {document.said}" + (f"; {parts}" if parts else ""),
        remedy="Mend the components that are not well.",
        observed=document.said,
        expected="healthy",
    )


def _parts(document: HealthDocument | None, status: HealthStatus) -> str:
    """Return which components have *status*, in one clause; empty if none has."""
    found = [each for each in document.components if each.status is status] if document else []
    if not found:
        return ""
    named = [f"{each.name} is {each.said}" for each in found[:_MOST_NAMED]]
    more = len(found) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def _address(came: Came) -> str:
    address = came.seen.address if isinstance(came, ProbeError) else came.address
    return address or "an address that was not dialled"


def _all(answers: list[tuple[str, Answer]]) -> Answer:
    """Return the worst: a known failure outweighs the unknown, and that a warning."""
    for kind in (Failed, Unknown, Warned):
        for address, answer in answers:
            if isinstance(answer, kind):
                return replace(answer, reason=f"at {address}: {answer.reason}")
    address, last = answers[-1]
    said = f"each of {len(answers)} addresses is healthy; at {address}: {last.reason}"
    return replace(last, reason=said)


def _any(answers: list[tuple[str, Answer]]) -> Answer:
    """Return the best, and what is wrong with the others."""
    good = [each for each in answers if isinstance(each[1], Passed | Warned)]
    bad = [each for each in answers if not isinstance(each[1], Passed | Warned)]
    if not good or not bad:
        return _all(answers)
    said = "; ".join(f"{address}: {answer.reason}" for address, answer in bad)
    return Warned(
        f"{len(good)} of {len(answers)} addresses are healthy, and not {said}",
        remedy="Take the addresses that are not healthy out of the DNS, or mend them.",
        observed=f"{len(good)} of {len(answers)} addresses",
        expected="every address, at least one",
    )
