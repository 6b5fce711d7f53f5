"""formats.html: one page for a review board."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from director.errors import Fault
from director.formats.format import Setting, make_format
from director.formats.text import Look
from director.model.difference import Change, Difference, Turn
from director.model.record import EvidenceEntry
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk

VOID = {"meta", "wbr"}

BLOCKS = {"caption", "dd", "div", "dt", "h1", "h2", "h3", "h4", "li", "p", "section", "td", "th"}

HEADINGS = ("h1", "h2", "h3", "h4")


class Page(HTMLParser):
    """A page as its elements and what can be read on it.

    Args:
        source: The page.
    """

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = source
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[int, str]] = []
        self._path: list[str] = []
        self._said: list[str] = []
        self.feed(source)
        self.close()
        assert not self._path

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go in; a block begins on a line of its own."""
        self._said.append(" " if tag in BLOCKS else "")
        self.elements.append((tag, dict(attrs)))
        if tag in HEADINGS:
            self.headings.append((int(tag[1]), ""))
        if tag not in VOID:
            self._path.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that is closed at once, as in drawings."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Go out; every element that was opened is closed, in order."""
        assert self._path.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note what is read."""
        if self._path and self._path[-1] not in {"style", "title"}:
            self._said.append(data)
            if any(tag in HEADINGS for tag in self._path):
                level, said = self.headings[-1]
                self.headings[-1] = level, said + data

    @property
    def text(self) -> str:
        """What can be read, with single blanks."""
        return " ".join("".join(self._said).split())

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        """Return the attributes of every *tag* with *attributes*; ``class_`` stands for class."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            found
            for name, found in self.elements
            if name == tag and wanted.items() <= found.items()
        ]


def page(*items: Item, several: bool = False, stored_in: str = "") -> Page:
    """Return the whole page on *items*."""
    form = make_format("html", Setting(Look(), stored_in, several))
    return Page(form.begin() + "".join(map(form.item, items)) + form.end())


def test_nothing_is_written_before_the_last_item(desk: Desk) -> None:
    """The overview of all targets stands first, so the page is written when all are known."""
    form = make_format("html", Setting(Look()))

    assert form.begin() + form.item(Judged(desk.record(), True)) == ""
    assert form.end().startswith('<!DOCTYPE html>\n<html lang="en">')


def test_the_policy_admits_its_own_style_and_nothing_else(desk: Desk) -> None:
    """The page's policy refuses everything but the one style sheet whose digest it names."""
    whole = page(Judged(desk.conditional(), True))

    (policy,) = whole.all("meta", **{"http-equiv": "Content-Security-Policy"})
    style = whole.source.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style
    assert "@import" not in style


def test_the_page_asks_nobody_for_anything(desk: Desk) -> None:
    """No element loads, runs or sends anything, and none has a style or a handler of its own."""
    whole = page(Judged(desk.conditional(), True), Judged(desk.record("no_go"), False))

    tags = {tag for tag, _ in whole.elements}
    names = {name for _, attributes in whole.elements for name in attributes}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    assert not names & {"style", "src", "srcset", "action", "formaction", "ping"}
    assert not any(name.startswith("on") for name in names)


@pytest.mark.parametrize(
    ("decision", "expired", "word"),
    [
        ("go", False, "GO"),
        ("conditional_go", False, "CONDITIONAL_GO"),
        ("no_go", False, "NO_GO"),
        ("go", True, "EXPIRED"),
    ],
)
def test_the_decision_is_a_word(desk: Desk, decision: str, expired: bool, word: str) -> None:
    """The decision is said in a word, with a sign of its own, and never by colour alone."""
    whole = page(Judged(desk.record(decision), True, None, expired))

    assert (2, f"Decision: {word}") in whole.headings
    assert whole.all("use", href=f"#i-{word.lower()}")
    assert f"<title>{word}: payment-service@production" in whole.source


