"""rules.summarise: a decision as plain values in the public order."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from director.model.check import Role
from director.model.decision import Decision, Verdict
from director.model.event import Subject
from director.model.evidence import Evidence, EvidenceKind
from director.model.manifest import Manifest, WaiverRequest
from director.model.outcome import Failed, NotApplicable, Passed
from director.model.plan import Plan
from director.model.profile import Category, Profile
from director.model.standing import Standing
from director.rules.decide import decide
from director.rules.moment import instant
from director.rules.summarise import Run, summarise

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

NOON = "2026-11-22T12:00:00.000000Z"


def run(law: Law, previous: Verdict | None = None) -> Run:
    """Return what is known besides the decision."""
    return Run(
        subject=Subject(
            evaluation="01EVAL",
            trigger="manual",
            service="pay",
            environment="production",
            version="2.7",
            owner="team-x",
            tier=1,
            profile="test",
            profile_digest="sha256:p",
            manifest_digest="sha256:m",
        ),
        manifest=Manifest(
            name="pay",
            digest="sha256:m",
            artifact="sha256:a",
            waivers=(WaiverRequest("a.a", "rig", "OPS-1", law.now),),
        ),
        profile=profile(law),
        started_at=law.now,
        duration_s=0.0123456,
        previous=previous,
        director_version="0.1",
        log_dropped=7,
        source="pay.yaml",
        lines={"checks.a.a": 4},
    )


def profile(law: Law) -> Profile:
    """Return the policy of that decision."""
    return law.profile(
        Category(name="other", weight=Fraction(1, 4), floor=Fraction(1, 2)),
        Category(name="reliability", minimum_checks=2),
        Category(name="void"),
        warn_budget=2,
        max_age_s=172800.0,
    )


def decision(law: Law) -> Decision:
    """Return a decision with a bit of everything."""
    plan = Plan(
        (
            law.planned("a.a", weight="0.5", max_age_s=86400.0),
            law.planned("a.b", Role.ADVISORY),
            law.planned("a.c", Role.ADVISORY, "other", not_applicable_allowed=False),
            law.planned("a.d", Role.ADVISORY),
        ),
        "team-x",
    )
    probed = Evidence(EvidenceKind.PROBED, "https://x/", law.now, (("http.status", 200),))
    results = [
        law.result("a.a", Failed("slow", "tune", "2 s", "<= 1 s", "slow"), probed),
        law.result("a.b", Passed("fine"), law.evidence(None)),
        law.result("a.c", NotApplicable("stateless")),
    ]
    standing = Standing(
        (law.condition("a.b", timedelta(days=1)), law.condition("a.d", timedelta(days=2))),
        (law.waiver("a.a"),),
    )
    return decide(plan, results, profile(law), standing, law.now)


def document(law: Law) -> dict[str, Any]:
    """Return the document as a reader gets it."""
    text = json.dumps(summarise(decision(law), run(law)).document(), allow_nan=False)
    plain: dict[str, Any] = json.loads(text)
    return plain


def test_it_begins_with_service_decision_and_pass_rate(law: Law) -> None:
    """The first three keys are the answer."""
    assert list(document(law).items())[:3] == [
        ("service", "pay"),
        ("decision", "no_go"),
        ("pass_rate", "25%"),
    ]


def test_it_says_what_was_judged_and_how(law: Law) -> None:
    """Subject, manifest, profile, times and versions travel with the decision."""
    plain = document(law)

    assert {key: plain[key] for key in list(plain) if not isinstance(plain[key], list)} == {
        "service": "pay",
        "decision": "no_go",
        "pass_rate": "25%",
        "environment": "production",
        "version": "2.7",
        "owner": "team-x",
        "tier": 1,
        "artifact": "sha256:a",
        "decided_at": NOON,
        "valid_until": "2026-11-23T12:00:00.000000Z",
        "score": 0.32,
        "score_exact": "8/25",
        "coverage": 0.48,
        "verified": 0.16,
        "counts": {
            "counting": 4,
            "passed": 1,
            "warned": 0,
            "failed": 1,
            "unknown": 1,
            "not_applicable": 0,
            "errored": 0,
            "missing": 1,
        },
        "waiver_counts": {
            "in_effect": 1,
            "unused": 0,
            "expired": 0,
            "no_match": 0,
            "not_waivable": 0,
            "not_proven": 0,
            "requested": 1,
        },
        "previous": None,
        "changed": False,
        "profile": {"name": "test", "digest": "sha256:p"},
        "policy": {
            "thresholds": {"go": 0.9, "conditional": 0.7},
            "minimum_checks": 3,
            "fail_budget": 0,
            "warn_budget": 2,
            "max_age_s": 172800.0,
            "due_in_s": 1209600.0,
            "override": {
                "roles": [],
                "expires_in_s": 259200.0,
                "second_approver": [],
                "never": [],
            },
            "waivers": {"roles": [], "expires_in_s": 7776000.0},
        },
        "manifest": {"name": "pay", "digest": "sha256:m"},
        "evaluation": "01EVAL",
        "trigger": "manual",
        "started_at": NOON,
        "duration_ms": 12.346,
        "director_version": "0.1",
        "log_dropped": 7,
        "source": "pay.yaml",
        "evidence": "",
        "seen_at": None,
    }


def test_reasons_are_entries(law: Law) -> None:
    """Each reason carries its code, its level and its figures; no remedy is no effort."""
    reasons = document(law)["reasons"]

    assert [(r["code"], r["level"]) for r in reasons] == [
        ("insufficient_checks", 2),
        ("category_floor", 6),
        ("score", 7),
        ("below_go", 9),
        ("warn_budget", 9),
        ("required_gap", 9),
        ("waived", 9),
    ]
    assert reasons[1] == {
        "code": "category_floor",
        "level": 6,
        "text": "other is at 0%, its floor is 50%",
        "check": "",
        "category": "other",
        "measured": "0%",
        "expected": ">= 50%",
        "remedy": "",
        "effort": None,
    }


def test_a_reason_with_a_remedy_has_an_effort(law: Law) -> None:
    """What can be done about a check, and how much work that is, are both said."""
    made = law.decide(law.profile(), [(law.planned("a.a", Role.BLOCKER), Failed("no"))])

    reason = summarise(made, run(law)).reasons[1]

    assert (reason.code, reason.remedy, reason.effort) == ("blocker", "mend a.a", "medium")


def test_categories_hold_their_checks(law: Law) -> None:
    """Every planned check stands in its category, with what counts and what was said."""
    categories = document(law)["categories"]

    keys = ("name", "weight", "floor", "score", "minimum_checks")
    assert [tuple(category[key] for key in keys) for category in categories] == [
        ("other", 0.25, 0.5, 0.0, 0),
        ("reliability", 1.0, None, 0.4, 2),
        ("void", 1.0, None, None, 0),
    ]
    slow, fine, missing = categories[1]["checks"]
    assert slow == {
        "id": "a.a",
        "title": "title of a.a",
        "category": "reliability",
        "role": "required",
        "origin": "profile",
        "weight": 0.5,
        "outcome": "failed",
        "said": None,
        "code": "slow",
        "reason": "slow",
        "observed": "2 s",
        "expected": "<= 1 s",
        "remedy": "tune",
        "effort": "medium",
        "plugin": "",
        "plugin_version": "",
        "started_at": NOON,
        "duration_ms": 0.0,
        "evidence": [
            {"kind": "probed", "source": "https://x/", "at": NOON, "facts": {"http.status": 200}}
        ],
        "line": 4,
        "when_unproven": "no_go",
        "max_age_s": 86400.0,
    }
    assert (fine["outcome"], fine["code"], fine["remedy"]) == ("passed", "", "")
    assert fine["evidence"] == [
        {"kind": "declared", "source": "somewhere", "at": None, "facts": {}}
    ]
    assert (missing["outcome"], missing["said"], missing["started_at"]) == ("missing", None, None)
    (refused,) = categories[0]["checks"]
    assert (refused["outcome"], refused["said"]) == ("unknown", "not_applicable")
    assert refused["remedy"] == "mend a.c"
    assert (refused["observed"], refused["expected"]) == ("", "")


def test_what_a_check_took_is_told_to_the_microsecond(law: Law) -> None:
    """Milliseconds with three digits; what never ran took nothing."""
    planned = law.planned("a.a")
    took = replace(law.result("a.a", Passed("yes")), duration_s=1.2345678)
    shown = [
        summarise(decide(Plan((planned,)), results, profile(law), Standing(), law.now), run(law))
        for results in ([took], [])
    ]

    assert [record.checks[0].duration_ms for record in shown] == [1234.568, 0.0]


def test_what_is_not_known_of_a_run_is_empty(law: Law) -> None:
    """Without a word on them nothing was lost, and no file was read."""
    known = run(law)
    bare = Run(
        subject=known.subject,
        manifest=known.manifest,
        profile=known.profile,
        started_at=known.started_at,
        duration_s=0.0,
        previous=None,
        director_version="0.1",
    )

    assert (bare.log_dropped, bare.source, dict(bare.lines)) == (0, "", {})


def test_a_floor_is_shown_as_it_was_set(law: Law) -> None:
    """A floor is no figure that was measured, and so it is not cut to six places."""
    profile = law.profile(Category(name="reliability", floor=Fraction("0.33333333")))

    record = summarise(law.decide(profile, []), run(law))

    assert [category.floor for category in record.categories] == [0.33333333]


def test_conditions_waivers_and_requests_are_entries(law: Law) -> None:
    """What stands, what was excused and what is only wished for are told apart."""
    plain = document(law)

    assert plain["conditions"] == [
        {
            "check": "a.b",
            "owner": "team-x",
            "opened_at": "2026-11-09T12:00:00.000000Z",
            "due_at": "2026-11-23T12:00:00.000000Z",
            "closed_at": NOON,
        },
        {
            "check": "a.d",
            "owner": "team-x",
            "opened_at": "2026-11-10T12:00:00.000000Z",
            "due_at": "2026-11-24T12:00:00.000000Z",
            "closed_at": None,
        },
    ]
    assert plain["waivers"] == [
        {
            "id": "w-a.a",
            "check": "a.a",
            "state": "in_effect",
            "reason": "waiting for the rig",
            "ticket": "OPS-1",
            "requested_by": "ann",
            "approved_by": "bob",
            "expires_at": "2026-11-23T12:00:00.000000Z",
            "code": "",
            "doubt": "",
        }
    ]
    assert plain["waiver_requests"] == [
        {
            "check": "a.a",
            "reason": "rig",
            "ticket": "OPS-1",
            "expires_at": NOON,
            "id": "",
            "code": "accepted_risk",
            "requested_by": "pay",
            "stage": "requested",
            "doubt": "it has expired",
        }
    ]


def test_fixes_are_entries(law: Law) -> None:
    """Each fix is a plain entry; GO has none to list."""
    cases = [(law.planned(f"a.c{n}"), law.outcome("failed" if n else "passed")) for n in range(4)]

    record = summarise(law.decide(law.profile(), cases), run(law))

    assert record.fixes is not None
    assert [(f.check, f.title, f.remedy, f.effort) for f in record.fixes][:1] == [
        ("a.c1", "title of a.c1", "mend a.c1", "medium")
    ]


def test_no_way_to_go_is_not_an_empty_list(law: Law) -> None:
    """Where no list of fixes reaches GO, there is none: an empty one would read as done."""
    assert summarise(law.decide(law.profile(), []), run(law)).document()["fixes"] is None


@pytest.mark.parametrize(
    ("previous", "changed"),
    [(None, False), (Verdict.NO_GO, False), (Verdict.GO, True), (Verdict.CONDITIONAL_GO, True)],
)
def test_it_says_whether_the_decision_changed(
    law: Law, previous: Verdict | None, changed: bool
) -> None:
    """A first decision is a change; the same decision again is none."""
    record = summarise(decision(law), run(law, previous))

    assert (record.previous, record.changed) == (previous and previous.value, changed)


@pytest.mark.parametrize(
    ("score", "shown", "exact"),
    [
        (Fraction(1), 1.0, "1"),
        (Fraction(13, 15), 0.866666, "13/15"),
        (1 - Fraction(1, 10**9), 0.999999, "999999999/1000000000"),
        (Fraction(0), 0.0, "0"),
    ],
)
def test_figures_are_cut_to_six_places(law: Law, score: Fraction, shown: float, exact: str) -> None:
    """Only all is 1; the exact fraction stands beside the figure."""
    record = summarise(replace(decision(law), score=score), run(law))

    assert (record.score, record.score_exact) == (shown, exact)


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 6, UTC), "2026-01-02T03:04:05.000006Z"),
        (datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2026-01-01T22:00:00.000000Z"),
        (datetime(33, 1, 2, tzinfo=UTC), "0033-01-02T00:00:00.000000Z"),
    ],
)
def test_moments_are_rfc_3339_in_utc(at: datetime, shown: str) -> None:
    """A moment is shown in UTC, with microseconds, a four-digit year and Z."""
    assert instant(at) == shown


@pytest.fixture
def far_east() -> Iterator[None]:
    """The clock of this machine nine hours ahead of UTC."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "EAST-9"
    time.tzset()
    yield
    del os.environ["TZ"]
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("far_east")
def test_where_the_machine_stands_does_not_show() -> None:
    """A moment is shown in UTC, whatever time zone the machine is set to."""
    assert instant(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000000Z"


def test_a_moment_without_time_zone_is_refused() -> None:
    """A naive moment would be read as this machine's local time: an error."""
    with pytest.raises(ValueError, match="timezone-aware"):
        instant(datetime(2026, 1, 1))  # noqa: DTZ001  # the naive moment is the case


@pytest.mark.parametrize(
    ("reads", "lines", "line"),
    [
        (("declares.x",), {"declares.x": 7, "checks.a.a": 9}, 7),
        (("declares.y", "declares.x"), {"declares.x": 7}, 7),
        (("base_url",), {"environments.production.base_url": 5, "declares": 3}, 5),
        (("base_url",), {"environments.staging.base_url": 5, "": 1}, 1),
        ((), {"checks.a.a": 9, "declares": 3}, 9),
        ((), {"environments.production": 4, "declares": 3}, 4),
        (("declares.x",), {"declares": 3, "": 1}, 3),
        ((), {"": 1}, 1),
        ((), {}, 0),
    ],
)
def test_a_check_points_at_the_line_it_is_about(
    law: Law, reads: tuple[str, ...], lines: dict[str, int], line: int
) -> None:
    """What it reads, else where it is asked for, else the nearest that there is."""
    check = law.settled("a.a", "failed")
    check = replace(check, planned=replace(check.planned, reads=reads))
    decision = law.decide(law.profile(), [(check.planned, check.outcome)])

    record = summarise(decision, replace(run(law), lines=lines))

    assert [entry.line for entry in record.checks] == [line]
