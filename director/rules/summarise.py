"""A decision as the record that is stored and shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from director.model.decision import CategoryScore, Decision, Reason, Settled, Verdict
from director.model.event import Subject
from director.model.evidence import Evidence
from director.model.manifest import Manifest
from director.model.outcome import Word, word
from director.model.profile import Profile
from director.model.record import (
    CategoryEntry,
    CheckEntry,
    ConditionEntry,
    Counts,
    EvidenceEntry,
    FixEntry,
    OverridePolicyEntry,
    PolicyEntry,
    ReasonEntry,
    Record,
    RequestEntry,
    Source,
    ThresholdsEntry,
    WaiverPolicyEntry,
)
from director.model.value import dataclass
from director.rules.moment import instant
from director.rules.remedies import remedy
from director.rules.waiver_entries import waiver_counts, waiver_entries

if TYPE_CHECKING:
    from director.model.waiver import WaiverCase


_WORDS = tuple((each.value, each) for each in Word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is known of an evaluation besides its decision.

    Attributes:
        subject: Which evaluation of which target.
        manifest: What was judged.
        profile: The policy it was judged by.
        started_at: When it began, aware, in UTC.
        duration_s: How long it took, in seconds.
        previous: The decision before this one; None for the first.
        director_version: The version that decided.
        log_dropped: Log lines lost until the decision was made.
        source: The file that was judged, as it was named.
        lines: The line of each place in ``spec`` of the manifest, by its dotted path.
        cases: Every waiver of the target, as the record has them.
    """

    subject: Subject
    manifest: Manifest
    profile: Profile
    started_at: datetime
    duration_s: float
    previous: Verdict | None
    director_version: str
    log_dropped: int = 0
    source: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
    cases: tuple[WaiverCase, ...] = ()


def summarise(decision: Decision, run: Run) -> Record:
    """Return *decision* as plain values in the public order."""
    subject = run.subject
    requests = _requests(decision, run)
    return Record(
        service=subject.service,
        decision=decision.verdict.value,
        pass_rate=pass_rate(decision),
        environment=subject.environment,
        version=subject.version,
        owner=subject.owner,
        tier=subject.tier,
        artifact=run.manifest.artifact,
        decided_at=instant(decision.decided_at),
        valid_until=instant(decision.valid_until),
        score=figure(decision.score),
        score_exact=str(decision.score),
        coverage=figure(decision.coverage),
        verified=figure(decision.verified),
        counts=_counts(decision),
        reasons=tuple(map(reason_entry, decision.reasons)),
        fixes=_fixes(decision),
        categories=tuple(_category(category, run) for category in decision.categories),
        conditions=_conditions(decision),
        waivers=waiver_entries(decision),
        waiver_requests=requests,
        waiver_counts=waiver_counts(decision, requests),
        previous=run.previous.value if run.previous else None,
        changed=run.previous not in (None, decision.verdict),
        profile=Source(name=subject.profile, digest=subject.profile_digest),
        policy=_policy(run.profile),
        manifest=Source(name=run.manifest.name, digest=run.manifest.digest),
        evaluation=subject.evaluation,
        trigger=subject.trigger,
        started_at=instant(run.started_at),
        duration_ms=round(run.duration_s * 1000, 3),
        director_version=run.director_version,
        log_dropped=run.log_dropped,
        source=run.source,
        seen_at=instant(decision.seen_at) if decision.seen_at else None,
    )


def pass_rate(decision: Decision) -> str:
    """Return passed of counting checks as a whole percent, half to even.

    100 % only if all passed, 0 % only if none did.
    """
    counting = decision.counting
    passed = sum(check.counts and check.word is Word.PASSED for check in decision.checks)
    if passed in (0, counting):
        return f"{100 if passed else 0}%"
    whole = round(Fraction(100 * passed, counting))
    return f"{min(max(whole, 1), 99)}%"


def figure(share: Fraction) -> float:
    """Return *share* to six places, cut rather than rounded: only all is 1."""
    return share.numerator * 1_000_000 // share.denominator / 1_000_000


def _counts(decision: Decision) -> Counts:
    said = [check.word for check in decision.checks]
    return Counts(counting=decision.counting, **{name: said.count(w) for name, w in _WORDS})


