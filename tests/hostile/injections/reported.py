"""Reports in which one text stands wherever a text can be."""

# ruff: noqa: ANN401  # fields and documents are of many types

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, get_type_hints

from director.errors import Fault
from director.formats.format import Setting, make_format
from director.formats.text import Look
from director.model.decision import Verdict
from director.model.difference import Change, Difference, Turn
from director.model.ledger import Signature
from director.model.override import (
    Effective,
    Override,
    OverrideState,
    OverrideStatement,
    OverrideUse,
)
from director.model.record import (
    CategoryEntry,
    CheckEntry,
    ConditionEntry,
    Counts,
    EvidenceEntry,
    FixEntry,
    ReasonEntry,
    Record,
    RequestEntry,
    Source,
    WaiverEntry,
)
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

Made = TypeVar("Made")

HARMLESS = "some words"

BROAD = 1_000_000

MOMENT = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


@cache
def plain_fields(kind: Any) -> dict[str, type[Any]]:
    """Return the fields of *kind* that hold one plain value, and nothing perhaps, by its type."""
    hints = get_type_hints(kind)
    found = {}
    for each in fields(kind):
        options = getattr(hints[each.name], "__args__", (hints[each.name],))
        for type_ in (str, bool, int, float):
            if type_ in options:
                found[each.name] = type_
                break
    return found


def filled(kind: type[Made], text: str, **given: Any) -> Made:
    """Return a *kind* with *text* in each of its texts, but for the fields that are *given*."""
    values: dict[type[Any], Any] = {str: text, bool: True, int: 1, float: 0.5}
    owner: Any = kind
    plain = {name: values[type_] for name, type_ in plain_fields(owner).items()}
    return kind(**{**plain, **given})


def entry(text: str, outcome: str, role: str) -> CheckEntry:
    """Return a check with evidence."""
    piece = filled(EvidenceEntry, text, facts={text: text, "number": 1})
    own: dict[str, Any] = {"id": f"{text} {outcome} {role}", "expected": f"more than {text}"}
    own |= {"outcome": outcome, "role": role, "said": None, "evidence": (piece,)}
    return filled(CheckEntry, text, **own)


GAP = (("failed", "blocker"),)
EVERY = (
    *GAP,
    ("failed", "advisory"),
    ("failed", "shadow"),
    ("passed", "required"),
    ("not_applicable", "required"),
    ("errored", "required"),
)
"""Outcome and role of the checks of a record."""


def record(text: str, decision: str, checks: tuple[tuple[str, str], ...] = GAP) -> Record:
    """Return a record of *decision* with *text* in every text that is no word of ours."""
    judged = tuple(entry(text, outcome, role) for outcome, role in checks)
    reasons = tuple(
        filled(ReasonEntry, text, level=level, check=check)
        for level, check in ((3, judged[0].id), (7, ""), (9, ""))
        if decision == "no_go" or level == 9
    )
    return filled(
        Record,
        text,
        decision=decision,
        previous="go",
        counts=Counts(**{each.name: 1 for each in fields(Counts)}),
        reasons=reasons,
        fixes=(filled(FixEntry, text),),
        categories=(filled(CategoryEntry, text, checks=judged),),
        conditions=(filled(ConditionEntry, text, closed_at=None), filled(ConditionEntry, text)),
        waivers=(
            filled(WaiverEntry, text, check=judged[-1].id, state="in_effect"),
            filled(WaiverEntry, text),
        ),
        waiver_requests=(filled(RequestEntry, text, check=judged[0].id),),
        profile=filled(Source, text),
        manifest=filled(Source, text),
        policy=None,
    )


def difference(text: str) -> Difference:
    """Return a change in every direction."""
    changes = [filled(Change, text, turn=turn, before="failed", after="passed") for turn in Turn]
    return filled(Difference, text, decision="no_go", same_profile=False, changes=tuple(changes))


def override(text: str, **given: Any) -> Override:
    """Return an override with *text* in everything that somebody wrote."""
    moments = {"requested_at": MOMENT, "not_before": MOMENT, "expires_at": MOMENT}
    statement = filled(OverrideStatement, text, grounds=(), **moments)
    signature = filled(Signature, text, roles=(text,))
    became: dict[str, Any] = {"signatures": (signature,), "applied_at": MOMENT, **given}
    return Override(statement=statement, text=text, **became)


def forced(text: str) -> Effective:
    """Return an override in force, and one that waits."""
    waits = override(text, signatures=(), applied_at=None)
    others = (OverrideUse(waits, OverrideState.REQUESTED, text),)
    return Effective(Verdict.GO, override(text), others, (text, text))


def idle(text: str) -> Effective:
    """Return overrides of every state, none of which opens the gate."""
    ended = {"ended_at": MOMENT, "ended": text, "ended_by": text}
    made = {state: override(text) for state in OverrideState}
    made |= {state: override(text, **ended) for state in (OverrideState.REVOKED,)}
    return Effective(
        Verdict.NO_GO, None, tuple(OverrideUse(each, state, text) for state, each in made.items())
    )


@cache
def items(text: str, checks: tuple[tuple[str, str], ...]) -> list[Item]:
    """Return an item of every sort with *text* in every text."""
    return [
        Judged(
            record(text, "no_go", checks),
            recorded=True,
            difference=difference(text),
            effective=idle(text),
        ),
        Judged(record(text, "no_go", checks), recorded=True, effective=forced(text)),
        Judged(record(text, "conditional_go"), recorded=False),
        Judged(record(text, "go"), recorded=True, expired=True),
        Rejected(text, (Fault(text, 3, 7, text), Fault(text, 0, 0, text))),
        Undecided(text, text, text),
        Interrupted(text, text, (Heard(text, "passed", text), Heard(text, "failed", text))),
    ]


def reports(
    text: str, checks: tuple[tuple[str, str], ...] = EVERY, *, singly: bool = True
) -> list[list[Item]]:
    """Return one decision alone, everything else in one report, and *singly*."""
    no_go, *decisions, rejected, undecided, interrupted = items(text, checks)
    others = [rejected, undecided, interrupted]
    return [[no_go], [*decisions, *others], *([item] for item in others if singly)]


def written(name: str, reported: list[Item], look: Look | None = None) -> str:
    """Return the whole report on what is *reported*."""
    setting = Setting(look or Look(width=BROAD), "the store", several=len(reported) > 1)
    form = make_format(name, setting)
    return form.begin() + "".join(map(form.item, reported)) + form.end()


class Desk:
    """What this module offers to tests.

    Attributes:
        harmless: A text that no reader makes anything of.
        gap: One check of a record, which keeps the gate shut.
        every: Checks of every sort, that one first.
        broad: As many columns as it takes for no line to be broken.
    """

    harmless = HARMLESS
    gap, every = GAP, EVERY
    broad = BROAD

    filled = staticmethod(filled)
    items = staticmethod(items)
    record = staticmethod(record)
    reports = staticmethod(reports)
    written = staticmethod(written)
