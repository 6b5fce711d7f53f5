"""The report as JUnit XML: a suite for each target, with a test case for each planned check.

There is no standard; this is what Jenkins' xunit plugin accepts (``junit-10.xsd``), and with it
GitLab and whoever else reads JUnit. The report is red where the gate is closed, and only there,
for a job that ends red because of it would be a gate of its own, which no override opens:

* The case ``may go to production`` is the decision. It fails for a NO_GO, and once the decision
  has expired, with every reason.
* Where the gate is closed, a blocker or required check that has not passed or warned fails; it
  is an error where the check broke or is missing. So is whatever a reason for the NO_GO names.
* Every other gap is skipped, with what there is to say of it: advisory ones, waived ones, those
  that a CONDITIONAL_GO carries, those that an override passes over. So is what does not apply,
  and shadow checks.
* Where there is no decision, that is an error.

Setting ``--fail-on conditional`` closes the gate by the exit code; here a CONDITIONAL_GO passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape

from director.formats.finding import GAPS, said
from director.formats.forced import effective_word, forced_line, idle_lines
from director.formats.format import Setting
from director.formats.headline import NO_GO_LEVEL, State, headline, moment
from director.formats.waived import waiver_lines, waiver_said
from director.model.record import CheckEntry, ReasonEntry, Record
from director.model.report import Interrupted, Item, Judged, Rejected, Undecided
from director.model.text import printable
from director.model.value import dataclass

_DECISION = "may go to production"

_CLOSED = frozenset({State.NO_GO, State.EXPIRED, State.NONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test case.

    Attributes:
        group: What it belongs to, ``classname`` of JUnit.
        name: What it is called, the same in every run.
        state: ``passed``, or the element that says why not: ``failure``, ``error``, ``skipped``.
        code: What happened, as a machine word.
        lines: What there is to say; the first line is the message.
        duration_ms: How long it took, in milliseconds.
    """

    group: str
    name: str
    state: str = "passed"
    code: str = ""
    lines: tuple[str, ...] = ()
    duration_ms: float = 0.0


class JunitFormat:
    """Writes the whole document when all items are there: their counts stand in its first tag.

    Args:
        several: Whether more than one target was asked for. Then each group begins with its
            target: Jenkins shows groups without their suites.
        fail_on_conditional: Whether a CONDITIONAL_GO closes the gate.
    """

    def __init__(self, *, several: bool, fail_on_conditional: bool = False) -> None:
        self._several = several
        self._closed = _CLOSED | ({State.CONDITIONAL_GO} if fail_on_conditional else set())
        self._suites: list[str] = []
        self._totals: Counter[str] = Counter()
        self._duration_ms = 0.0

    def begin(self) -> str:
        """Return what stands before the first item."""
        return ""

    def item(self, item: Item) -> str:
        """Take in *item*; the counts must be said first, so nothing is said yet."""
        target = headline(item).target
        prefix = f"{target}." if self._several else ""
        cases = list(_cases(item, prefix, closed=headline(item).state in self._closed))
        counts = Counter(case.state for case in cases) + Counter(tests=len(cases))
        attributes = {"name": target, **_counts(counts)}
        body: list[str] = []
        if isinstance(item, Judged):
            record = item.record
            self._duration_ms += record.duration_ms
            attributes |= {"time": _seconds(record.duration_ms), "timestamp": record.started_at}
            body += _properties(item)
        body += [line for case in cases for line in _case(case)]
        self._totals += counts
        self._suites += [f"  {_tag('testsuite', attributes)}", *body, "  </testsuite>"]
        return ""

    def end(self) -> str:
        """Return the document; where no item came, that is an error."""
        if not self._suites:
            self.item(Undecided("", "nothing", "no target was evaluated"))
        attributes = {"name": "production readiness", **_counts(self._totals)}
        del attributes["skipped"]  # The schema knows it on a suite only.
        attributes["time"] = _seconds(self._duration_ms)
        head = ('<?xml version="1.0" encoding="UTF-8"?>', _tag("testsuites", attributes))
        return "\n".join((*head, *self._suites, "</testsuites>")) + "\n"


def _cases(item: Item, prefix: str, *, closed: bool) -> Iterator[Case]:
    if isinstance(item, Judged):
        record = item.record
        waived = {each.check: each for each in record.waivers if each.state == "in_effect"}
        named = {reason.check for reason in _decisive(record) or record.reasons}
        forced = forced_line(item)
        for check in record.checks:
            red = check.role not in ("advisory", "shadow") and check.id not in waived
            red = red and check.outcome != "warned"
            excuses = []
            if check.id in waived:
                excuses.append(f"Waiver: {waiver_said(waived[check.id])}")
            if forced and (red or check.id in named):
                excuses.append(f"Passed over: {forced}")
            yield _check(check, prefix, excuses, red=closed and (red or check.id in named))
    yield _decision(item, f"{prefix}decision", closed=closed)