def reason_entry(reason: Reason) -> ReasonEntry:
    """Return *reason* as plain values."""
    return ReasonEntry(
        code=reason.code.value,
        level=reason.code.level,
        text=reason.text,
        check=reason.check,
        category=reason.category,
        measured=reason.measured,
        expected=reason.expected,
        remedy=reason.remedy,
        effort=reason.effort.value if reason.effort else None,
    )


def _policy(profile: Profile) -> PolicyEntry:
    return PolicyEntry(
        thresholds=ThresholdsEntry(
            go=float(profile.thresholds.go), conditional=float(profile.thresholds.conditional)
        ),
        minimum_checks=profile.minimum_checks,
        fail_budget=profile.fail_budget,
        warn_budget=profile.warn_budget,
        max_age_s=profile.max_age_s,
        due_in_s=profile.due_in_s,
        override=OverridePolicyEntry(
            roles=_sorted(profile.override.roles),
            expires_in_s=profile.override.expires_in_s,
            second_approver=_sorted(profile.override.second_approver),
            never=_sorted(profile.override.never),
        ),
        waivers=WaiverPolicyEntry(
            roles=_sorted(profile.waivers.roles), expires_in_s=profile.waivers.expires_in_s
        ),
    )


def _sorted(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))


def _fixes(decision: Decision) -> tuple[FixEntry, ...] | None:
    if decision.fixes is None:
        return None
    return tuple(
        FixEntry(check=fix.check, title=fix.title, remedy=fix.remedy, effort=fix.effort.value)
        for fix in decision.fixes
    )


def _category(category: CategoryScore, run: Run) -> CategoryEntry:
    return CategoryEntry(
        name=category.name,
        weight=float(category.weight),
        floor=None if category.floor is None else float(category.floor),
        score=None if category.score is None else figure(category.score),
        checks=tuple(_check(check, run) for check in category.checks),
        minimum_checks=category.minimum_checks,
    )


def _check(check: Settled, run: Run) -> CheckEntry:
    planned, result, outcome = check.planned, check.result, check.outcome
    said = word(result.outcome) if result else check.word
    return CheckEntry(
        id=check.id,
        title=planned.title,
        category=planned.policy.category,
        role=planned.policy.role.value,
        origin=planned.origin.value,
        weight=float(planned.policy.weight),
        outcome=check.word.value,
        said=said.value if said is not check.word else None,
        code=getattr(outcome, "code", ""),
        reason=outcome.reason,
        observed=getattr(outcome, "observed", ""),
        expected=getattr(outcome, "expected", ""),
        remedy=remedy(check) if check.gap else "",
        effort=planned.effort.value,
        plugin=planned.plugin,
        plugin_version=planned.version,
        started_at=instant(result.started_at) if result else None,
        duration_ms=round(result.duration_s * 1000, 3) if result else 0.0,
        evidence=_evidence(result.evidence if result else ()),
        line=_line(check, run),
        when_unproven=planned.policy.when_unproven.value,
        max_age_s=planned.policy.max_age_s,
    )


def _line(check: Settled, run: Run) -> int:
    """Return the line that *check* is about: what it reads, else where it is asked for."""
    environment = run.subject.environment
    reads = (
        f"environments.{environment}.base_url" if place == "base_url" else place
        for place in check.planned.reads
    )
    places = (*reads, f"checks.{check.id}", f"environments.{environment}", "declares", "")
    return next((run.lines[place] for place in places if place in run.lines), 0)


def _evidence(evidence: Iterable[Evidence]) -> tuple[EvidenceEntry, ...]:
    return tuple(
        EvidenceEntry(
            kind=piece.kind.value,
            source=piece.source,
            at=instant(piece.at) if piece.at else None,
            facts=dict(piece.facts),
        )
        for piece in evidence
    )


def _conditions(decision: Decision) -> tuple[ConditionEntry, ...]:
    return tuple(
        ConditionEntry(
            check=condition.check,
            owner=condition.owner,
            opened_at=instant(condition.opened_at),
            due_at=instant(condition.due_at),
            closed_at=instant(condition.closed_at) if condition.closed_at else None,
        )
        for condition in decision.conditions
    )


def _requests(decision: Decision, run: Run) -> tuple[RequestEntry, ...]:
    if not run.manifest.waivers and not run.cases:
        return ()  # The usual case, which needs not even import what the others need.
    from director.rules.requests import Wishes, request_entries  # noqa: PLC0415  # as it says

    wishes = Wishes(manifest=run.manifest, cases=run.cases, profile=run.profile)
    return request_entries(decision, wishes)
