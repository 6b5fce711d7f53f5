"""The history of targets as one page, under the policy of the report: no script, no request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import jinja2

from director.formats.headline import State, percent
from director.formats.history_text import (
    said_finding,
    said_override,
    said_row,
    said_steadiness,
    said_step,
)
from director.formats.html import style_digest, templates
from director.model.decision import Verdict
from director.model.record import ThresholdsEntry
from director.model.trend import Step, Trend
from director.model.value import dataclass
from director.rules.trend import stretches

_PAGE = Path(__file__).with_name("page")

HEIGHT = 180
"""How high the drawing is, in pixels; its width is that of the page."""

_TOP, _BOTTOM = 12, 170
"""Where 100 % and 0 % lie in it."""


@dataclass(frozen=True, slots=True)
class Point:
    """One decision in the drawing.

    Attributes:
        x: Where it stands, as a percentage of the width.
        y: Where it stands, in pixels from the top.
        word: What was decided.
    """

    x: str
    y: str
    word: str


@dataclass(frozen=True, slots=True)
class Line:
    """A level that some decisions in a row were held against.

    Attributes:
        start: Where it begins, as a percentage of the width.
        end: Where it ends.
        y: How high it lies, in pixels from the top.
        label: What it is; empty where it goes on as before after a gap.
        late: Whether it begins in the second half, where there is more room before its end.
    """

    start: str
    end: str
    y: str
    label: str
    late: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that is drawn of one history, the oldest at the left.

    Attributes:
        points: The decisions.
        lines: The thresholds.
        size: How large a decision is drawn, in pixels.
        label: The same in words.
    """

    points: tuple[Point, ...]
    lines: tuple[Line, ...]
    size: int
    label: str


def history_html(trends: Sequence[Trend], stored_in: str = "") -> str:
    """Return the page on *trends*.

    Args:
        trends: The history of each target.
        stored_in: Where decisions are recorded, for people; empty if that is not told.
    """
    style = "".join(
        (_PAGE / name).read_text(encoding="utf-8") for name in ("style.css", "history.css")
    )
    return (
        history_templates()
        .get_template("history.html")
        .render(trends=trends, style=style, style_digest=style_digest(style), stored_in=stored_in)
    )


def history_templates() -> jinja2.Environment:
    """Return the templates of the report, with what those of a history need besides."""
    environment = templates()
    environment.filters.update({each.__name__: each for each in _FILTERS})
    return environment


def state(trend: Trend) -> State:
    """Return how the target stands now; an override in use does not change what was decided."""
    return State.EXPIRED if trend.expired else State[Verdict(trend.latest.decision).label]


def drawing(steps: Sequence[Step]) -> Drawing:
    """Return what is drawn of *steps*, which come the newest first."""
    shown = list(reversed(steps))
    width = 100 / len(shown)
    points = tuple(
        Point(_ratio((n + 0.5) * width), _height(step.summary.score), step.summary.decision)
        for n, step in enumerate(shown)
    )
    first, last = shown[0].summary, shown[-1].summary
    return Drawing(
        points=points,
        lines=(*_lines(shown, "go", "GO"), *_lines(shown, "conditional", "CONDITIONAL_GO")),
        size=14 if len(shown) <= 30 else 10 if len(shown) <= 60 else 7,
        label=(
            f"Scores of {len(shown)} decisions, from {percent(first.score)} on"
            f" {first.decided_at[:10]} to {percent(last.score)} on {last.decided_at[:10]};"
            " the table below has each of them"
        ),
    )


def _lines(shown: Sequence[Step], name: str, label: str) -> Iterator[Line]:
    """Yield where the threshold *name* lay; where it was another one, or is not known, anew."""
    width = 100 / len(shown)
    start, held, before = 0, _threshold(shown[0].thresholds, name), None
    for number in range(1, len(shown) + 1):
        now = _threshold(shown[number].thresholds, name) if number < len(shown) else None
        if number < len(shown) and now == held:
            continue
        if held is not None:
            said = "" if held == before else f"{label} from {percent(held)}"
            ends = _ratio(start * width), _ratio(number * width)
            yield Line(*ends, _height(held), said, late=start * width > 50)
            before = held
        start, held = number, now


def _threshold(thresholds: ThresholdsEntry | None, name: str) -> float | None:
    if thresholds is None:
        return None
    share: float = getattr(thresholds, name)
    return share if 0 <= share <= 1 else None


def _ratio(percentage: float) -> str:
    return f"{percentage:.2f}%"


def _height(share: float) -> str:
    return f"{_BOTTOM - (_BOTTOM - _TOP) * min(max(share, 0.0), 1.0):.1f}"


_FILTERS: tuple[Callable[..., object], ...] = (
    drawing,
    said_finding,
    said_override,
    said_row,
    said_steadiness,
    said_step,
    state,
    stretches,
)
