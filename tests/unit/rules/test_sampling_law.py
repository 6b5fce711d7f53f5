"""rules.sampling against a second statement of it that looks at whole histories, and on a clock.

``Story`` knows nothing of states and streaks: for every sample it looks back over all that came
before. It is slow and shares nothing with the rule but the words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from director.model.sampled import Changed, Event, FlappingBegan, FlappingEnded, State, Step
from director.model.sampling import Level, Sample, Sampling, Seen, Unseen
from director.rules.sampling import doubts, shown, step
from director.testing import FakeClock

BADNESS = {None: -1, Level.PASS: 0, Level.WARN: 1, Level.FAIL: 2}


@dataclass
class Told:
    """What the second statement says of one sample.

    Attributes:
        level: What is held true; None for nothing.
        shown: The word that people are shown, and how often in a row it was doubted.
        flapping: Whether single changes are not told.
        events: A line for each event, in order.
        next_in_s: When to look again.
    """

    level: Level | None
    shown: tuple[str, int]
    flapping: bool
    events: list[str]
    next_in_s: float


class Story:
    """All samples of one service, looked back over again for each."""

    def __init__(self, samples: list[Sample], policy: Sampling) -> None:
        self.samples = samples
        self.policy = policy
        self.told: list[Told] = []
        self.cuts: list[bool] = []
        self.news: list[tuple[int, Level, bool]] = []  # where, which level, whether a change
        for place in range(len(samples)):
            self.told.append(self.tell(place))

    def tell(self, place: int) -> Told:
        """Say everything of the sample at *place*."""
        seen, before = self.samples[place].seen, self.told[-1] if self.told else None
        cut_since = self.blind_since(place)
        self.cuts.append(cut_since is not None)
        was_lost = self.lost_before(place)
        level = self.level(place)
        flapping = self.flapping(place)
        lines: list[str] = []
        held = before.level if before else None
        if self.cuts[place] and not was_lost:
            lines.append(f"lost sight since {cut_since}, was {held}")
        if (self.cuts[place] or was_lost) and isinstance(seen, Level) and level is not None:
            lines.append(f"sight of {level}")
        if flapping != (before.flapping if before else False):
            lines.append(f"{'begins' if flapping else 'ends'} at {float(self.percent(place))}")
        if self.cuts[place] and held is not Level.FAIL:
            held = None
        lines += self.line_of_level(place, held, level, muted=flapping)
        shown_ = self.shown(place, level)
        return Told(level, shown_, flapping, lines, self.pace(place, shown_))

    def blind_since(self, place: int) -> datetime | None:
        """Return since when there was no evidence, if that is for too long."""
        evidence = [n for n in range(place) if isinstance(self.samples[n].seen, Level)]
        first = evidence[-1] if evidence else 0
        since = min(sample.at for sample in self.samples[first : place + 1])
        age_s = (self.samples[place].at - since).total_seconds()
        return since if age_s > self.policy.blind_intervals * self.policy.interval_s else None

    def lost_before(self, place: int) -> bool:
        """Return whether sight was lost before *place*, and nothing was established since."""
        cuts = [n for n in range(place) if self.cuts[n]]
        return bool(cuts) and not any(
            isinstance(self.samples[n].seen, Level) and self.told[n].level is not None
            for n in range(cuts[-1], place)
        )

    def since_cut(self, place: int) -> list[Seen]:
        """Return what was seen since sight was lost last, or ever."""
        cuts = [n for n in range(place + 1) if self.cuts[n]]
        return [sample.seen for sample in self.samples[cuts[-1] if cuts else 0 : place + 1]]

    def worse(self, place: int, than: Callable[[Level], bool]) -> int:
        """Return for how many pieces of evidence in a row *than* holds, whatever lay between."""
        evidence = [seen for seen in self.since_cut(place) if isinstance(seen, Level)]
        return run(evidence, than)

    def better(self, place: int, than: Callable[[Level], bool]) -> int:
        """Return for how many samples in a row *than* holds, all of them evidence."""
        return run(self.since_cut(place), lambda seen: isinstance(seen, Level) and than(seen))

    def level(self, place: int) -> Level | None:
        """Return what is held true after *place*."""
        seen = self.samples[place].seen
        old = self.told[place - 1].level if place else None
        if self.cuts[place] and old is not Level.FAIL:
            old = None
        if not isinstance(seen, Level):
            return old
        if seen is Level.PASS and not self.evidence(place - 1):
            return Level.PASS
        # One limit at a time: may it be called failed, may it be called less than well?
        candidates = []
        for new in (Level.FAIL, Level.WARN):
            bad = self.worse(place, lambda one, new=new: BADNESS[one] >= BADNESS[new])  # type: ignore[misc]
            if bad >= self.policy.failures and (old is None or BADNESS[new] > BADNESS[old]):
                candidates.append(new)
        for new in (Level.PASS, Level.WARN):
            good = self.better(place, lambda one, new=new: BADNESS[one] <= BADNESS[new])  # type: ignore[misc]
            if good >= self.policy.successes and (old is None or BADNESS[new] < BADNESS[old]):
                candidates.append(new)
        return candidates[0] if candidates else old

    def evidence(self, place: int) -> list[Level]:
        """Return all evidence up to *place*."""
        return [s.seen for s in self.samples[: place + 1] if isinstance(s.seen, Level)]

    def percent(self, place: int) -> Fraction:
        """Return the share of changes, by the weights as they are written in the manual."""
        size = self.policy.flap_window
        evidence = self.evidence(place)
        weights = [Fraction(8, 10) + Fraction(4, 10) * n / size for n in range(size)]
        total = Fraction(0)
        for back in range(min(size, len(evidence) - 1)):
            if evidence[-1 - back] != evidence[-2 - back]:
                total += weights[-1 - back]
        return 100 * total / size

    def flapping(self, place: int) -> bool:
        """Return whether it flaps after *place*."""
        old = self.told[place - 1].flapping if place else False
        if not isinstance(self.samples[place].seen, Level):
            return old
        if len(self.evidence(place)) < self.policy.flap_results:
            return False
        bound = self.policy.flap_low_percent if old else self.policy.flap_high_percent
        return self.percent(place) > Fraction(str(bound))

    def line_of_level(
        self, place: int, held: Level | None, level: Level | None, *, muted: bool
    ) -> list[str]:
        """Return what is said of the level: at most one line."""
        if level is None:
            return []
        if muted:
            return [] if level is held else [f"muted {held} to {level}"]
        last = self.news[-1][1] if self.news else None
        if last is None and Level.PASS in (level, *(told.level for told in self.told)):
            last = Level.PASS  # Nobody was told, and nobody needed to be.
        if level is not last:
            self.news.append((place, level, True))
            return [f"{last} to {level}"]
        if level is Level.PASS:
            return []
        said_at = min(sample.at for sample in self.samples[self.news[-1][0] : place + 1])
        if (self.samples[place].at - said_at).total_seconds() < self.policy.reminder_s:
            return []
        self.news.append((place, level, False))
        return [f"still {level}"]

    def shown(self, place: int, level: Level | None) -> tuple[str, int]:
        """Return the word for people, and for how many results in a row there is doubt."""
        evidence = self.evidence(place)
        if not evidence:
            return "unknown", 0
        than = level or Level.PASS
        if BADNESS[evidence[-1]] > BADNESS[than]:
            word, doubt = "soft_bad", self.worse(place, lambda one: BADNESS[one] > BADNESS[than])
        elif level is None:
            word, doubt = "soft_ok", self.better(place, lambda one: one is Level.PASS)
        elif BADNESS[evidence[-1]] < BADNESS[than]:
            word, doubt = "soft_ok", self.better(place, lambda one: BADNESS[one] < BADNESS[than])
        else:
            word, doubt = {"pass": "ok", "warn": "warn", "fail": "bad"}[level], 0
        if not isinstance(self.samples[place].seen, Level):
            word = "bad" if level is Level.FAIL else "unknown"
        return word, doubt

    def pace(self, place: int, shown_: tuple[str, int]) -> float:
        """Return when to look again."""
        seen = self.samples[place].seen
        soon = min(self.policy.recheck_s, self.policy.interval_s)
        newly = place == 0 or isinstance(self.samples[place - 1].seen, Level)
        tried = seen.value not in ("missed", "skipped")
        edge = newly and tried
        if isinstance(seen, Level):
            edge = shown_ == ("soft_bad", 1)
        if edge:
            return soon
        if shown_[1]:
            return min(self.policy.interval_s / 4, self.policy.retry_most_s)
        return self.policy.interval_s


def run(items: list[Seen] | list[Level], holds: Callable[..., bool]) -> int:
    """Return for how many of *items*, from the last one back, it *holds*."""
    count = 0
    while count < len(items) and holds(items[-1 - count]):
        count += 1
    return count


def line(event: Event) -> str:
    """Return *event* as the second statement writes it."""
    match event:
        case Changed(was=was, now=now, muted=muted):
            return f"{'muted ' if muted else ''}{was} to {now}"
        case FlappingBegan(percent=percent):
            return f"begins at {percent}"
        case FlappingEnded(percent=percent):
            return f"ends at {percent}"
        case _:
            return LINES[type(event).__name__](event)


LINES: dict[str, Callable[..., str]] = {
    "Reminded": lambda event: f"still {event.level}",
    "SightLost": lambda event: f"lost sight since {event.since_at}, was {event.was}",
    "SightRegained": lambda event: f"sight of {event.level}",
}

GAPS_S = (1.0, 60.0, 60.0, 60.0, 90.0, 180.0, 181.0, 400.0)

SEEN = st.sampled_from([*Level, *Level, *Level, *Unseen])
"""More often evidence than not: a history of silence tells little."""


@st.composite
def runs(draw: st.DrawFn) -> list[Seen]:
    """Return what was seen, where the same is often seen for some time, or in turn."""
    seen: list[Seen] = []
    for _ in range(draw(st.integers(1, 8))):
        pattern = draw(st.lists(SEEN, min_size=1, max_size=3))
        seen += pattern * draw(st.integers(1, 8))
    return seen


@st.composite
def histories(draw: st.DrawFn) -> list[Sample]:
    """Return samples with gaps; now and then the clock is set back."""
    clock, back = FakeClock(), timedelta()
    samples = []
    for seen in draw(runs()):
        samples.append(Sample(seen, clock.now() - back))
        clock.advance(draw(st.sampled_from(GAPS_S)))
        if draw(st.integers(0, 60)) == 60:
            back += timedelta(seconds=draw(st.sampled_from([30.0, 200.0, 86_400.0])))
    return samples


POLICIES = st.builds(
    Sampling,
    failures=st.integers(1, 4),
    successes=st.integers(1, 4),
    reminder_s=st.sampled_from([300.0, 3600.0]),
    blind_intervals=st.sampled_from([1.0, 3.0, 100.0]),
    flap_window=st.sampled_from([5, 20]),
    flap_results=st.sampled_from([2, 6]),
    flap_low_percent=st.sampled_from([0.0, 20.0, 25.0]),
    flap_high_percent=st.sampled_from([25.0, 30.0, 60.0]),
) | st.just(Sampling())


def play(samples: list[Sample], policy: Sampling) -> list[Step]:
    """Return every step of *samples*."""
    made: list[Step] = []
    for sample in samples:
        made.append(step(made[-1].state if made else State(), sample, policy))
    return made


@given(samples=histories(), policy=POLICIES)
def test_both_statements_agree(samples: list[Sample], policy: Sampling) -> None:
    """For any history, what is held true, shown, told and waited is what looking back finds."""
    made = [
        Told(
            one.state.level,
            (str(shown(one.state)), doubts(one.state)),
            one.state.flapping,
            [line(event) for event in one.events],
            one.next_in_s,
        )
        for one in play(samples, policy)
    ]

    assert made == Story(samples, policy).told


@given(samples=histories(), policy=POLICIES)
def test_nothing_becomes_bad_without_its_failures(samples: list[Sample], policy: Sampling) -> None:
    """Whenever it begins to be held bad, the last pieces of evidence are failures."""
    before: Level | None = None
    for place, one in enumerate(play(samples, policy)):
        if one.state.level is Level.FAIL is not before:
            evidence = [s.seen for s in samples[: place + 1] if isinstance(s.seen, Level)]
            assert samples[place].seen is Level.FAIL
            assert evidence[-policy.failures :] == [Level.FAIL] * policy.failures
        before = one.state.level


@given(samples=histories(), policy=POLICIES)
def test_nothing_becomes_well_without_its_successes(
    samples: list[Sample], policy: Sampling
) -> None:
    """But for the very first evidence, all the last samples are passes when it is held so."""
    before: Level | None = None
    for place, one in enumerate(play(samples, policy)):
        if one.state.level is Level.PASS is not before:
            evidence = [s.seen for s in samples[: place + 1] if isinstance(s.seen, Level)]
            last = [s.seen for s in samples[: place + 1]][-policy.successes :]
            assert evidence == [Level.PASS] or last == [Level.PASS] * policy.successes
        before = one.state.level


@given(samples=histories(), policy=POLICIES)
def test_silence_establishes_nothing(samples: list[Sample], policy: Sampling) -> None:
    """A sample without evidence leaves the level, or takes it away; it is never shown as well."""
    state = State()
    for sample in samples:
        made = step(state, sample, policy).state
        if isinstance(sample.seen, Unseen):
            assert made.level in (state.level, None)
            assert made.level is Level.FAIL or state.level is not Level.FAIL
            assert shown(made) in ("unknown", "bad")
            assert made.recent == state.recent
            assert made.flapping == state.flapping
        state = made


@given(samples=histories(), policy=POLICIES)
def test_flapping_has_two_bounds(samples: list[Sample], policy: Sampling) -> None:
    """It begins over the high bound, ends at the low one, and in turn."""
    flapping = False
    for one in play(samples, policy):
        for event in one.events:
            if isinstance(event, FlappingBegan):
                assert not flapping
                assert event.percent > policy.flap_high_percent
                assert len(one.state.recent) >= policy.flap_results
                flapping = True
            elif isinstance(event, FlappingEnded):
                assert flapping
                assert event.percent <= policy.flap_low_percent
                flapping = False
        assert one.state.flapping is flapping
        assert len(one.state.recent) <= policy.flap_window + 1


@given(samples=histories(), policy=POLICIES)
def test_no_news_is_lost(samples: list[Sample], policy: Sampling) -> None:
    """Whoever hears what is told always knows what is held true, but while it flaps."""
    known: Level | None = None
    for one in play(samples, policy):
        for event in one.events:
            if isinstance(event, Changed) and not event.muted:
                assert event.was in (known, Level.PASS)
                assert event.was is known or known is None
                known = event.now
        if not one.state.flapping and one.state.level is not None:
            assert one.state.level is (known or Level.PASS)


def watched(down_s: tuple[float, float], policy: Sampling, until_s: float) -> list[Event]:
    """Return what is told of a service that is down for a while, looked at as the rule asks."""
    clock, state, told = FakeClock(), State(), list[Event]()
    while clock.monotonic() <= until_s:
        down = down_s[0] <= clock.monotonic() < down_s[1]
        made = step(state, Sample(Level.FAIL if down else Level.PASS, clock.now()), policy)
        told += made.events
        state = made.state
        clock.advance(made.next_in_s)
    return told


@given(start_s=st.floats(1.0, 600.0), long_s=st.floats(80.0, 1000.0))
def test_an_outage_is_told_soon(start_s: float, long_s: float) -> None:
    """An outage is told an interval, a re-check and a retry later at most; its end even sooner."""
    begin_at = FakeClock().now() + timedelta(seconds=start_s)
    told = watched((start_s, start_s + long_s), Sampling(), until_s=3000.0)

    assert [(e.was, e.now) for e in told if isinstance(e, Changed)] == [
        (Level.PASS, Level.FAIL),
        (Level.FAIL, Level.PASS),
    ]
    assert (told[0].at - begin_at).total_seconds() <= 60.0 + 2.0 + 15.0
    assert (told[1].at - begin_at).total_seconds() - long_s <= 60.0 + 15.0


@given(start_s=st.floats(1.0, 600.0), long_s=st.floats(0.0, 16.9))
def test_a_blip_is_not_told(start_s: float, long_s: float) -> None:
    """What is over before the third look is no news."""
    assert not watched((start_s, start_s + long_s), Sampling(), until_s=3000.0)
