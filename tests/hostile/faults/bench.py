"""Runs the program under test with a fault in its way, and reads what it did in which order."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from director.audit.anchor import FileAnchor
from director.audit.tables import Inspector, LogRow
from director.audit.verify import Auditor
from director.loading.settings import Settings
from director.ports import Store
from director.wiring.record import open_store

HERE = Path(__file__).parent
ONCE = ("EIO", "ENOSPC")
LASTING = ("dead", "full", "unsynced", "unlogged")
DEADLY = ("killed", "torn")
KINDS = (*ONCE, *LASTING, *DEADLY)
"""How a call fails: once; from then on, each, what takes space, what syncs, or what syncs the log
alone; or with the whole process, before or in the midst of it."""

LOG, DATABASE, ANCHOR = "data/record.db-wal", "data/record.db", "elsewhere/anchor"
SYNCS = ("fsync", "fdatasync")
WRITES = ("write", "pwrite", "pwrite64")
_NAMES = ("link", "linkat", "rename", "mkdir")
_DRAFT = re.compile(r"^data/\.(director|record\.db\.key)-[a-z0-9_]{8}")


@dataclass(frozen=True, slots=True)
class Call:
    """One line of a trace.

    Attributes:
        call: What was called; ``say`` for what the program told.
        name: The file, relative to the folder; what was told.
        bytes: How many were to be written.
        result: ``ok``, ``failed``, or what was done to it, after an exclamation mark.
    """

    call: str
    name: str
    bytes: int
    result: str

    @property
    def sort(self) -> tuple[str, str]:
        """The call and the file, with the same name for every draft."""
        return self.call, _DRAFT.sub(r"data/.\1-*", self.name)


def read_trace(path: Path) -> list[Call]:
    """Return the lines of a trace."""
    parts = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    return [Call(call, name.strip(), int(size), result) for call, name, size, result in parts]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a scene went.

    Attributes:
        code: How the process ended; negative for a signal.
        calls: What it did, in order.
        errors: What it wrote to its standard error.
    """

    code: int
    calls: Sequence[Call]
    errors: str

    @property
    def fired(self) -> bool:
        """Whether a call was made to fail."""
        return any(call.result.startswith("!") for call in self.calls)

    @property
    def armed(self) -> Sequence[Call]:
        """The calls that could be made to fail, the first as number 1."""
        begun = next(i for i, call in enumerate(self.calls) if call.call == "arm")
        return [call for call in self.calls[begun:] if call.call not in {"say", "arm"}]

    def said(self, word: str) -> list[str]:
        """Return what the program told after *word*, in its order."""
        told = (call.name.partition(" ") for call in self.calls if call.call == "say")
        return [rest for first, _, rest in told if first == word]

    @property
    def kept(self) -> list[str]:
        """The decisions that were acknowledged, in their order."""
        return self.said("kept")


class Bench:
    """The program under test, standing by, behind the shim."""

    def __init__(self, folder: Path) -> None:
        self.shim = folder / "shim.so"
        build = [
            "cc",
            "-shared",
            "-fPIC",
            "-O1",
            "-o",
            str(self.shim),
            str(HERE / "shim.c"),
            "-ldl",
        ]
        subprocess.run(build, check=True, timeout=60)
        self._process = subprocess.Popen(
            [sys.executable, HERE / "writer.py"],
            env={**os.environ, "LD_PRELOAD": str(self.shim)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """Let it end."""
        self._process.communicate(timeout=30)

    def run(self, folder: Path, scene: str, kind: str = "none", number: int = 0) -> Outcome:
        """Do a scene in *folder* with a fault, and return how it went."""
        standing, answers = self._process.stdin, self._process.stderr
        assert standing is not None
        assert answers is not None
        trace = folder.with_suffix(".trace")
        asked = {"folder": str(folder), "trace": str(trace)}
        what = {"scene": scene, "kind": kind, "number": number}
        standing.write(f"{json.dumps({**asked, **what})}\n")
        standing.flush()
        errors: list[str] = []
        for line in answers:
            if re.fullmatch(r"-?\d+\n", line):
                return Outcome(int(line), read_trace(trace), "".join(errors))
            errors.append(line)
        raise AssertionError("".join(errors))


def fresh(folder: Path, template: Path | None) -> Path:
    """Return an empty folder with a place for the anchor, or a copy of *template*, at *folder*."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(".trace").unlink(missing_ok=True)
    if template is None:
        (folder / "elsewhere").mkdir(parents=True)
    else:
        shutil.copytree(template, folder, ignore=shutil.ignore_patterns("*-shm"))
    return folder


def unsynced(calls: Sequence[Call]) -> Iterator[str]:
    """Yield what was not on the disk when it had to be, as when the power goes.

    An acknowledgement needs the log and the anchor to be there, and the names of all files; those
    of a group, which come while others are written, need a sync of both since the group began, and
    the last of them everything. A log may go when the database has what it had.
    """
    dirty: set[str] = set()
    synced: set[str] = set()
    draft = ""
    for place, call in enumerate(calls):
        name, done = call.name, call.result == "ok"
        if call.call in WRITES and (done or call.result == "!killed"):
            dirty.add(name)
            draft = name if _DRAFT.fullmatch(name) else draft
        elif call.call in SYNCS and done:
            dirty.discard(name)
            synced.add(name)
        elif call.call in _NAMES and done:
            if draft in dirty:
                yield f"{place}: {name} is made of what is not on the disk"
            dirty.add(str(PurePosixPath(name).parent))
        elif call.call == "unlink" and done:
            if name == LOG and DATABASE in dirty:
                yield f"{place}: the log goes before the database has what it had"
            dirty.discard(name)
        elif call.call == "say" and name.startswith("kept"):
            letter = name.removeprefix("kept ")[0]
            grouped = letter in "GC"
            following = next((each.name for each in calls[place + 1 :] if each.call == "say"), "")
            # Who is killed says nothing any more of the next ones, which may be on their way.
            last = not grouped or not re.match(f"(kept|refused) {letter}|$", following)
            left = {each for each in dirty if not each.endswith("-shm") and not _DRAFT.match(each)}
            left.discard(DATABASE)
            if last and left:
                yield f"{place}: {name}, and not on the disk: {', '.join(sorted(left))}"
            if left and not last and not {LOG, ANCHOR} <= synced:
                yield f"{place}: {name}, and nothing was put on the disk"
            if not grouped:
                synced.clear()


async def audit(settings: Settings) -> tuple[int, list[str], dict[str, bytes]]:
    """Verify the record and what it is looked up by, against the anchor, as ``director audit``.

    Returns:
        How many entries the anchor has; the ids of all entries, in their order; their bytes.

    Raises:
        TamperedError: It is not whole.
    """
    store: Store = open_store(settings)
    try:
        rows = await store.leaves(0, 1_000)
        ids = [row.id for row in rows]
        if not ids:
            return 0, [], {}
        async with aclosing(store.table_rows()) as pages:
            first, *rest = await anext(pages)
            log = LogRow.of(first)
            assert settings.audit_anchor is not None
            anchor = FileAnchor(settings.audit_anchor, log.key).last()
            inspector = Inspector(Auditor(log.key, [anchor] if anchor else []), log)
            for row in rest:
                inspector.take(row)
            async for page in pages:
                for row in page:
                    inspector.take(row)
        inspector.end()
        return anchor.size if anchor else 0, ids, {row.id: row.body for row in rows}
    finally:
        await store.close()
