"""Whatever others write stays text: in every format, on the terminal and in the log.

``injections.json`` holds the payloads by the reader they are meant for; each is given to every
reader. A report on a payload must have the shape of the same report on a harmless text, as a
strict reader of its format sees it: as many lines, elements, keys, cases and results.
"""

# ruff: noqa: ANN401  # fields and documents are of many types

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache, partial
from html.parser import HTMLParser
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, ClassVar, TypeVar, get_type_hints
from urllib.parse import unquote, urlsplit

import cmarkgfm  # type: ignore[import-untyped]  # it has no types
import jsonschema
import junitparser
import pytest
from markdown_it import MarkdownIt

from director.app import Director, Request, Tools
from director.cli.say import say
from director.engine.bus import Bus
from director.engine.limits import Limits
from director.engine.run import Engine
from director.errors import Fault, ManifestError, PluginError
from director.formats.explanation import explanation
from director.formats.format import FORMATS, Setting, make_format
from director.formats.gitlab import GitlabFormat
from director.formats.place import Repository
from director.formats.text import Look
from director.loading.manifest import LoadedManifest, read_manifest
from director.loading.offers import examine_check
from director.model.catalog import Catalog, Plugin
from director.model.check import CheckSpec, Role
from director.model.counterfactual import Unanswered
from director.model.difference import Change, Difference, Turn
from director.model.event import DecisionChanged, DecisionMade, Event, Stamp, Subject
from director.model.evidence import Evidence, EvidenceKind
from director.model.manifest import Manifest, Target
from director.model.outcome import Answer, Failed, NotApplicable, Passed, Unknown, Warned
from director.model.profile import Category, CheckPolicy, Profile, Thresholds
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
from director.model.text import inert
from director.sinks.log import encode_event
from director.sinks.render import Emitter
from director.sinks.schema import log_schema
from director.testing import FakeClock, FakeProbe

Made = TypeVar("Made")

HARMLESS = "some words"
NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
EMITTER = Emitter(version="0.1.0", instance="director-0")
SCHEMA = Path(__file__).parents[1] / "unit/formats/schemas/sarif-schema-2.1.0.json"

BROAD = 1_000_000
"""As many columns as it takes for no line to be broken."""


def _payloads() -> dict[str, dict[str, str]]:
    """Return each kind of payloads, by name; a pair is a text and how often it is repeated."""
    kinds = json.loads(Path(__file__).with_name("injections.json").read_text(encoding="utf-8"))
    return {
        kind: {
            name: text if isinstance(text, str) else text[0] * text[1]
            for name, text in each.items()
        }
        for kind, each in kinds.items()
    }


PAYLOADS = _payloads()
each_kind = pytest.mark.parametrize("kind", PAYLOADS)

EVERY_TEXT = [
    (f"{kind}: {name}", text) for kind, each in PAYLOADS.items() for name, text in each.items()
]
each_lot = pytest.mark.parametrize("first", range(0, len(EVERY_TEXT), 24))
"""Payloads in lots of 24, for what takes long to begin."""


# What is reported


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


@cache
def items(text: str, checks: tuple[tuple[str, str], ...]) -> list[Item]:
    """Return an item of every sort with *text* in every text."""
    return [
        Judged(record(text, "no_go", checks), recorded=True, difference=difference(text)),
        Judged(record(text, "conditional_go"), recorded=False),
        Judged(record(text, "go"), recorded=True, expired=True),
        Rejected(text, (Fault(text, 3, 7, text), Fault(text, 0, 0, text))),
        Undecided(text, text, text),
        Interrupted(text, text, (Heard(text, "passed", text), Heard(text, "failed", text))),
    ]


SINGULAR = {"text", "markdown", "nagios"}
"""Formats that say more of one target than of many, whatever its sort."""


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


# Who reads it


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
    *("decision", "target", "pass_rate", "score", "valid_until", "evaluation", "recorded"),
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
        *((kind, "") for kind in ("text", "code_inline", "strong_open", "strong_close")),
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


# What must hold


@contextmanager
def about(payload: str) -> Iterator[None]:
    """Name the payload in whatever goes wrong with it."""
    try:
        yield
    except Exception as error:
        error.add_note(f"the payload is {payload!r}")
        raise


def checks_for(kind: str) -> tuple[tuple[str, str], ...]:
    """Return what is judged: where texts are long, no more than one check."""
    return GAP if kind == "long" else EVERY


@cache
def harmless(name: str, checks: tuple[tuple[str, str], ...]) -> list[Hashable]:
    """Return the shape of each report on a harmless text."""
    return [
        READERS[name](written(name, each))
        for each in reports(HARMLESS, checks, singly=name in SINGULAR)
    ]


