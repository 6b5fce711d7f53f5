"""rules.sampling: each sentence of the rule, by samples written as a row of signs."""

# ruff: noqa: ANN401  # keyword arguments stand for fields of many types

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from director.model.outcome import (
    Errored,
    Failed,
    Missing,
    NotApplicable,
    Outcome,
    Passed,
    Unknown,
    Warned,
)
from director.model.sampled import (
    Changed,
    Event,
    FlappingBegan,
    FlappingEnded,
    Reminded,
    Shown,
    SightLost,
    SightRegained,
    State,
    Step,
)
from director.model.sampling import Level, Sample, Sampling, Seen, Unseen
from director.rules.sampling import doubts, seen, shown, step

T0 = datetime(2026, 11, 22, 12, tzinfo=UTC)
P, W, F = Level.PASS, Level.WARN, Level.FAIL
SIGNS: dict[str, Seen] = {
    "+": P,
    "~": W,
    "-": F,
    "?": Unseen.UNKNOWN,
    "e": Unseen.ERROR,
    "s": Unseen.SUSPECT,
    "m": Unseen.MISSED,
    "k": Unseen.SKIPPED,
}


def after(seconds: float) -> datetime:
    """Return the moment so many seconds after the first sample."""
    return T0 + timedelta(seconds=seconds)


def steps(signs: str, every_s: float = 60.0, **policy: Any) -> list[Step]:
    """Return every step of samples that come regularly, one sign each."""
    return play([(n * every_s, sign) for n, sign in enumerate(signs)], **policy)


def play(looks: Iterable[tuple[float, str]], **policy: Any) -> list[Step]:
    """Return every step of samples at seconds after the first."""
    made: list[Step] = []
    for at_s, sign in looks:
        before = made[-1].state if made else State()
        made.append(step(before, Sample(SIGNS[sign], after(at_s)), Sampling(**policy)))
    return made


def levels(signs: str, **policy: Any) -> list[Level | None]:
    """Return what is held true after each sample."""
    return [one.state.level for one in steps(signs, **policy)]


def events(made: Iterable[Step]) -> list[Event]:
    """Return every event in order."""
    return [event for one in made for event in one.events]


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ("+", [P]),
        ("---", [None, None, F]),
        ("--++", [None, None, None, P]),
        ("-+", [None, None]),
        ("-+-+", [None, None, None, None]),
        ("~~", [None, W]),
        ("~+", [None, W]),
        ("~-~", [None, None, W]),
        ("~--", [None, None, W]),
        ("~---", [None, None, W, F]),
        ("+--+", [P, P, P, P]),
        ("+---", [P, P, P, F]),
        ("+~~~", [P, P, P, W]),
        ("+-~-", [P, P, P, W]),
        ("+~---", [P, P, P, W, F]),
        ("----+-++", [None, None, F, F, F, F, F, P]),
        ("---~~", [None, None, F, F, W]),
        ("---+~", [None, None, F, F, W]),
        ("---+~++", [None, None, F, F, W, W, P]),
        ("~~++", [None, W, W, P]),
        ("~~--+---", [None, W, W, W, W, W, W, F]),
        ("~~~~+~+", [None, W, W, W, W, W, W]),
    ],
)
def test_a_change_takes_some_results_in_a_row(signs: str, expected: list[Level | None]) -> None:
    """Three in a row make it worse, two better, as far as all of them go."""
    assert levels(signs) == expected


def test_thresholds_are_the_policys() -> None:
    """One failure is enough where the policy says so, and so is one success."""
    assert levels("+-+", failures=1, successes=1) == [P, F, P]
    assert levels("+----+++", failures=4, successes=3) == [P, P, P, P, F, F, F, P]


