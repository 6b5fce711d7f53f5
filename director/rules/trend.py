"""How decisions went: how steadily, and since when each gap stands. Pure.

Monitoring systems call a thing flapping if it changed too often in its last 21 results: those have
20 places at which it could change. Nagios and Icinga weigh later changes more and take percentages
with one threshold to begin and a lower one to end (https://icinga.com/docs/icinga-2/latest/doc/
08-advanced-topics/). Ours can be counted by hand: of the last 21 decisions, 6 or more differ from
the one before, which is Icinga's 30 % of 20. Where there are fewer decisions, it still takes 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from director.model.history import Summary
from director.model.record import CheckEntry, Record
from director.model.trend import Finding, Steadiness, Step, Stretch
from director.model.value import dataclass

WINDOW = 21
"""How many of the last decisions are looked at for flapping."""

FLAPS_FROM = 6
"""From how many changes among them on a target flaps."""

FURTHEST = 100
"""How many decisions are looked back at to tell since when a gap stands."""

_NO_GAPS = ("passed", "not_applicable")


def steadiness(latest: Sequence[Summary], *, whole: bool) -> Steadiness:
    """Return how often the decision on a target changed lately.

    What was decided counts, not what gates acted on: an override is a person's doing.

    Args:
        latest: Decisions on one target without a gap, the newest first, at least one. The first
            ``WINDOW`` tell whether it flaps, all of them since when it is what it is.
        whole: Whether there are no older ones.
    """
    window = latest[:WINDOW]
    changes = sum(newer.decision != older.decision for newer, older in pairwise(window))
    present = latest[0].decision
    row = next((n for n, each in enumerate(latest) if each.decision != present), len(latest))
    return Steadiness(
        decisions=len(window),
        changes=changes,
        flaps=changes >= FLAPS_FROM,
        since=latest[row - 1].evaluation,
        since_at=latest[row - 1].decided_at,
        in_a_row=row,
        begun=whole or row < len(latest),
    )


@dataclass(frozen=True, slots=True)
class Glance:
    """What of one decision tells since when gaps stand.

    Attributes:
        evaluation: Which decision.
        decided_at: When; RFC 3339, UTC.
        gaps: The checks that counted and had not passed.
    """

    evaluation: str
    decided_at: str
    gaps: frozenset[str]


def glance(record: Record) -> Glance:
    """Return what of *record* tells since when gaps stand."""
    return Glance(
        record.evaluation,
        record.decided_at,
        frozenset(check.id for check in record.checks if is_gap(check)),
    )


def is_gap(check: CheckEntry) -> bool:
    """Return whether *check* counted and had not passed."""
    return check.role != "shadow" and check.outcome not in _NO_GAPS


def standing(glances: Iterable[Glance]) -> frozenset[str]:
    """Return the gaps that stood in every one of *glances*: only those can be older still."""
    gaps = [each.gaps for each in glances]
    return frozenset.intersection(*gaps) if gaps else frozenset()


def findings(last: Record, glances: Sequence[Glance], *, whole: bool) -> tuple[Finding, ...]:
    """Return each gap of the *last* decision with since when it has stood, the newest first.

    A gap stands without a break while the check counts and does not pass, whichever word it says;
    a decision that did not plan the check breaks it.

    Args:
        last: The last decision.
        glances: The decisions, that one included, without a gap, the newest first.
        whole: Whether there are no older ones.
    """
    found = [_finding(check, glances, whole) for check in last.checks if is_gap(check)]
    return tuple(sorted(found, key=lambda one: (one.decisions, one.check)))


def _finding(check: CheckEntry, glances: Sequence[Glance], whole: bool) -> Finding:
    row = next((n for n, each in enumerate(glances) if check.id not in each.gaps), len(glances))
    first = glances[row - 1]
    return Finding(
        check=check.id,
        title=check.title,
        role=check.role,
        outcome=check.outcome,
        since=first.evaluation,
        since_at=first.decided_at,
        decisions=row,
        begun=whole or row < len(glances),
    )


def stretches(steps: Iterable[Step]) -> tuple[Stretch, ...]:
    """Return *steps* with those in a row as one that came to the very same.

    The same is: decision, override, score, pass rate, profile and version, and nothing else that
    was seen to change. What a stretch began with stands at its oldest step.
    """
    made: list[list[Step]] = []
    for step in steps:
        if made and _continues(made[-1][-1], step):
            made[-1].append(step)
        else:
            made.append([step])
    return tuple(Stretch(tuple(each)) for each in made)


def _continues(newer: Step, older: Step) -> bool:
    """Return whether nothing had changed from *older* to *newer*, as far as anybody looked."""
    return _come_to(newer) == _come_to(older) and not newer.changes and not newer.shifts


def _come_to(step: Step) -> tuple[str | float, ...]:
    one = step.summary
    figures = one.decision, one.effective, one.override, one.pass_rate, one.score
    return (*figures, one.profile, one.version)