def test_what_is_unrecorded_says_so_aloud(desk: Desk) -> None:
    """A decision that is in no store says so beside it, and again where its basis is told."""
    unrecorded = page(Judged(desk.record(), False))
    recorded = page(Judged(desk.record(), True), stored_in="/var/d.db")

    assert "UNRECORDED This decision is in no store: for looking" in unrecorded.text
    assert "Recorded no: for looking, not for gating" in unrecorded.text
    assert "UNRECORDED" not in recorded.text
    assert "Recorded in /var/d.db" in recorded.text


def test_lost_log_lines_are_told(desk: Desk) -> None:
    """Lines that the log has lost stand beside the decision."""
    whole = page(Judged(desk.record(log_dropped=3), True))

    assert "LOG INCOMPLETE The log has lost 3 lines of this evaluation." in whole.text


def test_the_four_figures(desk: Desk) -> None:
    """Pass rate, score, verified share and coverage stand side by side, each with its measure."""
    whole = page(Judged(desk.record(), True))

    assert "Pass rate 88% 7 of 8 checks passed, 1 failed" in whole.text
    assert "Score 86.6% weighted; exactly 13/15" in whole.text
    assert "Verified 25% by a probe; the rest is the team's word" in whole.text
    assert "Coverage 100% of the checks could tell" in whole.text


def test_known_thresholds_are_marked(desk: Desk) -> None:
    """A threshold that a reason names is marked on the score, and said."""
    whole = page(Judged(desk.conditional(), True))

    (scale,) = whole.all("svg", **{"aria-label": "Score 86.6%, a GO needs 90%"})
    assert scale["role"] == "img"
    assert whole.all("line", x1="90.00%", class_="mark")
    assert "Score 86.6% GO from 90%" in whole.text


def test_both_thresholds_are_marked(desk: Desk) -> None:
    """What a CONDITIONAL_GO and a GO need is marked on the score, and said, missed or not."""
    whole = page(Judged(desk.record(policy=desk.policy()), True))

    label = "Score 86.6%, a CONDITIONAL_GO needs 70%, a GO needs 90%"
    assert len(whole.all("svg", **{"aria-label": label})) == 1
    assert [line["x1"] for line in whole.all("line", class_="mark")] == ["70.00%", "90.00%"]
    assert "CONDITIONAL_GO from 70% GO from 90% weighted; exactly 13/15" in whole.text


def test_a_reason_has_measured_and_expected(desk: Desk) -> None:
    """Each reason says what was measured, what was expected, and what to do with what effort."""
    reason = desk.reason("a failed", 5, code="failed", remedy="mend a", effort="low")
    whole = page(Judged(desk.record("no_go", reasons=(reason, desk.reason("b"))), True))

    assert "Why NO_GO" in [said for _, said in whole.headings]
    grave, _, light = whole.text.partition("Also keeps it from a GO")
    assert "failed a failed → Remedy: mend a low effort 86.6% ≥ 90%" in grave
    assert "below go b 86.6% ≥ 90%" in light


def test_a_conditional_go_has_no_closed_gate(desk: Desk) -> None:
    """Reasons of a CONDITIONAL_GO keep it from a GO and close nothing."""
    whole = page(Judged(desk.conditional(), True))

    assert "Why not GO" in [said for _, said in whole.headings]
    assert "Closes the gate" not in whole.text


def test_the_shortest_way(desk: Desk) -> None:
    """The fixes that reach GO stand with remedy and effort; where none do, that is said."""
    way = page(Judged(desk.conditional(), True)).text
    none = page(Judged(desk.conditional(fixes=None), True)).text

    assert "title of declared.load_test declared.load_test mend it high effort" in way
    assert "Shortest way to GO No list of fixes to these checks reaches GO." in none


def test_a_go_has_nothing_to_explain(desk: Desk) -> None:
    """A GO has neither reasons nor a way to it."""
    said = [said for _, said in page(Judged(desk.record(), True)).headings]

    assert said[:2] == ["payment-service in production", "Decision: GO"]
    assert not any("GO" in each for each in said[2:])


