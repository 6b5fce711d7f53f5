"""What every format is, and which there are."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from director.model.value import dataclass

if TYPE_CHECKING:
    from director.formats.text import Look
    from director.model.report import Item

FORMATS = {
    "text": "for people, on a terminal",
    "json": "for machines; one object for one target, an array for several",
    "jsonl": "one JSON object on a line for each target",
    "junit": "JUnit XML: a test case for each check",
    "sarif": "SARIF 2.1.0, located in the manifests",
    "github": "annotations of GitHub Actions, with step summary and outputs",
    "github-output": "outputs of a GitHub Actions step",
    "gitlab": "a GitLab code quality report",
    "markdown": "a short comment for a pull request",
    "html": "one page for a review board, to read or to print",
    "nagios": "a Nagios plugin's line with performance data",
    "badge": "an SVG badge",
    "badge-json": "a badge for shields.io, as JSON",
}
"""Each format with what it is. Its module is imported when it is asked for."""


class Format(Protocol):
    """What a report looks like."""

    def begin(self) -> str:
        """Return what stands before the first item."""
        ...

    def item(self, item: Item) -> str:
        """Return *item*, with what separates it from the one before."""
        ...

    def end(self) -> str:
        """Return what stands after the last item."""
        ...


@dataclass(frozen=True, slots=True)
class Setting:
    """What a format is made for.

    Attributes:
        look: How text is drawn on this terminal.
        stored_in: Where decisions are recorded, for people; empty if they are not.
        several: Whether more than one target was asked for.
        fail_on_conditional: Whether a CONDITIONAL_GO closes the gate.
    """

    look: Look
    stored_in: str = ""
    several: bool = False
    fail_on_conditional: bool = False


def make_format(name: str, setting: Setting) -> Format:
    """Return the format *name*, one of ``FORMATS``."""
    made: Format = import_module(f"director.formats.{name.replace('-', '_')}").make(setting)
    return made
