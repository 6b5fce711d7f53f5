"""formats.markdown: the comment on a pull request."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from director.errors import Fault
from director.formats.format import Setting, make_format
from director.formats.text import Look
from director.model.difference import Change, Difference, Turn
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from director.model.record import Record
    from tests.unit.formats.conftest import Desk

GITHUB = MarkdownIt("gfm-like")

HOSTILE = (
    "x --> </details></summary>\n\n# GO\n<script>alert(1)</script> <!-- <img src=x onerror=y>"
    " ![i](https://evil.example/i) [l](https://evil.example) https://evil.example www.evil.example"
    " @octocat #123 GH-9 deadbeef0123 | a | b |\n|---|---|\n```\nfence\n~~~ `code` **b** $x$ :tada:"
)

FIGURES = (
    "7 of 8 checks passed · score 86.6% · coverage 100% · verified by probe 25%"
    " · profile baseline · evaluation 01JH0000000000000000000001"
)

OURS = {"<span>", "</span>"}
BLOCKS = ("<!-- director", "<details>\n<summary>", "</details>")


def written(*items: Item, several: bool | None = None) -> str:
    """Return the whole report on *items*."""
    many = len(items) > 1 if several is None else several
    form = make_format("markdown", Setting(Look(), several=many))
    return form.begin() + "".join(map(form.item, items)) + form.end()


def parsed(page: str) -> list[Token]:
    """Return the tokens of *page*: no link, no image, no fence, and no HTML but ours."""
    tokens = GITHUB.parse(page)
    for token in tokens:
        assert token.type not in {"fence", "code_block", "hr", "blockquote_open"}
        if token.type == "html_block":
            assert token.content.startswith(BLOCKS)
            assert token.content.count("<") <= 3
        for child in token.children or []:
            assert child.type in {
                "text",
                "code_inline",
                "strong_open",
                "strong_close",
                "html_inline",
            }
            assert child.type != "html_inline" or child.content in OURS
    return tokens


def shown(page: str) -> list[str]:
    """Return every line of *page* as a reader sees it."""
    return [
        "".join(child.content for child in token.children or [] if child.type != "html_inline")
        for token in parsed(page)
        if token.type == "inline"
    ]


def shape(page: str) -> list[str]:
    """Return what *page* is built of, from the outside."""
    return [token.type for token in parsed(page)]


def difference(*changes: Change, **given: Any) -> Difference:  # noqa: ANN401  # any field
    """Return a difference with *changes*."""
    plain: dict[str, Any] = {
        "evaluation": "01JH0000000000000000000000",
        "decision": "go",
        "decided_at": "2026-01-14T09:30:00.000000Z",
        "score": 1.0,
        "pass_rate": "100%",
        "profile": "baseline",
        "same_profile": True,
    }
    return Difference(**{**plain, **given}, changes=changes)


def change(check: str, turn: Turn, before: str | None, after: str | None) -> Change:
    """Return one change."""
    return Change(
        check=check, title="t", turn=turn, before=before, after=after, reason=f"reason of {check}"
    )


def full(desk: Desk) -> Record:
    """Return a record with every section in it."""
    return desk.conditional(
        waivers=(desk.waiver("a.b"),), waiver_requests=(desk.request("a.c"),), log_dropped=3
    )


ENDS = "would end on 2026-02-01, OPS-2: later"


def test_the_payment_service_as_a_reviewer_sees_it(desk: Desk) -> None:
    """The difference comes first, then the decision, what to fix, and what it rests on."""
    worse = change("declared.load_test", Turn.WORSE, "passed", "failed")
    page = written(Judged(full(desk), recorded=True, difference=difference(worse)))

    assert page.startswith("<!-- director:payment-service@production -->\n\n### 🟡 ")
    assert shown(page) == [
        "🟡 payment-service@production: CONDITIONAL_GO 88%",
        "Compared with GO 100% (2026-01-14 09:30 UTC, 01JH0000000000000000000000):",
        "Worse: declared.load_test passed → failed: reason of declared.load_test",
        FIGURES,
        "Valid until 2026-01-16 09:30 UTC.",
        "The log has lost 3 lines.",
        "Why not GO",
        "the score is 86.6%, a GO needs 90%",
        "What to fix, the shortest way to GO:",
        "declared.load_test (high effort): mend it",
        "Conditions",
        "declared.load_test: team-payments, due 2026-01-29",
        "Waivers",
        "a.b: in effect, approved by bob until 2026-02-01, OPS-1: waiting for the rig",
        f"a.c: requested in the manifest, without effect until approved, {ENDS}",
        "Category reliability: score 50%, floor 50%",
        "",
        "Check",
        "Role",
        "",
        "✓ passed",
        "declared.healthcheck",
        "required",
        "title of declared.healthcheck",
        "✗ failed",
        "declared.load_test",
        "advisory",
        "reason of declared.load_test",
    ]
    assert "\n<details>\n<summary>2 checks by category</summary>\n\n" in page
    assert page.endswith("\n\n</details>\n")


def test_every_turn_is_named(desk: Desk) -> None:
    """The difference names what became worse, better, new, other, or is gone."""
    page = written(
        Judged(
            desk.record(),
            recorded=True,
            difference=difference(
                change("a.w", Turn.WORSE, "passed", "failed"),
                change("a.n", Turn.NEW, None, "not_applicable"),
                change("a.b", Turn.BETTER, "failed", "passed"),
                change("a.c", Turn.CHANGED, "unknown", "errored"),
                change("a.g", Turn.GONE, "passed", None),
                same_profile=False,
                profile="strict",
            ),
        )
    )

    assert shown(page)[2:8] == [
        "It was judged by another policy then, strict: the figures are not alike.",
        "Worse: a.w passed → failed: reason of a.w",
        "New: a.n not applicable: reason of a.n",
        "Better: a.b failed → passed: reason of a.b",
        "Changed: a.c unknown → errored: reason of a.c",
        "Gone: a.g passed: reason of a.g",
    ]


def test_no_change_is_said(desk: Desk) -> None:
    """Where nothing changed the comment says so; where nothing was compared it does not."""
    same = Judged(desk.record(), recorded=True, difference=difference())

    assert "no check changed" in shown(written(same))
    assert "Compared" not in written(Judged(desk.record(), recorded=True))


def test_a_go_has_nothing_to_explain(desk: Desk) -> None:
    """A GO has no reasons, fixes, conditions or waivers."""
    page = written(Judged(desk.record(), recorded=True))

    assert shown(page)[0] == "🟢 payment-service@production: GO 88%"
    assert not any(word in page for word in ("Why", "fix", "Conditions", "Waivers", "lost"))


def test_only_what_decides_is_told(desk: Desk) -> None:
    """The reasons of a NO_GO are those for it; without a list of fixes the comment says so."""
    reasons = (desk.reason("too low", 7), desk.reason("not enough", 9))

    lines = shown(written(Judged(desk.record("no_go", reasons=reasons, fixes=None), recorded=True)))

    assert lines[0] == "🔴 payment-service@production: NO_GO 88%"
    assert lines[lines.index("Why NO_GO") + 1 :][:2] == [
        "too low",
        "What to fix: no list of fixes to these checks reaches GO.",
    ]
    assert "not enough" not in lines


def test_what_expired_is_no_go_to_act_on(desk: Desk) -> None:
    """An expired GO is EXPIRED in grey, and its gate is closed."""
    page = written(Judged(desk.record(), recorded=True, expired=True))

    assert shown(page)[0] == "⚪ payment-service@production: EXPIRED"
    assert "🟢" not in page
    assert (
        "The decision expired on 2026-01-16 09:30 UTC; it was GO."
        " Every gate is closed until the next evaluation."
    ) in shown(page)
    assert "Valid until" not in page


def test_what_is_not_recorded_says_so(desk: Desk) -> None:
    """A decision that is not durable is for looking, not for gating."""
    assert "Unrecorded: for looking" in written(Judged(desk.record(), recorded=False))
    assert "Unrecorded" not in written(Judged(desk.record(), recorded=True))


def test_closed_conditions_are_not_shown(desk: Desk) -> None:
    """Only a condition that stands is shown, even without an owner."""
    closed = desk.condition("a.closed", closed_at="2026-01-20T00:00:00.000000Z")
    lonely = desk.condition("a.open", owner="")

    lines = shown(written(Judged(desk.record(conditions=(closed, lonely)), recorded=True)))

    assert "a.open: nobody (the manifest names no owner), due 2026-01-29" in lines
    assert not any("a.closed" in line for line in lines)


def test_a_check_says_what_was_expected(desk: Desk) -> None:
    """The row of a check has what it said, and what was expected if that is not in it."""
    checks = (
        desk.check("a.b", "failed", expected="200", category="x"),
        desk.check("a.c", "passed", observed="12 ms"),
    )

    page = written(Judged(desk.record(categories=(desk.category(*checks, score=None),)), True))

    assert "| ✗ failed | `a.b` | required | reason of a\\.b, expected 200 |" in page
    assert "| ✓ passed | `a.c` | required | reason of a\\.c |" in page
    assert "Category reliability: nothing counts" in shown(page)


@pytest.mark.parametrize(
    ("item", "first", "lines"),
    [
        (
            Rejected("a/b.yaml", (Fault("a/b.yaml", 3, 7, "must be a text, got 7"),)),
            "<!-- director:a%2Fb.yaml -->",
            [
                "⚫ a/b.yaml: NO DECISION",
                "The input cannot be used:",
                "a/b.yaml:3:7: must be a text, got 7",
            ],
        ),
        (
            Undecided("a.yaml", "shop@production", "the disk is full"),
            "<!-- director:shop@production -->",
            [
                "⚫ shop@production: NO DECISION",
                "No decision could be made or recorded:",
                "the disk is full",
            ],
        ),
        (
            Interrupted("a.yaml", "shop", (Heard("a.b", "passed", "ok"),)),
            "<!-- director:shop -->",
            [
                "⚫ shop: NO DECISION",
                "It was interrupted; this had come in:",
                "a.b passed: ok",
            ],
        ),
        (
            Interrupted("a.yaml", "shop"),
            "<!-- director:shop -->",
            ["⚫ shop: NO DECISION", "It was interrupted; no result had come in."],
        ),
    ],
)
def test_no_decision_says_why(item: Item, first: str, lines: list[str]) -> None:
    """Where there is no decision the comment says why."""
    page = written(item)

    assert page.split("\n")[0] == first
    assert shown(page) == lines


def test_several_targets_begin_with_a_list(desk: Desk) -> None:
    """Of several targets the comment has a list first, then each target, the worst first."""
    go = desk.record("go", service="a")
    no_go = desk.record("no_go", service="b")

    page = written(Judged(go, recorded=True), Judged(no_go, recorded=True))

    assert page.startswith("<!-- director -->\n")
    assert shown(page)[:4] == [
        "🔴 NO_GO 1/2",
        "🔴 b@production: NO_GO 88%",
        "🟢 a@production: GO 88%",
        "🔴 b@production: NO_GO 88%",
    ]
    assert page.count("<details>") == page.count("</details>") == 2


def test_one_of_several_is_a_list(desk: Desk) -> None:
    """Where several were asked for, a bot finds the same comment again, however many came."""
    page = written(Judged(desk.record(), recorded=True), several=True)

    assert page.startswith("<!-- director -->\n\n### 🟢 GO 1/1\n")


def test_nothing_is_no_decision() -> None:
    """A run that ended before its first target is no GO."""
    assert shown(written()) == ["⚫ NO DECISION: no target was evaluated"]


def poisoned(value: Any, keep: frozenset[str]) -> Any:  # noqa: ANN401  # any part of an item
    """Return *value* with something hostile in each text, but those in *keep* and empty ones."""
    if isinstance(value, tuple):
        return tuple(poisoned(each, keep) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        changes = {
            field.name: poisoned(getattr(value, field.name), keep)
            for field in fields(value)
            if field.name not in keep
        }
        return replace(value, **changes)
    return HOSTILE if isinstance(value, str) and value else value


def everything(desk: Desk) -> list[Item]:
    """Return items of every kind, with every section in them."""
    worse = change("a.b", Turn.WORSE, "passed", "failed")
    against = difference(worse, same_profile=False)
    return [
        Judged(full(desk), recorded=True, difference=against),
        Judged(replace(full(desk), decision="no_go"), recorded=False, expired=True),
        Rejected("a.yaml", (Fault("a.yaml", 3, 7, "must be a text, got 7"),)),
        Undecided("a.yaml", "shop@production", "the disk is full"),
        Interrupted("a.yaml", "shop", (Heard("a.b", "passed", "ok"),)),
    ]


@pytest.mark.parametrize("kind", range(5))
def test_hostile_texts_change_nothing(desk: Desk, kind: int) -> None:
    """With a payload in every text the page is built as it is without, and does no more."""
    item = everything(desk)[kind]
    keep = frozenset({"decision", "closed_at", "turn"})

    plain, hostile = written(item), written(poisoned(item, keep))

    assert shape(hostile) == shape(plain)
    assert all(line.isprintable() for line in hostile.split("\n"))
    assert hostile.count("<!--") == hostile.count("-->") == 1
    assert hostile.split("\n")[0].endswith(" -->")


def test_hostile_texts_of_several_targets(desk: Desk) -> None:
    """The same holds for the page of several targets."""
    keep = frozenset({"decision", "closed_at", "turn"})
    items = everything(desk)

    hostile = written(*(poisoned(item, keep) for item in items))

    assert shape(hostile) == shape(written(*items))


def test_it_is_never_too_long(desk: Desk) -> None:
    """However much there is to say, GitHub takes the page, and its end says what was cut."""
    checks = [desk.check(f"a.c{n}", "failed", reason="$" * 2_000) for n in range(500)]
    reasons = tuple(desk.reason("no", 7) for _ in range(40))
    record = desk.record("no_go", reasons=reasons, categories=(desk.category(*checks),))

    page = written(Judged(record, recorded=True))

    assert len(page.encode()) < 60_000
    left = 500 - page.count("| ✗ failed |")
    assert 0 < left < 500
    assert page.endswith(
        f"\n\n</details>\n\n**Cut, so that the page stays short:** 10 reasons, {left} checks.\n"
    )
    parsed(page)


def test_many_targets_are_never_too_long(desk: Desk) -> None:
    """Of very many targets the worst are shown, each under its own name, and the rest counted."""
    items = [
        Judged(desk.conditional(service=f"s{n}", environment="e" * 250), True) for n in range(400)
    ]

    page = written(*items, Judged(desk.record("no_go", service="worst"), recorded=True))

    assert len(page.encode()) < 60_000
    assert shown(page)[1] == "🔴 worst@production: NO_GO 88%"
    assert " targets of the list, " in page.splitlines()[-1]
    titles = page.count("\n### ") - 1
    assert 0 < titles < 401
    assert f" {401 - titles} targets." in page.splitlines()[-1]
    assert titles - 1 <= page.count("Valid until") <= titles
    assert page.count("<details>") == page.count("</details>")
