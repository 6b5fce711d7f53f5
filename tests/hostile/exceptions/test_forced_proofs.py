"""Forced where it is proven who signed: nobody did."""

from __future__ import annotations

import base64
import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from director.audit.ssh import SshProver
from director.loading.signers import read_signers
from director.model.proof import NotProven
from director.model.signers import Person, Signers

if TYPE_CHECKING:
    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place

NAMESPACE = "director-override@v1"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def fields(*data: bytes) -> bytes:
    """Return each of *data* with its length before it, as SSH writes it."""
    return b"".join(struct.pack(">I", len(each)) + each for each in data)


def armor(namespace: bytes = NAMESPACE.encode()) -> str:
    """Return a signature that looks like one."""
    key, inner = fields(b"ssh-ed25519", b"p" * 32), fields(b"ssh-ed25519", b"s" * 64)
    blob = b"SSHSIG\0\0\0\1" + fields(key, namespace, b"", b"sha512", inner)
    body = base64.b64encode(blob).decode()
    return f"-----BEGIN SSH SIGNATURE-----\n{body}\n-----END SSH SIGNATURE-----\n"


async def proven(
    place: Place, program: str = "exit 1", text: str = "text\n", signature: str = ""
) -> str:
    """Return ``go`` if the *signature* is somebody's, or why it is nobody's."""
    script = place.path / "program"
    script.write_text(program if program.startswith("#!") else f"#!/bin/sh\n{program}\n")
    script.chmod(0o755)
    jane = Person(name="jane", principals=("jane@example.com",), roles=("vp",))
    allowed = str(place.path / "allowed")
    signers = Signers(source="signers.yaml", allowed_signers=allowed, people=(jane,))
    prover = SshProver(signers, program=str(script), deadline_s=0.5)
    proof = await prover.prove(NAMESPACE, text, signature or armor(), NOW)
    return proof.code if isinstance(proof, NotProven) else "go"


def allowed(place: Place) -> None:
    """Write an empty file of allowed signers."""
    (place.path / "allowed").touch(0o644)


async def signatures_are_none(place: Place) -> Answers:
    """What should be a signature is no base64, or has a namespace or a text that is no UTF-8."""
    allowed(place)
    return [
        await proven(place, signature=armor().replace("U1NI", "U1*I")),
        await proven(place, signature=armor(b"\xff")),
        await proven(place, text="\udcff"),
    ]


async def program_is_silent(place: Place) -> Answers:
    """The program that proves never answers."""
    allowed(place)
    return [await proven(place, "exec sleep 1000")]


async def program_does_not_work(place: Place) -> Answers:
    """The program that proves fails, or cannot even be run."""
    allowed(place)
    return [await proven(place), await proven(place, "#!/no/such/interpreter\n")]


async def keys_are_not_there(place: Place) -> Answers:
    """The files that say whose key is whose are gone."""
    text = (
        "apiVersion: readiness/v1\nkind: Signers\nspec:\n  allowed_signers: allowed\n"
        "  people: {jane: {principals: [jane@example.com], roles: [vp]}}\n"
    )
    path = place.path / "signers.yaml"
    path.write_text(text)
    path.chmod(0o644)
    return [await proven(place, "exit 0"), place.said(lambda: read_signers(path))]


TABLE: Table = {
    "audit.ssh:SshProver.prove:(UnavailableError, OSError)": program_does_not_work,
    "audit.ssh:SshProver.prove:TimeoutError": program_is_silent,
    "audit.ssh:_encoded:UnicodeEncodeError": signatures_are_none,
    "audit.ssh:_examined:ValueError": signatures_are_none,
    "audit.ssh:_read:OSError": keys_are_not_there,
    "audit.ssh_keygen:SshKeygen._end:suppress(ProcessLookupError)": program_does_not_work,
    "audit.ssh_keygen:SshKeygen.ask:OSError": program_does_not_work,
    "audit.sshsig:_unarmored:(binascii.Error, ValueError)": signatures_are_none,
    "audit.sshsig:opened:UnicodeDecodeError": signatures_are_none,
    "loading.signers:unsafe:(OSError, ValueError)": keys_are_not_there,
}
"""Each clause that is forced here, and by what."""


def test_what_proving_catches_is_no_proof(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it proves nothing."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []
