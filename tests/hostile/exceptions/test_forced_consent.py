"""Forced where people agree to what a decision forbids: nothing comes into force by it."""

from __future__ import annotations

import asyncio
import os
import pwd
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from director.approval.desk import Place as Target
from director.approval.desk import scene
from director.approval.overrides import Overrides
from director.approval.waivers import Waivers
from director.audit.ssh_sign import sign
from director.cli.new_file import put
from director.cli.recorded import require_store
from director.loading.settings import Settings
from director.model.catalog import Catalog
from director.model.ledger import Entry, Kind
from director.model.override import OverrideStatement
from director.model.simulation import Simulated
from director.rules.casework import casework
from director.rules.resimulate import Trial, resimulate
from director.rules.statements import OVERRIDE_NAMESPACE, statement_text
from director.store.codec import checked, decode
from director.wiring.record import open_office

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place

BODY = Path(__file__).parents[2] / "unit/store/record.json"
SAMPLE = checked(decode(BODY.read_bytes(), "01JD9Z4S00000000000000000A")).record
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT = "2026-11-22T12:00:00.000000Z"
STATEMENT = OverrideStatement(
    id="01O", log="log.example/1", service="unready", environment="", evaluation="01E",
    record_digest="sha256:r", manifest_digest="sha256:m", profile_digest="sha256:p", grounds=(),
    reason="r", ticket="t", requested_by="ann", requested_at=NOW, not_before=NOW, expires_at=NOW,
)  # fmt: skip
ENTRY = Entry(
    id="E1", kind=Kind.WAIVER_REQUESTED, service="unready", environment="", subject="01W", at=AT,
    statement="{",
)  # fmt: skip
WHY = ("--reason", "the regulator expects it tomorrow", "--ticket", "OPS-1")


def record(place: Place) -> Path:
    """Return a record in which a service is NO_GO."""
    path = place.path / "r.db"
    assert place.command(place.unready(), "--store", path) == 1
    return path


def handed_in(path: Path, texts: Sequence[str]) -> Answers:
    """Return what came of handing in *texts* as overrides and as waivers; ``go`` if one holds."""

    async def tried() -> Answers:
        office = open_office(Settings(store=path))
        found = await scene(office, Target("unready", ""))
        assert found is not None
        outcomes: list[Any] = []
        for text in texts:
            outcomes.append(await Overrides(office).apply(found, text, ["LGTM"]))
            outcomes.append(await Waivers(office).approve(found, text, "LGTM"))
        await office.store.close()
        return [each.refusals[0].code if each.refusals else "go" for each in outcomes]

    return asyncio.run(tried())


def statements_are_none(place: Place) -> Answers:
    """What is handed in is no JSON, has a key twice, or moments that no calendar has."""
    path, text = record(place), statement_text(STATEMENT)
    twice = text.replace('"id"', '"id": "01P",\n  "id"')
    moments = [text.replace(AT, each, 1) for each in ("today", "0001-01-01T00:00:00+14:00")]
    return [
        *handed_in(path, ["{", "[" * 200_000, twice, *moments]),
        place.command(place.unready(), "--store", path),
    ]


def entries_are_none(place: Place) -> Answers:
    """An entry of the log says nothing that can be read: it changes nothing, and is set aside."""
    path = record(place)

    async def damage() -> None:
        store = open_office(Settings(store=path)).store
        await store.act("unready", "", lambda _: [ENTRY])
        await store.close()

    asyncio.run(damage())
    found = casework([replace(ENTRY, at="today")], "log.example/1")
    return [
        "go" if found.waivers or found.overrides or len(found.aside) != 1 else "set aside",
        place.called("waiver", "approve", "01W", "--key", "key", "--store", path),
        place.command(place.unready(), "--store", path),
    ]


def words_are_none(place: Place) -> Answers:
    """A length of time, or a name, is none."""
    path = record(place)
    ask = ("override", "request", *WHY, "--by", "ann", "--store", path)
    return [
        place.called(*ask, "unready", "--expires-in", "soon"),
        place.called(*ask, "\udcff"),
    ]


