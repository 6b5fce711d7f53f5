"""Does everybody hear the same about the name?"""

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
    ProbeError,
    Role,
    Target,
    Unknown,
    dataclass,
)
from director_dns.naming import comparable, listed, name_of, record_type, unanswered


@dataclass(frozen=True, slots=True)
class Consistent:
    """Ask several resolvers for the records of a name and compare what they say.

    Attributes:
        name: Which name; empty for the host of the base URL.
        type: Which records: ``A AAAA CNAME MX TXT SRV``.
        resolvers: Addresses of at least two name servers, between commas. There is no default:
            a name from the inside is not told to the outside unasked.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="dns.consistent",
        title="Resolvers agree about the name",
        category="reliability",
        why="Name servers that disagree send some users to a place that is gone, and nobody who"
        " asks the right one can see it.",
        remedy="Find out which zone or cache is behind, and bring it up to date.",
        effort=Effort.LOW,
        role=Role.ADVISORY,
        reads=("base_url",),
    )

    name: str = ""
    type: str = "A"
    resolvers: str = ""

    def __post_init__(self) -> None:
        record_type(self.type)

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask each resolver once, side by side."""
        import asyncio  # noqa: PLC0415  # on first use: whoever only lists checks has no loop

        name = name_of(target, self.name)
        if isinstance(name, NotApplicable):
            return name
        resolvers = listed(self.resolvers)
        if len(resolvers) < 2:
            return Unknown(
                f"{len(resolvers)} resolvers are named under checks.dns.consistent.resolvers, and"
                " it takes two to agree",
                "no_resolvers",
            )
        type_ = record_type(self.type)

        async def ask(resolver: str) -> DnsAnswer | ProbeError:
            try:
                return await probe.resolve(name, type_, resolver=resolver)
            except ProbeError as error:
                return error

        async with asyncio.TaskGroup() as group:
            tasks = {each: group.create_task(ask(each)) for each in resolvers}
        return _compared(f"{name} {type_}", {each: task.result() for each, task in tasks.items()})


def _compared(asked: str, came: dict[str, DnsAnswer | ProbeError]) -> Answer:
    answers = {each: answer for each, answer in came.items() if isinstance(answer, DnsAnswer)}
    shown = {each: _shown(answer) for each, answer in answers.items()}
    told = {each: said for each, said in shown.items() if answers[each].rcode in _CONCLUSIVE}
    said = "; ".join(f"{each} says {what}" for each, what in shown.items())
    if len(set(told.values())) > 1:
        return Failed(
            f"resolvers disagree about {asked}: {said}",
            observed=said,
            expected="the same from each",
            code="dns_disagree",
        )
    for resolver, each in came.items():
        if isinstance(each, ProbeError):
            return Unknown(f"{resolver} on {asked}: {each.detail}", each.reason.value)
        wrong = unanswered(each)
        if wrong is not None:
            return wrong
    what = next(iter(told.values()))
    if what == _NOTHING:
        return Failed(f"{said} on {asked}", "", _NOTHING, "records", "dns_no_records")
    return Passed(f"{len(told)} resolvers agree that {asked} is {what}", what, "the same from each")


_CONCLUSIVE = frozenset({"NOERROR", "NXDOMAIN"})
_NOTHING = "no record"


def _shown(answer: DnsAnswer) -> str:
    """Return what one resolver says, the same whatever the order."""
    if answer.rcode != "NOERROR":
        return answer.rcode
    values = sorted(comparable(each, answer.type) for each in answer.values)
    return ", ".join(values) or _NOTHING
