"""The report as one page for a review board: to read on a screen of any width, or to print.

The page is complete in itself. It holds no script and asks nobody for anything; its policy
(Content Security Policy Level 3, https://www.w3.org/TR/CSP3/) admits the one style sheet that it
carries, by its digest, and nothing else. Drawings are SVG with plain attributes, because that
policy refuses style attributes too.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from pathlib import Path

import jinja2

from director.formats import html_view as view
from director.formats.forced import idle_lines
from director.formats.format import Setting
from director.formats.headline import State, moment, percent
from director.formats.waived import counts_said
from director.model.report import Item, Judged
from director.model.text import counted
from director.rules.moment import instant

PAGE = Path(__file__).with_name("page")
"""Where the templates and the style sheet of the report lie; the dashboard has the same look."""

_FILTERS = (
    view.by_concern,
    view.compared,
    counted,
    counts_said,
    view.decisive,
    view.duration,
    view.further,
    idle_lines,
    instant,
    view.label,
    moment,
    view.number,
    view.open_conditions,
    percent,
    view.phases,
    view.plain_facts,
    view.thresholds,
)


class HtmlFormat:
    """Collects the items and writes the page when the last has come: the overview stands first.

    Args:
        stored_in: Where decisions are recorded, for people; empty if they are not.
        several: Whether more than one target was asked for.
    """

    def __init__(self, stored_in: str = "", *, several: bool = False) -> None:
        self._stored_in = stored_in
        self._several = several
        self._items: list[Item] = []

    def begin(self) -> str:
        """Return what stands before the first item: nothing yet."""
        return ""

    def item(self, item: Item) -> str:
        """Keep *item* for the page."""
        self._items.append(item)
        return ""

    def end(self) -> str:
        """Return the whole page."""
        sections = [view.section(number, item) for number, item in enumerate(self._items, 1)]
        counts = Counter(section.state for section in sections)
        style = (PAGE / "style.css").read_text(encoding="utf-8")
        return (
            templates()
            .get_template("page.html")
            .render(
                sections=sections,
                overview=self._several or len(sections) != 1,
                counts=[(state, counts[state]) for state in State if counts[state]],
                unrecorded=sum(
                    1 for item in self._items if isinstance(item, Judged) and not item.recorded
                ),
                stored_in=self._stored_in,
                style=style,
                style_digest=style_digest(style),
            )
        )


def style_digest(style: str) -> str:
    """Return the digest of *style* as a policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"


def templates() -> jinja2.Environment:
    """Return the templates. Whatever they write is made printable, then escaped, without asking."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGE),
        autoescape=True,
        finalize=view.shown,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update({each.__name__: each for each in _FILTERS})
    environment.tests["plain_url"] = view.is_plain_url
    return environment


def make(setting: Setting) -> HtmlFormat:
    """Return the format for *setting*."""
    return HtmlFormat(setting.stored_in, several=setting.several)
