"""director.model.probe: the times of a probe add up, or there is no such value."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import pytest

from director.model.probe import Hop, Phases, Reply, Seen

Whole: TypeAlias = Callable[..., Reply | Seen]

FIRST = Hop(url="http://pay.test/", phases=Phases(connect_s=0.1, ttfb_s=0.2))
LAST = Hop(url="http://pay.test/home", phases=Phases(connect_s=0.3, transfer_s=0.4))


def reply(**given: object) -> Reply:
    """Return an answer."""
    return Reply(url="http://pay.test/home", status=200, **given)  # type: ignore[arg-type]


wholes = pytest.mark.parametrize("whole", [reply, Seen], ids=["Reply", "Seen"])


@wholes
@pytest.mark.parametrize("off_s", [0.0, 0.00009, -0.00009])
def test_hops_add_up(whole: Whole, off_s: float) -> None:
    """What the hops lasted is what the whole lasted, to a tenth of a millisecond."""
    phases = Phases(connect_s=0.4 + off_s, ttfb_s=0.2, transfer_s=0.4)

    made = whole(hops=(FIRST, LAST), phases=phases)

    assert made.phases.total_s == pytest.approx(1.0, abs=0.0001)


@wholes
@pytest.mark.parametrize("off_s", [0.00011, -0.00011, 1.0, math.nan, math.inf])
def test_hops_that_do_not_add_up(whole: Whole, off_s: float) -> None:
    """Time that is in no hop, or in two, is a fault of ours, and not a value."""
    phases = Phases(connect_s=0.4 + off_s, ttfb_s=0.2, transfer_s=0.4)

    with pytest.raises(ValueError, match=r"must last .* s together"):
        whole(hops=(FIRST, LAST), phases=phases)


@wholes
def test_nothing_to_add_up(whole: Whole) -> None:
    """A value without hops, as a test makes it, may last as long as it likes."""
    assert whole(phases=Phases(ttfb_s=3.0)).phases.total_s == 3.0
