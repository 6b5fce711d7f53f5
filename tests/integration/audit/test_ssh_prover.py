"""audit.ssh: the real ssh-keygen says whose signature it is."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import stat
import struct
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from director.audit.ssh import SshProver
from director.model.proof import NotProven, Proof, Proven
from director.model.signers import Person, Signers

pytestmark = pytest.mark.needs("ssh-keygen")

NAMESPACE = "director-override@v1"
TEXT = '{"type": "production-readiness-director/override/v1"}\n'
NOW = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
JANE = Person(name="jane", principals=("jane@example.com", "jane@corp.example"), roles=("vp",))
BOB = Person(name="bob", principals=("bob@example.com",), roles=("security", "vp"))
KINDS = {
    "ed25519": ("-t", "ed25519"),
    "ecdsa-256": ("-t", "ecdsa", "-b", "256"),
    "ecdsa-384": ("-t", "ecdsa", "-b", "384"),
    "ecdsa-521": ("-t", "ecdsa", "-b", "521"),
    "rsa": ("-t", "rsa", "-b", "2048"),
}


def keygen(*arguments: str | Path, text: str = "") -> str:
    """Run the real ssh-keygen, and return what it prints."""
    command = ["ssh-keygen", *map(str, arguments)]
    return subprocess.run(
        command, input=text, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        check=True, timeout=60,
    ).stdout  # fmt: skip


class Ring:
    """A folder of keys, and the files that say whose they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.revoked: Path | None = None

    def key(self, name: str, kind: str = "ed25519") -> str:
        """Return the public key *name*, which is made if it is not there."""
        path = self.folder / name
        if not path.exists():
            keygen("-q", *KINDS[kind], "-N", "", "-C", name, "-f", path)
        return " ".join(path.with_suffix(".pub").read_text().split()[:2])

    def fingerprint(self, name: str) -> str:
        """Return the fingerprint of the key *name* as ssh-keygen prints it."""
        return keygen("-l", "-f", self.folder / f"{name}.pub").split()[1]

    def sign(self, name: str, text: str = TEXT, namespace: str = NAMESPACE) -> str:
        """Return the signature of the key *name*."""
        self.key(name.removesuffix("-cert.pub"))
        return keygen("-Y", "sign", "-f", self.folder / name, "-n", namespace, text=text)

    def certify(self, name: str, *options: str) -> str:
        """Let the authority ``ca`` certify the key *name*; return what signs with it."""
        self.key("ca"), self.key(name)
        public = self.folder / f"{name}.pub"
        keygen("-q", "-s", self.folder / "ca", "-I", name, *options, public)
        return f"{name}-cert.pub"

    def allow(self, *lines: str) -> None:
        """Write the file of allowed signers."""
        self.allowed.write_text("".join(f"{line}\n" for line in lines))
        self.allowed.chmod(0o644)

    def revoke(self, *names: str, krl: bool = False) -> None:
        """Write a file of revoked keys."""
        self.revoked = self.folder / "revoked"
        keys = [self.folder / f"{name}.pub" for name in names]
        if krl:
            keygen("-q", "-k", "-f", self.revoked, *keys)
        else:
            self.revoked.write_text("".join(key.read_text() for key in keys))
        self.revoked.chmod(0o644)

    @property
    def allowed(self) -> Path:
        """The file of allowed signers."""
        return self.folder / "allowed_signers"

    def signers(self, *people: Person) -> Signers:
        """Return the operator's word; Jane and Bob unless others are named."""
        return Signers(
            source="signers.yaml",
            allowed_signers=str(self.allowed),
            revoked_keys=str(self.revoked) if self.revoked else None,
            people=people or (BOB, JANE),
        )

    async def prove(self, armor: str, *people: Person, at: datetime = NOW) -> Proof:
        """Return what *armor* proves about the text."""
        return await SshProver(self.signers(*people)).prove(NAMESPACE, TEXT, armor, at)


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    """Return a folder without keys."""
    return Ring(tmp_path)


def code(proof: Proof) -> str:
    """Return why a signature proves nothing; fails if it does, or if it takes more than a line."""
    assert isinstance(proof, NotProven)
    assert proof.reason
    assert proof.reason.isprintable()
    return proof.code


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_key_proves(ring: Ring, kind: str) -> None:
    """A good signature of an allowed key is its person's, with roles and fingerprint."""
    ring.allow(f"jane@example.com {ring.key('k', kind)}")

    proof = await ring.prove(ring.sign("k"))

    assert proof == Proven(
        principal="jane@example.com",
        person="jane",
        roles=("vp",),
        key=ring.fingerprint("k"),
        aliases=("jane@corp.example", "jane@example.com"),
    )


