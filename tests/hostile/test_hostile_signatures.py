"""Signatures, keys and programs that mean harm: never proven, in time, and nothing is left."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from director.audit.ssh import SshProver
from director.audit.ssh_keygen import SshKeygen, located
from director.model.proof import NotProven, Proof, Proven
from director.model.signers import Person, Signers

pytestmark = pytest.mark.needs("ssh-keygen")

NAMESPACE = "director-override@v1"
TEXT = "text\n"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
JANE = Person(name="jane", principals=("jane@example.com",), roles=("vp",))

PATIENCE_S = 3.0
"""Longest that a proof with a deadline of half a second may take on a busy machine."""


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """See to it that no temporary file is left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with Jane's key and a file of allowed signers."""
    key = tmp_path / "jane"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
    subprocess.run(command, check=True, timeout=60)
    allow(tmp_path, f"jane@example.com {key.with_suffix('.pub').read_text()}".encode())
    return tmp_path


def allow(folder: Path, data: bytes) -> None:
    """Write the file of allowed signers."""
    (folder / "allowed").write_bytes(data)
    (folder / "allowed").chmod(0o644)


def signed(folder: Path) -> str:
    """Return Jane's good signature."""
    command = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(folder / "jane"), "-n", NAMESPACE]
    return subprocess.run(
        command, input=TEXT, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def prover(folder: Path, program: str = "ssh-keygen", deadline_s: float = 10.0) -> SshProver:
    """Return who judges."""
    allowed = str(folder / "allowed")
    signers = Signers(source="signers.yaml", allowed_signers=allowed, people=(JANE,))
    return SshProver(signers, program=program, deadline_s=deadline_s)


def script(folder: Path, body: str) -> str:
    """Return a program that stands where ssh-keygen should; ``HANG`` takes for ever."""
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{body.replace('HANG', f'tail -f {folder}/jane.pub')}\n")
    path.chmod(0o755)
    return str(path)


def alive(folder: Path) -> list[str]:
    """Return what still runs of a program in *folder*: each of its processes names it.

    A process that was killed is still there until it is next given a processor to end on.
    """
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        looked = subprocess.run(
            ["ps", "-A", "-ww", "-o", "stat=,args="],  # noqa: S607  # wherever it is
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        lines = looked.stdout.splitlines()
        left = [line for line in lines if str(folder) in line and line[0] != "Z"]
        if not left or time.monotonic() > give_up_at:
            return left


def code(proof: Proof) -> str:
    """Return why nothing is proven; fails if something is, or if it takes more than a line."""
    assert isinstance(proof, NotProven)
    assert proof.reason.isprintable()
    assert len(proof.reason) < 3_000
    return proof.code


async def test_armor_that_is_none(folder: Path) -> None:
    """Ten megabytes, other armor, NUL bytes, two signatures in one: refused before any program."""
    good = signed(folder)
    judge = prover(folder, program="no-such-program")
    pgp = good.replace("SSH", "PGP")
    began = time.monotonic()

    for armor in (
        "A" * 10_000_000,
        good.replace("\n", "\n" + "A" * 10_000_000 + "\n", 1),
        good + good,
        pgp,
        pgp + good,
        good.replace("\n", "\0\n", 2),
        "\0" + good,
        good.replace("-----BEGIN", "\u202e-----BEGIN"),
        (folder / "jane").read_text(),
        (folder / "jane.pub").read_text(),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        good.replace("U1NIU0lH", "U1NIU0lI"),
        good[: len(good) // 2],
        "\udcff" + good,
    ):
        assert code(await judge.prove(NAMESPACE, TEXT, armor, NOW)) == "malformed"
    assert time.monotonic() - began < PATIENCE_S


@pytest.mark.parametrize("text", ["x" * (1024 * 1024 + 1), "é" * 600_000, "\udcff", "a\ud800"])
async def test_text_that_nobody_can_have_signed(folder: Path, text: str) -> None:
    """More than a mebibyte, or what is no UTF-8, is refused before any program."""
    judge = prover(folder, program="no-such-program")

    assert code(await judge.prove(NAMESPACE, text, signed(folder), NOW)) == "malformed"


async def test_no_bent_signature_is_good(folder: Path) -> None:
    """A signature with one bit turned over, wherever it is, proves nothing."""
    good, judge = signed(folder), prover(folder)
    lines = good.splitlines()
    blob = base64.b64decode("".join(lines[1:-1]))
    assert isinstance(await judge.prove(NAMESPACE, TEXT, good, NOW), Proven)

    for at in range(0, len(blob), 4):
        bent = bytearray(blob)
        bent[at] ^= 1 << at % 8
        armor = "\n".join([lines[0], base64.b64encode(bent).decode(), lines[-1]])

        proof = await judge.prove(NAMESPACE, TEXT, armor, NOW)

        assert code(proof) in {"malformed", "bad_signature", "wrong_namespace"}, at


async def test_names_that_command(folder: Path) -> None:
    """A principal that looks like an option, a command or a terminal's order is only a name."""
    key, armor = (folder / "jane.pub").read_bytes(), signed(folder)
    for name in (
        b"-rjane@example.com", b"--", b"-Y", b"$(touch${IFS}x)", b"`x`", b"a;b", b"../../x",
        b"\x1b[2J\x1b]0;x\x07", b"\xff\xfe", b"x" * 5_000, b'"jane@example.com\tx"', b"%s%n",
        "\u202eenaj".encode(), b",".join([b"n%d" % number for number in range(2_000)]),
    ):  # fmt: skip
        allow(folder, name + b" " + key)

        assert code(await prover(folder).prove(NAMESPACE, TEXT, armor, NOW)) == "unknown_person"


@pytest.mark.parametrize(
    "data",
    [b"\0" * 1_000, b"\xff" * 1_000, b"jane@example.com", b"jane@example.com ssh-ed25519 AAAA"],
)
async def test_files_of_keys_that_are_none(folder: Path, data: bytes) -> None:
    """A file of allowed signers that holds anything but keys lists nobody."""
    allow(folder, data)

    proof = await prover(folder).prove(NAMESPACE, TEXT, signed(folder), NOW)

    assert code(proof) == "unknown_key"


async def test_many_keys_take_no_time(folder: Path) -> None:
    """Among five thousand lines a key is found well within the deadline, and an ambiguity too."""
    good = (folder / "allowed").read_bytes()
    other = b"x%d@example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + b"A" * 43 + b"\n"
    many = [other % number for number in range(5_000)]
    allow(folder, b"".join([*many, good]))
    armor = signed(folder)

    began = time.monotonic()
    assert isinstance(await prover(folder).prove(NAMESPACE, TEXT, armor, NOW), Proven)
    assert time.monotonic() - began < PATIENCE_S

    allow(folder, b"".join([good, *many, good.replace(b"jane", b"*")]))
    assert code(await prover(folder).prove(NAMESPACE, TEXT, armor, NOW)) == "ambiguous_key"


@pytest.mark.parametrize(
    "body",
    [
        "HANG",
        "exec HANG",
        "trap '' TERM INT HUP; HANG; HANG",
        "HANG & wait",
        "HANG &",
        "HANG >/dev/null & HANG >/dev/null & exec HANG",
        "(HANG &) ; exit 0",
        "while :; do :; done",
        "kill -STOP $$",
    ],
)
async def test_a_program_that_hangs(folder: Path, body: str) -> None:
    """A program that does not answer ends with the deadline, and its children with it."""
    program = script(folder, body)
    began = time.monotonic()

    proof = await prover(folder, program, 0.5).prove(NAMESPACE, TEXT, signed(folder), NOW)

    assert code(proof) == "unavailable"
    assert 0.4 < time.monotonic() - began < PATIENCE_S
    assert alive(folder) == []


@pytest.mark.parametrize(
    "body",
    [
        "yes {folder}",
        "head -c 100000 /dev/zero; exit 0",
        "exit 1",
        "exit 255",
        "kill -SEGV $$",
        "HANG >/dev/null & exit 1",
    ],
)
async def test_a_program_that_does_not_work(folder: Path, body: str) -> None:
    """A program that floods, fails or dies proves nothing, and it is the program that is blamed."""
    program = script(folder, body.format(folder=folder))
    began = time.monotonic()

    proof = await prover(folder, program).prove(NAMESPACE, TEXT, signed(folder), NOW)

    assert code(proof) == "unavailable"
    assert time.monotonic() - began < PATIENCE_S
    assert alive(folder) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [("yes {folder}", "said more than 64 KiB"), ("kill -SEGV $$", "was killed")],
)
async def test_a_program_that_fails_later(folder: Path, body: str, reason: str) -> None:
    """A program that breaks at a later question is not taken for one that knows nobody."""
    question = f'[ "$2" = check-novalidate ] || {body.format(folder=folder)}'
    program = script(folder, question)

    proof = await prover(folder, program).prove(NAMESPACE, TEXT, signed(folder), NOW)

    assert code(proof) == "unavailable"
    assert reason in str(proof)
    assert alive(folder) == []


async def test_a_program_is_told_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the environment, the program gets what makes it answer the same everywhere; no secret."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("DIRECTOR_STORE", "secret")
    monkeypatch.setenv("LD_PRELOAD", "")
    said = folder / "environment"

    await prover(folder, script(folder, f"env > {said}")).prove(
        NAMESPACE, TEXT, signed(folder), NOW
    )

    told = dict(line.split("=", 1) for line in said.read_text().splitlines())
    assert told.keys() <= {"LC_ALL", "PATH", "TZ", "PWD", "OLDPWD", "SHLVL", "_"}
    assert (told["TZ"], told["LC_ALL"]) == ("UTC0", "C")


async def test_a_program_that_agrees_to_everything(folder: Path) -> None:
    """To end without a fault, and to say no name, is not enough."""
    program = script(folder, "exit 0")

    proof = await prover(folder, program).prove(NAMESPACE, TEXT, signed(folder), NOW)

    assert code(proof) == "unknown_key"


@pytest.mark.parametrize("text", ["#!/no/such/interpreter\n", "\x7fELF"])
async def test_a_program_that_is_none(folder: Path, text: str) -> None:
    """What cannot be run, or is not there, is said in one line."""
    program = folder / "program"
    program.write_text(text)
    for mode, reason in ((0o755, "cannot be run: "), (0o644, "is not installed")):
        program.chmod(mode)

        proof = await prover(folder, str(program)).prove(NAMESPACE, TEXT, signed(folder), NOW)

        assert code(proof) == "unavailable"
        assert reason in str(proof)


async def test_who_waits_no_longer_leaves_nothing(folder: Path) -> None:
    """A proof that is cancelled takes its program with it."""
    ready = folder / "ready"
    os.mkfifo(ready)
    judge = prover(folder, script(folder, f"HANG & echo > {ready}; HANG"))
    asked = asyncio.ensure_future(judge.prove(NAMESPACE, TEXT, signed(folder), NOW))
    await asyncio.to_thread(ready.read_text)

    asked.cancel()
    await asyncio.wait({asked}, timeout=PATIENCE_S)

    assert asked.cancelled()
    assert alive(folder) == []


@pytest.mark.parametrize("steps", range(1, 40, 2))
async def test_who_gives_up_at_any_moment_leaves_nothing(folder: Path, steps: int) -> None:
    """Wherever a proof is when it is cancelled, while its program is begun too, nothing is left."""
    asked = asyncio.ensure_future(
        SshKeygen(script(folder, "HANG & HANG")).ask("-Y", "find-principals")
    )
    for _ in range(steps):
        await asyncio.sleep(0)

    asked.cancel()
    await asyncio.wait({asked}, timeout=PATIENCE_S)

    assert asked.cancelled()
    assert alive(folder) == []


async def test_the_loop_goes_on(folder: Path) -> None:
    """While a program hangs, others work, and a second prover proves."""
    hung = prover(folder, script(folder, "HANG"), 1.0)
    armor = signed(folder)
    waiting = asyncio.ensure_future(hung.prove(NAMESPACE, TEXT, armor, NOW))

    assert isinstance(await prover(folder).prove(NAMESPACE, TEXT, armor, NOW), Proven)

    assert not waiting.done()
    assert code(await waiting) == "unavailable"


def test_the_current_folder_holds_no_programs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program in the folder that is judged is not run, whatever ``PATH`` says."""
    script(folder, "exit 0")
    monkeypatch.chdir(folder)
    for path in (".", "", ":", "sub/..:.", "./"):
        monkeypatch.setenv("PATH", path)
        assert located("program") is None

    monkeypatch.setenv("PATH", f".:{folder}")
    assert located("program") == str(folder / "program")
