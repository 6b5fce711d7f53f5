"""Test cases of other systems on soft and hard states, flapping and agreement, against our rule.

``tests/vectors/probe.json`` holds the cases, ``probe_not_applicable.d/state.json`` names those
that nothing of ours corresponds to, with the reason. Where a case says that its system should not
be followed, what it recommends instead is expected.
"""

# ruff: noqa: ANN401  # a vector has any shape

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from director.model.sampled import Changed, FlappingBegan, Reminded, Shown, State, Step
from director.model.sampling import Level, Sample, Sampling, Seen, Unseen
from director.rules.flapping import changed_percent
from director.rules.quorum import quorum
from director.rules.sampling import shown, step

Reading = Callable[[Any, Any], Iterator[tuple[object, object]]]
"""Yields what we say, and what the vector says in our words, for its input and its outcome."""

FOLDER = Path(__file__).parents[2] / "vectors"
VECTORS = {
    each["id"]: each
    for each in json.loads((FOLDER / "probe.json").read_text("utf-8"))["vectors"]
    if each["area"].startswith("state.")
}
NOT_APPLICABLE = json.loads((FOLDER / "probe_not_applicable.d" / "state.json").read_text("utf-8"))

T0 = datetime(2026, 11, 22, 12, tzinfo=UTC)
P, W, F = Level.PASS, Level.WARN, Level.FAIL
SEEN: dict[str, Seen] = {
    "+": P, "ok": P, "up": P, "UP": P, "O": P,
    "W": W,
    "-": F, "fail": F, "critical": F, "down": F, "DOWN": F, "C": F,
    "unknown": F,  # Of a host, for which Icinga takes it as down.
    "error": Unseen.ERROR,
    "MAINTENANCE": Unseen.SKIPPED,
}  # fmt: skip

ICINGA_EXAMPLE = "CCCWCWOOOOWWWWOOOWWWC"
"""The results of the example in the manual of Icinga that one case goes on from."""


def play(words: Iterable[str], policy: Sampling, state: State | None = None) -> list[Step]:
    """Return every step of what *words* say was seen, a minute apart."""
    made: list[Step] = []
    state = state or State()
    for number, word in enumerate(words):
        at = (state.evidence_at or T0) + timedelta(minutes=number and 1)
        made.append(step(state, Sample(SEEN[word], at), policy))
        state = made[-1].state
    return made


def changes(steps: Iterable[Step]) -> list[Changed]:
    """Return every change that is told."""
    return [event for one in steps for event in one.events if isinstance(event, Changed)]


def is_bad(state: State) -> bool:
    """Return whether an alert would be active."""
    return state.level is F


UP_OR_DOWN = {P: "up", F: "down", None: "unknown"}


def word_of(state: State) -> str:
    """Return what is shown of *state*, where nothing soft is."""
    return "unknown" if shown(state) is Shown.UNKNOWN else UP_OR_DOWN[state.level]


def thresholds(given: Any, expect: Any) -> Iterator[tuple[object, object]]:
    """Read a row of results under thresholds; delivery is nothing that a state knows of."""
    policy = Sampling(
        failures=given.get("failure_threshold", 3), successes=given.get("success_threshold", 2)
    )
    words = ["+", "error"] if given["results"] == "+ then internal error" else given["results"]
    start = State(level=F, recent=(F,)) if given.get("initial") == "down" else State()
    made = play(words, policy, start)
    for key, wanted in expect.items():
        match key:
            case "alert_active_after":
                yield [int(is_bad(one.state)) for one in made], wanted
            case "consecutive_failures":
                yield [one.state.streaks.failed for one in made], wanted
            case "consecutive_successes":
                yield [one.state.streaks.passed for one in made], wanted
            case "notifications":
                yield ["triggered" if one.now is F else "" for one in changes(made)], wanted
            case "state_after":
                yield [word_of(one.state) for one in made], wanted
            case "keeps_running":
                yield made[-1].next_in_s <= policy.interval_s, wanted
            case _:
                yield key, "delivery"


def retry_now(given: Any, expect: Any) -> Iterator[tuple[object, object]]:
    """Read whether a result is looked at again at once: with us after the short wait."""
    policy = Sampling(failures=given["max_attempts"], successes=1)
    before = {"up": ["up"], "down": ["down"] * given["max_attempts"], "empty": []}
    words = [*before[given["previous"]], *[given["current"]] * given["attempt"]]
    last = play(words, policy)[-1]
    yield last.next_in_s == policy.recheck_s, expect["retry_now"]


def tries(given: Any, expect: Any) -> Iterator[tuple[object, object]]:
    """Read tries at once: the first level that is established is what is reported."""
    policy = Sampling(failures=given["retries"] + 1, successes=1)
    levels = [one.state.level for one in play(given["outcomes"], policy)]
    yield next(level for level in levels if level), expect["reported"]


def two_states(given: Any, expect: Any) -> Iterator[tuple[object, object]]:
    """Read a step from state to state; a pending one of theirs is a soft one of ours."""
    before = {
        "UP": ["UP"],
        "DOWN": ["DOWN", "DOWN"],
        "PENDING": ["UP", "DOWN"],
        "MAINTENANCE": ["MAINTENANCE"],
    }[given["previous"]]
    current = given["current"].replace("PENDING", "DOWN")
    straight = (given["previous"], given["current"]) == ("UP", "DOWN")
    policy = Sampling(failures=1 if straight else 2, successes=1)
    made = play([*before, current], policy)
    if given["current"] == "PENDING":
        yield shown(made[-1].state), Shown.SOFT_BAD
    yield bool(made[-1].events), expect["event"]
    yield bool(changes(made[-1:])), expect["notify"]