def test_there_are_payloads_for_every_reader() -> None:
    """There are at least 40 payloads, all different, and a reader for every format."""
    texts = [text for each in PAYLOADS.values() for text in each.values()]

    assert len(set(texts)) == len(texts) >= 40
    assert max(map(len, texts)) == 100_000
    assert set(READERS) == set(FORMATS)


@each_kind
@pytest.mark.parametrize("name", [name for name in FORMATS if name != "html"])
def test_no_payload_leaves_its_place(name: str, kind: str) -> None:
    """A report with a payload in every text has the shape of one with a harmless text."""
    checks = checks_for(kind)

    for payload, text in PAYLOADS[kind].items():
        with about(payload):
            shapes = [
                READERS[name](written(name, each))
                for each in reports(text, checks, singly=name in SINGULAR)
            ]
            for shape, expected in zip(shapes, harmless(name, checks), strict=True):
                assert shape in (expected, "cut")
            assert kind == "long" or "cut" not in shapes


def test_no_path_leads_out_of_a_folder_that_is_gone() -> None:
    """A path stays below the repository even where nobody knows where that is."""
    for payload, text in PAYLOADS["path"].items():
        with about(payload):
            form = GitlabFormat(Repository())
            read_gitlab(form.begin() + "".join(map(form.item, items(text, GAP))) + form.end())


@cache
def harmless_page(targets: int) -> Hashable:
    """Return the shape of a page on so many harmless targets, each of every sort."""
    return page_on([HARMLESS] * targets)


def page_on(texts: list[str]) -> Hashable:
    """Return the shape of a page on items of every sort with those texts, or on one alone."""
    # Decisions differ in few words, and take the most time to write.
    every = [(no_go, *others) for no_go, _, _, *others in (items(text, GAP) for text in texts)]
    return read_html(written("html", [*chain(*every)] if len(texts) > 1 else [every[0][0]]))


@each_lot
def test_no_payload_leaves_its_place_on_the_page(first: int) -> None:
    """The page with a payload in every text has the elements of one with a harmless text."""
    lot = dict(EVERY_TEXT[first : first + 24])

    if page_on([*lot.values()]) != harmless_page(len(lot)):
        # Which of them it was takes a while to find out.
        assert {name for name, text in lot.items() if page_on([text]) != harmless_page(1)} == set()
        raise AssertionError("they break out only together")


def test_no_payload_leaves_a_page_of_its_own() -> None:
    """So has the page on one target, whose title and heading it stands in."""
    texts = [text for kind in ("html", "template") for text in PAYLOADS[kind].values()]

    assert page_on(["".join(texts)]) == harmless_page(1)
    assert page_on(["".join(reversed(texts))]) == harmless_page(1)


SGR = re.compile(r"\x1b\[[0-9]+(?:;[0-9]+)*m")


@cache
def harmless_colours() -> list[tuple[Hashable, list[str]]]:
    """Return the shape and the colours of each report on a harmless text."""
    return [coloured(each) for each in reports(HARMLESS)]


def coloured(reported: list[Item]) -> tuple[Hashable, list[str]]:
    """Return the shape of a report in colour, and each change of colour."""
    text = written("text", reported, Look(colour=True, width=BROAD))
    assert not list(filter(None, map(obeyed, text.split("\n"))))
    return len(lines_of(SGR.sub("", text))), SGR.findall(text)


@each_kind
def test_no_payload_moves_a_terminal(kind: str) -> None:
    """With colours or without, on any width, a terminal gets our own colours and plain text."""
    for payload, text in PAYLOADS[kind].items():
        with about(payload):
            if kind != "long":
                assert [coloured(each) for each in reports(text)] == harmless_colours()
            for each in reports(text, GAP):
                read_text(written("text", each, Look(width=80)))
                lines_of(SGR.sub("", written("text", each, Look(colour=True, width=80))))


def explained(text: str) -> list[Hashable]:
    """Return the shape of each explanation."""
    setting = Setting(Look(width=BROAD), "the store")
    answer = Unanswered(text, text)
    judged = (item for item in items(text, GAP) if isinstance(item, Judged))
    return [read_text(explanation(each, answer, setting)) for each in judged]


@each_kind
def test_no_payload_leaves_an_explanation(kind: str) -> None:
    """An explanation has as many lines as that of a decision on harmless texts."""
    expected = explained(HARMLESS)
    for payload, text in PAYLOADS[kind].items():
        with about(payload):
            assert explained(text) == expected


