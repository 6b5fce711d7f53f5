"""The anchor: checkpoints kept in a file elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit
from types import FrameType

import pytest

from director.audit.anchor import _TAIL_BYTES, FileAnchor
from director.audit.checkpoint import Checkpoint
from director.audit.ed25519 import PrivateKey
from director.audit.note import Note, Signer
from director.errors import StoreError
from director.model.audit import Head
from director.ports import Anchor

LOG = "production-readiness-director/01JD9Z4S00000000000000000A"
OTHER = "production-readiness-director/01JD9Z4S00000000000000000B"

KEEP = """
import sys
from pathlib import Path
from director.audit.anchor import FileAnchor
from director.audit.note import VerifierKey

anchor = FileAnchor(Path(sys.argv[1]), VerifierKey.parse(sys.argv[2]))
print("ready", flush=True)
for line in sys.stdin:
    anchor.keep(line.strip().replace("|", "\\n"))
"""


def signer(log: str = LOG, number: int = 1) -> Signer:
    """Return a signer that is always the same for a number."""
    return Signer(log, PrivateKey(sha256(b"key %d" % number).digest()))


def head(size: int) -> Head:
    """Return a tree of a size; which entries it has does not matter here."""
    return Head(size, sha256(b"%d" % size).digest())


def checkpoint(size: int, log: str = LOG, *, root: bytes = b"", by: int = 1) -> str:
    """Return a checkpoint of a log at a size."""
    text = str(Checkpoint(log, Head(size, root) if root else head(size)))
    return str(Note(text, (signer(log, by).sign(text),)))


def anchor(path: Path, log: str = LOG) -> Anchor:
    """Return the anchor of a log in a file, as the store knows it."""
    return FileAnchor(path, signer(log).verifier)


def written(*checkpoints: str) -> bytes:
    """Return the file with these checkpoints."""
    return b"".join(b'{"checkpoint":%s}\n' % json.dumps(each).encode() for each in checkpoints)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where an anchor can be."""
    return tmp_path / "anchor.jsonl"


@contextmanager
def full_disk(most_bytes: int) -> Iterator[None]:
    """Let no file grow beyond *most_bytes*."""
    soft, hard = getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (most_bytes, hard))
    try:
        yield
    finally:
        setrlimit(RLIMIT_FSIZE, (soft, hard))


@contextmanager
def system_calls() -> Iterator[list[str]]:
    """Note in order which functions of the system are called."""
    called: list[str] = []

    def note(_frame: FrameType, event: str, called_: object) -> None:
        name = getattr(called_, "__name__", "")
        if event == "c_call" and name in {"write", "fsync", "pread", "read"}:
            called.append(name)

    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(None)


def refused(path: Path) -> str:
    """Return why it cannot be read, after seeing that it is said in one line with a remedy."""
    with pytest.raises(StoreError) as caught:
        anchor(path).last()
    said = str(caught.value)
    assert said.isprintable()
    assert said.endswith("name another file with --audit-anchor")
    return said


def test_nothing_was_kept(path: Path) -> None:
    """Before the first checkpoint there is none, and no file."""
    assert anchor(path).last() is None
    assert not path.exists()


def test_an_empty_file(path: Path) -> None:
    """A file that was only made holds nothing."""
    path.touch()

    assert anchor(path).last() is None


def test_the_last_is_found(path: Path) -> None:
    """What was kept is found by whoever opens the file later; the file only ever grows."""
    grown = b""
    for size in range(1, 100):
        anchor(path).keep(checkpoint(size))
        before, grown = grown, path.read_bytes()
        assert anchor(path).last() == head(size)
        assert grown.startswith(before)

    assert grown == written(*map(checkpoint, range(1, 100)))
    assert grown.isascii()


def test_the_largest_counts(path: Path) -> None:
    """Of those that processes kept out of turn the largest counts."""
    for size in (3, 5, 4):
        anchor(path).keep(checkpoint(size))

    assert anchor(path).last() == head(5)


def test_the_first_of_two_histories_counts(path: Path) -> None:
    """Of two checkpoints of one size the one that was there first counts."""
    anchor(path).keep(checkpoint(5))
    anchor(path).keep(checkpoint(5, root=b"x" * 32))

    assert anchor(path).last() == head(5)


def test_the_anchor_of_another_log(path: Path) -> None:
    """A record that was begun anew is another log, and is older than the anchor it finds."""
    anchor(path).keep(checkpoint(7))

    with pytest.raises(StoreError, match=r"is that of another log, .*: if the record was lost"):
        anchor(path, OTHER).last()

    assert anchor(path).last() == head(7)


