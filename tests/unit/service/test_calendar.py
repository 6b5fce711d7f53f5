"""service.calendar: every so often, cron, windows and maintenance, also where clocks are set."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from director.model.manifest import Hours, Maintenance, Schedule
from director.service.calendar import Calendar

BERLIN = ZoneInfo("Europe/Berlin")
ALL_DAYS = tuple(range(7))
WEEKDAYS = (0, 1, 2, 3, 4)


def at(text: str) -> float:
    """Return a moment, by Berlin's clock unless the text has an offset."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=BERLIN)).timestamp()


def dues(calendar: Calendar, after: str, count: int) -> list[str]:
    """Return the next dues by Berlin's clock."""
    found, moment = [], at(after)
    for _ in range(count):
        due = calendar.due_after(moment)
        assert due is not None
        assert due > moment
        moment = due
        found.append(datetime.fromtimestamp(due, BERLIN).strftime("%m-%d %H:%M"))
    return found


def cron(text: str, **more: object) -> Calendar:
    """Return the calendar of a cron expression in Berlin."""
    return Calendar("shop@prod", Schedule(cron=text, timezone="Europe/Berlin", **more))  # type: ignore[arg-type]


def test_cron_goes_by_its_zone() -> None:
    """Monday to Friday at eight, in Berlin."""
    assert dues(cron("0 8 * * MON-FRI"), "2026-03-06T07:59", 3) == [
        "03-06 08:00",
        "03-09 08:00",
        "03-10 08:00",
    ]


def test_the_hour_that_does_not_exist() -> None:
    """What is due in it is due when it is over; nothing is due twice."""
    assert dues(cron("30 2 * * *"), "2026-03-28T03:00", 3) == [
        "03-29 03:00",
        "03-30 02:30",
        "03-31 02:30",
    ]


def test_the_hour_that_comes_twice() -> None:
    """What is due once a day is due once; what is due every half an hour goes on."""
    assert dues(cron("30 2 * * *"), "2026-10-24T03:00", 2) == ["10-25 02:30", "10-26 02:30"]
    half = cron("*/30 * * * *")
    moment, steps = at("2026-10-25T01:30"), []
    for _ in range(6):
        due = half.due_after(moment)
        assert due is not None
        steps.append(due - moment)
        moment = due
    assert steps == [1800] * 6


def test_every_knows_no_clock() -> None:
    """Where clocks are set, nothing happens to the grid."""
    calendar = Calendar("shop@prod", Schedule(every_s=600, timezone="Europe/Berlin"))
    moment = at("2026-03-29T00:00")
    first = calendar.due_after(moment)
    assert first is not None
    for _ in range(30):
        due = calendar.due_after(moment)
        assert due is not None
        assert (due - first) % 600 == 0
        moment = due


def test_jitter_is_the_targets_own() -> None:
    """It is always the same for one target, within its bound, and different for others."""
    late = set()
    for name in ("a@p", "b@p", "c@p", "d@p"):
        schedule = Schedule(cron="0 8 * * *", timezone="Europe/Berlin", jitter_s=600)
        calendar = Calendar(name, schedule)
        first = calendar.due_after(at("2026-03-02T09:00"))
        assert first is not None
        second = calendar.due_after(first)
        assert second is not None
        assert second - first == pytest.approx(86_400)
        late.add(round(first - at("2026-03-03T08:00"), 3))
    assert len(late) == 4
    assert all(0 <= each < 600 for each in late)


