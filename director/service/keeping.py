"""What is remembered over a restart, as bytes: of each target, and that the service lived."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from director.model.decision import Verdict
from director.model.note import Note, NoteKind
from director.model.sampled import State, Streaks
from director.model.sampling import Level
from director.model.service import Latest
from director.ports.notes import Notes
from director.service.watch import Watch


def note_of(watch: Watch) -> Note:
    """Return what is to be remembered of *watch*."""
    state, latest = watch.state, watch.latest
    body: dict[str, Any] = {
        "basis": watch.basis,
        "missed": watch.missed,
        "held_at": _written(watch.held_at),
        "state": {
            "level": state.level,
            "recent": state.recent,
            "streaks": asdict(state.streaks),
            "blind": state.blind,
            "evidence_at": _written(state.evidence_at),
            "lost": state.lost,
            "flapping": state.flapping,
            "told": state.told,
            "told_at": _written(state.told_at),
        },
    }
    if latest is not None:
        body["latest"] = {
            "evaluation": latest.evaluation,
            "decision": latest.decision,
            "pass_rate": latest.pass_rate,
            "score": latest.score,
            "decided_at": _written(latest.decided_at),
            "valid_until": _written(latest.valid_until),
            "why": latest.why,
            "categories": latest.categories,
            "override": latest.override,
            "override_until": _written(latest.override_until),
        }
    return Note(NoteKind.TARGET, key_of(watch.key), json.dumps(body).encode())


def forgotten(watch: Watch) -> Note:
    """Return the note that makes what is remembered of *watch* be forgotten."""
    return Note(NoteKind.TARGET, key_of(watch.key), None)


def key_of(key: tuple[str, str]) -> str:
    """Return the key of a target's note: ``service@environment``; names have no ``@``."""
    return "@".join(key)


def recall(watch: Watch, note: Note) -> bool:
    """Bring back what *note* remembers of *watch*; return False if it cannot be read.

    A note that cannot be read is as none: the target is looked at anew.
    """
    try:
        body = json.loads(note.body or b"")
        state, latest = _state(body["state"]), body.get("latest")
        remembered = None if latest is None else _latest(latest)
        basis = str(body["basis"][0]), str(body["basis"][1])
        missed, held_at = int(body["missed"]), _read(body["held_at"])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return False
    watch.state, watch.latest, watch.basis = state, remembered, basis
    watch.missed, watch.held_at = missed, held_at
    return True


def beat(now: datetime) -> Note:
    """Return the note that says that the service lived at *now*."""
    return Note(NoteKind.SERVICE, "beat", json.dumps({"at": now.isoformat()}).encode())


async def last_beat(notes: Notes) -> datetime | None:
    """Return when the service was last alive; None if it never was, or nobody can tell.

    Raises:
        StoreError: It cannot be read.
    """
    note = await notes.one(NoteKind.SERVICE, "beat")
    try:
        at = datetime.fromisoformat(json.loads(note.body or b"" if note else b"")["at"])
    except (ValueError, KeyError, TypeError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


async def every(notes: Notes, kind: NoteKind) -> AsyncIterator[Note]:
    """Read each note of *kind*, a page at a time.

    Raises:
        StoreError: They cannot be read.
    """
    after = ""
    while page := await notes.page(kind, after):
        for note in page:
            yield note
        after = page[-1].key


def _state(body: dict[str, Any]) -> State:
    return State(
        level=None if body["level"] is None else Level(body["level"]),
        recent=tuple(Level(each) for each in body["recent"]),
        streaks=Streaks(**body["streaks"]),
        blind=int(body["blind"]),
        evidence_at=_read(body["evidence_at"]),
        lost=bool(body["lost"]),
        flapping=bool(body["flapping"]),
        told=None if body["told"] is None else Level(body["told"]),
        told_at=_read(body["told_at"]),
    )


def _latest(body: dict[str, Any]) -> Latest:
    return Latest(
        evaluation=body["evaluation"],
        decision=Verdict(body["decision"]),
        pass_rate=body["pass_rate"],
        score=float(body["score"]),
        decided_at=datetime.fromisoformat(body["decided_at"]),
        valid_until=datetime.fromisoformat(body["valid_until"]),
        why=str(body["why"]),
        categories=tuple((name, score, int(gaps)) for name, score, gaps in body["categories"]),
        override=str(body["override"]),
        override_until=_read(body["override_until"]),
    )


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _read(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a moment without its zone")
    return at
