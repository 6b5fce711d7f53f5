"""audit.ssh_sign: what a person signs is what the prover accepts."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from director.audit.ssh import SshProver
from director.audit.ssh_sign import sign
from director.errors import SettingsError
from director.model.proof import Proven
from director.model.signers import Person, Signers

pytestmark = pytest.mark.needs("ssh-keygen")

NAMESPACE = "director-waiver@v1"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let temporary folders be made where it is seen that none is left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


def key(path: Path, passphrase: str = "") -> Path:
    """Make a key, and a file of allowed signers beside it."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)]
    subprocess.run(command, check=True, timeout=60)
    allowed = path.with_name("allowed_signers")
    allowed.write_text(f"jane@example.com {path.with_suffix('.pub').read_text()}")
    allowed.chmod(0o644)
    return path


@pytest.mark.parametrize("text", ["a\n", "", "no end", "crlf\r\n", "é \0 ☃\n" * 1_000])
async def test_what_is_signed_is_proven(tmp_path: Path, text: str) -> None:
    """A text signed with a person's key is proven to be that person's, to the byte."""
    armor = await sign(NAMESPACE, text, key(tmp_path / "-k"))

    jane = Person(name="jane", principals=("jane@example.com",), roles=("vp",))
    allowed = str(tmp_path / "allowed_signers")
    prover = SshProver(Signers(source="s.yaml", allowed_signers=allowed, people=(jane,)))
    assert isinstance(await prover.prove(NAMESPACE, text, armor, NOW), Proven)


async def test_what_cannot_sign_is_the_persons_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No key, no program, or a passphrase that nobody types: one line that names the key."""
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    monkeypatch.setenv("SSH_ASKPASS", "/bin/false")
    locked = key(tmp_path / "locked", "secret")

    for path, program in (
        (tmp_path / "nothing", "ssh-keygen"),
        (tmp_path, "ssh-keygen"),
        (locked, "ssh-keygen"),
        (locked, "no-such-program"),
        (locked, "true"),
    ):
        with pytest.raises(SettingsError) as caught:
            await sign(NAMESPACE, "text\n", path, program=program)

        (fault,) = caught.value.faults
        assert fault.source == str(path)
        assert fault.problem.startswith("must be a key that")
        assert fault.problem.isprintable()