def test_only_the_end_is_read(path: Path) -> None:
    """A long file costs as little as a short one; what is far from its end is not looked at."""
    path.write_bytes(written(checkpoint(1)) + b"?" + written(*map(checkpoint, range(2, 501))))

    with system_calls() as called:
        assert anchor(path).last() == head(500)

    assert called == ["pread", "pread"]


def test_a_line_across_a_boundary(path: Path) -> None:
    """A checkpoint is found wherever the parts that are read begin."""
    mine = written(checkpoint(9))
    for after in range(_TAIL_BYTES - len(mine) - 1, _TAIL_BYTES + 2):
        path.write_bytes(mine + b"\n" * after)
        assert anchor(path).last() == head(9)


def test_kept_durably(path: Path) -> None:
    """A checkpoint is one write and one wait for the disk; the first one waits for the file's name.

    Who finds the file there does not know whether whoever made it came so far.
    """
    kept = anchor(path)
    with system_calls() as called:
        kept.keep(checkpoint(1))
    assert called == ["pread", "write", "fsync", "fsync"]
    with system_calls() as called:
        kept.keep(checkpoint(2))
    assert called == ["pread", "pread", "write", "fsync"]


def test_cut_off_anywhere(path: Path) -> None:
    """A line that was cut off at any byte counts for nothing, and the next one stands whole."""
    whole, last = written(checkpoint(1), checkpoint(2)), written(checkpoint(3))
    for cut in range(len(last) - 1):
        path.write_bytes(whole + last[:cut])
        assert anchor(path).last() == head(2)

        anchor(path).keep(checkpoint(4))
        assert anchor(path).last() == head(4)
        assert path.read_bytes().endswith(b"\n" + written(checkpoint(4)))
        assert path.read_bytes().startswith(whole + last[:cut])
    # Without its newline alone it is whole.
    path.write_bytes(whole + last[:-1])
    assert anchor(path).last() == head(3)


def test_the_first_line_cut_off_anywhere(path: Path) -> None:
    """The same holds if there was no line before."""
    last = written(checkpoint(3))
    for cut in range(len(last) - 1):
        path.write_bytes(last[:cut])
        assert anchor(path).last() is None

        anchor(path).keep(checkpoint(4))
        assert anchor(path).last() == head(4)


@pytest.mark.parametrize("kept", [0, 5, 100])
def test_zeros_after_a_power_cut(path: Path, kept: int) -> None:
    """Zeros where a line should have been written are a line that was cut off."""
    path.write_bytes(written(checkpoint(2)) + written(checkpoint(3))[:kept] + b"\0" * 300)

    assert anchor(path).last() == head(2)
    anchor(path).keep(checkpoint(4))
    assert anchor(path).last() == head(4)


FOREIGN = {
    "text": b"hello\n",
    "line": b"export PATH\n" * 1_000,
    "json": b'{"size": 7}\n',
    "list": b"[1, 2, 3]\n",
    "binary": bytes(range(256)) * 100,
    "long": b"x" * 1_000_000,
    "log": b'{"timestamp":"2026-10-01T00:00:00Z"}\n' * 1_000,
    "number": b'{"checkpoint":7}\n',
    "object": b'{"checkpoint":{"a":1}}\n',
    "null": b'{"checkpoint":null}\n',
    "nested": b'{"checkpoint":' + b"[" * 3_000 + b"]" * 3_000 + b"}\n",
    "nested_after": b'{"checkpoint":"a","b":' + b"[" * 3_000 + b"]" * 3_000 + b"}\n",
    "endless": b'{"checkpoint":"' + b"x" * 100_000,
    "and_more": written(checkpoint(1)).replace(b'"}', b'","size":9}'),
    "not_utf8": b'{"checkpoint":"\xff"}\n',
    "no_note": b'{"checkpoint":"hello"}\n',
    "more": b'{"checkpoint":"a","size":7}\n',
    "no_checkpoint": written("log\nseven\nroot\n\nsignature\n"),
    "after": written(checkpoint(1)) + b"hello\n",
    "before": b"hello\n" + written(checkpoint(1)),
    "between": written(checkpoint(1)) + b"hello\n" + written(checkpoint(2)),
}


@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_file_of_somebody_else(path: Path, data: bytes) -> None:
    """A file that holds anything else is refused, and stays as it is."""
    path.write_bytes(data)

    assert "holds something else than checkpoints" in refused(path)
    assert path.read_bytes() == data


@pytest.mark.parametrize("name", ["text", "line", "json", "list", "binary", "long", "log"])
def test_nothing_is_kept_in_a_file_of_somebody_else(path: Path, name: str) -> None:
    """Nothing is appended to a file that does not begin as an anchor does."""
    path.write_bytes(FOREIGN[name])

    with pytest.raises(StoreError, match="holds something else than checkpoints"):
        anchor(path).keep(checkpoint(1))
    assert path.read_bytes() == FOREIGN[name]


