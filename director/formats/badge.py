"""The report as a badge: a small SVG for a README or a wiki.

It says how the target stood when it was drawn, and until when that holds; a file cannot expire
by itself. Of several targets it shows the worst decision and how many have it.
"""

from __future__ import annotations

from html import escape

from director.formats.forced import brief_line
from director.formats.format import Setting
from director.formats.headline import State, headline, moment, tally
from director.model.report import Item, Judged
from director.model.text import printable

LABEL = "readiness"

COLOURS = {
    State.GO: "#1a7f37",
    State.OVERRIDE: "#8250df",
    State.CONDITIONAL_GO: "#9a6700",
    State.EXPIRED: "#57606a",
    State.NO_GO: "#cf222e",
    State.NONE: "#57606a",
}
"""White text on each has a contrast of at least 4.5, and so it can be read (WCAG 2.2, 1.4.3)."""

LABEL_COLOUR = "#24292f"
"""The ground of the label; the same holds for it."""

_MOST = 40
"""The most characters of a message; a pass rate that is longer is none of ours."""

_PAD = 6
"""Room left and right of a text, in pixels."""

_WIDTHS = {"I": 5, "M": 9, "W": 11, "%": 12, " ": 4, "/": 5, ".": 4, ":": 5, "_": 7}
"""Widths that are not those of their kind: of Verdana at 11 pixels, in pixels."""


class Summary:
    """Collects how each target stands, and says it in as many words as a badge has room for."""

    def __init__(self) -> None:
        self._said: list[tuple[State, str, str]] = []

    def add(self, item: Item) -> None:
        """Take in *item*."""
        head = headline(item)
        more = [head.why] if head.why else []
        if isinstance(item, Judged):
            verb = "expired" if item.expired else "valid until"
            more = [brief_line(item), f"{verb} {moment(item.record.valid_until)}"]
        title = ", ".join(filter(None, (f"{head.target}: {head.said}", *more)))
        self._said.append((head.state, head.said, printable(title)))

    @property
    def state(self) -> State:
        """The worst state; no decision, if there was no target."""
        return max((state for state, _, _ in self._said), default=State.NONE)

    @property
    def message(self) -> str:
        """The state of one target with its pass rate, or the worst of several and how many."""
        if len(self._said) == 1:
            text = printable(self._said[0][1])
        else:
            text = tally(state for state, _, _ in self._said) if self._said else self.state.label
        return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"

    @property
    def title(self) -> str:
        """The message in a sentence, with the target if there is just one."""
        if len(self._said) == 1:
            return f"{LABEL} of {self._said[0][2]}"
        return f"{LABEL} of {len(self._said)} targets: {self.message}"


class BadgeFormat:
    """Draws one badge for all items."""

    def __init__(self) -> None:
        self._summary = Summary()

    def begin(self) -> str:
        """Return what stands before the first item."""
        return ""

    def item(self, item: Item) -> str:
        """Take in *item*; the badge is drawn when all are there."""
        self._summary.add(item)
        return ""

    def end(self) -> str:
        """Return the badge."""
        summary = self._summary
        return drawn(summary.message, summary.title, COLOURS[summary.state])


def text_width(text: str) -> int:
    """Return about how wide *text* is in Verdana at 11 pixels, in pixels."""
    return sum(_WIDTHS.get(c, _kind_width(c)) for c in text)


def _kind_width(char: str) -> int:
    if not char.isascii():
        return 11
    return 8 if char.isupper() else 7


def drawn(message: str, title: str, colour: str) -> str:
    """Return a badge as SVG.

    Args:
        message: What it says, in one line.
        title: The same in a sentence.
        colour: The ground of the message, on which white text can be read.
    """
    said, shown = text_width(LABEL), text_width(message)
    message, title = _escaped(message), _escaped(title)
    left, right = said + 2 * _PAD, shown + 2 * _PAD
    # The length of each text is fixed, so that another font cannot leave its box; and there is
    # no id, so that several badges can stand in one page.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img"'
        f' aria-label="{title}">\n'
        f"<title>{title}</title>\n"
        f'<rect width="{left + right}" height="20" rx="3" fill="{colour}"/>\n'
        f'<path d="M3 0h{left - 3}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="{LABEL_COLOUR}"/>\n'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">'
        f'<text x="{_PAD}" y="14" textLength="{said}" lengthAdjust="spacingAndGlyphs">{LABEL}'
        f'</text><text x="{left + _PAD}" y="14" textLength="{shown}"'
        f' lengthAdjust="spacingAndGlyphs">{message}</text></g>\n'
        "</svg>\n"
    )


def _escaped(text: str) -> str:
    """Return *text* as XML, without the ``##`` that begins a command where a runner reads along."""
    return escape(text).replace("##", "#&#35;")


def make(setting: Setting) -> BadgeFormat:  # noqa: ARG001  # a badge counts the targets itself
    """Return the format for *setting*."""
    return BadgeFormat()
