"""Waivers and overrides for people: one in full, or several as a list."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from director.model.ledger import Entry, Kind, Signature
from director.model.override import OverrideStatement, OverrideUse
from director.model.text import printable
from director.model.value import dataclass
from director.model.waiver import Stage, WaiverCase, WaiverStatement

_WIDTH = 90
_INDENT = " " * 14

_SAYS_ITSELF = frozenset({Kind.OVERRIDE_REVOKED, Kind.WAIVER_REVOKED, Kind.WAIVER_DENIED})
"""Entries whose code is their kind once more."""

_EXPIRES = frozenset({Stage.REQUESTED, Stage.APPROVED})


@dataclass(frozen=True, slots=True)
class WaiverStands:
    """One waiver, and how it stands at a moment.

    Attributes:
        case: The waiver, with what became of it.
        at: The moment.
        doubt: Why its approval is not proven, in one line; empty if it is, or there is none.
    """

    case: WaiverCase
    at: datetime
    doubt: str = ""

    @property
    def state(self) -> str:
        """A machine word: how far it came, or ``expired``, or ``not_proven``."""
        case = self.case
        expired = case.expired_at is not None or case.statement.expires_at <= self.at
        if expired and case.stage in _EXPIRES:
            return "expired"
        return "not_proven" if case.stage is Stage.APPROVED and self.doubt else case.stage.value

    @property
    def why(self) -> str:
        """The same for people; empty if there is nothing to add."""
        if self.state == "not_proven":
            return self.doubt
        return f"by {self.case.settled_by}" if self.case.settled_by else ""


def override_statement_lines(statement: OverrideStatement) -> Iterator[str]:
    """Yield what an override asks for, as somebody must see it before signing."""
    yield f"Force a GO for {_target(statement)}, which is NO_GO"
    yield _row("override", statement.id)
    yield from _asked(statement)
    yield _row("from", _moment(statement.not_before))
    yield _row("until", _moment(statement.expires_at))
    yield _row("decision", f"{statement.evaluation}, {statement.record_digest}")
    yield _row("manifest", statement.manifest_digest)
    yield _row("profile", statement.profile_digest)
    yield _row("in log", statement.log)
    yield "  passes over:"
    for ground in statement.grounds:
        about = " ".join(filter(None, (ground.code, ground.check, ground.category)))
        yield f"    - {printable(about)}"


def waiver_statement_lines(statement: WaiverStatement) -> Iterator[str]:
    """Yield what a waiver asks for, as somebody must see it before signing."""
    yield f"Excuse {_target(statement)} from {printable(statement.check)}"
    yield _row("waiver", statement.id)
    yield _row("code", statement.code)
    yield from _asked(statement)
    yield _row("until", _moment(statement.expires_at))
    yield _row("in log", statement.log)


def override_lines(use: OverrideUse, entries: Iterable[Entry]) -> Iterator[str]:
    """Yield one override with everything that became of it."""
    yield from override_statement_lines(use.override.statement)
    yield _row("state", ": ".join(filter(None, (use.state.replace("_", " "), use.why))))
    yield from _signed(use.override.signatures)
    yield from _happened(entries)


def waiver_lines(stands: WaiverStands, entries: Iterable[Entry]) -> Iterator[str]:
    """Yield one waiver with everything that became of it."""
    case = stands.case
    yield from waiver_statement_lines(case.statement)
    yield _row("state", ": ".join(filter(None, (stands.state.replace("_", " "), stands.why))))
    yield from _signed(() if case.signature is None else (case.signature,))
    yield from _happened(entries)


def _asked(statement: OverrideStatement | WaiverStatement) -> Iterator[str]:
    yield _row("reason", statement.reason)
    yield _row("ticket", statement.ticket)
    yield _row("asked by", f"{statement.requested_by}, {_moment(statement.requested_at)}")


def _signed(signatures: Iterable[Signature]) -> Iterator[str]:
    for each in signatures:
        roles = ", ".join(each.roles) or "no role"
        yield _row("signed by", f"{each.person} ({roles}) as {each.principal}, {each.key}")


def _happened(entries: Iterable[Entry]) -> Iterator[str]:
    yield "  what became of it:"
    for entry in entries:
        by = f" by {entry.by}" if entry.by.strip() else ""
        code = f" ({entry.code})" if entry.code and entry.kind not in _SAYS_ITSELF else ""
        said = f": {entry.text}" if entry.text else ""
        kind = entry.kind.partition(".")[2]
        at = _moment(datetime.fromisoformat(entry.at))
        yield _filled(f"    {at}  {printable(f'{kind}{by}{code}{said}')}", " " * 8)


def _target(statement: OverrideStatement | WaiverStatement) -> str:
    where = f"@{statement.environment}" if statement.environment else ""
    return printable(f"{statement.service}{where}")


def _row(word: str, text: str) -> str:
    return _filled(f"  {word:<10}  {printable(text)}", _INDENT)


def _filled(text: str, indent: str) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
