"""The file of the audit key."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit
from types import FrameType

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from director.audit.key import make_key, read_key
from director.errors import StoreError

PLAIN = NoEncryption()

MAKE = """
import sys
from pathlib import Path
from director.audit.key import make_key

print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    print(make_key(Path(sys.argv[1]) / str(number)).public.hex(), flush=True)
"""


def pem(key: Ed25519PrivateKey, encryption: KeySerializationEncryption = PLAIN) -> bytes:
    """Return *key* as the library writes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def put(path: Path, data: bytes, mode: int = 0o600) -> Path:
    """Write a file with exactly this mode."""
    path.write_bytes(data)
    path.chmod(mode)
    return path


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return [each.name for each in folder.iterdir()]


def refused(path: Path) -> str:
    """Return why the key is refused, after seeing that it is so in one line with a remedy."""
    with pytest.raises(StoreError) as caught:
        read_key(path)
    with pytest.raises(StoreError):
        make_key(path)
    said = str(caught.value)
    assert said.isprintable()
    assert "; " in said
    return said


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
        if event == "c_call" and name in {"write", "fsync", "link", "unlink"}:
            called.append(name)

    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(None)


def worker(folder: Path, number: int) -> subprocess.Popen[str]:
    """Start a process that makes keys as soon as it is told to."""
    process = subprocess.Popen(
        [sys.executable, "-c", MAKE, str(folder), str(number)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """The first use makes the key, every later one finds it."""
    path = tmp_path / "new" / "folders" / "director.db.key"

    made = make_key(path)

    before = path.read_bytes()
    assert make_key(path).public == read_key(path).public == made.public
    assert path.read_bytes() == before
    assert names(path.parent) == ["director.db.key"]
    assert make_key(tmp_path / "another").public != made.public


def test_for_its_owner_alone(tmp_path: Path) -> None:
    """Neither the key nor the folders made for it are for anybody else, whatever the umask."""
    path = tmp_path / "folder" / "key"
    old = os.umask(0)
    try:
        make_key(path)
    finally:
        os.umask(old)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_library_reads_ours(tmp_path: Path) -> None:
    """What we write is to the byte what the library writes for the same key."""
    made = make_key(tmp_path / "key")

    written = (tmp_path / "key").read_bytes()
    read = load_pem_private_key(written, None)
    assert isinstance(read, Ed25519PrivateKey)
    assert read.public_key().public_bytes_raw() == made.public
    assert pem(read) == written


@pytest.mark.parametrize("around", ["{}", "\n  {}\n\n", "{}\r\n"])
def test_we_read_the_library_s(tmp_path: Path, around: str) -> None:
    """A key that the library made, as OpenSSL does, is as good; also after an editor saved it."""
    key = Ed25519PrivateKey.generate()
    text = around.format(pem(key).decode())

    read = read_key(put(tmp_path / "key", text.replace("KEY-----\n", "KEY-----\r\n").encode()))

    assert read.public == key.public_key().public_bytes_raw()
    assert read.sign(b"x") == key.sign(b"x")


def test_a_key_that_may_only_be_read(tmp_path: Path) -> None:
    """An owner may also take the right to write from themselves."""
    path = put(tmp_path / "key", pem(Ed25519PrivateKey.generate()), 0o400)

    read_key(path)


def test_made_durable_first(tmp_path: Path) -> None:
    """The key is on the disk before it has its name, and its name is before it is used."""
    make_key(tmp_path / "warm")

    with system_calls() as called:
        make_key(tmp_path / "key")
    assert called == ["write", "fsync", "link", "unlink", "fsync"]
    with system_calls() as called:
        make_key(tmp_path / "key")
    assert called == ["fsync"]


def test_a_missing_key(tmp_path: Path) -> None:
    """Who needs the key of a log that was begun does not get another one."""
    with pytest.raises(StoreError, match=r"key is missing.*put it back.*--audit-key"):
        read_key(tmp_path / "key")

    assert not names(tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o660, 0o777])
def test_a_key_for_others(tmp_path: Path, mode: int) -> None:
    """A key that anybody else may read or write is refused, and says what to do."""
    path = put(tmp_path / "key", pem(Ed25519PrivateKey.generate()), mode)

    assert f"(mode {mode:04o}); run chmod 600" in refused(path)


def test_somebody_else_s_key(tmp_path: Path) -> None:
    """A key of another user is refused, also through a link of ours: they could change it."""
    if os.geteuid() == 0:
        path = put(tmp_path / "key", pem(Ed25519PrivateKey.generate()))
        os.chown(path, 65_534, -1)
    else:
        path = Path("/etc/passwd")
    link = tmp_path / "link"
    link.symlink_to(path)

    assert "must belong to who runs the Director" in refused(path)
    assert "must belong to who runs the Director" in refused(link)


def test_a_link_of_ours(tmp_path: Path) -> None:
    """A link that we made leads to the key, which must still be for its owner alone."""
    path = put(tmp_path / "key", pem(Ed25519PrivateKey.generate()))
    link = tmp_path / "link"
    link.symlink_to(path)

    assert read_key(link).public == make_key(link).public == read_key(path).public
    path.chmod(0o644)
    assert "others may read it" in refused(link)


def test_a_link_of_somebody_else(tmp_path: Path) -> None:
    """A link that another user made is refused, also if it leads to a key of ours."""
    path = put(tmp_path / "key", pem(Ed25519PrivateKey.generate()))
    link = Path("/dev/stdin")  # a link of root's
    if os.geteuid() == 0:
        link = tmp_path / "link"
        link.symlink_to(path)
        os.chown(link, 65_534, -1, follow_symlinks=False)
    ask = "import sys, pathlib, director.audit.key as k; k.read_key(pathlib.Path(sys.argv[1]))"

    with path.open("rb") as file:
        ended = subprocess.run(
            [sys.executable, "-c", ask, str(link)], stdin=file, capture_output=True, check=False
        )

    assert b"StoreError" in ended.stderr
    assert b"must belong to who runs the Director" in ended.stderr


def test_a_link_to_nothing(tmp_path: Path) -> None:
    """A link whose key is gone is a missing key; nothing is made at its end."""
    (tmp_path / "link").symlink_to(tmp_path / "gone")

    assert "key is missing" in refused(tmp_path / "link")
    assert names(tmp_path) == ["link"]


def test_no_plain_file(tmp_path: Path) -> None:
    """Folders, pipes and devices are refused at once, without waiting for anything."""
    os.mkfifo(tmp_path / "pipe", 0o600)

    assert "must be a plain file, was a folder" in refused(tmp_path)
    assert "must be a plain file, was something else" in refused(tmp_path / "pipe")
    assert "must be a plain file, was something else" in refused(Path("/dev/zero"))


SEED = bytes(range(32))
GOOD = pem(Ed25519PrivateKey.from_private_bytes(SEED))
OTHERS = {
    "empty": b"",
    "text": b"hello\n",
    "zeros": b"\0" * 200,
    "cut": GOOD[:-10],
    "cut_inside": GOOD.replace(GOOD[60:64], b""),
    "changed_head": GOOD.replace(b"MC4CAQ", b"MC4CAR"),
    "not_base64": GOOD.replace(b"MC4CAQ", b"MC4C=Q"),
    "twice": GOOD * 2,
    "public": b"-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n",
    "encrypted": pem(Ed25519PrivateKey.generate(), BestAvailableEncryption(b"secret")),
    "openssh": Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.OpenSSH, PLAIN
    ),
    "ecdsa": generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, PLAIN
    ),
    "x25519": X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, PLAIN),
    "seed": SEED,
    "bare_seed": GOOD.replace(GOOD[28:92], base64.b64encode(SEED)),
    "long": GOOD + b" " * 20_000,
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS.keys())
def test_no_key_of_ours(tmp_path: Path, data: bytes) -> None:
    """Anything else than one plain Ed25519 key is refused, and stays as it is."""
    path = put(tmp_path / "key", data)

    said = refused(path)

    assert "must be an Ed25519 private key without a passphrase" in said
    assert path.read_bytes() == data


