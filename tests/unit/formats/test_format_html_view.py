"""formats.html_view: what the page says and draws, before any markup."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from director.errors import Fault
from director.formats import html_view as view
from director.formats.headline import State
from director.model.record import Facts
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk

FAULT = Fault("a.yaml", 1, 1, "must be a name")

SPENT = {
    "dns": 5.0,
    "connect": 15.0,
    "tls": 0.0,
    "send": 0,
    "ttfb": 60.0,
    "transfer": 20,
    "other": 0,
}


def facts(**spent: str | float | bool) -> Facts:
    """Return the facts of a probe whose phases took *spent* milliseconds."""
    return {f"director.probe.{name}_ms": length for name, length in {**SPENT, **spent}.items()}


class TestSection:
    """section."""

    def test_a_go(self, desk: Desk) -> None:
        """A GO says what may be done."""
        section = view.section(1, Judged(desk.record(), True))

        assert (section.state, section.lead) == (State.GO, "May go to production.")

    def test_an_unrecorded_go_opens_no_gate(self, desk: Desk) -> None:
        """Where nothing is recorded, the permission is taken back in the same breath."""
        lead = view.section(1, Judged(desk.record(), False)).lead
        closed = view.section(1, Judged(desk.record("no_go"), False)).lead

        assert lead == "May go to production. Unrecorded, it opens no gate."
        assert "opens" not in closed

    def test_a_conditional_go_counts_what_stands(self, desk: Desk) -> None:
        """A CONDITIONAL_GO says how many conditions stand; a closed one does not."""
        closed = desk.condition("a", closed_at="2026-01-16T09:30:00.000000Z")
        record = desk.conditional(conditions=(closed, desk.condition("b")))

        assert view.section(1, Judged(record, True)).lead == "May go to production, on 1 condition."

    def test_a_conditional_go_without_conditions_counts_reasons(self, desk: Desk) -> None:
        """A CONDITIONAL_GO that opened no condition, as with a waiver, says what speaks against."""
        record = desk.conditional(conditions=())

        lead = view.section(1, Judged(record, True)).lead
        assert lead == "May go to production; 1 reason against a GO."

    def test_a_no_go_counts_what_decides(self, desk: Desk) -> None:
        """A NO_GO counts the reasons that close the gate, not those that only keep a GO away."""
        reasons = (desk.reason("a", 3), desk.reason("b", 8), desk.reason("c", 9))

        lead = view.section(1, Judged(desk.record("no_go", reasons=reasons), True)).lead
        assert lead == "May not go to production, for 2 reasons."

    def test_what_has_expired_is_no_go_any_more(self, desk: Desk) -> None:
        """An expired GO is EXPIRED; it says what it was and until when."""
        section = view.section(1, Judged(desk.record(), True, None, True))

        assert section.state is State.EXPIRED
        assert section.lead == "It was GO until 2026-01-16 09:30 UTC; now every gate is closed."

    @pytest.mark.parametrize(
        ("item", "kind", "lead"),
        [
            (Rejected("a", (FAULT,)), "rejected", "cannot be used: 1 fault."),
            (Undecided("a", "b", "c"), "undecided", "No decision could be made or recorded."),
            (Interrupted("a", "b"), "interrupted", "with no result so far."),
            (Interrupted("a", "b", (Heard("c", "d", "e"),)), "interrupted", "1 result so far."),
        ],
        ids=["rejected", "undecided", "interrupted-early", "interrupted"],
    )
    def test_no_decision(self, item: Item, kind: str, lead: str) -> None:
        """Where there is no decision, the state says so and the lead says why."""
        section = view.section(7, item)

        assert (section.anchor, section.kind, section.state) == ("target-7", kind, State.NONE)
        assert section.lead.endswith(lead)


def test_the_gravest_gap_stands_first(desk: Desk) -> None:
    """Gaps stand before passes, and among gaps the one with the most grave role."""
    checks = (
        desk.check("a", "passed", role="blocker"),
        desk.check("b", "not_applicable", role="blocker"),
        desk.check("c", "failed", role="advisory"),
        desk.check("d", "warned", role="blocker"),
        desk.check("e", "unknown", role="blocker"),
        desk.check("f", "missing"),
        desk.check("g", "failed", role="shadow"),
        desk.check("h", "errored"),
    )

    assert "".join(check.id for check in view.by_concern(checks)) == "efhcgdab"


def test_reasons_are_parted_by_what_they_do(desk: Desk) -> None:
    """Levels to 8 close the gate, level 9 only keeps a GO away."""
    record = desk.record("no_go", reasons=(desk.reason("a", 8), desk.reason("b", 9)))

    assert [reason.text for reason in view.decisive(record)] == ["a"]
    assert [reason.text for reason in view.further(record)] == ["b"]


class TestThresholds:
    """thresholds."""

    def test_the_policy_tells_them(self, desk: Desk) -> None:
        """What the decision was held against is known, missed or not."""
        reasons = (desk.reason("b", code="below_go", expected=">= 50%"),)
        record = desk.record(policy=desk.policy(go=0.925, conditional=0.7), reasons=reasons)

        assert list(view.thresholds(record).items()) == [("conditional_go", 0.7), ("go", 0.925)]

    @pytest.mark.parametrize("go", [math.nan, math.inf, -0.1, 1.1])
    def test_what_is_no_share_is_not_drawn(self, desk: Desk, go: float) -> None:
        """A threshold that lies outside the scale is not marked beside it."""
        record = desk.record(policy=desk.policy(go=go))

        assert view.thresholds(record) == {"conditional_go": 0.7}

    def test_a_missed_one_is_known(self, desk: Desk) -> None:
        """A reason that names a threshold tells it; one about something else does not."""
        reasons = (
            desk.reason("a", 7, code="score", expected=">= 70%"),
            desk.reason("b", code="below_go", expected=">= 92.5%"),
            desk.reason("c", 6, code="category_floor", expected=">= 50%"),
        )

        known = view.thresholds(desk.record("no_go", reasons=reasons))
        assert known == {"conditional_go": 0.7, "go": 0.925}

    @pytest.mark.parametrize("expected", ["", "70%", ">= 101%", ">= 1e3%", ">= 70% x", ">= ٧٠٪"])
    def test_what_is_no_figure_is_not_drawn(self, desk: Desk, expected: str) -> None:
        """An expected value that is no share is no threshold."""
        record = desk.record(
            "no_go", reasons=(desk.reason("a", 7, code="score", expected=expected),)
        )

        assert view.thresholds(record) == {}


class TestPhases:
    """phases."""

    def test_they_lie_end_to_end(self) -> None:
        """Each phase that took time begins where the one before ended; the shares make one."""
        drawn = view.phases(facts())

        assert [(phase.name, phase.start_ratio, phase.share_ratio) for phase in drawn] == [
            ("dns", 0.0, 0.05),
            ("connect", 0.05, 0.15),
            ("ttfb", 0.2, 0.6),
            ("transfer", 0.8, 0.2),
        ]

    @pytest.mark.parametrize("length", [math.nan, math.inf, -1.0, True, "5", 10**18], ids=repr)
    def test_what_is_no_length_is_not_drawn(self, length: str | float | bool) -> None:
        """A phase that is no length of time leaves all of them undrawn, but not unsaid."""
        seen = facts(tls=length)

        assert view.phases(seen) == ()
        assert len(view.plain_facts(seen, "")) == len(seen)

    def test_one_that_is_missing(self) -> None:
        """Without one of the phases the whole is not known, and nothing is drawn."""
        seen = facts()
        del seen["director.probe.tls_ms"]

        assert view.phases(seen) == ()

    def test_nothing_took_time(self) -> None:
        """A probe that took no time, as one from memory, has no phases to draw."""
        assert view.phases(facts(dns=0, connect=0, ttfb=0, transfer=0)) == ()


def test_what_is_drawn_is_not_said_again() -> None:
    """Facts leave out the phases that are drawn and the URL that stands above them."""
    seen = {**facts(), "url.full": "https://a/", "director.probe.total_ms": 100.0, "reused": True}

    assert view.plain_facts(seen, "https://a/") == [("reused", "true")]
    assert ("url.full", "https://a/") in view.plain_facts(seen, "https://b/")


@pytest.mark.parametrize(
    "text",
    [
        "https://wiki/sec-42",
        "http://127.0.0.1:8080/a?b=c&d=%20#e",
        "https://[::1]/",
        "https://a",
    ],
)
def test_a_plain_address_is_a_link(text: str) -> None:
    """An http or https address in plain ASCII may be followed."""
    assert view.is_plain_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " https://a",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example",
        "/relative",
        "HTTPS://a",
        "https:evil.example",
        "https://bank.example@evil.example/",
        'https://a/"onmouseover="x',
        "https://a/<b>",
        "https://a/ b",
        "https://a/\n",
        "https://a\\@evil.example",
        "https://p\u0430yments.example/",
        "https://a/\u202etxt.exe",
        "https://" + "a" * 2_000,
        "",
    ],
)
def test_everything_else_is_text(text: str) -> None:
    """What runs, what leads elsewhere than it reads, and what is too long to read is no link."""
    assert not view.is_plain_url(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\tc", "a b c"),
        ("a\u202eb", "a\ufffdb"),
        ("\ud800", "\ufffd"),
        ("Z\u0351\u0352\u0353\u0354a", "Z\u0351\u0352a"),
        ("e\u0301\u0308", "e\u0301\u0308"),
        ("x" * 3_000, "x" * 1_999 + "…"),
    ],
    ids=["space", "bidi", "surrogate", "pile", "accents", "long"],
)
def test_a_text_stays_where_it_is_put(text: str, expected: str) -> None:
    """A text is one line, in one direction, no taller than a line and no longer than a page."""
    assert view.shown(text) == expected


@pytest.mark.parametrize(
    ("duration_ms", "expected"),
    [
        (0, "0 ms"),
        (0.099, "< 0.1 ms"),
        (0.1, "0.1 ms"),
        (9.94, "9.9 ms"),
        (10, "10 ms"),
        (999.4, "999 ms"),
        (1000, "1.00 s"),
    ],
)
def test_a_duration_is_said_in_its_own_unit(duration_ms: float, expected: str) -> None:
    """A duration has as many places as anybody reads."""
    assert view.duration(duration_ms) == expected
