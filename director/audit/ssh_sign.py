"""Sign a text with a person's SSH key, as ``director override sign`` does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from director.audit.ssh_keygen import PROGRAM, SshKeygen, UnavailableError
from director.audit.sshsig import opened
from director.errors import Fault, SettingsError
from director.model.text import named

PATIENCE_S = 120.0
"""How long a person has to type a passphrase or to touch a key, in seconds."""


async def sign(
    namespace: str, text: str, key: Path, *, program: str = PROGRAM, patience_s: float = PATIENCE_S
) -> str:
    """Return the signature of *key* over *text*, an ``SSH SIGNATURE`` block.

    ssh-keygen asks for a passphrase or a touch on the terminal itself, and says there what is
    the matter.

    Args:
        namespace: What the signature is for.
        text: What is signed, to the byte in UTF-8.
        key: A private key, or the public key or certificate of one that an agent holds.
        program: What to run for ssh-keygen.
        patience_s: How long it may take, in seconds.

    Raises:
        SettingsError: There is no signature.
    """
    try:
        with TemporaryDirectory(prefix="director-sign-") as folder:
            path = _written(Path(folder), text)
            async with asyncio.timeout(patience_s):
                answer = await SshKeygen(program, attended=True).ask(
                    "-Y", "sign", "-f", str(key), "-n", namespace, text=path
                )
        armor = answer.output.decode("ascii", "replace")
        if answer.code == 0 and opened(armor).namespace == namespace:
            return armor
        problem = f"must be a key that {program} signs with, got exit code {answer.code}"
    except TimeoutError:
        problem = f"must be a key that signs within {patience_s:g} s"
    except (UnavailableError, ValueError) as error:
        problem = f"must be a key that {program} signs with: {error}"
    raise SettingsError(Fault(named(key), 0, 0, problem))


def _written(folder: Path, text: str) -> Path:
    path = folder / "text"
    path.write_bytes(text.encode("utf-8"))
    return path