@pytest.mark.parametrize(
    "text",
    [TEXT.replace("\n", "\r\n"), TEXT + "\0", TEXT[:-1], f" {TEXT}", TEXT.upper(), "", "é\n"],
    ids=["crlf", "nul", "no end", "blank", "case", "empty", "accent"],
)
async def test_the_text_counts_to_the_byte(ring: Ring, text: str) -> None:
    """A signature over anything but the very bytes is bad; over them it is good."""
    ring.allow(f"jane@example.com {ring.key('k')}")
    prover = SshProver(ring.signers())

    assert code(await prover.prove(NAMESPACE, TEXT, ring.sign("k", text), NOW)) == "bad_signature"
    assert code(await prover.prove(NAMESPACE, text, ring.sign("k"), NOW)) == "bad_signature"
    assert isinstance(await prover.prove(NAMESPACE, text, ring.sign("k", text), NOW), Proven)


async def test_the_namespace_counts(ring: Ring) -> None:
    """A signature for something else, a waiver or a git commit, proves nothing here."""
    ring.allow(f"jane@example.com {ring.key('k')}")

    for other in ("director-waiver@v1", "git", "director-override@v11", NAMESPACE.upper()):
        proof = await ring.prove(ring.sign("k", namespace=other))

        assert code(proof) == "wrong_namespace"
        assert other in str(proof)


async def test_a_namespace_that_is_forged_in_the_armor_is_seen(ring: Ring) -> None:
    """Writing another namespace into a signature makes it a bad one."""
    ring.allow(f"jane@example.com {ring.key('k')}")
    honest = ring.sign("k", namespace="director-overrido@v1").splitlines()
    blob = base64.b64decode("".join(honest[1:-1])).replace(b"overrido", b"override")
    forged = "\n".join([honest[0], base64.b64encode(blob).decode(), honest[-1]])

    assert code(await ring.prove(forged)) == "bad_signature"


async def test_a_key_may_be_for_some_namespaces_only(ring: Ring) -> None:
    """A key that the operator allows for git commits does not override."""
    key = ring.key("k")
    ring.allow(f'jane@example.com namespaces="git,file" {key}')
    assert code(await ring.prove(ring.sign("k"))) == "wrong_namespace"

    ring.allow(f'jane@example.com namespaces="git,director-*@v1" {key}')
    assert isinstance(await ring.prove(ring.sign("k")), Proven)


async def test_a_key_that_is_nobodys_is_unknown(ring: Ring) -> None:
    """A key that the operator has not listed proves nothing, however good its signature."""
    ring.allow(f"jane@example.com {ring.key('jane')}")

    assert code(await ring.prove(ring.sign("eve"))) == "unknown_key"


@pytest.mark.parametrize("lines", [(), ("# nobody yet", "")], ids=["empty", "comment"])
async def test_no_line_is_nobody(ring: Ring, lines: tuple[str, ...]) -> None:
    """A file of allowed signers without a key knows nobody."""
    ring.allow(*lines)

    assert code(await ring.prove(ring.sign("k"))) == "unknown_key"


@pytest.mark.parametrize(
    "principals",
    [
        "mallory@example.com",
        "jane@example.com.evil",
        "Jane@example.com",
        "jane",
        "*@example.com",
        "?ane@example.com",
        "*",
        "!bob@example.com,*@example.com",
        '"jane@example.com x"',
        "-jane@example.com",
    ],
)
async def test_a_principal_must_be_a_persons_to_the_letter(ring: Ring, principals: str) -> None:
    """A principal that the signers file does not name is nobody, a pattern that fits included."""
    ring.allow(f"{principals} {ring.key('k')}")

    assert code(await ring.prove(ring.sign("k"), JANE)) == "unknown_person"


@pytest.mark.parametrize(
    "lines",
    [
        ("jane@example.com,bob@example.com {key}",),
        ("jane@example.com {key}", "bob@example.com {key}"),
        ("bob@example.com {key}", *["# filler"] * 20, "jane@corp.example {key}"),
        ("jane@example.com,*@corp.example {key}",),
        ("jane@example.com {key}", "* {key}"),
        ("jane@example.com {key}", "!eve@example.com,*@example.com {key}"),
    ],
)
async def test_a_key_of_several_people_is_nobodys(ring: Ring, lines: tuple[str, ...]) -> None:
    """A key that is accepted for two people, or for anybody besides one, proves neither."""
    key = ring.key("k")
    ring.allow(*(line.format(key=key) for line in lines))

    assert code(await ring.prove(ring.sign("k"))) == "ambiguous_key"


async def test_a_person_may_have_several_principals(ring: Ring) -> None:
    """One key under two principals of one person, on one line or on two, is that person's."""
    key = ring.key("k")
    for lines in (
        (f"jane@corp.example,jane@example.com {key}",),
        (f"jane@corp.example {key}", f"bob@example.com {ring.key('bob')}", f"former@x {key}"),
    ):
        ring.allow(*lines)

        proof = await ring.prove(ring.sign("k"))

        assert isinstance(proof, Proven)
        assert (proof.principal, proof.person) == ("jane@corp.example", "jane")


async def test_a_person_may_have_several_keys(ring: Ring) -> None:
    """Two keys of one person prove the same person, so that four eyes stay four."""
    ring.allow(f"jane@example.com {ring.key('a')}", f"jane@corp.example {ring.key('b')}")

    proofs = [await ring.prove(ring.sign(name)) for name in ("a", "b")]

    assert [proof.person for proof in proofs if isinstance(proof, Proven)] == ["jane", "jane"]


@pytest.mark.parametrize("at", range(7))
async def test_a_key_is_found_on_any_line(ring: Ring, at: int) -> None:
    """Where in the file a key stands, and what else stands there, makes no difference."""
    bob = ring.key("bob")
    lines = [
        "# keys", "", "nonsense", f"x@y no-such-option {bob}", f"bob@example.com {bob}", "a b c",
    ]  # fmt: skip
    lines.insert(at, f"jane@example.com {ring.key('jane')}")
    ring.allow(*lines)

    for name in ("jane", "bob"):
        proof = await ring.prove(ring.sign(name))

        assert isinstance(proof, Proven)
        assert proof.person == name


async def test_a_person_without_a_role_is_told(ring: Ring) -> None:
    """Who signed is proven also of somebody who may do nothing."""
    ring.allow(f"eve@example.com {ring.key('eve')}")
    eve = Person(name="eve", principals=("eve@example.com",))

    proof = await ring.prove(ring.sign("eve"), eve)

    assert isinstance(proof, Proven)
    assert (proof.person, proof.roles) == ("eve", ())


# --- Time -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ('valid-before="20261123"', "key_expired"),
        ('valid-before="20261123120058"', "key_expired"),
        ('valid-before="20261123120059"', "good"),
        ('valid-before="20261123120100"', "good"),
        ('valid-after="20261123120000"', "good"),
        ('valid-after="20261123120001"', "not_yet_valid"),
        ('valid-after="20261124"', "not_yet_valid"),
        ('valid-after="20261101",valid-before="20261201"', "good"),
        ('valid-after="20251101",valid-before="20251201"', "key_expired"),
        ('valid-after="20271101",valid-before="20271201"', "not_yet_valid"),
        ('Valid-Before="20200101",namespaces="git"', "key_expired"),
        ('valid-before="whenever"', "unknown_key"),
    ],
)
async def test_a_key_is_valid_for_a_time(ring: Ring, options: str, expected: str) -> None:
    """A key must be valid during the whole minute that is asked about."""
    ring.allow(f"jane@example.com {options} {ring.key('k')}")

    proof = await ring.prove(ring.sign("k"))

    assert ("good" if isinstance(proof, Proven) else code(proof)) == expected


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
async def test_dates_are_the_same_everywhere(
    ring: Ring, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A date without a zone means UTC, wherever the machine is."""
    monkeypatch.setenv("TZ", zone)
    ring.allow(f'jane@example.com valid-before="202611231201" {ring.key("k")}')
    armor = ring.sign("k")

    assert isinstance(await ring.prove(armor), Proven)
    assert code(await ring.prove(armor, at=NOW + timedelta(minutes=1))) == "key_expired"


async def test_the_moment_is_the_callers(ring: Ring) -> None:
    """The same signature is judged at the moment that is asked about, in whatever zone."""
    ring.allow(f'jane@example.com valid-before="20261124" {ring.key("k")}')
    armor = ring.sign("k")
    tokyo = datetime.fromisoformat("2026-11-24T08:59:00+09:00")

    assert isinstance(await ring.prove(armor, at=tokyo), Proven)
    assert code(await ring.prove(armor, at=tokyo + timedelta(minutes=2))) == "key_expired"


async def test_a_key_that_changed_hands_is_its_holders(ring: Ring) -> None:
    """Of two lines with the same key, only what holds at the moment counts."""
    key = ring.key("k")
    ring.allow(
        f'bob@example.com valid-before="20260601" {key}',
        f'jane@example.com valid-after="20260601" {key}',
    )
    armor = ring.sign("k")

    now, then = await ring.prove(armor), await ring.prove(armor, at=NOW.replace(month=1))

    assert isinstance(now, Proven)
    assert isinstance(then, Proven)
    assert (now.person, then.person) == ("jane", "bob")


# --- Revocation -----------------------------------------------------------------------------


@pytest.mark.parametrize("krl", [False, True], ids=["keys", "krl"])
async def test_a_revoked_key_proves_nothing(ring: Ring, krl: bool) -> None:
    """A key on the list of revoked ones is refused, and every other is not."""
    ring.allow(f"jane@example.com {ring.key('jane')}", f"bob@example.com {ring.key('bob')}")
    ring.revoke("jane", krl=krl)

    assert code(await ring.prove(ring.sign("jane"))) == "revoked_key"
    assert isinstance(await ring.prove(ring.sign("bob")), Proven)


async def test_revocation_is_seen_at_once(ring: Ring) -> None:
    """A prover that has accepted a key refuses it as soon as it is revoked, or taken off."""
    ring.allow(f"jane@example.com {ring.key('jane')}")
    ring.key("other")
    ring.revoke("other")
    prover, armor = SshProver(ring.signers()), ring.sign("jane")
    assert isinstance(await prover.prove(NAMESPACE, TEXT, armor, NOW), Proven)

    ring.revoke("other", "jane")
    assert code(await prover.prove(NAMESPACE, TEXT, armor, NOW)) == "revoked_key"

    ring.allow("# nobody")
    assert code(await prover.prove(NAMESPACE, TEXT, armor, NOW)) == "unknown_key"


async def test_an_empty_list_revokes_nothing(ring: Ring) -> None:
    """A list of revoked keys may be empty."""
    ring.allow(f"jane@example.com {ring.key('jane')}")
    ring.revoke()

    assert isinstance(await ring.prove(ring.sign("jane")), Proven)


@pytest.mark.parametrize("data", [b"nonsense\n", b"SSHKRL\n\0\0\0", b"\xff" * 200])
async def test_a_broken_list_proves_nothing(ring: Ring, data: bytes) -> None:
    """A list of revoked keys that cannot be read is nobody's fault but the operator's."""
    ring.allow(f"jane@example.com {ring.key('jane')}")
    ring.revoke()
    assert ring.revoked
    ring.revoked.write_bytes(data)

    assert code(await ring.prove(ring.sign("jane"))) == "unavailable"


# --- Certificates ---------------------------------------------------------------------------


async def test_a_certificate_proves(ring: Ring) -> None:
    """A key that the operator's authority has certified for a person is that person's."""
    ring.allow(f"*@example.com cert-authority {ring.key('ca')}")
    armor = ring.sign(ring.certify("k", "-n", "jane@example.com", "-V", "20261101:20261201"))

    proof = await ring.prove(armor)

    assert isinstance(proof, Proven)
    assert (proof.person, proof.key) == ("jane", ring.fingerprint("k"))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("-n", "mallory@example.com"), "unknown_person"),
        (("-n", "*@example.com"), "unknown_person"),
        (("-n", "jane@corp.example"), "unknown_key"),
        (("-n", "jane@example.com,bob@example.com"), "ambiguous_key"),
        (("-n", "jane@example.com,*@example.com"), "ambiguous_key"),
        ((), "unknown_key"),
        (("-h", "-n", "jane@example.com"), "unknown_key"),
        (("-n", "jane@example.com", "-V", "20250101:20260101"), "key_expired"),
        (("-n", "jane@example.com", "-V", "20270101:20280101"), "not_yet_valid"),
        (("-n", "jane@example.com", "-V", "20270101:forever"), "not_yet_valid"),
    ],
)
async def test_a_certificate_has_limits(
    ring: Ring, options: tuple[str, ...], expected: str
) -> None:
    """A certificate is for the principals that both it and the operator name, and for a time."""
    ring.allow(f"*@example.com cert-authority {ring.key('ca')}")

    assert code(await ring.prove(ring.sign(ring.certify("k", *options)))) == expected


async def test_a_strange_authority_certifies_nobody(ring: Ring) -> None:
    """A certificate of an authority that is not listed, or listed as a plain key, is nothing."""
    armor = ring.sign(ring.certify("k", "-n", "jane@example.com"))
    for lines in (
        (f"*@example.com cert-authority {ring.key('other')}",),
        (f"jane@example.com {ring.key('ca')}",),
    ):
        ring.allow(*lines)

        assert code(await ring.prove(armor)) == "unknown_key"


@pytest.mark.parametrize("revoked", ["ca", "k"])
async def test_a_revoked_authority_certifies_nobody(ring: Ring, revoked: str) -> None:
    """A certificate falls with its authority, and with its key."""
    armor = ring.sign(ring.certify("k", "-n", "jane@example.com"))
    ring.allow(f"*@example.com cert-authority {ring.key('ca')}")
    ring.revoke(revoked)

    assert code(await ring.prove(armor)) == "revoked_key"


# --- Hardware keys, made in software as PROTOCOL.u2f and PROTOCOL.sshsig have it --------------


def field(data: bytes) -> bytes:
    """Return *data* with its length before it."""
    return struct.pack(">I", len(data)) + data


Signer = Callable[[bytes], bytes]


def ed25519_token() -> tuple[bytes, bytes, Signer]:
    """Return kind, public key and signing function of a token with an Ed25519 key."""
    key = ed25519.Ed25519PrivateKey.generate()
    kind = b"sk-ssh-ed25519@openssh.com"
    point = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return kind, field(kind) + field(point) + field(b"ssh:"), key.sign


def ecdsa_token() -> tuple[bytes, bytes, Signer]:
    """Return the same for a token with a key on the curve P-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    kind = b"sk-ecdsa-sha2-nistp256@openssh.com"
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(data: bytes) -> bytes:
        der = key.sign(data, ec.ECDSA(hashes.SHA256()))
        # SEQUENCE { INTEGER r, INTEGER s }: SSH takes the same two numbers with its own lengths.
        r_end = 4 + der[3]
        r, s = der[4:r_end], der[r_end + 2 :]
        return field(r) + field(s)

    return kind, field(kind) + field(b"nistp256") + field(point) + field(b"ssh:"), sign


def touch(token: tuple[bytes, bytes, Signer], flags: int, text: str = TEXT) -> str:
    """Return the signature of *token*, which says with *flags* who was there."""
    kind, public, sign = token
    head = field(NAMESPACE.encode()) + field(b"") + field(b"sha512")
    message = b"SSHSIG" + head + field(hashlib.sha512(text.encode()).digest())
    said = bytes([flags]) + struct.pack(">I", 7)
    signed = hashlib.sha256(b"ssh:").digest() + said + hashlib.sha256(message).digest()
    inner = field(kind) + field(sign(signed)) + said
    blob = b"SSHSIG" + struct.pack(">I", 1) + field(public) + head + field(inner)
    body = base64.encodebytes(blob).decode()
    return f"-----BEGIN SSH SIGNATURE-----\n{body}-----END SSH SIGNATURE-----\n"


@pytest.mark.parametrize("make", [ed25519_token, ecdsa_token])
async def test_a_hardware_key_must_be_touched(
    ring: Ring, make: Callable[[], tuple[bytes, bytes, Signer]]
) -> None:
    """A key in hardware proves what its holder touched it for, and nothing else."""
    token = make()
    kind, public, _ = token
    ring.allow(f"jane@example.com {kind.decode()} {base64.b64encode(public).decode()}")

    for flags in (0x01, 0x05):
        assert isinstance(await ring.prove(touch(token, flags)), Proven)
    for flags in (0x00, 0x04):
        assert code(await ring.prove(touch(token, flags))) == "bad_signature"
    assert code(await ring.prove(touch(token, 0x01, "other"))) == "bad_signature"


# --- The operator's files, and the program ---------------------------------------------------


@pytest.mark.parametrize("which", ["allowed_signers", "revoked"])
@pytest.mark.parametrize("more", [stat.S_IWGRP, stat.S_IWOTH])
async def test_files_that_others_can_write_prove_nothing(ring: Ring, which: str, more: int) -> None:
    """Keys in a file that others could have changed are nobody's."""
    ring.allow(f"jane@example.com {ring.key('k')}")
    ring.revoke()
    armor = ring.sign("k")
    assert isinstance(await ring.prove(armor), Proven)

    path = ring.folder / which
    path.chmod(0o644 | more)
    proof = await ring.prove(armor)

    assert code(proof) == "unavailable"
    assert "others can write" in str(proof)
    assert str(path) in str(proof)


@pytest.mark.parametrize("which", ["allowed_signers", "revoked"])
async def test_files_that_are_not_there_prove_nothing(ring: Ring, which: str) -> None:
    """Where a file that was named is gone, a folder, a pipe or too large, nothing is proven."""
    ring.allow(f"jane@example.com {ring.key('k')}")
    ring.revoke()
    armor, path = ring.sign("k"), ring.folder / which

    path.unlink()
    assert code(await ring.prove(armor)) == "unavailable"
    path.mkdir()
    assert code(await ring.prove(armor)) == "unavailable"
    path.rmdir()
    os.mkfifo(path)
    assert code(await ring.prove(armor)) == "unavailable"
    path.unlink()
    path.write_text("#" * (1024 * 1024 + 1))
    assert code(await ring.prove(armor)) == "unavailable"


def counting(ring: Ring) -> tuple[str, Callable[[], int]]:
    """Return a program that is ssh-keygen and counts how often, and what reads the count."""
    program, log = ring.folder / "counting", ring.folder / "calls"
    program.write_text(f'#!/bin/sh\necho x >> {log}\nexec ssh-keygen "$@"\n')
    program.chmod(0o755)
    log.touch()
    return str(program), lambda: len(log.read_text().splitlines())


async def test_the_same_is_asked_once(ring: Ring) -> None:
    """What was answered for a minute is not asked again; another minute or text is."""
    ring.allow(f"jane@example.com {ring.key('k')}")
    program, calls = counting(ring)
    prover, armor = SshProver(ring.signers(), program=program), ring.sign("k")

    first = await prover.prove(NAMESPACE, TEXT, armor, NOW)
    once = calls()
    assert isinstance(first, Proven)
    assert once > 0

    assert await prover.prove(NAMESPACE, TEXT, armor, NOW.replace(second=59)) == first
    assert await prover.prove(NAMESPACE, TEXT, armor.replace("\n", "\r\n"), NOW) == first
    assert calls() == once

    assert await prover.prove(NAMESPACE, TEXT, armor, NOW + timedelta(minutes=1)) == first
    assert calls() == 2 * once
    assert code(await prover.prove(NAMESPACE, TEXT + " ", armor, NOW)) == "bad_signature"
    assert calls() > 2 * once


async def test_the_same_at_once_is_asked_once(ring: Ring) -> None:
    """Several who ask the same together wait for one answer."""
    ring.allow(f"jane@example.com {ring.key('k')}")
    program, calls = counting(ring)
    armor = ring.sign("k")
    await SshProver(ring.signers(), program=program).prove(NAMESPACE, TEXT, armor, NOW)
    once = calls()

    prover = SshProver(ring.signers(), program=program)
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(prover.prove(NAMESPACE, TEXT, armor, NOW)) for _ in range(8)]

    assert {type(task.result()) for task in asked} == {Proven}
    assert calls() == 2 * once


async def test_no_answer_is_not_kept(ring: Ring) -> None:
    """When the program comes back, a signature that could not be judged is."""
    ring.allow(f"jane@example.com {ring.key('k')}")
    program = ring.folder / "later"
    prover, armor = SshProver(ring.signers(), program=str(program)), ring.sign("k")
    assert code(await prover.prove(NAMESPACE, TEXT, armor, NOW)) == "unavailable"

    program.write_text('#!/bin/sh\nexec ssh-keygen "$@"\n')
    program.chmod(0o755)

    assert isinstance(await prover.prove(NAMESPACE, TEXT, armor, NOW), Proven)