class TestCategories:
    """The drawing."""

    def test_a_bar_is_score_weight_and_floor(self, desk: Desk) -> None:
        """A bar is as long as the score and as thick as the weight; its floor is marked."""
        heavy = desk.category(desk.check("a"), name="security", weight=3.0, score=1.0)
        light = desk.category(desk.check("b"), weight=1.5, score=0.25, floor=0.5)
        whole = page(Judged(desk.record(categories=(heavy, light)), True))

        assert whole.all("rect", class_="fill", width="100.00%", height="20.0")
        assert whole.all("rect", class_="fill under", width="25.00%", height="11.5")
        assert whole.all("line", class_="mark", x1="50.00%")
        assert whole.all(
            "svg", **{"aria-label": "reliability: score 25%, floor 50%, weight 1.5", "role": "img"}
        )
        assert "reliability 25% 50% below 1.5" in whole.text

    def test_a_score_on_the_floor_is_not_below(self, desk: Desk) -> None:
        """Who reaches the floor exactly has reached it."""
        category = desk.category(desk.check("a"), score=0.5, floor=0.5)

        assert not page(Judged(desk.record(categories=(category,)), True)).all(
            "rect", class_="fill under"
        )

    def test_nothing_counts(self, desk: Desk) -> None:
        """A category in which nothing counts has no bar, and says so."""
        category = desk.category(desk.check("a", "not_applicable"), score=None, weight=0.0)
        whole = page(Judged(desk.record(categories=(category,)), True))

        assert whole.all("svg", **{"aria-label": "reliability: nothing counts, weight 0"})
        assert len(whole.all("rect", class_="fill")) == 3

    def test_nothing_was_planned(self, desk: Desk) -> None:
        """A record without categories says that nothing was planned."""
        assert (
            "Nothing was planned." in page(Judged(desk.record("no_go", categories=()), True)).text
        )

    def test_an_empty_category(self, desk: Desk) -> None:
        """A category of the profile that has no check says so."""
        record = desk.record(categories=(desk.category(),))

        assert "It has no checks." in page(Judged(record, True)).text


class TestCheck:
    """One check."""

    def test_everything_about_it(self, desk: Desk) -> None:
        """A check tells outcome, reason, role, weight, duration, plugin, version and place."""
        check = desk.check(
            "a.b", "failed", role="blocker", origin="manifest", expected="true", line=7, weight=2.0
        )
        said = page(Judged(desk.record("no_go", categories=(desk.category(check),)), True)).text

        assert (
            "failed title of a.b a.b reason of a.b, expected true → Remedy: mend a.b medium effort"
            " blocker weight 2 by the manifest 1.5 ms director-declared 0.1.0 manifest line 7"
        ) in said

    def test_what_it_said_itself(self, desk: Desk) -> None:
        """Where another word counts than the check's own, both are told."""
        check = desk.check("a.b", "unknown", said="passed")

        assert (
            "unknown said passed title of a.b"
            in page(Judged(desk.record("no_go", categories=(desk.category(check),)), True)).text
        )

    def test_its_evidence(self, desk: Desk) -> None:
        """Evidence tells who stands behind it, where it is, when it was seen, and what was seen."""
        seen = {f"director.probe.{name}_ms": 0 for name in ("dns", "connect", "send", "other")}
        seen |= {"director.probe.tls_ms": 25, "director.probe.ttfb_ms": 75}
        seen |= {"director.probe.transfer_ms": 0, "http.response.status_code": 200}
        piece = EvidenceEntry(
            kind="probed",
            source="https://a/z?b&c",
            at="2026-01-15T09:30:00.000000Z",
            facts={**seen},
        )
        check = desk.check("a.b", evidence=(piece,))
        whole = page(Judged(desk.record(categories=(desk.category(check),)), True))

        assert (
            "probed https://a/z?b&c 2026-01-15 09:30 UTC tls 25 ms ttfb 75 ms"
            " http.response.status_code 200"
        ) in whole.text
        assert whole.all("rect", x="25.00%", width="75.00%", y="1")
        assert whole.all("a", href="https://a/z?b&c", rel="noopener noreferrer nofollow")

    def test_an_address_that_is_not_plain_is_text(self, desk: Desk) -> None:
        """Evidence that no one should follow is told, and is no link."""
        piece = EvidenceEntry(kind="declared", source="javascript:alert(1)", at=None)
        check = desk.check("a.b", evidence=(piece,))
        whole = page(Judged(desk.record(categories=(desk.category(check),)), True))

        assert "declared javascript:alert(1)" in whole.text
        assert all(str(link["href"]).startswith("#") for link in whole.all("a"))