@each_kind
def test_no_runner_obeys_what_we_say(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No line that is said on stderr is a command to a runner."""
    for payload, text in PAYLOADS[kind].items():
        with about(payload):
            say(f"error: {text}")
            say(text)

            assert not list(filter(None, map(obeyed, capsys.readouterr().err.splitlines())))


# The road of a manifest and of a plugin


def quoted(text: str) -> str:
    """Return *text* as YAML in quotes, with an escape for whatever a screen would refuse."""
    escaped = (c if c.isalnum() and c.isascii() else f"\\U{ord(c):08X}" for c in text)
    return f'"{"".join(escaped)}"'


FIELDS = (
    *("name", "environment", "owner", "version", "description"),
    *("exemption", "evidence", "reason", "ticket"),
)
WORDS = {"name": "shop", "environment": "production", "version": "1.2.3", "ticket": "OPS-1"}


def manifest(text: str, *poisoned: str) -> LoadedManifest:
    """Read a manifest with *text* in the fields that are *poisoned*.

    Raises:
        ManifestError: It is refused.
    """
    say_ = {
        each: quoted(text if each in poisoned else WORDS.get(each, HARMLESS)) for each in FIELDS
    }
    say_["evidence"] = say_["evidence"] if "evidence" in poisoned else "https://wiki.example/1"
    return read_manifest(
        f"""\
apiVersion: readiness/v1
kind: Service
metadata:
  name: {say_["name"]}
  owner: {say_["owner"]}
  version: {say_["version"]}
  description: {say_["description"]}
spec:
  declares:
    backup: {{not_applicable: {say_["exemption"]}}}
    logging: {{value: true, evidence: {say_["evidence"]}}}
  environments:
    ? {say_["environment"]}
    : {{base_url: https://shop.example}}
  waivers:
    - check: fake.failed
      reason: {say_["reason"]}
      ticket: {say_["ticket"]}
      expires_at: 2026-12-31
""".encode(),
        "readiness.yaml",
    )


def accepted(text: str) -> LoadedManifest:
    """Return a manifest with *text* wherever it is taken; what is refused, is so in plain words."""
    taken = []
    for each in FIELDS:
        try:
            manifest(text, each)
        except ManifestError as error:
            for fault in error.faults:
                (line,) = assert_inert(f"{inert(str(fault))}\n")
                assert len(line) < 400
        else:
            taken.append(each)
    return manifest(text, *taken)


def answers(text: str) -> dict[str, Answer]:
    """Return everything that a check can say, with *text* in every text."""
    facts = ((text, text), ("number", 1))
    evidence = (Evidence(EvidenceKind.PROBED, text, FakeClock().now(), facts),)
    more = f"more than {text}"
    return {
        "passed": Passed(text, observed=text, expected=more, evidence=evidence),
        "warned": Warned(text, remedy=text, observed=text, expected=more, evidence=evidence),
        "failed": Failed(
            text, remedy=text, observed=text, expected=more, code=text, evidence=evidence
        ),
        "unknown": Unknown(text, code=text, evidence=evidence),
        "inapplicable": NotApplicable(text),
    }


def offered(check: str, text: str, act: Callable[[], Answer]) -> type[Any]:
    """Return a check that says *text* of itself; what may not be said, is harmless."""

    def made(said: str) -> type[Any]:
        @dataclass(frozen=True)
        class Made:
            spec: ClassVar[CheckSpec] = CheckSpec(
                id=check, title=said, category=said, why=said, remedy=said
            )

            def judge(self, _: Manifest) -> Answer:
                return act()

        return Made

    try:
        examine_check(made(text), "fake")
    except PluginError as error:
        assert_inert(f"{error.detail}\n")
        return made(HARMLESS)
    return made(text)


def raised(text: str) -> Answer:
    """Break, and say *text*."""
    raise ValueError(text)


class NoNetwork:
    """A prober and its session: every probe knows nothing."""

    def session(self, _: Target) -> NoNetwork:
        """Return itself."""
        return self

    def view(self, _: float) -> FakeProbe:
        """Return a probe that knows nothing."""
        return FakeProbe({})

    async def close(self) -> None:
        """Nothing to let go of."""


class Diary:
    """A sink that keeps every event."""

    name = "diary"
    patience_s = 0.0
    dropped = 0

    def __init__(self) -> None:
        self.events: list[Event] = []

    def offer(self, event: Event) -> bool:
        """Keep *event*."""
        self.events.append(event)
        return True

    def drop(self, event: Event) -> None:
        """Refuse to lose anything."""
        raise AssertionError(event)

    async def close(self) -> None:
        """Nothing to let go of."""


def policy(check: str, **given: Any) -> CheckPolicy:
    """Return what a profile says of a check."""
    role = Role.BLOCKER if check == "fake.failed" else Role.REQUIRED
    return CheckPolicy(check=check, category="c", role=role, **given)


async def evaluated(text: str) -> tuple[Judged, list[Event]]:
    """Return what comes of a manifest and a plugin that say *text* wherever they can."""
    given: dict[str, Callable[[], Answer]] = {
        f"fake.{name}": partial(lambda answer: answer, answer)
        for name, answer in answers(text).items()
    }
    given["fake.raised"] = partial(raised, text)
    classes = [offered(check, text, act) for check, act in given.items()]
    examined = [examine_check(each, "fake") for each in classes]
    plugin = Plugin(
        name="fake",
        distribution="director-fake",
        version="3.1",
        checks=tuple(offer for _, offer in examined),
    )
    profile = Profile(
        name="test",
        digest="sha256:p",
        thresholds=Thresholds(go=Fraction("0.9"), conditional=Fraction("0.5")),
        categories=(Category(name="c"),),
        checks=tuple(map(policy, given)),
    )
    clock, diary, loaded = FakeClock(), Diary(), accepted(text)
    tools = Tools(
        catalog=Catalog((plugin,)),
        classes={kind.spec.id: kind for kind, _ in examined},
        engine=Engine(NoNetwork(), clock, Limits()),
        bus=Bus((diary,)),
        store=None,
        clock=clock,
        new_id=lambda _: "01JH0000000000000000000001",
        version="0.1.0",
    )
    request = Request(
        evaluation="01JH0000000000000000000001",
        loaded=loaded,
        environment=loaded.manifest.environments[0],
        profile=profile,
    )
    return await Director(tools).evaluate(request), diary.events


@cache
def log_validator() -> jsonschema.Draft202012Validator:
    """Return the published schema of the log."""
    return jsonschema.Draft202012Validator(log_schema())


def harmful(character: str) -> bool:
    """Return whether a terminal would obey *character*, turn the text around it, or hide a text."""
    kind, tag = unicodedata.category(character), 0xE0000 <= ord(character) < 0xE1000
    turns = unicodedata.bidirectional(character) in TURNS
    return kind in {"Cc", "Cs", "Zl", "Zp"} or turns or tag


TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def logged(event: Event) -> Hashable:
    """Return the keys of an event's line, as a strict reader of the log sees them."""
    line = encode_event(event, 1, EMITTER)
    assert line.index(b"\n") == len(line) - 1
    assert len(line) <= 8_000
    assert not [c for c in line.decode()[:-1] if harmful(c)]
    assert obeyed(line.decode()) is None
    document = strict(line.decode())
    assert not list(log_validator().iter_errors(document))
    assert "director.log.render_failed" not in document
    document.pop("director.truncated", None)  # Only a long text is cut.
    return tuple((key, type(value).__name__) for key, value in document.items())


ALONE = ("text", "markdown", "nagios", "github")
"""Formats of which one target fills more than its share of many."""

TOGETHER = sorted(set(FORMATS) - set(ALONE))


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value, the keys among them."""
    match value:
        case str():
            yield value
        case dict():
            yield from chain(value, *map(texts_in, value.values()))
        case list():
            yield from chain(*map(texts_in, value))
        case _:
            return


@cache
def harmless_road() -> tuple[Judged, list[Hashable]]:
    """Return what comes of a harmless manifest and plugin, and what the log says."""
    judged, events = asyncio.run(evaluated(HARMLESS))
    return judged, [logged(event) for event in events]


@cache
def harmless_result(name: str, targets: int) -> Hashable:
    """Return the shape of a report on so many of them."""
    judged, _ = harmless_road()
    return READERS[name](written(name, [judged] * targets))


@each_lot
def test_no_payload_breaks_out_on_the_whole_road(first: int) -> None:
    """What a manifest and a plugin say is judged, logged and reported as any harmless text is."""
    expected, lines = harmless_road()
    found: list[Item] = []

    for payload, text in EVERY_TEXT[first : first + 24]:
        with about(payload):
            judged, events = asyncio.run(evaluated(text))
            assert [logged(event) for event in events] == lines
            assert judged.record.decision == expected.record.decision == "no_go"
            for name in ALONE:
                assert READERS[name](written(name, [judged])) == harmless_result(name, 1)
            assert all(map(str.isprintable, texts_in(judged.record.document())))
            found.append(judged)

    for name in TOGETHER:
        assert READERS[name](written(name, found)) == harmless_result(name, len(found))


@each_kind
def test_no_payload_leaves_the_line_of_a_decision(kind: str) -> None:
    """A decision with a payload in every text is one strict line with the keys it always has."""
    stamp = Stamp("01JH0000000000000000000001", NOW)

    def lines(text: str) -> list[Hashable]:
        subject = filled(Subject, text)
        # These two are figures, which we make ourselves and the schema therefore demands.
        until = "2026-01-16T09:30:00.000000Z"
        said = replace(record(text, "no_go"), valid_until=until, pass_rate="88%")
        made = DecisionMade(stamp, subject, said, recorded=True)
        return [logged(made), logged(DecisionChanged(stamp, subject, said))]

    expected = lines(HARMLESS)
    for payload, text in PAYLOADS[kind].items():
        with about(payload):
            assert lines(text) == expected
