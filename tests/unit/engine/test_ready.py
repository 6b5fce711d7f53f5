"""engine.ready: from a plan to checks that can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from director.engine.ready import Refusal, make_ready
from director.model.check import CheckSpec
from director.model.manifest import Manifest
from director.model.outcome import Missing, NotApplicable, Passed
from director.model.plan import Plan
from director.ports import Check
from director.testing import target

if TYPE_CHECKING:
    from tests.unit.engine.conftest import Stage

SPEC = CheckSpec(id="fake.a", title="t", category="c", why="w", remedy="r")


class MuteError(ValueError):
    """Will not say what it is."""

    def __str__(self) -> str:
        raise SystemExit(0)


class MuteBaseError(BaseException):
    """The same, of another family."""

    def __str__(self) -> str:
        raise SystemExit(0)


@dataclass(frozen=True)
class Optioned:
    """A check with options, of which some are refused."""

    spec: ClassVar[CheckSpec] = SPEC
    path: str = "/"
    budget_s: float = 1.0

    def __post_init__(self) -> None:
        if self.budget_s <= 0:
            raise ValueError(f"budget_s must be over 0,\ngot {self.budget_s}")

    def judge(self, _: Manifest) -> Passed:
        """Answer."""
        return Passed("ok")


def broken(error: BaseException) -> type[Check]:
    """Return a check that cannot be made."""

    @dataclass(frozen=True)
    class Broken:
        spec: ClassVar[CheckSpec] = SPEC

        def __post_init__(self) -> None:
            raise error

        def judge(self, _: Manifest) -> Passed:
            return Passed("ok")

    return Broken


def ready(stage: Stage, kind: type[Check], **options: Any) -> Any:  # noqa: ANN401  # an order
    """Return the order and the refusals for one check of *kind*."""
    plan = Plan((stage.planned("fake.a", **options),), "team-x")
    return make_ready(plan, target(), {"fake.a": kind})


def test_options_arrive(stage: Stage) -> None:
    """A check is made with the options of the plan."""
    order, refusals = ready(stage, Optioned, path="/healthz", budget_s=0.5)

    assert order.checks == {"fake.a": Optioned(path="/healthz", budget_s=0.5)}
    assert refusals == ()
    assert order.target == target()
    assert order.plan.owner == "team-x"
    assert order.plan.checks[0].answer is None


def test_a_value_error_is_a_word_on_an_option(stage: Stage) -> None:
    """A check that refuses its options says so in one line, and the others are made."""
    plan = Plan((stage.planned("fake.a", budget_s=-1.0), stage.planned("fake.b")))

    order, refusals = make_ready(plan, target(), {"fake.a": Optioned, "fake.b": Optioned})

    assert refusals == (Refusal(plan.checks[0], "budget_s must be over 0, got -1.0"),)
    assert list(order.checks) == ["fake.b"]


@pytest.mark.parametrize(
    ("error", "problem"),
    [(ValueError(), "ValueError"), (MuteError(), "(it cannot be printed)")],
    ids=["wordless", "unprintable"],
)
def test_a_refusal_always_says_something(stage: Stage, error: ValueError, problem: str) -> None:
    """A refusal without words still names what was raised."""
    _, refusals = ready(stage, broken(error))

    assert [refusal.problem for refusal in refusals] == [problem]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TypeError("no\x1b"), "TypeError: no\ufffd"),
        (SystemExit(0), "SystemExit: 0"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (MuteBaseError(), "MuteBaseError: (it cannot be printed)"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_a_broken_check_is_missing(stage: Stage, error: BaseException, text: str) -> None:
    """Anything else that a constructor raises makes its check missing."""
    order, refusals = ready(stage, broken(error))

    (planned,) = order.plan.checks
    assert planned.answer == Missing(f"the check cannot be made: {text}", "not_ready")
    assert (order.checks, refusals) == ({}, ())


def test_an_unknown_option_makes_it_missing(stage: Stage) -> None:
    """A check that does not take an option of the plan is missing, not asked without it."""
    order, _ = ready(stage, Optioned, colour="red")

    answer = order.plan.checks[0].answer
    assert isinstance(answer, Missing)
    assert "colour" in answer.reason


def test_a_class_that_is_not_there_is_missing(stage: Stage) -> None:
    """A planned check without a class is missing."""
    order, _ = make_ready(Plan((stage.planned("fake.a"),)), target(), {})

    assert isinstance(order.plan.checks[0].answer, Missing)


def test_a_certain_answer_needs_no_check(stage: Stage) -> None:
    """A check whose answer is certain is not even made."""
    answer = NotApplicable("stateless")
    plan = Plan((stage.planned("fake.a", answer=answer),))

    order, refusals = make_ready(plan, target(), {"fake.a": broken(ValueError("no"))})

    assert (order.plan, order.checks, refusals) == (plan, {}, ())
