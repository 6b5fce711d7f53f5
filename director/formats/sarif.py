"""The report as SARIF 2.1.0, for code scanning: one run, and a result for each finding.

The format is that of https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. What has
passed is no result: GitHub shows failures only, and would show a pass as one. Which checks were
planned stands in the rules, and what was decided in the properties of the run.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from director.formats.finding import DECISION, Finding, Fingerprints, findings, nothing
from director.formats.forced import effective_word, forced_line
from director.formats.format import Setting
from director.formats.json import visible
from director.formats.place import Repository, repository
from director.formats.sarif_rules import LEVELS, OWN, plain, rules
from director.model.record import CheckEntry, RequestEntry, WaiverEntry
from director.model.report import Item, Judged
from director.model.text import printable

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

_ROOT = "%SRCROOT%"
"""What GitHub calls the top of the repository."""


class SarifFormat:
    """Writes the whole log when all items are there.

    Args:
        repository: What paths are relative to.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._fingerprints = Fingerprints(repository)
        self._places: dict[tuple[str, str], None] = {}
        self._decisions: list[dict[str, Any]] = []
        self._versions: dict[str, None] = {}
        self._checks: list[CheckEntry] = []
        self._findings: list[Finding] = []
        self._all_decided = True

    def begin(self) -> str:
        """Return what stands before the first item."""
        return ""

    def item(self, item: Item) -> str:
        """Take in *item*; rules stand before results, so nothing is said yet."""
        if isinstance(item, Judged):
            record = item.record
            self._places[record.source, record.environment] = None
            self._versions[record.director_version] = None
            self._decisions.append(_decision(item))
            self._checks += record.checks
        else:
            environment = getattr(item, "target", "").partition("@")[2]
            self._places[item.source, environment] = None
            self._all_decided = False
        self._findings += findings(item)
        return ""

    def end(self) -> str:
        """Return the log; where no item came, that is a finding, too."""
        if not self._places:
            self._findings.append(nothing())
            self._all_decided = False
        log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [self._run()]}
        return visible(json.dumps(log, indent=2)) + "\n"

    def _run(self) -> dict[str, Any]:
        hit = {finding.rule for finding in self._findings}
        known = rules(self._checks, hit)
        numbers = {rule.id: number for number, rule in enumerate(known)}
        driver: dict[str, Any] = {
            "name": "Production Readiness Director",
            "rules": [rule.descriptor() for rule in known],
            "notifications": [OWN[name].descriptor() for name in sorted(hit & _FAILURES)],
        }
        if len(self._versions) == 1:
            driver["version"] = printable(next(iter(self._versions)))
        return {
            "tool": {"driver": driver},
            "automationDetails": {"id": self._category()},
            "columnKind": "unicodeCodePoints",
            "invocations": [
                {
                    "executionSuccessful": self._all_decided,
                    "toolExecutionNotifications": [
                        self._notification(finding)
                        for finding in self._findings
                        if finding.rule in _FAILURES
                    ],
                }
            ],
            "results": [self._result(each, numbers[each.rule]) for each in self._findings],
            "properties": {"decisions": self._decisions},
        }

    def _category(self) -> str:
        """Return what GitHub tells runs apart by: one replaces that of the same category before.

        It is made of what was judged and where, so that no run hides what another has found.
        """
        paths = [self._repository.path(source) for source, _ in self._places]
        places = [posixpath.commonpath(paths)] if paths else []
        environments = {environment for _, environment in self._places}
        if len(environments) == 1:
            places += environments
        named = "@".join(quote(place, errors="replace") for place in places if place)
        return f"production-readiness/{named}/" if named else "production-readiness/"

    def _result(self, finding: Finding, number: int) -> dict[str, Any]:
        name = self._fingerprints.of(finding)
        return {
            "ruleId": printable(finding.rule),
            "ruleIndex": number,
            "kind": "fail",
            "level": LEVELS[finding.severity],
            "message": {"text": plain(finding.text)},
            "locations": [self._location(finding)],
            # The second name is the only one that GitHub reads. Its own would be made of the
            # text around the line, so that an edit nearby made an old finding a new one, and
            # two environments of one manifest one.
            "partialFingerprints": {"directorFinding/v1": name, "primaryLocationLineHash": name},
            # On every result or on none (section 3.27.23); empty: not suppressed.
            "suppressions": list(_suppressions(finding)),
        }

    def _notification(self, finding: Finding) -> dict[str, Any]:
        return {
            "descriptor": {"id": finding.rule},
            "level": "error",
            "message": {"text": plain(finding.text)},
            "locations": [self._location(finding)],
        }

    def _location(self, finding: Finding) -> dict[str, Any]:
        uri, relative = self._repository.uri(finding.source)
        region = {"startLine": finding.line}
        if finding.column:
            region["startColumn"] = finding.column
        file = {"uri": uri, "uriBaseId": _ROOT} if relative else {"uri": uri}
        return {"physicalLocation": {"artifactLocation": file, "region": region}}


_FAILURES = OWN.keys() - {DECISION}
"""The rules of what kept us from a decision."""


def _suppressions(finding: Finding) -> Iterator[dict[str, str]]:
    if finding.waiver:
        yield _suppression("accepted", finding.waiver)
    if finding.forced:
        yield _external("accepted", finding.forced)
    elif finding.request:
        # One that is not accepted keeps all others from counting (section 3.27.23).
        asked = finding.request.stage == "requested"
        yield _suppression("underReview" if asked else "rejected", finding.request)


def _suppression(status: str, waiver: WaiverEntry | RequestEntry) -> dict[str, str]:
    parts = [waiver.reason, f"ticket {waiver.ticket}", f"until {waiver.expires_at[:10]}"]
    if isinstance(waiver, WaiverEntry):
        parts.append(f"approved by {waiver.approved_by}")
    return _external(status, "; ".join(parts))


def _external(status: str, why: str) -> dict[str, str]:
    return {"kind": "external", "status": status, "justification": plain(why)}


def _decision(judged: Judged) -> dict[str, Any]:
    record = judged.record
    texts = {
        "service": record.service,
        "environment": record.environment,
        "decision": record.decision,
        "pass_rate": record.pass_rate,
        "effective_decision": effective_word(judged),
        "override": forced_line(judged),
        "valid_until": record.valid_until,
        "profile": record.profile.name,
        "profile_digest": record.profile.digest,
        "evaluation": record.evaluation,
    }
    return {
        **{name: printable(text) for name, text in texts.items()},
        "score": record.score,
        "recorded": judged.recorded,
        "expired": judged.expired,
    }


def make(setting: Setting) -> SarifFormat:  # noqa: ARG001  # one run for one or for many
    """Return the format for *setting*."""
    return SarifFormat(repository())
