"""The gate of ``director attest --verify``: what cannot be read, and what is read from a file."""

# ruff: noqa: ANN401  # options have values of many types

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from director.audit.ed25519 import PrivateKey
from director.audit.envelope import sealed
from director.audit.note import VerifierKey
from director.cli.attest_verify import verify
from director.errors import InputError

KEY = PrivateKey(sha256(b"gate").digest())
PUBLIC = VerifierKey("log.example/1", KEY.public)
MANIFEST = "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: pay}\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in, with files of which most are of no use."""
    monkeypatch.chdir(tmp_path)
    for name, data in {
        "a.json": sealed(b"{}", KEY).encode(),
        "key.pub": f"{PUBLIC}\n".encode(),
        "readiness.yaml": MANIFEST.encode(),
        "empty": b"",
        "bytes": b"\xff\xfe",
        "large": b" " * (1024 * 1024 + 1),
        "deep": b"[" * 100_000,
    }.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def values(**more: Any) -> dict[str, Any]:
    """Return the options, as click passes them."""
    given = {
        "verify": Path("a.json"),
        "key": "key.pub",
        "manifest": Path("readiness.yaml"),
        "at": None,
        "environment": None,
    }
    return {**given, **more}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("verify", Path(name)) for name in ("nothing", "empty", "bytes", "large", "deep", ".")),
        *(("verify", Path(name)) for name in ("a.json", "key.pub", "readiness.yaml")),
        *(("key", name) for name in ("", "nothing", "empty", "bytes", "large", ".", "a.json")),
        *(("key", text) for text in ("x+y", "+" * 5000, "\0+", "log.example/1+00000000+AAAA")),
        *(("manifest", Path(name)) for name in ("nothing", "empty", "bytes", "large", "a.json")),
        ("environment", "moon"),
        ("environment", ""),
        *(("at", text) for text in ("", "tomorrow", "2026-01-01T00:00:00", "2026-02-30")),
    ],
)
@pytest.mark.usefixtures("place")
def test_what_cannot_be_read(option: str, value: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A file, key, manifest, environment or time that is none says so, and opens nothing."""
    with pytest.raises(InputError) as raised:
        verify(values(**{option: value}))

    assert capsys.readouterr().out == ""
    assert all(str(fault).isprintable() for fault in raised.value.faults)


def test_who_did_not_sign_is_no_mistake(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A signature of another key closes the gate, whatever it is over."""
    (place / "a.json").write_text(sealed(b"{}", PrivateKey(sha256(b"other").digest())))

    assert verify(values()) == 1
    assert capsys.readouterr().out == ""
