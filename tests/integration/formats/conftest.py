"""What the tests of the formats on real consumers share: pages with something in every field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

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
    PolicyEntry,
    ReasonEntry,
    Record,
    RequestEntry,
    Source,
    ThresholdsEntry,
    WaiverEntry,
)
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

NOW, LATER = "2026-01-15T09:30:00.000000Z", "2026-01-29T09:30:00.000000Z"

WORDS = frozenset({
    "decision", "previous", "before", "after", "outcome", "said", "role", "origin", "turn", "state",
    "code", "effort", "at", "decided_at", "valid_until", "started_at", "opened_at", "due_at",
    "closed_at", "expires_at", "pass_rate", "score_exact", "trigger", "kind",
    "stage", "verdict", "ended",
})  # fmt: skip
"""Fields that hold a word of ours or an instant; everything else is free text."""


def record(**given: Any) -> Record:  # noqa: ANN401  # fields of many types
    """Return a CONDITIONAL_GO with something in every field."""
    spent = {"dns": 5, "connect": 11.5, "tls": 38, "send": 0, "ttfb": 35, "transfer": 2, "other": 0}
    probed = EvidenceEntry(
        kind="probed",
        source="https://pay.example.com/healthz",
        at=NOW,
        facts={
            **{f"director.probe.{name}_ms": length for name, length in spent.items()},
            "http.response.status_code": 200,
            "server.address": "pay.example.com",
        },
    )
    passed = CheckEntry(
        id="http.health",
        title="The health endpoint answers in time",
        category="reliability",
        role="required",
        origin="manifest",
        weight=1.0,
        outcome="passed",
        said=None,
        code="",
        reason="answered 200 in 92 ms",
        observed="92 ms",
        expected="500 ms",
        remedy="",
        effort="medium",
        plugin="director-http",
        plugin_version="0.1.0",
        started_at=NOW,
        duration_ms=92.0,
        evidence=(probed,),
        line=26,
    )
    checks = [passed]
    for outcome in ("warned", "failed", "unknown", "not_applicable", "errored", "missing"):
        declared = EvidenceEntry(kind="declared", source="manifest: declares.a", at=None)
        checks.append(
            replace(
                passed, id=f"declared.{outcome}", outcome=outcome, said="passed", role="blocker",
                remedy="Mend it.", evidence=(declared,),
            )
        )  # fmt: skip
    category = CategoryEntry(
        name="reliability", weight=2.0, floor=0.5, score=0.25, checks=tuple(checks)
    )
    reason = ReasonEntry(
        code="below_go", level=9, text="the score is 86.6%, a GO needs 90%", check="", category="",
        measured="86.6%", expected=">= 90%", remedy="Mend it.", effort="high",
    )  # fmt: skip
    request = RequestEntry(check="a.b", reason="later", ticket="https://t/OPS-2", expires_at=LATER)
    plain = Record(
        service="payment-service",
        decision="conditional_go",
        pass_rate="88%",
        environment="production",
        version="2.7.1",
        owner="team-payments",
        tier=1,
        artifact="sha256:" + "9f" * 32,
        decided_at=NOW,
        valid_until=LATER,
        score=0.866666,
        score_exact="13/15",
        coverage=0.5,
        verified=0.25,
        counts=Counts(
            counting=6, passed=1, warned=1, failed=1, unknown=1, not_applicable=1, errored=1,
            missing=1,
        ),
        reasons=(reason, replace(reason, level=7, code="score", expected=">= 70%")),
        fixes=(FixEntry(check="a.b", title="A title", remedy="Mend it.", effort="low"),),
        categories=(category, replace(category, name="security", score=None, checks=())),
        conditions=(
            ConditionEntry(check="a.b", owner="ann", opened_at=NOW, due_at=LATER, closed_at=None),
        ),
        waivers=(
            WaiverEntry(
                id="w1", check="a.b", state="in_effect", reason="rig", ticket="OPS-1",
                requested_by="ann", approved_by="bob", expires_at=LATER,
            ),
        ),
        waiver_requests=(request,),
        previous="no_go",
        changed=True,
        profile=Source(name="standard", digest="sha256:" + "ab" * 32),
        policy=PolicyEntry(
            thresholds=ThresholdsEntry(go=0.9, conditional=0.7), minimum_checks=3, fail_budget=0,
            warn_budget=2, max_age_s=86400.0, due_in_s=1209600.0,
        ),
        manifest=Source(name="payment-service", digest="sha256:" + "cd" * 32),
        evaluation="01JH0000000000000000000001",
        trigger="manual",
        started_at=NOW,
        duration_ms=12.5,
        director_version="0.1.0",
        log_dropped=2,
        source="config/services/payment-service.yaml",
    )  # fmt: skip
    return replace(plain, **given)


def forced() -> Effective:
    """Return an override in force, one that is not proven, and one that waits for a signature."""
    at = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
    statement = OverrideStatement(
        id="01JH000000000000000000000A", log="log", service="payment-service",
        environment="production", evaluation="01JH0000000000000000000001", record_digest="r",
        manifest_digest="m", profile_digest="p", grounds=(), reason="the fair opens",
        ticket="https://t/OPS-3", requested_by="sam", requested_at=at, not_before=at,
        expires_at=at.replace(day=16),
    )  # fmt: skip
    signature = Signature(
        principal="jane@example.com", person="jane", roles=("vp",), key="SHA256:k", armor="armor"
    )
    override = Override(statement=statement, text="", signatures=(signature,), applied_at=at)
    waits = replace(override, signatures=(), applied_at=None)
    others = (
        OverrideUse(override, OverrideState.NOT_PROVEN, "the key was revoked"),
        OverrideUse(waits, OverrideState.REQUESTED, ""),
    )
    return Effective(Verdict.GO, override, others, ("jane", "kim"))


def difference() -> Difference:
    """Return a difference with a change of every sort."""
    return Difference(
        evaluation="01JG0000000000000000000001", decision="no_go", decided_at=NOW, score=0.5,
        pass_rate="50%", profile="strict", same_profile=False,
        changes=tuple(
            Change(check="a.b", title="A", turn=turn, before="failed", after="passed", reason="r")
            for turn in Turn
        ),
    )  # fmt: skip


def filled(value: Any, text: str) -> Any:  # noqa: ANN401  # any field of any entry
    """Return *value* with *text* in every field that holds free text, and in every fact."""
    if isinstance(value, tuple):
        return tuple(filled(each, text) for each in value)
    if isinstance(value, dict):
        return value | {f"{text} fact": text}
    if not is_dataclass(value) or isinstance(value, type):
        return text if isinstance(value, str) and value else value
    return replace(
        value,
        **{
            field.name: filled(getattr(value, field.name), text)
            for field in fields(value)
            if field.name not in WORDS
        },
    )


def items(text: str | None = None) -> list[Item]:
    """Return one item of every sort, in their own words or with *text* wherever text can be."""
    plain: list[Item] = [
        Judged(record(), False, difference()),
        Judged(record(decision="no_go", service="checkout"), True, effective=forced()),
        Rejected("a.yaml", (Fault("a.yaml", 4, 3, "must be a name"),)),
        Undecided("a.yaml", "ledger@staging", "the store is locked"),
        Interrupted("b.yaml", "cart", (Heard("a.b", "errored", "it crashed"),)),
    ]
    return plain if text is None else [filled(item, text) for item in plain]


def html(*given: Item, stored_in: str = "") -> str:
    """Return the whole page on *given*."""
    form = make_format("html", Setting(Look(), stored_in))
    return form.begin() + "".join(map(form.item, given)) + form.end()


PAGES: dict[str, Callable[[], str]] = {
    "go": lambda: html(
        Judged(record(decision="go", reasons=(), fixes=()), True), stored_in="/var/d.db"
    ),
    "conditional": lambda: html(Judged(record(), True, difference())),
    "no-go": lambda: html(Judged(record(decision="no_go"), False)),
    "forced": lambda: html(Judged(record(decision="no_go"), True, effective=forced())),
    "expired": lambda: html(Judged(record(), True, None, True)),
    "several": lambda: html(*items()),
}


@pytest.fixture(scope="session")
def html_page() -> Callable[[str], str]:
    """Return the page of a name: ``go``, ``conditional``, ``no-go``, ``forced`` and so on."""
    return lambda name: PAGES[name]()


@pytest.fixture(scope="session")
def html_page_of() -> Callable[[str], str]:
    """Return the page with an item of every sort and one text wherever a text can be."""
    return lambda text: html(*items(text))