@pytest.mark.parametrize(
    ("hours", "after", "expected"),
    [
        (Hours(WEEKDAYS, 480, 1080), "2026-03-06T17:59", "03-09 08:0"),
        (Hours(WEEKDAYS, 480, 1080), "2026-03-06T12:00", "03-06 12:0"),
        (Hours(ALL_DAYS, 1320, 360), "2026-03-06T12:00", "03-06 22:0"),
        (Hours(ALL_DAYS, 1320, 360), "2026-03-07T03:00", "03-07 03:0"),
        (Hours((6,), 1380, 120), "2026-03-09T00:30", "03-09 00:3"),
        (Hours((0,), 0, 1440), "2026-03-10T00:00", "03-16 00:0"),
        (Hours(ALL_DAYS, 150, 180), "2026-03-29T01:00", "03-29 03:3"),
    ],
)
def test_windows(hours: Hours, after: str, expected: str) -> None:
    """Outside of them nothing is due; over midnight, over the week, over the hour that is not."""
    schedule = Schedule(every_s=300, timezone="Europe/Berlin", windows=(hours,))
    found = dues(Calendar("shop@prod", schedule), after, 1)[0]

    if hours.from_min == 150:
        # Half past two does not exist on that day: the window is looked for on the next one.
        assert found.startswith(("03-29 03", "03-30 02:3"))
    else:
        assert found.startswith(expected)


def test_missed_dues_are_those_within_windows() -> None:
    """Nothing is missed at night."""
    schedule = Schedule(
        every_s=3600, timezone="Europe/Berlin", windows=(Hours(WEEKDAYS, 480, 1080),)
    )
    calendar = Calendar("shop@prod", schedule)

    assert calendar.missed(at("2026-03-06T18:00"), at("2026-03-09T08:00")) == 0
    assert calendar.missed(at("2026-03-09T08:00"), at("2026-03-09T18:00")) == 10
    assert Calendar("x", Schedule(every_s=60)).missed(0, 6000) == 100


def test_maintenance_once_and_again() -> None:
    """Its begin counts, its end does not."""
    schedule = Schedule(
        every_s=60,
        timezone="Europe/Berlin",
        maintenance=(
            Maintenance(
                "the ledger moves",
                datetime(2026, 3, 2, 22, tzinfo=UTC),
                datetime(2026, 3, 3, 2, tzinfo=UTC),
            ),
            Maintenance("backup", hours=Hours((6,), 120, 240)),
        ),
    )
    calendar = Calendar("shop@prod", schedule)

    assert calendar.maintenance(at("2026-03-02T21:59:59+00:00")) == ""
    assert calendar.maintenance(at("2026-03-02T22:00+00:00")) == "the ledger moves"
    assert calendar.maintenance(at("2026-03-03T02:00+00:00")) == ""
    assert calendar.maintenance(at("2026-03-08T02:00")) == "backup"
    assert calendar.maintenance(at("2026-03-08T03:59")) == "backup"
    assert calendar.maintenance(at("2026-03-08T04:00")) == ""
    assert calendar.maintenance(at("2026-03-09T02:00")) == ""


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Schedule(every_s=300), "every 5m"),
        (Schedule(every_s=90), "every 90s"),
        (Schedule(every_s=86_400), "every 1d"),
        (Schedule(cron="0 8 * * *"), "cron 0 8 * * * (UTC)"),
        (
            Schedule(every_s=60, timezone="Europe/Berlin", windows=(Hours((0,), 0, 60),)),
            "every 1m, only within its hours (Europe/Berlin)",
        ),
    ],
)
def test_words(schedule: Schedule, words: str) -> None:
    """A schedule as people read it."""
    assert Calendar("shop@prod", schedule).text == words


def test_windows_that_never_meet_cron() -> None:
    """Then nothing is ever due, and nobody waits for the answer."""
    schedule = Schedule(cron="0 12 * * *", windows=(Hours(ALL_DAYS, 0, 60),))

    assert Calendar("shop@prod", schedule).due_after(at("2026-03-02T00:00")) is None


def test_the_interval_of_cron() -> None:
    """From one due to the next."""
    assert cron("*/5 * * * *").interval_s(at("2026-03-02T00:00")) == 300
    assert cron("0 8 * * *").interval_s(at("2026-03-02T00:00")) == 86_400
