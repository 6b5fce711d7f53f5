"""Attacks around the API, and several at once: what the record says alone opens nothing."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from asyncio.subprocess import PIPE
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.hostile.override.conftest import Log
    from tests.hostile.stage import Stage

pytestmark = pytest.mark.needs("ssh-keygen")

DIRECTOR = Path(sys.executable).parent / "director"


def insert(stage: Stage, like: str, **changes: object) -> None:
    """Write one more entry into the tables, like the last one of a kind."""
    with closing(sqlite3.connect(stage.folder / "record.db")) as connection:
        connection.row_factory = sqlite3.Row
        row = dict(
            connection.execute(
                "SELECT * FROM entries WHERE kind = ? ORDER BY seq DESC", (like,)
            ).fetchone()
        )
        body = {**json.loads(row["body"]), **changes, "id": "01ZZZZZZZZZZZZZZZZZZZZZZZZ"}
        (last,) = connection.execute("SELECT max(seq) FROM entries").fetchone()
        row |= {"seq": last + 1, "id": body["id"], "kind": body["kind"], "subject": body["subject"]}
        row["body"] = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        marks = ", ".join("?" * len(row))
        names = ", ".join(f'"{name}"' for name in row)
        connection.execute(f"INSERT INTO entries ({names}) VALUES ({marks})", tuple(row.values()))  # noqa: S608  # our own names
        connection.commit()


SAYS_JANE = {
    "principal": "jane@example.com", "person": "jane", "roles": ["vp"],
    "key": "SHA256:x", "armor": "x",
}  # fmt: skip


async def test_an_application_that_nobody_signed(stage: Stage, log: Log) -> None:
    """An entry in the tables that says that Jane agreed opens nothing: her signature would."""
    await stage.requested()
    insert(stage, "override.requested", kind="override.applied", signatures=[SAYS_JANE])

    judged = await stage.memory.judged((await stage.scene()).record)

    assert judged.verdict.value == "no_go"
    assert stage.states(judged) == ("not_proven",)
    log.exit = 1


async def test_an_application_that_somebody_else_signed(stage: Stage, log: Log) -> None:
    """Nor with the good signature of somebody who may not, said to be hers."""
    text = await stage.requested(by="joe")
    signature = {**SAYS_JANE, "armor": stage.ring.sign("ann", text)}
    insert(stage, "override.requested", kind="override.applied", signatures=[signature])

    judged = await stage.memory.judged((await stage.scene()).record)

    assert judged.verdict.value == "no_go"
    assert stage.states(judged) == ("not_proven",)
    log.exit = 1


async def test_an_application_of_her_own_request(stage: Stage, log: Log) -> None:
    """Nor with her good signature under what she has asked for herself."""
    text = await stage.requested(by="jane@corp.example")
    signature = {**SAYS_JANE, "armor": stage.ring.sign("jane", text)}
    insert(stage, "override.requested", kind="override.applied", signatures=[signature])

    judged = await stage.memory.judged((await stage.scene()).record)

    assert judged.verdict.value == "no_go"
    assert stage.states(judged) == ("not_proven",)
    log.exit = 1


async def test_an_application_of_another_text(stage: Stage, log: Log) -> None:
    """Nor with a text that nobody requested, whoever signed it."""
    text = await stage.requested()
    other = text.replace("2026-11-24T12:00:00.000000Z", "2026-11-25T12:00:00.000000Z")
    assert other != text
    signature = {**SAYS_JANE, "armor": stage.ring.sign("jane", other)}
    insert(
        stage,
        "override.requested",
        kind="override.applied",
        statement=other,
        signatures=[signature],
    )

    judged = await stage.memory.judged((await stage.scene()).record)

    assert judged.verdict.value == "no_go"
    log.exit = 1


async def test_a_use_that_was_none(stage: Stage, log: Log) -> None:
    """An entry that says that a decision was overridden overrides none."""
    await stage.requested()
    insert(stage, "override.requested", kind="override.used")
    with closing(sqlite3.connect(stage.folder / "record.db")) as connection:
        connection.execute("UPDATE decisions SET effective = 'go', override = 'x'")
        connection.commit()

    judged = await stage.memory.judged((await stage.scene()).record)

    assert judged.verdict.value == "no_go"
    log.exit = 1


@pytest.mark.parametrize("same", [True, False])
async def test_two_at_once(stage: Stage, same: bool) -> None:
    """Of two processes that apply at once, one does: the same override, or two of one target."""
    # The processes go by the machine's clock, so the stage does, too, and decides anew.
    stage.clock = type(stage.clock)(datetime.now(UTC))
    await stage.evaluate()
    first = await stage.requested()
    second = first if same else await stage.requested()
    for name, text in (("one", first), ("two", second)):
        (stage.folder / f"{name}.json").write_text(text)
        (stage.folder / f"{name}.json.sig").write_text(stage.ring.sign("jane", text))

    where = ("--store", "record.db", "--signers", "signers.yaml")
    ran = [
        await asyncio.create_subprocess_exec(
            DIRECTOR, "override", "apply", f"{name}.json", *where, cwd=stage.folder,
            stdout=PIPE, stderr=PIPE,
        )
        for name in ("one", "two")
    ]  # fmt: skip
    told = [await each.communicate() for each in ran]

    assert sorted(str(each.returncode) for each in ran) == ["0", "1"], told
    kinds = await stage.kinds()
    assert kinds.count("override.applied") == 1
    assert kinds.count("override.refused") == 1
    await stage.recorded("already_applied" if same else "another_in_force")
    stage.clock = type(stage.clock)(datetime.now(UTC))
    await stage.open()


async def test_many_at_once(stage: Stage) -> None:
    """Of many in one process, each with its own override, one comes into force."""
    texts = [await stage.requested() for _ in range(8)]

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(stage.apply(text)) for text in texts]

    codes = sorted("".join(each.code for each in task.result().refusals) for task in tasks)
    assert codes == ["", *["another_in_force"] * 7]
    assert (await stage.kinds()).count("override.refused") == 7
    await stage.open()