def test_no_line_can_be_changed(path: Path) -> None:
    """A checkpoint that was changed, in any place, is never taken for one that was kept."""
    for at in range(len(written(checkpoint(2))) - 1):
        data = bytearray(written(checkpoint(2)))
        data[at] ^= 1
        path.write_bytes(bytes(data))
        try:
            found = anchor(path).last()
        except StoreError:
            continue
        # With another end it is a line that was cut off.
        assert found is None, at


@pytest.mark.parametrize(
    "forged",
    [
        checkpoint(9, by=2),
        checkpoint(2).replace("\n2\n", "\n9\n"),
        checkpoint(9).replace(f"— {LOG}", f"— {OTHER}"),
        checkpoint(9).partition("\n\n")[0] + "\n\n",
        checkpoint(9).replace("— ", "- "),
    ],
    ids=["key", "size", "signer", "unsigned", "dash"],
)
def test_a_forged_checkpoint(path: Path, forged: str) -> None:
    """A larger checkpoint that the log's key did not sign closes the gate and says so."""
    path.write_bytes(written(checkpoint(2), forged))

    assert "a checkpoint that cannot be accepted" in refused(path)


def test_another_log_s_checkpoint(path: Path) -> None:
    """What is kept is a checkpoint of the log."""
    with pytest.raises(ValueError, match="must be one of"):
        anchor(path).keep(checkpoint(1, OTHER))
    assert not path.exists()


def test_no_plain_file(tmp_path: Path) -> None:
    """Folders, pipes and devices are refused at once, without waiting for anything."""
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        assert "cannot be read: " in refused(path)
        with pytest.raises(StoreError, match="cannot be written: "):
            anchor(path).keep(checkpoint(1))


def test_a_disk_that_is_not_mounted(tmp_path: Path) -> None:
    """The folder of an anchor is never made: the disk that belongs there may be missing."""
    path = tmp_path / "mount" / "anchor.jsonl"

    assert "folder is not there; mount or make it" in refused(path)
    with pytest.raises(StoreError, match="folder is not there"):
        anchor(path).keep(checkpoint(1))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["file/anchor", "x" * 300, "a\0b"], ids=["file", "long", "nul"])
def test_a_file_that_cannot_be(tmp_path: Path, name: str) -> None:
    """Where no file can be it is said why, in one line."""
    (tmp_path / "file").touch()

    refused(tmp_path / name)
    with pytest.raises(StoreError, match=r"--audit-anchor$"):
        anchor(tmp_path / name).keep(checkpoint(1))


@pytest.mark.parametrize("room", [0, 1, 100, len(written(checkpoint(2))) - 1])
def test_a_full_disk(path: Path, room: int) -> None:
    """A checkpoint that did not fit is an error, and the anchor is as good as before."""
    anchor(path).keep(checkpoint(1))

    with full_disk(path.stat().st_size + room), pytest.raises(StoreError, match="room to grow"):
        anchor(path).keep(checkpoint(2))

    assert anchor(path).last() in {head(1), head(2)}
    anchor(path).keep(checkpoint(3))
    assert anchor(path).last() == head(3)


def test_several_at_once(path: Path) -> None:
    """Processes that keep at the same time spoil nothing of each other's."""
    key = str(signer().verifier)
    command = [sys.executable, "-c", KEEP, str(path), key]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for number, each in enumerate(workers):
        assert each.stdout is not None
        assert each.stdin is not None
        assert each.stdout.readline() == "ready\n"
        for size in range(number + 1, 201, 4):
            each.stdin.write(checkpoint(size).replace("\n", "|") + "\n")
    for each in workers:
        each.communicate()
        assert each.returncode == 0

    lines = sorted(line for line in path.read_bytes().split(b"\n") if line)
    assert lines == sorted(written(*map(checkpoint, range(1, 201))).split(b"\n")[:-1])
    assert anchor(path).last() == head(200)


def test_killed_while_keeping(path: Path) -> None:
    """Whoever is killed loses nothing that was kept, and what comes after is found."""
    key = str(signer().verifier)
    sizes = iter(range(1, 1_000))
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", KEEP, str(path), key],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        for size in islice(sizes, 40):
            process.stdin.write(checkpoint(size).replace("\n", "|") + "\n")
        process.stdin.flush()
        process.kill()
        process.communicate()
        anchor(path).last()
        next_ = next(sizes)
        anchor(path).keep(checkpoint(next_))
        assert anchor(path).last() == head(next_)