@pytest.mark.parametrize("unseen", "?esmk")
def test_what_is_no_evidence_adds_to_nothing(unseen: str) -> None:
    """Nothing but evidence makes a service bad or well, and it keeps no recovery together."""
    assert levels(unseen * 4) == [None] * 4
    assert levels(f"+{unseen * 3}") == [P] * 4
    assert levels(f"---{unseen * 3}") == [None, None, F, F, F, F]
    assert levels(f"+--{unseen}-") == [P, P, P, P, F]
    assert levels(f"---+{unseen}+") == [None, None, F, F, F, F]
    assert levels(f"---~{unseen}~") == [None, None, F, F, F, F]
    assert levels(f"---+{unseen}++") == [None, None, F, F, F, F, P]


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ("", (Shown.UNKNOWN, 0)),
        ("?", (Shown.UNKNOWN, 0)),
        ("+", (Shown.OK, 0)),
        ("-", (Shown.SOFT_BAD, 1)),
        ("~", (Shown.SOFT_BAD, 1)),
        ("-~", (Shown.SOFT_BAD, 2)),
        ("---", (Shown.BAD, 0)),
        ("----", (Shown.BAD, 0)),
        ("-+", (Shown.SOFT_OK, 1)),
        ("+-", (Shown.SOFT_BAD, 1)),
        ("+-~", (Shown.SOFT_BAD, 2)),
        ("+-?", (Shown.UNKNOWN, 1)),
        ("+-?-", (Shown.SOFT_BAD, 2)),
        ("+?", (Shown.UNKNOWN, 0)),
        ("---?", (Shown.BAD, 0)),
        ("---+", (Shown.SOFT_OK, 1)),
        ("---~", (Shown.SOFT_OK, 1)),
        ("---+?", (Shown.BAD, 0)),
        ("+~~~", (Shown.WARN, 0)),
        ("+~~~-", (Shown.SOFT_BAD, 1)),
        ("+~~~+", (Shown.SOFT_OK, 1)),
        ("+~~~?", (Shown.UNKNOWN, 0)),
    ],
)
def test_what_people_are_shown(signs: str, expected: tuple[Shown, int]) -> None:
    """A soft state carries its count; after a look without evidence nothing is shown as well."""
    state = steps(signs)[-1].state if signs else State()

    assert (shown(state), doubts(state)) == expected


def test_the_first_pass_is_no_event() -> None:
    """That a service is well is no news to those who never heard otherwise."""
    assert not events(steps("++"))
    assert not events(steps("-++"))


def test_what_is_told() -> None:
    """A change is told when it is established, with what was told before it."""
    told = events(steps("+----++"))

    assert told == [
        Changed(at=after(180), was=P, now=F),
        Changed(at=after(360), was=F, now=P),
    ]


def test_what_was_never_well_is_told_too() -> None:
    """A service that is bad from the first look on is told of with nothing before it."""
    assert events(steps("---")) == [Changed(at=after(120), was=None, now=F)]


def test_every_level_is_told() -> None:
    """A warning is news on the way down and on the way up."""
    told = [event for event in events(steps("+~~~---~~++")) if isinstance(event, Changed)]

    assert [(event.was, event.now) for event in told] == [(P, W), (W, F), (F, W), (W, P)]


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ("+", 60.0),
        ("-", 2.0),
        ("~", 2.0),
        ("--", 15.0),
        ("---", 60.0),
        ("----", 60.0),
        ("+-", 2.0),
        ("+~", 2.0),
        ("+~-", 15.0),
        ("+-+", 60.0),
        ("---+", 15.0),
        ("---+-", 60.0),
        ("---++", 60.0),
        ("+~~~-", 2.0),
        ("+~~~+", 15.0),
        ("-+", 15.0),
        ("?", 2.0),
        ("??", 60.0),
        ("+?", 2.0),
        ("+e", 2.0),
        ("+s", 2.0),
        ("+m", 60.0),
        ("+k", 60.0),
        ("+ee", 60.0),
        ("+-?", 2.0),
        ("+-??", 15.0),
        ("+-m", 15.0),
        ("+-?-", 15.0),
        ("---+?", 2.0),
        ("---+m", 60.0),
    ],
)
def test_the_pace(signs: str, expected: float) -> None:
    """On an edge to the worse it is looked again soon, once; in doubt, sooner than usual."""
    assert steps(signs)[-1].next_in_s == expected


def test_no_recheck_is_later_than_the_interval() -> None:
    """A short interval is not stretched on an edge, whichever edge it is."""
    assert steps("+-", every_s=1.0, interval_s=1.0)[-1].next_in_s == 1.0
    assert steps("+?", every_s=1.0, interval_s=1.0)[-1].next_in_s == 1.0


