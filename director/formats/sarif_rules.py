"""The rules of a SARIF report: one for each planned check, and those of our own that were hit.

What GitHub needs of a rule, and how long it may be, is said in
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from director.formats import markdown_text
from director.formats.finding import (
    DECISION,
    INTERRUPTED,
    INVALID_INPUT,
    UNDECIDED,
    Severity,
    severity_of,
)
from director.model.record import CheckEntry
from director.model.text import printable
from director.model.value import dataclass

LEVELS = {
    Severity.SHADOW: "note",
    Severity.ADVISORY: "warning",
    Severity.WARNED: "warning",
    Severity.REQUIRED: "error",
    Severity.CLOSED: "error",
}

_KINDS = {"error": "error", "warning": "warning", "note": "recommendation"}

_MOST_DESCRIPTION = 1_000
"""The most characters of a description; GitHub takes 1,024."""

_MOST_HELP = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a finding can be about.

    Attributes:
        id: Which rule, for ever.
        title: What must hold, in a short sentence.
        more: What else is to be known of it, in one sentence.
        remedy: What to do about it; empty if nobody had to be told.
        category: Where it belongs.
        severity: How much it matters by itself.
    """

    id: str
    title: str
    more: str
    remedy: str
    category: str
    severity: Severity = Severity.CLOSED

    def descriptor(self) -> dict[str, Any]:
        """Return the rule as a ``reportingDescriptor``."""
        help_text = self.remedy or self.title
        lead = "**What to do:** " if self.remedy else ""
        level = LEVELS[self.severity]
        return {
            "id": printable(self.id),
            "name": _name(self.id),
            "shortDescription": {"text": plain(self.title, _MOST_DESCRIPTION)},
            "fullDescription": {"text": plain(f"{self.title}. {self.more}", _MOST_DESCRIPTION)},
            "help": {
                "text": plain(help_text),
                "markdown": f"{lead}{markdown_text.text(help_text, _MOST_HELP)}",
            },
            "defaultConfiguration": {"level": level},
            "properties": {
                "tags": ["production-readiness", printable(self.category)],
                "problem.severity": _KINDS[level],
            },
        }


OWN = {
    rule.id: rule
    for rule in (
        Rule(
            id=DECISION,
            title="May go to production",
            more="The decision is NO_GO, or it has expired: no gate is open unless it was forced.",
            remedy="Mend what the other findings say, then evaluate again.",
            category="decision",
        ),
        Rule(
            id=INVALID_INPUT,
            title="The manifest and its profile can be used",
            more="What cannot be read is not judged: there is no decision, and no GO.",
            remedy="Mend what is wrong at this place; `director validate` shows every fault.",
            category="decision",
        ),
        Rule(
            id=UNDECIDED,
            title="A decision can be made and recorded",
            more="Without a record there is no decision, and no GO.",
            remedy="Remove what is in the way, then evaluate again.",
            category="decision",
        ),
        Rule(
            id=INTERRUPTED,
            title="The evaluation comes to its end",
            more="It was interrupted before a decision, so there is no GO.",
            remedy="Evaluate again.",
            category="decision",
        ),
    )
}
"""What can be found besides a gap."""


def rules(checks: Iterable[CheckEntry], hit: Iterable[str]) -> list[Rule]:
    """Return a rule for each of *checks* and for each rule of our own among *hit*, sorted by id.

    A check of several targets makes one rule: it matters as much as where it matters most, and
    has its remedy from one that has not passed.
    """
    found: dict[str, Rule] = {name: OWN[name] for name in hit if name in OWN}
    for check in checks:
        made = Rule(
            id=check.id,
            title=check.title,
            more=f"Category {check.category}; {check.role} where it is judged.",
            remedy=check.remedy,
            category=check.category,
            severity=severity_of(check.role),
        )
        known = found.get(check.id)
        found[check.id] = _both(known, made) if known else made
    return [found[name] for name in sorted(found)]


def _both(one: Rule, other: Rule) -> Rule:
    first, second = (one, other) if one.severity >= other.severity else (other, one)
    return Rule(
        id=first.id,
        title=first.title,
        more=first.more,
        remedy=first.remedy or second.remedy,
        category=first.category,
        severity=first.severity,
    )


def plain(text: str, most: int = _MOST_HELP) -> str:
    """Return *text* as a SARIF plain text message of at most so many characters.

    In such a message ``[text](target)`` is a link (SARIF 2.1.0, section 3.11.6); what others
    wrote is none. Placeholders in braces (section 3.11.5) need no care: there are no arguments.
    """
    shown = printable(text).replace("](", "] (")
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def _name(rule: str) -> str:
    """Return the id as viewers expect a name: ``DeclaredLoadTest``."""
    words = re.findall(r"[A-Za-z0-9]+", rule)
    return "".join(word[:1].upper() + word[1:] for word in words) or "Unnamed"
