"""Make the checks of a plan, each with its options; a plugin's constructor is contained too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from director.engine.vet import spoken, words
from director.model.manifest import Target
from director.model.outcome import Missing
from director.model.plan import Plan, PlannedCheck
from director.ports import Check


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
    plan: Plan, target: Target, classes: Mapping[str, type[Check]]
) -> tuple[Order, tuple[Refusal, ...]]:
    """Return *plan* ready to run, and the checks that refused their options.

    A ``ValueError`` is a check's word on an option. Anything else a constructor raises is a
    broken check, and a broken check is missing.
    """
    checks: dict[str, Check] = {}
    refusals: list[Refusal] = []
    planned = []
    for check in plan.checks:
        broken = None
        if check.answer is None:
            try:
                checks[check.id] = classes[check.id](**dict(check.options))
            except ValueError as error:
                refusals.append(Refusal(check, words(error) or spoken(error)))
            except BaseException as error:  # noqa: BLE001  # as in attempt: contained, whatever it is
                broken = Missing(f"the check cannot be made: {spoken(error)}", "not_ready")
        planned.append(check if broken is None else replace(check, answer=broken))
    return Order(replace(plan, checks=tuple(planned)), target, checks), tuple(refusals)
