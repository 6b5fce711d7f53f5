"""From one look at a running service to the next: what is held true, and what is worth telling.

Pure: no clock, no network, no log. One bad result changes nothing, it makes the next look come
sooner; some in a row do. Only evidence counts, in both directions.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from director.model.outcome import Outcome, Word, word
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
    Streaks,
)
from director.model.sampling import Level, Sample, Sampling, Seen, Unseen
from director.rules.flapping import changed_percent, flaps


def seen(outcome: Outcome) -> Seen:
    """Return what *outcome* is evidence of, or why it is none."""
    return _SEEN[word(outcome)]


_SEEN: dict[Word, Seen] = {
    Word.PASSED: Level.PASS,
    Word.WARNED: Level.WARN,
    Word.FAILED: Level.FAIL,
    Word.UNKNOWN: Unseen.UNKNOWN,
    Word.NOT_APPLICABLE: Unseen.SKIPPED,
    Word.ERRORED: Unseen.ERROR,
    Word.MISSING: Unseen.MISSED,
}


def step(state: State, sample: Sample, policy: Sampling) -> Step:
    """Return what *sample* makes of *state*, what is worth telling of it, and when to look again.

    The very first evidence is a baseline: a pass is held true at once and is no event, anything
    else has to be seen again like any change. A result worse than what is held true makes it
    worse after ``failures`` of them in a row, a better one makes it better after ``successes``,
    as far as all of them go: ``fail, warn, fail`` is a warning.

    What is no evidence adds to no streak. It ends one towards better, because a recovery has to
    be seen whole, and lets one towards worse stand, because it must not hide a failure. After
    ``blind_s`` without evidence what was well is held true no more.

    Args:
        state: What was known until now; ``State()`` before the first sample.
        sample: The next look. If its time is before that of the last, the clock was set back, and
            ages are counted from its time on.
        policy: How much evidence it takes.
    """
    aged = _aged(state, sample.at, policy)
    now = _with(aged, sample, policy)
    news = _news(aged, now, sample.at, policy)
    events = (
        *_of_sight(state, aged, now, sample.at),
        *_of_flapping(aged, now, sample.at, policy),
        *news,
    )
    return Step(_told(now, news), events, _next_in_s(now, sample.seen, policy))


def shown(state: State) -> Shown:
    """Return what people are shown of *state*.

    Nothing is shown as well whose last look was no evidence, even while it is still held true;
    what is bad is shown as bad until it is seen to be better.
    """
    if state.blind or not state.recent:
        return Shown.BAD if state.level is Level.FAIL else Shown.UNKNOWN
    last = state.recent[-1]
    if last is state.level:
        return _SHOWN[last]
    return Shown.SOFT_BAD if last.worse_than(state.level or Level.PASS) else Shown.SOFT_OK


_SHOWN = {Level.PASS: Shown.OK, Level.WARN: Shown.WARN, Level.FAIL: Shown.BAD}


def doubts(state: State) -> int:
    """Return how many results in a row speak against what is held true: the n of a soft state.

    Zero means that nothing does.
    """
    if not state.recent or state.recent[-1] is state.level:
        return 0
    streaks = state.streaks
    if state.recent[-1].worse_than(state.level or Level.PASS):
        return streaks.failed if state.level is Level.WARN else streaks.not_passed
    return streaks.not_failed if state.level is Level.FAIL else streaks.passed


def _aged(state: State, at: datetime, policy: Sampling) -> State:
    """Return *state* as it is at *at*, before the sample of that time says anything."""
    since = min(state.evidence_at or at, at)
    told_at = state.told_at and min(state.told_at, at)
    state = replace(state, evidence_at=since, told_at=told_at)
    if (at - since).total_seconds() <= policy.blind_s:
        return state
    level = Level.FAIL if state.level is Level.FAIL else None
    return replace(state, level=level, streaks=Streaks(), lost=True)


def _with(state: State, sample: Sample, policy: Sampling) -> State:
    """Return *state* with what *sample* says."""
    if isinstance(sample.seen, Unseen):
        streaks = replace(state.streaks, not_failed=0, passed=0)
        return replace(state, streaks=streaks, blind=state.blind + 1)
    streaks = _longer(state.streaks, sample.seen)
    level = _held(state.level, streaks, policy)
    if not state.recent and sample.seen is Level.PASS:
        level = Level.PASS
    now = replace(
        state,
        level=level,
        recent=(*state.recent, sample.seen)[-policy.flap_window - 1 :],
        streaks=streaks,
        blind=0,
        evidence_at=sample.at,
        lost=state.lost and level is None,
        # That all is well is no news to those who never heard otherwise.
        told=Level.PASS if state.told is None and level is Level.PASS else state.told,
    )
    return replace(now, flapping=flaps(now, policy))


def _longer(streaks: Streaks, level: Level) -> Streaks:
    return Streaks(
        failed=streaks.failed + 1 if level is Level.FAIL else 0,
        not_passed=streaks.not_passed + 1 if level is not Level.PASS else 0,
        not_failed=streaks.not_failed + 1 if level is not Level.FAIL else 0,
        passed=streaks.passed + 1 if level is Level.PASS else 0,
    )


def _held(level: Level | None, streaks: Streaks, policy: Sampling) -> Level | None:
    """Return what is held true after *streaks*, where it was *level*."""
    worse = _reached(policy.failures, streaks.failed, Level.FAIL, streaks.not_passed)
    if worse is not None and (level is None or worse.worse_than(level)):
        return worse
    better = _reached(policy.successes, streaks.passed, Level.PASS, streaks.not_failed)
    if better is not None and (level is None or level.worse_than(better)):
        return better
    return level


def _reached(needed: int, pure: int, level: Level, mixed: int) -> Level | None:
    """Return *level* if *pure* results are enough, a warning if only *mixed* ones are."""
    if pure >= needed:
        return level
    return Level.WARN if mixed >= needed else None


def _of_sight(before: State, aged: State, now: State, at: datetime) -> tuple[Event, ...]:
    events: list[Event] = []
    if aged.lost and not before.lost:
        since_at = aged.evidence_at or at
        events.append(SightLost(at=at, since_at=since_at, was=before.level))
    if aged.lost and not now.lost and now.level is not None:
        events.append(SightRegained(at, now.level))
    return tuple(events)


def _of_flapping(before: State, now: State, at: datetime, policy: Sampling) -> tuple[Event, ...]:
    if now.flapping is before.flapping:
        return ()
    kind = FlappingBegan if now.flapping else FlappingEnded
    return (kind(at, changed_percent(now.recent, policy.flap_window)),)


def _news(
    before: State, now: State, at: datetime, policy: Sampling
) -> tuple[Changed | Reminded, ...]:
    """Return what is to be told of the level, or recorded only; at most one event."""
    if now.level is None:
        return ()
    if now.flapping:
        if now.level is before.level:
            return ()
        return (Changed(at=at, was=before.level, now=now.level, muted=True),)
    if now.level is not now.told:
        return (Changed(at=at, was=now.told, now=now.level),)
    if now.level is Level.PASS or now.told_at is None:
        return ()
    due = (at - now.told_at).total_seconds() >= policy.reminder_s
    return (Reminded(at, now.level),) if due else ()


def _told(state: State, news: tuple[Changed | Reminded, ...]) -> State:
    """Return *state* with what of *news* was told."""
    match news:
        case (Changed(muted=False, now=level, at=at),):
            return replace(state, told=level, told_at=at)
        case (Reminded(at=at),):
            return replace(state, told_at=at)
        case _:
            return state


def _next_in_s(state: State, last: Seen, policy: Sampling) -> float:
    """Return when to look again, in seconds: soon on an edge, sooner than usual in doubt."""
    blinded = isinstance(last, Unseen) and last.tried and state.blind == 1
    if blinded or (shown(state) is Shown.SOFT_BAD and doubts(state) == 1):
        return min(policy.recheck_s, policy.interval_s)
    return policy.retry_s if doubts(state) else policy.interval_s
