"""The report as a short comment for a pull request, or the summary of a workflow step.

What became better or worse comes first, then the decision and its reasons, what to fix, and what
the decision rests on; every check is there to be unfolded. The first line is a comment that only
programs see, by which a bot finds the page it wrote before and writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from director.formats.forced import forced_line, idle_lines
from director.formats.format import Setting
from director.formats.headline import (
    NO_GO_LEVEL,
    Headline,
    State,
    moment,
    percent,
    tally,
    worst_first,
)
from director.formats.markdown_checks import checks
from director.formats.markdown_difference import difference_block
from director.formats.markdown_page import Block, page
from director.formats.markdown_text import marker, name, text
from director.formats.waived import counts_said, request_said, waiver_said
from director.model.record import Record
from director.model.report import Interrupted, Item, Judged, Rejected, Undecided

_LIGHTS = {
    State.GO: "🟢",
    State.OVERRIDE: "🟣",
    State.CONDITIONAL_GO: "🟡",
    State.EXPIRED: "⚪",
    State.NO_GO: "🔴",
    State.NONE: "⚫",
}


_MOST_FORCED = 1_000
"""The most characters of what is said of an override: who approves one has to read all of it."""


class MarkdownFormat:
    """Writes one page for all items.

    Args:
        several: Whether more than one target was asked for: then the page begins with a list.
    """

    def __init__(self, *, several: bool) -> None:
        self._several = several
        self._items: list[Item] = []

    def begin(self) -> str:
        """Return what stands before the first item."""
        return ""

    def item(self, item: Item) -> str:
        """Take in *item*; the worst must be said first, so nothing is said yet."""
        self._items.append(item)
        return ""

    def end(self) -> str:
        """Return the page."""
        pairs = worst_first(self._items)
        if len(pairs) == 1 and not self._several:
            ((head, item),) = pairs
            return page(_marker(item), _target(head, item))
        heads = [head for head, _ in pairs]
        targets = chain.from_iterable(_target(head, item) for head, item in pairs)
        return page("<!-- director -->", chain(_overview(heads), targets))


def _marker(item: Item) -> str:
    match item:
        case Judged(record):
            return marker(record.service, record.environment)
        case Rejected(source):
            return marker(source)
        case Undecided(_, target) | Interrupted(_, target):
            service, _, environment = target.partition("@")
            return marker(service, environment)


def _overview(heads: list[Headline]) -> Iterator[Block]:
    if not heads:
        yield Block(
            head=(f"### {_LIGHTS[State.NONE]} {State.NONE.label}: no target was evaluated",)
        )
        return
    yield Block(
        head=(f"### {_LIGHTS[heads[0].state]} {tally(head.state for head in heads)}", ""),
        rows=tuple(f"- {_title(head)}" for head in heads),
        what="targets of the list",
        most=200,
    )


def _title(head: Headline) -> str:
    return f"{_LIGHTS[head.state]} {name(head.target)}: {text(head.said)}"


def _target(head: Headline, item: Item) -> Iterator[Block]:
    """Yield everything about one target, in the order of what matters."""
    yield Block(head=(f"### {_title(head)}",), what="targets")
    match item:
        case Judged(record, recorded, difference, expired):
            yield from _overrides(item)
            if difference is not None:
                yield difference_block(difference)
            yield _decision(record, recorded=recorded, expired=expired)
            yield from _fixes(record)
            yield from _promises(record)
            yield from checks(record)
        case Rejected(_, faults):
            rows = tuple(f"- {text(str(fault))}" for fault in faults)
            yield Block(head=("The input cannot be used:", ""), rows=rows, what="faults")
        case Undecided(_, _, reason):
            yield Block(
                head=("No decision could be made or recorded:", ""), rows=(f"- {text(reason)}",)
            )
        case Interrupted(_, _, results):
            rows = tuple(
                f"- {name(heard.check)} {text(heard.outcome)}: {text(heard.reason)}"
                for heard in results
            )
            so_far = "this had come in:" if rows else "no result had come in."
            yield Block(head=(f"It was interrupted; {so_far}", ""), rows=rows, what="results")


def _overrides(judged: Judged) -> Iterator[Block]:
    """Yield who forced the GO, so that nobody passes it over, and which overrides did not."""
    if forced := forced_line(judged):
        said = f"> **{judged.verdict.label}, {text(forced, _MOST_FORCED)}**"
        yield Block(head=("> [!WARNING]", said), what="overrides")
    rows = tuple(f"- {text(line)}" for line in idle_lines(judged))
    if rows:
        yield Block(
            head=("**Overrides that do not open the gate**", ""), rows=rows, what="overrides"
        )


def _decision(record: Record, *, recorded: bool, expired: bool) -> Block:
    """Return what was decided and why."""
    label = record.verdict.label
    decisive = [reason for reason in record.reasons if reason.level <= NO_GO_LEVEL]
    counts = record.counts
    figures = (
        f"{counts.passed} of {counts.counting} checks passed · score {percent(record.score)}"
        f" · coverage {percent(record.coverage)} · verified by probe {percent(record.verified)}"
        f" · profile {name(record.profile.name)} · evaluation {name(record.evaluation)}"
    )
    head = [figures, ""]
    if expired:
        ended = f"The decision expired on {text(moment(record.valid_until))}; it was {label}."
        head += [f"{ended} Every gate is closed until the next evaluation.", ""]
    else:
        head += [f"Valid until {text(moment(record.valid_until))}.", ""]
    if not recorded:
        head += ["Unrecorded: for looking, not for gating.", ""]
    if record.log_dropped:
        head += [f"The log has lost {record.log_dropped} lines.", ""]
    if record.reasons:
        head += [f"**Why {'it was ' if expired else ''}{'NO_GO' if decisive else 'not GO'}**", ""]
    rows = tuple(f"- {text(reason.text)}" for reason in decisive or record.reasons)
    return Block(head=tuple(head), rows=rows, what="reasons")


def _fixes(record: Record) -> Iterator[Block]:
    if not record.reasons:
        return
    if record.fixes is None:
        yield Block(head=("**What to fix:** no list of fixes to these checks reaches GO.",))
        return
    rows = tuple(
        f"{number}. {name(fix.check)} ({text(fix.effort)} effort): {text(fix.remedy or fix.title)}"
        for number, fix in enumerate(record.fixes, 1)
    )
    head = ("**What to fix**, the shortest way to GO:", "")
    yield Block(head=head, rows=rows, what="fixes")


def _promises(record: Record) -> Iterator[Block]:
    """Yield what the decision rests on: open conditions, waivers and requests for waivers."""
    conditions = tuple(
        f"- {name(each.check)}: {_owner(each.owner)}, due {text(each.due_at[:10])}"
        for each in record.conditions
        if each.closed_at is None
    )
    if conditions:
        yield Block(head=("**Conditions**", ""), rows=conditions, what="conditions")
    waivers = tuple(f"- {name(each.check)}: {waiver_said(each, text)}" for each in record.waivers)
    requests = tuple(
        f"- {name(each.check)}: {request_said(each, text)}" for each in record.waiver_requests
    )
    if waivers or requests:
        counts = counts_said(record)
        title = f"**Waivers**{f': {counts}' if counts else ''}"
        yield Block(head=(title, ""), rows=waivers + requests, what="waivers")


def _owner(owner: str) -> str:
    return name(owner) if owner else "nobody (the manifest names no owner)"


def make(setting: Setting) -> MarkdownFormat:
    """Return the format for *setting*."""
    return MarkdownFormat(several=setting.several)
