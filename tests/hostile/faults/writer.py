"""The program under test: keeps decisions by the real store, and says each that is acknowledged.

It stands by with everything imported. For each line of JSON that it reads, a process of its own
does one scene on one folder, with one fault in its way, and how that ended is told in a line. Needs
``shim.c`` before its libraries.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import random
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from director.errors import StoreError
from director.loading.settings import Settings
from director.model.ledger import Entry, Kind
from director.model.record import Record
from director.ports import Store
from director.store.codec import decode
from director.wiring.record import open_store

FIRST = "01JD9Z4S00000000000000000A"
BODY = Path(__file__).parents[2] / "unit/store/record.json"
SAMPLE = decode(BODY.read_bytes(), FIRST)

SCENE = ("S0", "S1", ("G0", "G1", "G2"), "S2")
"""What is recorded, and what of it at once."""

CROWD = tuple(f"C{number:02}" for number in range(32))
_NOISE_BYTES = 100_000
_FULL_BYTES = 990 * 4120
"""So large that the next decisions make SQLite move its log into the database, at 1,000 pages."""

# Imported by the first record of all alone; each scene would do it again.
for _module in (
    "director.audit.anchor",
    "director.audit.key",
    "director.audit.notary",
    "director.store.migrate",
    "director.store.sqlite",
    "sqlalchemy.dialects.sqlite",
):
    import_module(_module)


@dataclass(frozen=True, slots=True)
class Shim:
    """What is before our libraries."""

    library: ctypes.CDLL

    def watch(self, folder: Path, trace: Path) -> None:
        """Write down every call that changes *folder*."""
        self.library.fault_watch(os.fsencode(folder), os.fsencode(trace))

    def arm(self, kind: str, number: int) -> None:
        """Let the call of that number fail, counted from now."""
        self.library.fault_arm(kind.encode(), ctypes.c_long(number))

    def fired(self) -> bool:
        """Return whether one has failed."""
        return bool(self.library.fault_fired())


def settings(folder: Path) -> Settings:
    """Return where the record and its anchor are in *folder*."""
    return Settings(store=folder / "data/record.db", audit_anchor=folder / "elsewhere/anchor")


def decision(name: str) -> Record:
    """Return the sample as another evaluation."""
    return replace(SAMPLE, evaluation=name)


def attempt(name: str) -> Entry:
    """Return what is recorded together with a decision: all or nothing."""
    return Entry(
        id=f"{name}-REFUSED",
        kind=Kind.OVERRIDE_REFUSED,
        service=SAMPLE.service,
        environment=SAMPLE.environment,
        at=SAMPLE.decided_at,
        subject=name,
        code="no_role",
        text="nobody here may do that",
    )


def noisy(number: int) -> Record:
    """Return a decision with evidence that takes many pages."""
    noise = random.Random(number).randbytes(_NOISE_BYTES).hex()  # noqa: S311  # is no secret
    check = SAMPLE.categories[0].checks[1]
    piece = replace(check.evidence[0], facts={"body": noise})
    category = replace(SAMPLE.categories[0], checks=(replace(check, evidence=(piece,)),))
    return replace(SAMPLE, evaluation=f"N{number:03}", categories=(category,))


def say(*words: str) -> None:
    """Tell in one line, at once."""
    os.write(1, f"{' '.join(words)}\n".encode())


async def keep(store: Store, name: str) -> bool:
    """Record a decision, say what came of it, and return whether it was acknowledged."""
    try:
        await store.record(decision(name), (attempt(name),))
    except StoreError as error:
        say("refused", name, str(error))
        return False
    say("kept", name)
    return True


async def keep_all(store: Store, wanted: Iterable[str | tuple[str, ...]]) -> list[str]:
    """Record decisions one after the other, and groups at once; return those refused."""
    refused = []
    for each in wanted:
        names = (each,) if isinstance(each, str) else each
        tasks = {name: asyncio.create_task(keep(store, name)) for name in names}
        await asyncio.wait(tasks.values())
        refused += [name for name, task in tasks.items() if not task.result()]
    return refused


async def play(shim: Shim, folder: Path, scene: str, kind: str, number: int) -> None:
    """Do a scene; when the fault is over, do once more what was refused."""
    if scene == "begin":
        shim.arm(kind, number)
        try:
            store = open_store(settings(folder))
        except StoreError as error:
            say("closed", str(error))
            shim.arm("none", 0)
            store = open_store(settings(folder))
    else:
        store = open_store(settings(folder))
        if scene != "append":
            await store.latest(SAMPLE.service, SAMPLE.environment)
        shim.arm(kind, number)
    left = await keep_all(store, ("S0", CROWD) if scene == "crowd" else SCENE)
    for more in ("AFTER",), ():
        if shim.fired():
            shim.arm("none", 0)
        left = await keep_all(store, (*left, *more))
    await store.close()
    say("end")


async def prepare(folder: Path, *, full: bool) -> None:
    """Make a record; a *full* one with a log that is not yet in its database."""
    store = open_store(settings(folder))
    await store.record(decision("OLD"), (attempt("OLD"),))
    number = 0
    log = folder / "data/record.db-wal"
    while full and log.stat().st_size < _FULL_BYTES:
        await store.record(noisy(number) if number % 8 else decision(f"N{number:03}"))
        number += 1
    if not full:
        await store.close()


def do(line: str, shim: Shim) -> None:
    """Do what a line asks for, in a process of its own."""
    asked = json.loads(line)
    folder, scene = Path(asked["folder"]), asked["scene"]
    shim.watch(folder, Path(asked["trace"]))
    if scene in {"prepare", "fill"}:
        asyncio.run(prepare(folder, full=scene == "fill"))
    else:
        asyncio.run(play(shim, folder, scene, asked["kind"], asked["number"]))


def main() -> None:
    """Do what is asked, until there is nothing more."""
    shim = Shim(ctypes.CDLL(None))
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                do(line, shim)
                code = 0
            except Exception:  # noqa: BLE001  # whoever runs it wants to know
                traceback.print_exc()
            finally:
                os._exit(code)  # A store that is open stays as it is, as when the power goes.
        _, status = os.waitpid(child, 0)
        os.write(2, f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main()