def attempts(given: Any, expect: Any) -> Iterator[tuple[object, object]]:
    """Read soft and hard states with their attempt, which is 1 in every hard one."""
    policy = Sampling(failures=given["max_attempts"], successes=1)
    made = play(given["results"], policy)
    softs = [shown(one.state) is Shown.SOFT_BAD for one in made]
    yield ["soft" if soft else "hard" for soft in softs], expect["state_type"]
    told = [changes([one]) for one in made]
    words = {F: "problem", P: "recovery"}
    yield [words[event[0].now] if event else None for event in told], expect["notify"]
    counts = [
        one.state.streaks.failed if soft else 1 for one, soft in zip(made, softs, strict=True)
    ]
    yield counts, expect.get("attempt", counts)


def end_of_flapping(given: Any, expect: Any) -> Iterator[tuple[object, object]]:
    """Read how the example of the manual goes on."""
    example = play(ICINGA_EXAMPLE, Sampling())[-1].state
    yield example.flapping, True
    last = play(given["results"], Sampling(), example)[-1].state
    percent = changed_percent(last.recent, 20)
    yield (percent, percent < expect["percent_below"]), (expect["percent"], True)
    yield last.flapping, expect["flapping"]


def begin_of_flapping(given: Any, expect: Any) -> Iterator[tuple[object, object]]:
    """Read results in turn after an initial one, where few results are enough to flap."""
    results = "OW" * given["count"]
    made = play("W" + results[: given["count"]], Sampling(flap_results=2))
    yield [one.state.flapping for one in made].index(True), expect["first_flapping_result"]
    told = [event for one in made for event in one.events if isinstance(event, FlappingBegan)]
    yield len(told), 1


def points(given: Any, expect: Any) -> Iterator[tuple[object, object]]:
    """Read counters, of which each difference is a result, and the last ones decide."""
    counters = zip(given["cumulative_total"], given["cumulative_success"], strict=True)
    results = [
        "+" if newer[0] - older[0] == newer[1] - older[1] else "-"
        for older, newer in pairwise(counters)
    ]
    made = play(results, Sampling(failures=given["failures"], successes=1))
    alerts = [event for event in changes(made) if event.now is F]
    yield bool(made) and is_bad(made[-1].state), expect["alert_active"]
    yield len(alerts), expect["alerts_sent"]
    window: list[Seen] = [SEEN[result] for result in results[-given["window"] :]]
    if window:
        yield quorum(window, given["failures"]) is F, expect["alert_active"]


def places(given: Any, expect: Any) -> Iterator[tuple[object, object]]:
    """Read how many of some places agree, where half of them are asked for."""
    count, agreeing = given["locations"], given["in_state"]
    votes: list[Seen] = [*[F] * agreeing, *[P] * (count - agreeing)]
    half = max(1, (count + 1) // 2)
    yield quorum(votes, half) is F, expect["overall_changes"]


def reminders(given: Any, expect: Any) -> Iterator[tuple[object, object]]:
    """Read the default of the interval; none is so short that every failure repeats the news."""
    made = play(given["results"], Sampling(failures=1))
    told = [event for one in made for event in one.events if isinstance(event, Changed | Reminded)]
    by_interval = dict(zip(given["repeat_interval_s"], expect["notifications"], strict=True))
    yield len(told), by_interval[int(Sampling().reminder_s)]
    yield refuses(reminder_s=0.0), True


def shortest_reminder(given: Any, expect: Any) -> Iterator[tuple[object, object]]:
    """Read an interval in minutes that is refused."""
    minutes = float(given["minimum_reminder_interval"].removesuffix("m"))
    yield refuses(reminder_s=60 * minutes), expect["config_error"]
    yield refuses(reminder_s=60 * (minutes + 1)), not expect["config_error"]


def refuses(**figures: float) -> bool:
    """Return whether there is no such policy."""
    fields: dict[str, Any] = dict(figures)
    try:
        Sampling(**fields)
    except ValueError:
        return True
    return False


READINGS: dict[str, Reading] = {
    **{f"state.threshold-{n:03}": thresholds for n in (1, 2, 3, 4, 5, 7)},
    **{f"state.threshold-{n:03}": retry_now for n in range(11, 16)},
    **{f"state.threshold-{n:03}": tries for n in (17, 18)},
    **{f"state.transition-{n:03}": two_states for n in (1, 2, 3, 5, 6, 7, 9)},
    **{f"state.soft_hard-{n:03}": attempts for n in (1, 2, 3)},
    "state.flapping-002": end_of_flapping,
    "state.flapping-003": begin_of_flapping,
    **{f"state.n_of_m-{n:03}": points for n in (2, 3)},
    **{f"state.quorum-{n:03}": places for n in (1, 2, 5, 6, 7)},
    "state.reminder-001": reminders,
    "state.reminder-002": shortest_reminder,
}


@pytest.mark.parametrize("name", READINGS)
def test_what_they_say_we_say(name: str) -> None:
    """A case of another system comes out with us as it says, or as it recommends instead."""
    vector = VECTORS[name]
    differs = vector["recommend"] == "differ"
    expect = vector["recommended_expect"] if differs else vector["expect"]

    pairs = list(READINGS[name](vector["given"], expect))

    assert len(pairs) >= 1
    assert [ours for ours, _ in pairs] == [theirs for _, theirs in pairs]


def test_every_case_is_read_or_named() -> None:
    """Each case on states is either run here or named with a reason why not, never both."""
    assert not READINGS.keys() & NOT_APPLICABLE.keys()
    assert READINGS.keys() | NOT_APPLICABLE.keys() == VECTORS.keys()
    assert all(len(reason) > 20 for reason in NOT_APPLICABLE.values())