def test_a_condition_has_owner_and_due_date(desk: Desk) -> None:
    """A condition tells who closes it until when; one without an owner says so."""
    orphan = desk.condition("b", owner="", closed_at="2026-01-20T09:30:00.000000Z")
    said = page(Judged(desk.conditional(conditions=(desk.condition("a"), orphan)), True)).text

    assert "a team-payments 2026-01-15 09:30 UTC 2026-01-29 09:30 UTC open" in said
    assert "b nobody: the manifest names no owner" in said
    assert "closed 2026-01-20 09:30 UTC" in said


def test_waivers_and_requests(desk: Desk) -> None:
    """A waiver tells who approved it and what it did; a request that nobody has approved it."""
    record = desk.conditional(waivers=(desk.waiver("a"),), waiver_requests=(desk.request("b"),))
    said = page(Judged(record, True)).text

    assert "a waiting for the rig in effect OPS-1 bob asked by ann 2026-02-01 00:00 UTC" in said
    assert "b later requested OPS-2 nobody yet 2026-02-01 00:00 UTC" in said


def test_what_it_was_judged_by(desk: Desk) -> None:
    """The page names digests, artifact, evaluation, Director and both instants in full."""
    record = desk.record(artifact="sha256:a", source="pay.yaml")
    said = page(Judged(record, True)).text

    assert "Profile baseline sha256:p Manifest pay.yaml sha256:m Artifact sha256:a" in said
    assert "Evaluation 01JH0000000000000000000001 manual" in said
    assert "Director 0.1.0 Decided at 2026-01-15T09:30:00.000000Z" in said
    assert "Valid until 2026-01-16T09:30:00.000000Z" in said


def test_a_decision_bound_to_no_artifact_says_so(desk: Desk) -> None:
    """Without an artifact nobody can say what is launched, and the page says that."""
    assert "Artifact none named" in page(Judged(desk.record(), True)).text


class TestDifference:
    """What became better or worse."""

    def then(self, *changes: Change, same_profile: bool = True) -> Difference:
        """Return what an earlier NO_GO differs in."""
        return Difference(
            evaluation="01JG",
            decision="no_go",
            decided_at="2026-01-14T09:30:00.000000Z",
            score=0.5,
            pass_rate="50%",
            profile="strict",
            same_profile=same_profile,
            changes=changes,
        )

    def change(self, turn: Turn, before: str | None, after: str | None) -> Change:
        """Return one change."""
        return Change(check="a", title="A", turn=turn, before=before, after=after, reason="why")

    def test_both_decisions_and_each_change(self, desk: Desk) -> None:
        """The earlier decision stands beside this one, then each check that turned."""
        then = self.then(
            self.change(Turn.WORSE, "passed", "failed"), self.change(Turn.NEW, None, "passed")
        )
        whole = page(Judged(desk.conditional(), True, then))

        assert (
            "NO_GO → then, now CONDITIONAL_GO Pass rate 50% → 88%, score 50% → 86.6%" in whole.text
        )
        assert "worse A a why passed failed" in whole.text
        assert "new A a why not planned passed" in whole.text
        assert "another policy" not in whole.text

    def test_another_policy(self, desk: Desk) -> None:
        """Where the policy was another, the scores are said not to be alike."""
        said = page(Judged(desk.conditional(), True, self.then(same_profile=False))).text

        assert "Judged by another policy then (strict): the scores are not alike." in said
        assert "Every check says what it said then." in said


