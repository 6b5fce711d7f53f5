"""Text of others inside Markdown: shown as it is, and never a sign.

A page of GitHub is made in two steps, and text must pass both. First CommonMark with GitHub's
extensions (https://github.github.com/gfm/): a backslash or an entity takes its meaning from a
sign. Then mentions, references, commits, emoji and formulas are looked for in what is already
text, where no backslash helps: a ``<span>`` around a sign divides the text, and a commit is no
link inside code.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

from director.model.text import printable

MOST = 300
"""The most characters of one text in a comment that is to be short."""

_MOST_MARKED = 1_000
"""The most characters of a name in a marker: as many as a path has that somebody types."""

_SIGNS = re.compile(
    r"(?P<commit>(?<![0-9A-Za-z_])[0-9A-Fa-f]{7,}(?![0-9A-Za-z_]))"
    r"|(?P<apart>[@#$]|:(?=\S)|(?<=[Gg][Hh])-(?=[0-9]))"
    r"|(?P<entity>[&<>|\\`])"
    r"|(?P<sign>[*\[\]~!^=+{}]|_(?![0-9A-Za-z])|(?<![0-9A-Za-z])_"
    r"|(?<=\S)\.(?=\S)|(?<=[Ww])\.|(?<=/)/)"
)
"""What is a sign to a reader of Markdown, by the way it is disarmed.

A dot inside a word or after ``www``, and the second of two slashes, are among them for readers
that link whatever looks like an address.
"""

_ITEM = re.compile(r"([0-9]*)([-.)])")
"""What begins an item of a list, or a rule, if it stands first."""

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "\\": "&#92;", "`": "&#96;"}

_NAME = re.compile(r"[A-Za-z0-9_.@+:/-]+")
"""What can stand between backticks: nothing in it ends a code span or a cell of a table."""


def text(said: str, most: int = MOST) -> str:
    """Return at most so many characters of *said*, in one line, as text and nothing else."""
    shown = printable(said).strip()
    disarmed = _SIGNS.sub(_disarmed, shown if len(shown) <= most else f"{shown[: most - 1]}…")
    item = _ITEM.match(disarmed)
    return f"{item[1]}\\{disarmed[item.end(1) :]}" if item else disarmed


def name(said: str) -> str:
    """Return *said* as code, if it looks like a name, else as text."""
    return f"`{said}`" if _NAME.fullmatch(said) and len(said) <= MOST else text(said)


def marker(service: str, environment: str = "") -> str:
    """Return the comment by which a program finds again what it wrote about a target.

    It is ``<!-- director:service@environment -->``. Each name is percent-encoded but for ASCII
    letters, digits, ``_``, ``.``, ``~`` and single ``-``, so that nothing in it ends the comment;
    one that is too long for a page is told apart by its digest.
    """
    names = [_encoded(each) for each in (service, environment) if each]
    return f"<!-- director:{'@'.join(names)} -->"


def _encoded(said: str) -> str:
    if len(said) > _MOST_MARKED:
        digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
        said = f"{said[:_MOST_MARKED]}~{digest}"
    return quote(said, safe="", errors="replace").replace("--", "-%2D")


def _disarmed(sign: re.Match[str]) -> str:
    found = sign[0]
    match sign.lastgroup:
        case "commit":
            return f"`{found}`"
        case "apart":
            return f"<span>{found}</span>"
        case "entity":
            return _ENTITIES[found]
        case _:
            return f"\\{found}"
