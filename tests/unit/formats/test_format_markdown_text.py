"""formats.markdown_text: text of others inside Markdown."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import cmarkgfm  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from director.formats.markdown_text import marker, name, text
from director.model.text import printable

GITHUB = MarkdownIt("gfm-like")

UNSAFE = 1 << 17
"""The option of cmark that lets HTML pass, as GitHub does before it cleans the page."""

TABLE = {"table", "thead", "tbody", "tr", "th", "td"}

SIGNS = "`*_[]()<>&|\\~!#$@:./-+={}^\"'1aGH \n\r\t\u2028\u202e\x00é界%,;?"

PAYLOADS = [
    "<script>alert(1)</script>",
    "</details><h1>GO</h1>",
    "<!-- director:other -->",
    "--> <b>GO</b>",
    "<div class=x",
    "<?php x",
    "![x](https://evil.example/x.png)",
    "[GO](https://evil.example)",
    "[x]: https://evil.example",
    "<https://evil.example> https://evil.example www.evil.example evil.com a@b.example",
    "www. x",
    "//localhost/x ftp://evil.example mailto:a@b.example",
    "@octocat @github/security fixes #123, GH-12 and org/repo#5",
    "deadbeef 0123456789abcdef0123456789abcdef01234567 owner@deadbeef1",
    "a | b | c",
    "\\| \\\\| x \\",
    "```\ncode\n```",
    "` `` ``` `",
    "~~~ ~~gone~~",
    "# heading",
    "1. item",
    "12) item",
    "- item",
    "+ item",
    "* item",
    "---",
    "> quote",
    "    code",
    "[ ] task",
    "[!WARNING]",
    "[^1] footnote",
    "$x$ $$y$$ $`z`$",
    ":white_check_mark: :tada:",
    "&lt;b&gt; &#64;octocat &commat;octocat",
    "**bold** _it_ __x__ a*b*c",
    "x\n\n# y\n\n<b>",
    "a  \nb\\\nc",
]


def printed(said: str) -> bool:
    """Return whether anything of *said* is seen."""
    return bool(printable(said).strip())


def texts(tokens: list[Token]) -> list[str]:
    """Return the pieces of text that a browser would have, with no sign of ours between."""
    return [token.content for token in tokens if token.type == "text" and token.content]


class Browser(HTMLParser):
    """What is left of a page that GitHub's own parser (cmark-gfm) has read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes = 0
        self.shown = ""
        self.feed(cmarkgfm.github_flavored_markdown_to_html(page, UNSAFE))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count what a text may not bring with it."""
        self.tags.add(tag)
        self.attributes += len(attrs)

    def handle_comment(self, data: str) -> None:
        """Take note of a comment."""
        self.tags.add(f"!{data}")

    def handle_data(self, data: str) -> None:
        """Collect what is seen."""
        self.shown += data.replace("\n", "")


def check_with_cmark(said: str) -> None:
    """Assert that GitHub's parser shows *said* as it is, wherever it stands."""
    disarmed, shown = text(said, 10_000), printable(said).strip()
    for page, before, tags in (
        (f"- {disarmed}\n- x", "", {"ul", "li"}),
        (f"| a | b |\n|---|---|\n| {disarmed} | x |", "ab", TABLE),
        (f"### {disarmed}\n\nx", "", {"h3", "p"}),
    ):
        seen = Browser(page)
        assert tags <= seen.tags <= {*tags, "span", "code"}
        assert (seen.attributes, seen.shown) == (0, f"{before}{shown}x")


def check(said: str) -> None:
    """Assert that *said* is shown as it is, in a list, a table and a heading, and is no sign."""
    shown = printable(said).strip()
    for page, shape in (
        (f"- {text(said, 10_000)}\n- x", ["bullet_list_open", "list_item_open", "paragraph_open"]),
        (f"| a | b |\n|---|---|\n| {text(said, 10_000)} | x |", ["table_open", "thead_open"]),
        (f"### {text(said, 10_000)}\n\nx", ["heading_open", "inline", "heading_close"]),
    ):
        tokens = GITHUB.parse(page)
        assert [token.type for token in tokens][: len(shape)] == shape
        assert len([t for t in tokens if t.type == "inline" and t.content == "x"]) == 1
        assert sum(t.type == "inline" for t in tokens) in (2, 4)
        place = 0 if page.startswith(("-", "#")) else 2
        inline = [token for token in tokens if token.type == "inline"][place]
        found = inline.children or []
        assert {token.type for token in found} <= {"text", "html_inline", "code_inline"}
        assert {t.content for t in found if t.type == "html_inline"} <= {"<span>", "</span>"}
        assert "".join(t.content for t in found if t.type in ("text", "code_inline")) == shown
        for piece in texts(found):
            assert not re.search(r"@\w|#\d|GH-\d|:\w+:|\$.", piece, re.IGNORECASE)
            assert not re.search(r"\b[0-9a-f]{7,40}\b", piece, re.ASCII | re.IGNORECASE)


@pytest.mark.parametrize("said", PAYLOADS)
def test_a_payload_is_text(said: str) -> None:
    """HTML, links, images, mentions, references, cells and fences are shown, and do nothing."""
    check(said)
    check_with_cmark(said)


@given(st.text(st.sampled_from(SIGNS), max_size=30).filter(printed))
def test_any_mix_of_signs_is_text(said: str) -> None:
    """Whatever signs stand together, a reader of Markdown gets back what was said."""
    check(said)
    check_with_cmark(said)


@given(st.text(max_size=30).filter(printed))
def test_any_text_is_text(said: str) -> None:
    """The same holds for every other character there is."""
    check(said)
    check_with_cmark(said)


def test_a_long_text_is_cut() -> None:
    """A comment is short: a text without end is cut."""
    assert text("x " * 1_000) == "x " * 149 + "x…"
    assert text("x" * 300) == "x" * 300
    assert text("x" * 301) == "x" * 299 + "…"


def test_a_name_is_code() -> None:
    """What looks like a name is code, where nothing is a sign; anything else is text."""
    assert name("declared.load_test") == "`declared.load_test`"
    assert name("@team/payments") == "`@team/payments`"
    for said in ("a`b", "a|b", "a b", "", "a\\", "$x", "é"):
        assert name(said) == text(said)


@pytest.mark.parametrize(
    ("service", "environment", "comment"),
    [
        ("payment-service", "production", "<!-- director:payment-service@production -->"),
        ("payment-service", "", "<!-- director:payment-service -->"),
        ("a-->b", "<!--", "<!-- director:a-%2D%3Eb@%3C%21-%2D -->"),
        ("a@b", "c\n\n# d", "<!-- director:a%40b@c%0A%0A%23%20d -->"),
        ("é---\ud800", "", "<!-- director:%C3%A9-%2D-%3F -->"),
    ],
)
def test_a_marker_is_a_comment(service: str, environment: str, comment: str) -> None:
    """A marker is one comment, whatever the target is called, and each target has its own."""
    assert marker(service, environment) == comment
    (token,) = GITHUB.parse(comment + "\n")
    assert token.type == "html_block"
    assert "--" not in comment[4:-3]