@pytest.mark.parametrize(
    ("at_s", "level"), [(179.0, P), (180.0, P), (180.001, None)], ids=["under", "exactly", "over"]
)
def test_what_was_well_is_not_held_true_for_ever(at_s: float, level: Level | None) -> None:
    """Without evidence for more than three intervals nothing is held to be well."""
    made = play([(0, "+"), (60, "e"), (120, "e"), (at_s, "e")])

    assert made[-1].state.level is level
    assert made[-1].state.lost is (level is None)


def test_the_loss_of_sight_is_told_once() -> None:
    """When nobody can see for too long it is told, with since when and what was held true."""
    made = steps("+???????")

    assert events(made) == [SightLost(at=after(240), since_at=T0, was=P)]
    assert made[-1].next_in_s == 60.0


def test_whoever_never_saw_says_so() -> None:
    """Where there never was evidence, the time counts from the first sample."""
    assert events(steps("?????")) == [SightLost(at=after(240), since_at=T0, was=None)]


def test_sight_is_regained_by_enough_evidence() -> None:
    """After nobody could see, being well takes as many results as after being bad."""
    made = steps("+????" + "+?++")

    assert [one.state.level for one in made[5:]] == [None, None, None, P]
    assert events(made[5:]) == [SightRegained(after(480), P)]
    assert not made[-1].state.lost


def test_what_is_found_after_blindness_is_told() -> None:
    """A service that went down while nobody could see is told of as going down."""
    made = steps("+????" + "---")

    assert events(made[5:]) == [
        SightRegained(after(420), F),
        Changed(at=after(420), was=P, now=F),
    ]


def test_blindness_ends_every_streak() -> None:
    """Failures from before are too old to be in a row with those after."""
    assert levels("+--????--")[-1] is None
    assert levels("+--????---")[-1] is F


def test_what_is_bad_stays_bad_in_the_dark() -> None:
    """No silence, however long, makes a failure milder; the first evidence ends the blindness."""
    made = steps("---?????+")

    assert {one.state.level for one in made[2:]} == {F}
    assert shown(made[-2].state) is Shown.BAD
    assert events(made[3:]) == [
        SightLost(at=after(360), since_at=after(120), was=F),
        SightRegained(after(480), F),
    ]


def test_a_gap_without_samples_is_blindness_too() -> None:
    """Where nobody even tried, the next result finds nothing held true either."""
    made = play([(0, "+"), (181, "+"), (200, "+")])

    assert [one.state.level for one in made] == [P, None, P]
    assert events(made) == [
        SightLost(at=after(181), since_at=T0, was=P),
        SightRegained(after(200), P),
    ]


def test_one_result_can_end_the_blindness_it_finds() -> None:
    """Where one result is enough, it is told both that sight was lost and that it is back."""
    made = play([(0, "+"), (181, "+")], successes=1)

    assert events(made) == [
        SightLost(at=after(181), since_at=T0, was=P),
        SightRegained(after(181), P),
    ]


def test_a_clock_that_is_set_back_does_not_lengthen_trust() -> None:
    """Ages are counted from the earlier time, so that trust ends after the same wait at most."""
    made = play([(10_000, "+"), (0, "?"), (100, "?"), (180, "?"), (181, "?")])

    assert [one.state.level for one in made] == [P, P, P, P, None]
    assert events(made) == [SightLost(at=after(181), since_at=T0, was=P)]


@pytest.mark.parametrize(("at_s", "count"), [(3719.9, 0), (3720, 1), (3721, 1)])
def test_reminders_come_after_an_hour(at_s: float, count: int) -> None:
    """It is said again that something is not well, an hour after it was told."""
    made = play([(0, "-"), (60, "-"), (120, "-"), (at_s, "-")])

    assert events(made[3:4]).count(Reminded(after(at_s), F)) == count


def test_reminders_repeat() -> None:
    """The next reminder counts from the last one."""
    signs = "~" * 13
    made = steps(signs, every_s=120.0, failures=2, reminder_s=360.0)

    told = [event for event in events(made) if isinstance(event, Reminded)]
    assert told == [Reminded(after(120 + 360 * n), W) for n in (1, 2, 3)]