def files_are_not_there(place: Place) -> Answers:
    """The record is where no file can be, or standard input is none."""
    long = place.path / ("x" * 300)
    before, folder = os.dup(0), os.open(place.path, os.O_RDONLY)
    os.dup2(folder, 0)
    try:
        silent = place.called(
            "override", "apply", "-", "--signature", "x", "--store", record(place)
        )
    finally:
        os.dup2(before, 0)
        os.close(before)
        os.close(folder)
    found = place.said(lambda: require_store(long))
    return [silent, "go" if found != "SettingsError" else found]


def nobody_is_logged_in(place: Place) -> Answers:
    """The system has no name for who asks."""
    path = record(place)
    names = ("LOGNAME", "USER", "LNAME", "USERNAME")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    sys.modules["pwd"] = None  # type: ignore[assignment]  # as if the system had none
    try:
        return [
            place.called("override", "request", "unready", *WHY, "--store", path),
            place.called("audit", "erase", "--older-than", "1d", "--store", path),
        ]
    finally:
        sys.modules["pwd"] = pwd
        os.environ |= before


def request_cannot_be_written(place: Place) -> Answers:
    """What is to be signed can be written nowhere, or something else is there."""
    (place.path / "there").write_text("before")
    (place.path / "folder").mkdir()
    told = [
        place.said(lambda: put(place.path / ("x" * 300), "text", force=False)),
        place.said(lambda: put(place.path / "there", "text", force=False)),
        place.said(lambda: put(place.path / "folder", "text", force=True)),
    ]
    assert (place.path / "there").read_text() == "before"
    return ["go" if each == "None" else each for each in told]


async def nobody_signs(place: Place) -> Answers:
    """The program that signs is not there, gives no signature, or never ends."""
    told = []
    for name, words in (("absent", None), ("mute", "exit 0"), ("silent", "exec sleep 1000")):
        program = place.path / name
        if words is not None:
            program.write_text(f"#!/bin/sh\n{words}\n")
            program.chmod(0o755)
        act = sign(
            OVERRIDE_NAMESPACE, "text\n", place.path / "key", program=str(program), patience_s=0.5
        )
        told.append(await place.waited(act))
    return ["go" if each != "SettingsError" else each for each in told]


def rule_cannot_be_applied(place: Place) -> Answers:
    """A record of which nobody knows when it was made is not judged by another policy."""
    request = place.world().request()
    found = resimulate(
        replace(SAMPLE, decided_at="today"), Trial(profile=request.profile, catalog=Catalog(()))
    )
    return [found.then_decision if isinstance(found, Simulated) else found.reason]


TABLE: Table = {
    "approval.claim:claim_of:(ValueError, RecursionError)": statements_are_none,
    "approval.overrides:_statement_in:ValueError": statements_are_none,
    "approval.waivers:_statement_in:ValueError": statements_are_none,
    "audit.ssh_sign:sign:(UnavailableError, ValueError)": nobody_signs,
    "audit.ssh_sign:sign:TimeoutError": nobody_signs,
    "cli.approvals:_standard_input:OSError": files_are_not_there,
    "cli.approvals:requester:(ImportError, KeyError, OSError)": nobody_is_logged_in,
    "cli.new_file:put:FileExistsError": request_cannot_be_written,
    "cli.new_file:put:OSError": request_cannot_be_written,
    "cli.new_file:put:OSError#2": request_cannot_be_written,
    "cli.option_types:Duration.convert:ValueError": words_are_none,
    "cli.recorded:_is_text:UnicodeEncodeError": words_are_none,
    "cli.recorded:require_store:OSError": files_are_not_there,
    "cli.waiver_approve:_approve:ValueError": entries_are_none,
    "rules.casework:_moment:ValueError": entries_are_none,
    "rules.casework:casework:ValueError": entries_are_none,
    "rules.override_steps:_not_requested:ValueError": statements_are_none,
    "rules.resimulate:resimulate:(ValueError, OverflowError)": rule_cannot_be_applied,
    "rules.statements:_instant:(ValueError, OverflowError)": statements_are_none,
    "rules.statements:_object:(ValueError, RecursionError)": statements_are_none,
    "rules.statements:_object:_TwiceError": statements_are_none,
    "rules.waivers:_not_requested:ValueError": statements_are_none,
}
"""Each clause that is forced here, and by what."""


def test_what_consent_catches_comes_into_force_nowhere(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []
