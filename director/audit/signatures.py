"""Whether the signatures in a log fit what they are over; whose keys they are, others say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from director.audit.ssh_bench import Bench
from director.audit.ssh_keygen import PROGRAM, SshKeygen, UnavailableError
from director.audit.sshsig import opened
from director.audit.tampered import TamperedError
from director.audit.verify import Signed
from director.model.text import named

DEADLINE_S = 10.0
"""How long one signature may take, in seconds."""


async def check_signatures(signed: Iterable[Signed], *, program: str = PROGRAM) -> int:
    """Check that each signature is by the key that is said, over its statement; return how many.

    Raises:
        TamperedError: One is not.
        UnavailableError: ssh-keygen is missing, or gives no answer.
    """
    count = 0
    sound: set[tuple[str, str, str, str]] = set()
    for each in signed:
        said = each.namespace, each.statement, each.key, each.armor
        if said not in sound:  # What was applied is told again when it is used or revoked.
            await _check(each, SshKeygen(program))
            sound.add(said)
        count += 1
    return count


async def _check(signed: Signed, keygen: SshKeygen) -> None:
    try:
        envelope = opened(signed.armor)
    except ValueError as error:
        raise TamperedError(signed.index, f"a signature in it {error}") from error
    if envelope.fingerprint != signed.key:
        told = f"a signature in it is by {envelope.fingerprint}, not by {named(signed.key)}"
        raise TamperedError(signed.index, told)
    if envelope.namespace != signed.namespace:
        told = f"a signature in it was made for {named(envelope.namespace)}"
        raise TamperedError(signed.index, told)
    try:
        async with asyncio.timeout(DEADLINE_S):
            with TemporaryDirectory(prefix="director-audit-") as folder:
                bench = Bench(keygen, Path(folder), signed.namespace)
                bench.lay(signed.statement.encode(), envelope.armor)
                sound = await bench.sound()
    except TimeoutError as error:
        raise UnavailableError(f"{keygen.program} gave no answer in {DEADLINE_S:g} s") from error
    if not sound:
        raise TamperedError(signed.index, "a signature in it does not fit what it is over")
