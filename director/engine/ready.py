"""Make the checks of a plan, each with its options; a plugin's constructor is contained too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from director.engine.vet import spoken, words
from director.model.manifest import Target
from director.model.outcome import Missing
from director.model.plan import Plan, PlannedCheck
from director.model.value import dataclass
from director.ports import Check
from director.ports.outside import Make


@dataclass(frozen=True, slots=True)
class Order:
    """What to run.

    Attributes:
        plan: The checks that must answer.
        target: What they are asked about.
        checks: The checks that have to be asked, by id.
    """

    plan: Plan
    target: Target
    checks: Mapping[str, Check]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A check that does not accept its options.

    Attributes:
        planned: Which check, with the options it was given.
        problem: What it said.
    """

    planned: PlannedCheck
    problem: str


def make_ready(
    plan: Plan, target: Target, classes: Mapping[str, Make]
) -> tuple[Order, tuple[Refusal, ...]]:
    """Return *plan* ready to run, and the checks that refused their options.

    A ``ValueError`` is a check's word on an option. Anything else a constructor raises is a
    broken check, and a broken check is missing.
    """
    checks: dict[str, Check] = {}
    refusals: list[Refusal] = []
    broken: dict[str, Missing] = {}
    for check in plan.checks:
        if check.answer is None:
            try:
                checks[check.id] = classes[check.id](**dict(check.options))
            except ValueError as error:
                refusals.append(Refusal(check, words(error) or spoken(error)))
            except BaseException as error:  # noqa: BLE001  # as in attempt: contained, whatever it is
                problem = f"the check cannot be made: {spoken(error)}"
                broken[check.id] = Missing(problem, "not_ready")
    return Order(_without(broken, plan), target, checks), tuple(refusals)


def _without(broken: Mapping[str, Missing], plan: Plan) -> Plan:
    """Return *plan* with the answer of each *broken* check."""
    if not broken:
        return plan
    checks = (replace(c, answer=broken[c.id]) if c.id in broken else c for c in plan.checks)
    return replace(plan, checks=tuple(checks))
