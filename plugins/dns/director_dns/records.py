"""Does the name lead where it should?"""

from __future__ import annotations

from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    DnsAnswer,
    Effort,
    Failed,
    NotApplicable,
    Passed,
    Probe,
    Role,
    Target,
    Tighter,
    Unknown,
    dataclass,
    option,
)
from director_dns.naming import comparable, listed, name_of, record_type, unanswered

LONGEST_TTL_S = 2_147_483_647
"""The longest a record can ask to be remembered (RFC 2181 §8), so this asks for nothing."""


@dataclass(frozen=True, slots=True)
class Records:
    """Ask for the records of a name and compare them with what is expected.

    A resolver that remembers counts the time to live down, so with the system's a short one
    proves nothing; name an authoritative resolver to bound it from below.

    Attributes:
        name: Which name; empty for the host of the base URL.
        type: Which records: ``A AAAA CNAME MX TXT SRV``.
        expected: Values that must all be there, between commas; others may be there too.
        min_count: Least number of records.
        min_ttl_s: Shortest time that records may be remembered, in seconds.
        max_ttl_s: Longest time that records may be remembered, in seconds.
        resolver: Address of the name server to ask, as ``192.0.2.53``; empty for the system's.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="dns.records",
        title="The name resolves to the records it should",
        category="reliability",
        why="A name that leads nowhere, to one address too few or to the old ones is an outage"
        " that no dashboard of the service shows.",
        remedy="Correct the zone, and lower the time to live before the next change.",
        effort=Effort.LOW,
        role=Role.REQUIRED,
        reads=("base_url",),
    )

    name: str = ""
    type: str = "A"
    expected: str = ""
    min_count: int = option(1, tighter=Tighter.HIGHER)
    min_ttl_s: int = option(0, tighter=Tighter.HIGHER)
    max_ttl_s: int = option(LONGEST_TTL_S, tighter=Tighter.LOWER)
    resolver: str = ""

    def __post_init__(self) -> None:
        record_type(self.type)
        if self.min_count < 1:
            raise ValueError(f"min_count must be at least 1, got {self.min_count}")

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask once."""
        name = name_of(target, self.name)
        if isinstance(name, NotApplicable):
            return name
        answer = await probe.resolve(name, record_type(self.type), resolver=self.resolver)
        return unanswered(answer) or self._counted(answer) or self._aged(answer)

    def _counted(self, answer: DnsAnswer) -> Failed | None:
        """Return what of the values is wrong, or None."""
        asked, there = f"{answer.name} {answer.type}", answer.values
        shown = ", ".join(there) or "no record"
        if len(there) < self.min_count:
            return Failed(
                f"{asked} has {len(there)} records, wanted at least {self.min_count}: {shown}",
                observed=f"{len(there)} records",
                expected=f"at least {self.min_count} records",
                code="dns_too_few" if there else "dns_no_records",
            )
        known = {comparable(each, answer.type) for each in there}
        lacking = [v for v in listed(self.expected) if comparable(v, answer.type) not in known]
        if not lacking:
            return None
        return Failed(
            f"{asked} lacks {', '.join(lacking)}; it has {shown}",
            observed=shown,
            expected=self.expected,
            code="dns_wrong_records",
        )

    def _aged(self, answer: DnsAnswer) -> Answer:
        """Return whether the time to live is right, given that the values are."""
        ttls_s = [each.ttl_s for each in answer.records if each.type is answer.type]
        shortest_s, longest_s = min(ttls_s), max(ttls_s)
        shown = ", ".join(answer.values)
        said = f"{answer.name} {answer.type} is {shown}, to be remembered for {shortest_s} s"
        if longest_s != shortest_s:
            said = f"{said} to {longest_s} s"
        expected = f"{self.min_ttl_s} s to {self.max_ttl_s} s"
        if longest_s > self.max_ttl_s:
            return _wrong_ttl(said, f"{longest_s} s", expected)
        if shortest_s < self.min_ttl_s:
            if self.resolver:
                return _wrong_ttl(said, f"{shortest_s} s", expected)
            return Unknown(f"{said}, but the resolver may have remembered it already", "dns_ttl")
        return Passed(said, shown, self.expected or f"at least {self.min_count} records")


def _wrong_ttl(said: str, observed: str, expected: str) -> Failed:
    return Failed(
        f"{said}, wanted {expected}", observed=observed, expected=expected, code="dns_ttl"
    )
