"""Whether a service changes too often to tell every change. Pure.

The later a change, the more it weighs: from 0.8 for the oldest place, rising by 0.4 over the
window. Begin and end are apart, so that flapping does not itself flap. The figures are Icinga's,
after Nagios (https://icinga.com/docs/icinga-2/latest/doc/08-advanced-topics/).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from director.model.sampled import State
from director.model.sampling import Level, Sampling


def changed_percent(recent: Sequence[Level], window: int) -> float:
    """Return how much of the window changed, the newer the more it weighs, in percent.

    Places that were not reached yet count as unchanged. Not even a change at every place comes to
    100, for a window of 20 it is 99.

    Args:
        recent: Results, the newest last, of which the last ``window + 1`` count.
        window: How many places at which results could change are looked at.

    >>> changed_percent([Level.PASS, Level.FAIL], 20)
    5.9
    """
    changes = [newer is not older for older, newer in pairwise(recent[-window - 1 :])]
    first = window - len(changes)
    # A place weighs 0.8 + 0.4 * place / window; whole numbers until the end, for an exact bound.
    weight = sum(2 * window + place for place, changed in enumerate(changes, first) if changed)
    return 40 * weight / window**2


def flaps(state: State, policy: Sampling) -> bool:
    """Return whether the service of *state* flaps now, by its last results and by whether it did.

    With too few results it does not.
    """
    if len(state.recent) < policy.flap_results:
        return False
    bound = policy.flap_low_percent if state.flapping else policy.flap_high_percent
    return changed_percent(state.recent, policy.flap_window) > bound