def test_nobody_is_reminded_that_all_is_well() -> None:
    """After a recovery there is nothing to be reminded of."""
    assert not events(steps("---++" + "+" * 100))[2:]


def test_reminders_keep_to_a_clock_that_is_set_back() -> None:
    """After the clock was set back by a day the next reminder is an hour away, not a day."""
    looks = [(n * 60.0, "-") for n in range(3)] + [(-86_400 + n * 60.0, "-") for n in range(61)]

    told = [event for event in events(play(looks)) if isinstance(event, Reminded)]
    assert told == [Reminded(after(-86_400 + 3600), F)]


FLAPPY = "+" * 15 + "---++" + "---++"
"""Well for long, then bad for three results, twice."""


def test_flapping_is_told_and_single_changes_are_not() -> None:
    """From its beginning on changes are recorded muted; at its end the outcome is told."""
    policy: dict[str, Any] = {"failures": 2, "flap_low_percent": 10.0, "flap_high_percent": 25.0}
    made = steps(FLAPPY + "--++" + "-" * 20, **policy)
    told = events(made)
    began = next(n for n, event in enumerate(told) if isinstance(event, FlappingBegan))
    ended = next(n for n, event in enumerate(told) if isinstance(event, FlappingEnded))

    before = [event for event in told[:began] if isinstance(event, Changed)]
    muted = [event for event in told[began:ended] if isinstance(event, Changed)]
    assert not any(event.muted for event in before)
    assert [(event.was, event.now, event.muted) for event in muted] == [
        (P, F, True),
        (F, P, True),
        (P, F, True),
    ]
    assert all(event in made[(event.at - T0) // timedelta(minutes=1)].events for event in muted)
    last = told[ended]
    assert isinstance(last, FlappingEnded)
    assert told[ended + 1] == Changed(at=last.at, was=P, now=F)
    assert not made[-1].state.flapping


def test_flapping_says_how_much() -> None:
    """Its beginning and its end carry the share of changes that crossed the bound."""
    made = steps("+-" * 12 + "-" * 30)
    told = [e for e in events(made) if isinstance(e, FlappingBegan | FlappingEnded)]

    assert told == [FlappingBegan(after(19 * 60), 95.0), FlappingEnded(after(38 * 60), 21.0)]


def test_a_level_that_came_back_is_not_told_after_flapping() -> None:
    """Where flapping ends at the level that was told last, nothing more is said of it."""
    made = steps("+-" * 12 + "+" * 30)

    assert [type(event) for event in events(made)] == [FlappingBegan, FlappingEnded]


def test_no_reminders_while_flapping() -> None:
    """Whoever was told that it flaps is not reminded of the single level."""
    made = steps("---" + "-+" * 40, every_s=120.0, reminder_s=300.0)
    flapping = [one for one in made if one.state.flapping]

    assert len(flapping) > 20
    assert not [event for event in events(flapping[1:]) if isinstance(event, Reminded)]


def test_silence_does_not_end_flapping() -> None:
    """Only evidence enters the window."""
    made = steps("+-" * 12 + "?" * 30)

    assert made[-1].state.flapping
    assert len(made[-1].state.recent) == 21


def test_a_step_changes_nothing_but_its_answer() -> None:
    """The state that was given is as it was: the same step can be made again."""
    before = steps("+-")[-1].state
    sample = Sample(F, after(120))

    assert step(before, sample, Sampling()) == step(before, sample, Sampling())


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Passed("yes"), P),
        (Warned("barely"), W),
        (Failed("no"), F),
        (Unknown("could not tell"), Unseen.UNKNOWN),
        (NotApplicable("stateless"), Unseen.SKIPPED),
        (Errored("broke", "exception"), Unseen.ERROR),
        (Missing("no answer"), Unseen.MISSED),
    ],
)
def test_only_what_was_examined_is_evidence(outcome: Outcome, expected: Seen) -> None:
    """Passed, warned and failed are evidence; every other outcome says something about us."""
    assert seen(outcome) is expected