def _check(check: CheckEntry, prefix: str, excuses: list[str], *, red: bool) -> Case:
    gap = check.outcome in GAPS
    state, lines = "passed", [said(check)]
    if gap and red:
        state = "error" if check.outcome in ("errored", "missing") else "failure"
    elif gap or check.outcome == "not_applicable" or check.role == "shadow":
        state = "skipped"
    if gap and check.remedy and check.role != "shadow":
        lines.append(f"To do: {check.remedy}")
    if gap:
        lines += excuses
    return Case(
        group=f"{prefix}{check.category}",
        name=f"{check.id}: {check.title}",
        state=state,
        code=check.code or check.outcome,
        lines=tuple(lines) if state != "passed" else (),
        duration_ms=check.duration_ms,
    )


def _decision(item: Item, group: str, *, closed: bool) -> Case:
    """Return the decision, or why there is none, as a test case."""
    head = headline(item)
    first = f"{head.target}: {head.said}"
    if not isinstance(item, Judged):
        code, more = _undecided(item)
        lines = (f"{first}: {head.why}", *more)
        return Case(group=group, name=_DECISION, state="error", code=code, lines=lines)
    return Case(
        group=group,
        name=_DECISION,
        state="failure" if closed else "passed",
        code="expired" if item.expired else item.record.decision,
        lines=(first, *_more(item)),
    )


def _undecided(item: Rejected | Undecided | Interrupted) -> tuple[str, tuple[str, ...]]:
    """Return why there is no decision as a machine word, and what else is known."""
    match item:
        case Rejected(_, faults):
            return "invalid_input", tuple(map(str, faults))
        case Undecided():
            return "undecided", ()
        case Interrupted(_, _, results):
            heard = (f"{each.check} {each.outcome}: {each.reason}" for each in results)
            return "interrupted", tuple(heard)


def _more(judged: Judged) -> Iterator[str]:
    """Yield what a decision rests on: every reason that counts, and the conditions."""
    record = judged.record
    if forced := forced_line(judged):
        yield forced
    if judged.expired:
        yield f"the decision expired on {moment(record.valid_until)}; evaluate again"
    yield from idle_lines(judged)
    for reason in _decisive(record) or record.reasons:
        yield reason.text
    for condition in record.conditions:
        if condition.closed_at is None:
            owner = condition.owner or "nobody"
            yield f"condition on {condition.check}: {owner}, due {condition.due_at[:10]}"
    yield from waiver_lines(record)
    if not judged.recorded:
        yield "unrecorded: for looking, not for gating"


def _decisive(record: Record) -> list[ReasonEntry]:
    return [reason for reason in record.reasons if reason.level <= NO_GO_LEVEL]


def _properties(judged: Judged) -> Iterator[str]:
    record = judged.record
    values = {
        "decision": record.decision,
        "pass_rate": record.pass_rate,
        "effective_decision": effective_word(judged),
        "override": judged.override.statement.id if judged.override else "",
        "score": f"{record.score:g}",
        "valid_until": record.valid_until,
        "expired": str(judged.expired).lower(),
        "recorded": str(judged.recorded).lower(),
        "evaluation": record.evaluation,
        "version": record.version,
        "source": record.source,
        "manifest_digest": record.manifest.digest,
        "profile": record.profile.name,
        "profile_digest": record.profile.digest,
    }
    yield "    <properties>"
    for name, value in values.items():
        yield f"      {_tag('property', {'name': name, 'value': value}, end='/')}"
    yield "    </properties>"


def _case(case: Case) -> Iterator[str]:
    attributes = {
        "classname": case.group,
        "name": case.name,
        "time": _seconds(case.duration_ms),
    }
    if not case.lines:
        yield f"    {_tag('testcase', attributes, end='/')}"
        return
    body = "\n".join(map(_escaped, case.lines))
    yield f"    {_tag('testcase', attributes)}"
    if case.state == "passed":
        yield f"      <system-out>{body}</system-out>"
    else:
        why = {"type": case.code, "message": case.lines[0]}
        yield f"      {_tag(case.state, why)}{body}</{case.state}>"
    yield "    </testcase>"


def _counts(counts: Counter[str]) -> dict[str, str]:
    given = {
        "tests": counts["tests"],
        "failures": counts["failure"],
        "errors": counts["error"],
        "skipped": counts["skipped"],
    }
    return {name: str(count) for name, count in given.items()}


def _tag(name: str, attributes: dict[str, str], end: str = "") -> str:
    """Return an opening tag."""
    given = "".join(f' {key}="{_escaped(text)}"' for key, text in attributes.items())
    return f"<{name}{given}{end}>"


def _escaped(text: str) -> str:
    """Return *text* in one line, and no sign of XML or of a runner that reads along.

    Whatever can be printed is also legal in XML 1.0, half surrogate pairs and U+FFFE are not.
    Commands begin with ``##``, or with ``::`` at the beginning of a line (``inert``); here an
    entity takes nothing away.
    """
    escaped = escape(printable(text)).replace("##", "#&#35;")
    return escaped.replace(":", "&#58;", 1) if escaped.lstrip().startswith("::") else escaped


def _seconds(duration_ms: float) -> str:
    return f"{duration_ms / 1000:.3f}"


def make(setting: Setting) -> JunitFormat:
    """Return the format for *setting*."""
    return JunitFormat(several=setting.several, fail_on_conditional=setting.fail_on_conditional)
