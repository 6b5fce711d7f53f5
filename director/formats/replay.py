"""History that was read back from logs, for people and for machines; never what a gate acts on."""

from __future__ import annotations

import json
from typing import Any

from director.formats.json import visible
from director.model.record import plain
from director.model.replay import Replay, ReplayedDecision
from director.model.text import counted, inert


def replay_text(decision: ReplayedDecision) -> str:
    """Return one decision in one line."""
    said = decision.decision.upper() or "?"
    if decision.effective != decision.decision:
        said = f"{decision.effective.upper()}, override of {said}"
    checks = counted(len(decision.checks), "check")
    if decision.planned is not None and decision.planned != len(decision.checks):
        checks = f"{len(decision.checks)} of {counted(decision.planned, 'check')}"
    unrecorded = "" if decision.recorded else ", unrecorded"
    line = (
        f"{decision.decided_at}  {decision.target}  {said}  {decision.pass_rate}"
        f"  {decision.evaluation}  {checks}{unrecorded}"
    )
    return inert(line)


def replay_document(replay: Replay) -> str:
    """Return the whole as a JSON document; ``origin`` says that it is no record."""
    document: dict[str, Any] = {
        "origin": "replay",
        "read": replay.read,
        "accepted": replay.accepted,
        "duplicates": replay.duplicates,
        "rejected": replay.rejected,
        "missing": replay.missing,
        "gaps": [plain(gap) for gap in replay.gaps],
        "decisions": [plain(decision) for decision in replay.decisions],
    }
    return visible(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def replay_summary(replay: Replay) -> str:
    """Return what came of it in one line."""
    gaps = counted(len(replay.gaps), "gap")
    missing = f" ({counted(replay.missing, 'line')} missing)" if replay.gaps else ""
    return (
        f"{replay.read:,} read, {replay.accepted:,} accepted,"
        f" {counted(replay.duplicates, 'duplicate')}, {replay.rejected:,} rejected,"
        f" {gaps}{missing}; {counted(len(replay.decisions), 'decision')},"
        " read back from a log: for looking, not for gating"
    )
