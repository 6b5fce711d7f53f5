"""loading.signers: the operator's file, and the files that it names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from director.errors import SettingsError
from director.loading.signers import read_signers
from director.model.signers import Person

FINE = """\
apiVersion: readiness/v1
kind: Signers
spec:
  allowed_signers: keys/allowed
  revoked_keys: revoked
  people:
    jane: {principals: [jane@example.com, j@corp, j@corp], roles: [vp, security, vp]}
    bob: {principals: [bob@example.com]}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a signers file with everything beside it that it names."""
    (tmp_path / "keys").mkdir()
    for name, text in (("keys/allowed", ""), ("revoked", ""), ("signers.yaml", FINE)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o644)
    return tmp_path / "signers.yaml"


def refused(path: Path) -> list[str]:
    """Return the faults of the file, each without its folder."""
    with pytest.raises(SettingsError) as caught:
        read_signers(path)
    assert all(str(fault).isprintable() for fault in caught.value.faults)
    return [str(fault).replace(f"{path.parent}/", "") for fault in caught.value.faults]


def test_who_may_sign_is_read(path: Path) -> None:
    """People come by name, with what they are listed under and may do, each once."""
    found = read_signers(path)

    assert found.people == (
        Person(name="bob", principals=("bob@example.com",), roles=()),
        Person(name="jane", principals=("jane@example.com", "j@corp"), roles=("security", "vp")),
    )
    assert found.source == str(path)


def test_files_are_looked_for_beside_the_signers_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of keys are found from wherever one stands; an absolute path is itself."""
    elsewhere = path.parent / "keys" / "allowed"
    path.write_text(FINE.replace("revoked_keys: revoked", f"revoked_keys: {elsewhere}"))
    monkeypatch.chdir(path.parent)

    found = read_signers(Path("signers.yaml"))

    assert found.allowed_signers == str(elsewhere)
    assert found.revoked_keys == str(elsewhere)


def test_revoked_keys_may_be_left_out(path: Path) -> None:
    """Who never revoked a key needs no file for it."""
    path.write_text(FINE.replace("  revoked_keys: revoked\n", ""))

    assert read_signers(path).revoked_keys is None


@pytest.mark.parametrize(
    ("name", "place"),
    [("signers.yaml", ""), ("keys/allowed", ":4:20"), ("revoked", ":5:17")],
)
@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_what_others_can_write_is_refused(path: Path, name: str, place: str, mode: int) -> None:
    """One line names the file that others could change, at the place that names it."""
    (path.parent / name).chmod(mode)

    (fault,) = refused(path)

    assert fault.startswith(f"signers.yaml{place}: must be writable by its owner alone")


@pytest.mark.parametrize("make", ["nothing", "folder", "pipe"])
def test_what_is_no_file_is_refused(path: Path, make: str) -> None:
    """A file of keys that is not there, a folder or a pipe is refused where it is named."""
    allowed = path.parent / "keys" / "allowed"
    allowed.unlink()
    if make == "folder":
        allowed.mkdir()
    if make == "pipe":
        os.mkfifo(allowed)

    (fault,) = refused(path)

    assert fault.startswith("signers.yaml:4:20: must be a file")
    assert fault.endswith("keys/allowed")


def test_all_faults_come_at_once(path: Path) -> None:
    """Files that are amiss and a principal that two claim are said together, in their order."""
    path.write_text(FINE.replace("bob@example.com", "J@CORP"))
    path.chmod(0o666)
    (path.parent / "revoked").unlink()

    first, second, third = refused(path)

    assert first.startswith("signers.yaml: must be writable by its owner alone")
    assert second.startswith("signers.yaml:5:17: must be a file that can be read")
    assert third == "signers.yaml:8:24: must be one person's, got 'J@CORP', which is jane's too"


def test_somebody_must_be_named(path: Path) -> None:
    """A signers file without people is a mistake."""
    path.write_text(FINE.partition("  people")[0] + "  people: {}\n")

    assert refused(path) == ["signers.yaml:6:3: must name somebody, got nobody"]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "must be a mapping, got nothing"),
        (b"[" * 100_000, "must be at most 32 levels deep"),
        (b"a: &x 1\n", "must be without an anchor"),
        (b"x" * 300_000, "must be at most 256 KiB"),
        (b"spec: \0\n", "NUL"),
        (b"\xff\xfe", "UTF-16"),
        (FINE.replace("jane:", "bob:").encode(), "got the key 'bob' twice"),
        (FINE.replace("kind: Signers", "kind: Service").encode(), "must be Signers"),
    ],
)
def test_hostile_files_are_refused(path: Path, data: bytes, fault: str) -> None:
    """What is no signers file, or wants to do harm, is refused with its place."""
    path.write_bytes(data)

    assert any(fault in found for found in refused(path))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A signers file that is missing is said in one line."""
    (fault,) = refused(tmp_path / "nothing.yaml")

    assert fault.startswith("nothing.yaml: must be a file, got nothing")
