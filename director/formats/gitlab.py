"""The report as a GitLab code quality report: an array with an object for each finding.

The format is that of https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format:
``description``, ``check_name``, ``fingerprint``, ``severity``, ``location.path`` relative to the
repository and without ``./``, and ``location.lines.begin``. GitLab compares the fingerprints of
two branches to say what a merge request makes better or worse. It knows no suppressions: a gap
that a waiver in effect covers is shown as ``info``. What an override passes over stays what it
was, since that mends nothing, and says who has forced the gate open.
"""

from __future__ import annotations

import json

from director.formats.finding import Finding, Fingerprints, Severity, findings, nothing
from director.formats.format import Setting
from director.formats.json import visible
from director.formats.place import Repository, repository
from director.model.report import Item
from director.model.text import printable

_WORDS = {
    Severity.SHADOW: "info",
    Severity.ADVISORY: "minor",
    Severity.WARNED: "major",
    Severity.REQUIRED: "critical",
    Severity.CLOSED: "blocker",
}


class GitlabFormat:
    """Writes findings as the items come.

    Args:
        repository: What paths are relative to.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._fingerprints = Fingerprints(repository)
        self._items = 0
        self._written = 0

    def begin(self) -> str:
        """Return what stands before the first item."""
        return "["

    def item(self, item: Item) -> str:
        """Return the findings of *item*, with what separates them from those before."""
        self._items += 1
        return "".join(map(self._entry, findings(item)))

    def end(self) -> str:
        """Return what stands after the last item; where none came, that is a finding, too."""
        last = "" if self._items else self._entry(nothing())
        return f"{last}\n]\n"

    def _entry(self, finding: Finding) -> str:
        separator = ",\n" if self._written else "\n"
        self._written += 1
        text = finding.text
        if finding.waiver:
            text = f"{text} (waived until {printable(finding.waiver.expires_at[:10])})"
        if finding.forced:
            text = f"{text} ({finding.forced})"
        entry = {
            "description": text,
            "check_name": printable(finding.rule),
            "fingerprint": self._fingerprints.of(finding),
            "severity": "info" if finding.waiver else _WORDS[finding.severity],
            "location": {
                "path": self._repository.path(finding.source),
                "lines": {"begin": finding.line},
            },
        }
        return separator + visible(json.dumps(entry))


def make(setting: Setting) -> GitlabFormat:  # noqa: ARG001  # an array for one or for many
    """Return the format for *setting*."""
    return GitlabFormat(repository())
