"""Reads every format as the strictest of those who read it would."""

# ruff: noqa: ANN401  # fields and documents are of many types

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Hashable
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import cmarkgfm  # type: ignore[import-untyped]  # it has no types
import jsonschema
import junitparser
from markdown_it import MarkdownIt

from director.model.check import Role

SCHEMA = Path(__file__).parents[2] / "unit/formats/schemas/sarif-schema-2.1.0.json"


def lines_of(text: str) -> list[str]:
    """Return the lines of *text*; fail if another reader would find others or see nothing."""
    *lines, last = text.split("\n")
    assert last == ""
    assert [line for line in lines if not line.isprintable()] == []
    return lines


def obeyed(line: str) -> str | None:
    """Return the command that a runner would find in *line*, whatever it is called.

    GitHub's (``ActionCommand.cs``) looks for ``::name`` at the beginning, blanks apart, and for
    ``##[name`` anywhere; Azure's for ``##vso[``, TeamCity's for ``##teamcity[``.
    """
    stripped = line.strip()
    if stripped.startswith("::") and stripped.find("::", 2) > 0:
        return stripped
    found = re.search(r"##(?:vso|teamcity)?\[[^\]]*\]?", line)
    return found[0] if found else None


def assert_inert(text: str) -> list[str]:
    """Return the lines of *text*; fail unless a terminal and a runner only show them."""
    lines = lines_of(text)
    assert [found for line in lines if (found := obeyed(line))] == []
    return lines


def strict(text: str) -> Any:
    """Read *text* as the strictest reader of JSON would."""

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is no JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    document = json.loads(text, parse_constant=refuse, object_pairs_hook=once)
    json.dumps(document, ensure_ascii=False).encode()  # No half of a surrogate pair is left.
    return document


def form_of(value: Any) -> Hashable:
    """Return the keys and types of a JSON value; what a check measured may be called anything."""
    match value:
        case dict():
            return tuple(
                (key, len(part) if key == "facts" else form_of(part)) for key, part in value.items()
            )
        case list():
            return tuple(map(form_of, value))
        case None | str():
            return "a text, or nothing"
        case _:
            return type(value).__name__


def read_text(text: str) -> Hashable:
    """Read a report for people: as many lines, each of them only to be seen."""
    return len(assert_inert(text))


def read_json(text: str) -> Hashable:
    """Read one document."""
    assert_inert(text)
    return form_of(strict(text))


def read_jsonl(text: str) -> Hashable:
    """Read a document on each line."""
    return tuple(form_of(strict(line)) for line in assert_inert(text))


def nested(element: ET.Element) -> Hashable:
    """Return an element with its attributes, without their values, and all that is in it."""
    return element.tag, tuple(element.attrib), tuple(map(nested, element))


COUNTS = ("tests", "failures", "errors", "skipped")


def read_junit(text: str) -> Hashable:
    """Read test suites, as a reader of XML and as a reader of JUnit."""
    assert_inert(text)
    tree = ET.fromstring(text)  # noqa: S314  # what it would do with a bomb is the point
    counts = [[each.get(name) for name in COUNTS] for each in tree.iter() if each.get("tests")]
    suites = junitparser.JUnitXml.fromstring(text.encode())
    cases = [[type(r).__name__ for case in suite for r in case.result] for suite in suites]
    return nested(tree), repr(counts), repr(cases)


def assert_place(uri: str) -> None:
    """Fail unless *uri* is a place in the repository, or a file elsewhere; and nothing else."""
    parts = urlsplit(uri)
    assert parts.scheme in ("", "file")
    assert (parts.netloc, parts.query, parts.fragment) == ("", "", "")
    assert ".." not in unquote(parts.path).split("/")
    assert parts.scheme == "file" or not uri.startswith("/")


