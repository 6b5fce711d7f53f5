"""web.matrix: what is looked at again, and when."""

from __future__ import annotations

import json
from dataclasses import replace

from director.model.service import Gate, GateCode, GateState, Watched
from director.web.matrix import Matrix
from director.web.sight import Sight

GATE = Gate(state=GateState.CLOSED, code=GateCode.NEVER_EVALUATED, text="never")


class Village:
    """Shows its targets, which takes as long as it says, and tells of what happens.

    Args:
        number: How many targets.
        cost_s: How long a look takes, in seconds.
    """

    def __init__(self, number: int, cost_s: float = 0.0) -> None:
        self.shown = [
            Watched(service=f"svc-{each:03}", environment="", gate=GATE) for each in range(number)
        ]
        self.cost_s = cost_s
        self.now_s = 100.0
        self.told = 0
        self.looks = 0
        sight = Sight(self, lambda: self.told, lambda: self.now_s)  # type: ignore[arg-type]
        self.matrix = Matrix(sight)

    def targets(self) -> tuple[Watched, ...]:
        """Return every target."""
        self.looks += 1
        self.now_s += self.cost_s
        return tuple(self.shown)

    def after(self, seconds: float) -> int:
        """Return how many looks there were when rows are asked for so much later."""
        self.now_s += seconds
        self.matrix.rows()
        return self.looks


def test_nothing_told_nothing_looked_at() -> None:
    """For a quarter of a second what was seen is shown; something told ends that at once."""
    village = Village(3)

    assert [village.after(s) for s in (0.0, 0.1, 0.149, 0.001)] == [1, 1, 1, 2]
    village.told += 1
    assert village.after(0.0) == 3


def test_looking_takes_a_tenth_of_the_time_at_most() -> None:
    """Where a look is dear, it is seldom, whatever is told."""
    village = Village(3, cost_s=0.1)
    village.matrix.rows()
    looks = []
    for _ in range(11):
        village.told += 1
        looks.append(village.after(0.1))

    assert looks == [1] * 9 + [2, 2]


def test_only_what_changed_is_written_again() -> None:
    """A row that shows the same is the same; answers are forgotten when any changes."""
    village = Village(3)
    before = village.matrix.rows()
    kept = village.matrix.keep(("a",), b"{}")
    village.after(1.0)
    assert village.matrix.kept(("a",)) is kept
    village.shown[1] = replace(village.shown[1], owner="ann")
    village.after(1.0)
    after = village.matrix.rows()

    assert [one is two for one, two in zip(before, after, strict=True)] == [True, False, True]
    assert json.loads(after[1].data)["owner"] == "ann"
    assert village.matrix.kept(("a",)) is None


def test_where_a_service_is() -> None:
    """Its environments, sorted; none of a service that is not watched."""
    village = Village(1)
    village.shown += [replace(village.shown[0], environment=name) for name in ("a", "b")]

    assert village.matrix.environments("svc-000") == ["", "a", "b"]
    assert village.matrix.environments("nobody") == []
