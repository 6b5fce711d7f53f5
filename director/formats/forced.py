"""What overrides make of a decision, in words: the one that opens the gate, and why others do not.

An override that ended long ago says nothing of this decision: of those only the last one is said,
and only where the gate is closed. The JSON has all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from director.formats.headline import moment
from director.model.decision import Verdict
from director.model.override import Override, OverrideState, OverrideUse
from director.model.report import Judged
from director.model.text import printable
from director.rules.moment import instant

_ENDED = frozenset({OverrideState.EXPIRED, OverrideState.REVOKED})


def forced_line(judged: Judged) -> str:
    """Return who forced the GO, until when and why, in one line; empty if nobody did."""
    if judged.override is None or judged.effective is None:
        return ""
    statement = judged.override.statement
    # What somebody wrote freely stands last: nothing that we say can be taken for a part of it.
    return printable(
        f"override of {judged.record.verdict.label} by {' and '.join(judged.effective.approvers)}"
        f" until {_moment(statement.expires_at)}, {statement.ticket}: {statement.reason}"
    )


def brief_line(judged: Judged) -> str:
    """Return who forced the GO and until when, without why; empty if nobody did."""
    if judged.override is None or judged.effective is None:
        return ""
    by, until = " and ".join(judged.effective.approvers), judged.override.statement.expires_at
    return printable(f"override by {by} until {_moment(until)}")


def effective_word(judged: Judged) -> str:
    """Return what gates act on, as a machine word; ``expired`` where that keeps them closed."""
    return "expired" if judged.expired else judged.verdict.value


def idle_lines(judged: Judged) -> Iterator[str]:
    """Yield a line for each override that might be expected to open the gate and does not."""
    acted = judged.effective
    if acted is None:
        return
    if judged.expired and acted.override is not None:
        yield _idle(acted.override, "the decision has expired; evaluate again")
    past = []
    for use in acted.others:
        if use.override.applied_at is None:
            if use.state is OverrideState.REQUESTED:
                yield printable(f"override {_named(use.override)} waits for a signature")
        elif use.state in _ENDED or use.override.ended:
            past.append(use)
        else:
            yield _idle(use.override, _why(use))
    if past and judged.override is None and judged.record.verdict is Verdict.NO_GO:
        last = max(past, key=lambda use: _end(use.override))
        several = f" (the last of {len(past)} that have ended)" if len(past) > 1 else ""
        yield _idle(last.override, f"{_why(last)}{several}")


def override_document(judged: Judged) -> dict[str, Any]:
    """Return the decision that gates act on, and every override, as plain JSON values.

    ``effective_decision`` is ``expired`` where every gate is closed because of that;
    ``override`` is null unless it opens the gate, and its ``by`` is who is proven to have agreed;
    ``overrides`` has the others, by id, and their ``by`` is whose names their signatures bear.
    """
    acted, holding = judged.effective, judged.override
    said: dict[str, Any] = {
        "effective_decision": effective_word(judged),
        "override": None,
        "overrides": [],
    }
    if acted is None:
        return said
    if holding is not None:
        said["override"] = _entry(holding, acted.approvers)
    others = list(acted.others)
    if acted.override is not None and holding is None:
        why = "the decision has expired"
        others.append(OverrideUse(acted.override, OverrideState.IN_FORCE, why))
    said["overrides"] = [_use(use) for use in others]
    return said


def _idle(override: Override, why: str) -> str:
    return printable(f"override {_named(override)} is not in force: {why}")


def _named(override: Override) -> str:
    statement = override.statement
    people = " and ".join(signature.person for signature in override.signatures)
    who = f"signed by {people}" if people else f"asked for by {statement.requested_by}"
    return f"{statement.id} ({statement.ticket}, {who})"


def _why(use: OverrideUse) -> str:
    override, why = use.override, use.why
    match use.state:
        case OverrideState.EXPIRED:
            why = f"it has expired on {_moment(override.statement.expires_at)}"
        case OverrideState.REVOKED:
            by = f" by {override.ended_by}" if override.ended_by else ""
            why = f"it was revoked{by}{_on(override.ended_at)}"
        case OverrideState.NEW_REASON if override.ended:
            why = f"it ended when there was a reason that nobody had signed{_on(override.ended_at)}"
        case OverrideState.NEW_REASON:
            why = f"there is a new reason, {why}"
        case OverrideState.NOT_YET:
            why = f"it holds from {_moment(override.statement.not_before)}"
        case OverrideState.NOT_PROVEN:
            why = f"it is not proven: {why}"
        case _:
            pass  # Why says it all.
    return why or use.state.replace("_", " ")


def _end(override: Override) -> datetime:
    return override.ended_at or override.statement.expires_at


def _on(at: datetime | None) -> str:
    return f" on {_moment(at)}" if at else ""


def _moment(at: datetime) -> str:
    return moment(instant(at))


def _entry(override: Override, by: tuple[str, ...]) -> dict[str, Any]:
    statement = override.statement
    return {
        "id": statement.id,
        "by": list(by),
        "requested_by": statement.requested_by,
        "reason": statement.reason,
        "ticket": statement.ticket,
        "not_before": instant(statement.not_before),
        "expires_at": instant(statement.expires_at),
        "evaluation": statement.evaluation,
    }


def _use(use: OverrideUse) -> dict[str, Any]:
    signed = tuple(signature.person for signature in use.override.signatures)
    return {**_entry(use.override, signed), "state": use.state.value, "why": use.why}