@cache
def sarif_schema() -> jsonschema.Draft4Validator:
    """Return the official schema."""
    return jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def read_sarif(text: str) -> Hashable:
    """Read code scanning alerts; a place may be relative or not, that is for its name to say."""
    assert_inert(text)
    log = strict(text)
    sarif_schema().validate(log)

    def pruned(value: Any) -> Any:
        if isinstance(value, list):
            return [pruned(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "uri" in value:
            assert_place(value["uri"])
            return {"uri": ""}
        for name in ("text", "justification"):
            assert "](" not in value.get(name, "")
        if "markdown" in value:
            read_fragment(value["markdown"])
        return {key: pruned(each) for key, each in value.items()}

    return form_of(pruned(log))


def read_gitlab(text: str) -> Hashable:
    """Read a code quality report."""
    assert_inert(text)
    found = strict(text)
    for each in found:
        path = each["location"]["path"]
        assert path
        assert not path.startswith(("/", "./"))
        assert ".." not in path.split("/")
    assert len({each["fingerprint"] for each in found}) == len(found)
    return form_of(found)


def read_github(text: str) -> Hashable:
    """Read a step's output as GitHub's runner does: every line is a command of ours."""
    found = []
    for line in lines_of(text):
        if line.startswith("GitHub shows "):
            assert obeyed(line) is None
            continue
        assert "##[" not in line
        command = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert command
        names = [pair.partition("=")[0] for pair in command[2].split(",")]
        assert names == [name for name in ("file", "line", "col", "title") if name in names]
        found.append((command[1], tuple(names), command[3].count("%0A")))
        assert "%0D" not in command[3]
    return tuple(found)


OUTPUTS = (
    *(
        "decision",
        "effective_decision",
        "override",
        "target",
        "pass_rate",
        "score",
        "valid_until",
        "evaluation",
        "recorded",
    ),
    *("counting", "passed", "warned", "failed", "unknown", "not_applicable", "errored", "missing"),
    "decisions",
)


def read_github_output(text: str) -> Hashable:
    """Read a step's outputs as GitHub's runner does: a delimiter counts before the first ``=``."""
    found: dict[str, str] = {}
    for line in lines_of(text):
        name, equals, value = line.partition("=")
        assert equals
        assert "<<" not in name
        assert name not in found
        found[name] = value
    assert tuple(found) == OUTPUTS
    assert found["decision"] in ("go", "conditional_go", "expired", "no_go", "none")
    return found["decision"], form_of(strict(found["decisions"]))


FIGURE = re.compile(
    r"(?:[A-Za-z0-9_.-]+|'[^'=|]+')=(?:-?[0-9.]+|U);[0-9.:]*;[0-9.:]*;[0-9.]*;[0-9.]*"
)


def read_nagios(text: str) -> Hashable:
    """Read a monitoring plugin's output: figures behind the only bar, and no other on any line.

    Long texts leave less room for lines; how many there are, a monitor does not read.
    """
    first, *others = assert_inert(text)
    said, bar, data = first.partition(" | ")
    status = re.match("READINESS (OK|WARNING|CRITICAL|UNKNOWN) - ", said)
    assert status
    assert not any(set("|\\<>`$") & set(line) for line in (said, data, *others))
    figures = re.findall(r"(?:'[^']*'|[^ '])+", data)
    assert all(map(FIGURE.fullmatch, figures))
    assert " ".join(figures) == data
    assert len({figure.partition("=")[0] for figure in figures}) == len(figures)
    return status[1], bar, len(figures)


DRAWN = {
    "svg": {"xmlns", "width", "height", "role", "aria-label"},
    "title": set(),
    "rect": {"width", "height", "rx", "fill"},
    "path": {"d", "fill"},
    "g": {"fill", "font-family", "font-size"},
    "text": {"x", "y", "textlength", "lengthadjust"},
}


def read_badge(text: str) -> Hashable:
    """Read a drawing, as a file of its own and inside of a page."""
    assert_inert(text)
    page = Page(text)
    for tag, attributes in page.elements:
        assert set(attributes) <= DRAWN[tag]
    assert page.comments == []
    return nested(ET.fromstring(text))  # noqa: S314  # as above


def read_badge_json(text: str) -> Hashable:
    """Read what shields.io draws from."""
    assert_inert(text)
    badge = strict(text)
    return form_of(badge), badge["color"], badge["isError"]


class Page(HTMLParser):
    """A page as a browser reads it: its elements, its comments, and the text between its tags."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.comments: list[str] = []
        self.declarations: list[str] = []
        self.pieces: list[tuple[str, str]] = []
        self._within = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element; no attribute stands twice."""
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        self._within = tag

    def handle_endtag(self, tag: str) -> None:
        """Leave it."""
        self._within = f"/{tag}"

    def handle_data(self, data: str) -> None:
        """Note a text, and in what it stands."""
        self.pieces.append((self._within, data))

    def handle_comment(self, data: str) -> None:
        """Note a comment."""
        self.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        """Note a declaration."""
        self.declarations.append(decl)

    def handle_pi(self, data: str) -> None:
        """Refuse what no page of ours has."""
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        """Refuse what no page of ours has."""
        raise AssertionError(data)


UNSAFE = 1 << 17
"""The option of cmark that lets HTML pass, as GitHub does before it cleans the page."""

GITHUB = MarkdownIt("gfm-like")

INVISIBLE = ("span", "code")
"""What a text is put into so that no sign in it is one."""

LIVELY = re.compile(r"@\w|#\d|GH-\d|:\w+:|\$\S|\b[0-9a-f]{7,40}\b", re.IGNORECASE)
"""What GitHub makes something of once it is text."""


def read_fragment(text: str) -> Hashable:
    """Return the elements of Markdown as GitHub reads it; no text may have brought one."""
    page = Page(cmarkgfm.github_flavored_markdown_to_html(text, UNSAFE))
    assert page.comments == []
    return spoken(page)


def spoken(page: Page) -> Hashable:
    """Return the elements of a page made of Markdown; no text may have brought one."""
    for tag, attributes in page.elements:
        assert attributes == {}, tag
    for within, piece in page.pieces:
        assert within == "code" or not LIVELY.search(piece)
    return tuple(tag for tag, _ in page.elements if tag not in INVISIBLE)


def read_markdown(text: str) -> Hashable:
    """Read a comment as GitHub and as another reader of Markdown does; the marker is ours alone."""
    lines = assert_inert(text)
    page = Page(cmarkgfm.github_flavored_markdown_to_html(text, UNSAFE))
    assert [f"<!--{comment}-->" for comment in page.comments] == [lines[0]]
    assert re.fullmatch(r"<!-- director(?::[A-Za-z0-9_.~%@-]+)? -->", lines[0])
    assert "--" not in lines[0][4:-3]
    tokens = GITHUB.parse(text)
    inline = {
        (child.type, child.content if child.type == "html_inline" else "")
        for token in tokens
        for child in token.children or ()
    }
    assert inline <= {
        *(("html_inline", tag) for tag in ("<span>", "</span>")),
        *(
            (kind, "")
            for kind in ("text", "code_inline", "softbreak", "strong_open", "strong_close")
        ),
    }
    assert len(text.encode()) < 65_536, "GitHub takes no longer comment"
    if "**Cut, so that" in lines[-1]:
        return "cut"
    cells = [after.content for cell, after in pairwise(tokens) if cell.type == "td_open"]
    assert set(cells[2::4]) <= {role.value for role in Role}, "a cell has moved"
    return spoken(page), tuple(token.type for token in tokens)


FORBIDDEN = {"script", "iframe", "object", "embed", "form", "input", "base", "img", "link", "image"}
ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:[/?#][!-~]*)?")


def read_html(text: str) -> Hashable:
    """Read a page as a browser does; an address that can be read in full may be a link."""
    lines_of(f"{text}\n")
    page = Page(text)
    assert page.comments == []
    assert page.declarations == ["DOCTYPE html"]
    seen: list[Hashable] = []
    for tag, attributes in page.elements:
        assert tag not in FORBIDDEN
        names = set(attributes)
        assert not {name for name in names if name.startswith(("on", "xlink", "src"))}
        assert not names & {"style", "formaction", "action", "srcdoc", "background", "ping"}
        href = attributes.get("href")
        if href is not None and not href.startswith("#"):
            assert tag == "a"
            assert ADDRESS.fullmatch(href)
            assert "@" not in (urlsplit(href).netloc)
            seen.append(("bdi", ()))
        else:
            seen.append((tag, tuple(sorted(names))))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    policies = [a["content"] for t, a in page.elements if t == "meta" and "http-equiv" in a]
    styles = [piece for within, piece in page.pieces if within == "style"]
    return tuple(seen), tuple(policies), tuple(styles)


READERS: dict[str, Callable[[str], Hashable]] = {
    "text": read_text,
    "json": read_json,
    "jsonl": read_jsonl,
    "junit": read_junit,
    "sarif": read_sarif,
    "github": read_github,
    "github-output": read_github_output,
    "gitlab": read_gitlab,
    "markdown": read_markdown,
    "html": read_html,
    "nagios": read_nagios,
    "badge": read_badge,
    "badge-json": read_badge_json,
}


class Readers:
    """What this module offers to tests."""

    assert_inert = staticmethod(assert_inert)
    lines_of = staticmethod(lines_of)
    obeyed = staticmethod(obeyed)
    strict = staticmethod(strict)

    names = tuple(READERS)

    def read(self, name: str, text: str) -> Hashable:
        """Return the shape of *text*, which is a whole report in the format *name*."""
        return READERS[name](text)