class TestWithoutDecision:
    """NO DECISION."""

    def test_faults(self) -> None:
        """Every fault of an input is told with its place."""
        faults = (Fault("a.yaml", 4, 3, "must be true"), Fault("DIRECTOR_X", 0, 0, "must be 1"))
        whole = page(Rejected("a.yaml", faults))

        assert "a.yaml Decision: NO DECISION The manifest or its profile" in whole.text
        assert "a.yaml:4:3 must be true DIRECTOR_X must be 1" in whole.text

    def test_undecided(self) -> None:
        """What could not be decided or recorded says why."""
        said = page(Undecided("a.yaml", "ledger@staging", "the store is locked")).text

        assert "ledger@staging a.yaml Decision: NO DECISION" in said
        assert "Why the store is locked" in said

    def test_interrupted(self) -> None:
        """What was interrupted tells what had come in until then."""
        heard = (Heard("a", "passed", "fine"), Heard("b", "errored", "it crashed"))

        assert "passed a fine errored b it crashed" in page(Interrupted("x", "y", heard)).text
        assert "No result had come in." in page(Interrupted("x", "y")).text


class TestSeveral:
    """Several targets."""

    def test_the_overview_comes_first(self, desk: Desk) -> None:
        """A table of all targets, with a link to each, stands before the first one."""
        whole = page(
            Judged(desk.record(), False),
            Judged(desk.record("no_go", environment=""), True),
            Undecided("a", "b", "c"),
        )

        assert (
            "3 targets 1 GO 1 NO_GO 1 NO DECISION UNRECORDED 1 of these decisions is" in whole.text
        )
        assert "payment-service@production GO unrecorded 88% 86.6% 25%" in whole.text
        assert "b NO DECISION No decision could be made or recorded." in whole.text
        links = [str(link["href"]) for link in whole.all("a")]
        ids = [attributes["id"] for _, attributes in whole.elements if "id" in attributes]
        assert {link[1:] for link in links} <= set(ids)
        assert len(ids) == len(set(ids))

    @pytest.mark.parametrize("items", [0, 1], ids=["none", "one"])
    def test_they_were_asked_for(self, desk: Desk, items: int) -> None:
        """Who asked for several gets the overview, also if there was only one, or none."""
        whole = page(*[Judged(desk.record(), True)] * items, several=True)

        assert whole.headings[0] == (1, "0 targets" if items == 0 else "1 target")
        assert ("NO DECISION: nothing was judged." in whole.text) is (items == 0)

    @pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
    def test_headings_go_down_by_one(self, desk: Desk, several: bool) -> None:
        """There is one first heading, and no level is left out on the way down."""
        record = desk.conditional(waivers=(desk.waiver("a"),))
        levels = [level for level, _ in page(Judged(record, True), several=several).headings]

        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_name_is_never_an_anchor(desk: Desk) -> None:
    """Ids on the page are made here; no manifest can take another's place."""
    record = desk.record(service="target-2", categories=(desk.category(name="overview"),))
    whole = page(Judged(record, True), Judged(record, True))

    ids = [str(attributes["id"]) for _, attributes in whole.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(
        re.fullmatch(r"i-[a-z_]+|content|overview|target-\d+(-[a-z]+(-\d+)?)?", i) for i in ids
    )


def test_what_is_written_is_escaped_and_printable(desk: Desk) -> None:
    """No text becomes markup, turns its neighbours around, or breaks the page's encoding."""
    hostile = "</style><script>alert(1)</script>\u202e\ud800\x00\n'\"&lt;"
    check = replace(desk.check("a"), title=hostile)
    whole = page(Judged(desk.record(categories=(desk.category(check),)), True))

    assert not whole.all("script")
    assert "</style><script>alert(1)</script>\ufffd\ufffd\ufffd '\"&lt;" in whole.text
    assert whole.source.encode()