def test_a_name_that_breaks_lines(tmp_path: Path) -> None:
    """A message stays in its line, whatever the file is called."""
    refused(put(tmp_path / "a\nb\x1b[31m", b"x"))


@pytest.mark.parametrize("name", ["file/key", "x" * 300, "a\0b"], ids=["file", "long", "nul"])
def test_a_key_that_cannot_be_made(tmp_path: Path, name: str) -> None:
    """Where no key can be made it is said why, in one line."""
    put(tmp_path / "file", b"x")

    with pytest.raises(StoreError, match=r"key cannot be made: .*; name another file"):
        make_key(tmp_path / name)


@pytest.mark.parametrize("most_bytes", [0, 1, 118])
def test_a_full_disk(tmp_path: Path, most_bytes: int) -> None:
    """On a full disk there is no key rather than a part of one, and nothing is left behind."""
    with (
        full_disk(most_bytes),
        pytest.raises(StoreError, match=r"key cannot be made"),
    ):
        make_key(tmp_path / "key")

    assert not names(tmp_path)
    make_key(tmp_path / "key")


def test_several_at_once(tmp_path: Path) -> None:
    """Processes that make the same keys at the same time end up with the same ones."""
    workers = [worker(tmp_path, 50) for _ in range(4)]
    for each in workers:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()

    said = [each.communicate()[0].split() for each in workers]

    assert all(each.returncode == 0 for each in workers)
    assert said == [[read_key(tmp_path / str(number)).public.hex() for number in range(50)]] * 4
    assert len(names(tmp_path)) == 50


@pytest.mark.parametrize("after", range(1, 11))
def test_killed_while_making(tmp_path: Path, after: int) -> None:
    """A process that is killed leaves a whole key or none, and every one it told of is there."""
    process = worker(tmp_path, 1_000_000)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    told = [process.stdout.readline().strip() for _ in range(after * 3)]
    process.kill()
    process.communicate()

    made = sorted(int(name) for name in names(tmp_path) if not name.startswith("."))
    found = [read_key(tmp_path / str(name)).public.hex() for name in made]
    assert found[: len(told)] == told
