"""director attest: a decision leaves the record, and is verified with nothing but a public key."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "attestation.md"
STORE = ("--store", "r.db")

FAR = "2100-01-01T00:00:00Z"


def payload(text: str) -> Any:  # noqa: ANN401  # JSON
    """Return the statement in an envelope."""
    return json.loads(base64.b64decode(json.loads(text)["payload"]))


def call(
    folder: Path, *arguments: str | Path, typed: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run another program, one that is no director."""
    return subprocess.run(
        arguments, cwd=folder, capture_output=True, text=True, check=False, input=typed
    )


@pytest.fixture
async def decided(director, write, ready):
    """Evaluate the service ``pay``, and return its manifest."""

    async def decide(**declares: bool) -> Path:
        path: Path = write("pay", {**ready, **declares})
        await director("evaluate", path, "--profile", "baseline", *STORE)
        return path

    return decide


@pytest.fixture
async def key(director, home):
    """Return the file that the public key was written to, once there is one."""

    async def written() -> Path:
        ran = await director("audit", "key", "--store", "r.db")
        (home / "director.pub").write_text(ran.stdout)
        return Path("director.pub")

    return written


@pytest.fixture
def pem(home):
    """Return the public key in PEM, as OpenSSL would write it."""

    def written() -> Path:
        code = (
            "import sys; from cryptography.hazmat.primitives.serialization import *\n"
            "key = load_pem_private_key(open('r.db.key', 'rb').read(), None).public_key()\n"
            "sys.stdout.buffer.write("
            "key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))\n"
        )
        path: Path = home / "director.pem"
        path.write_text(call(home, sys.executable, "-c", code).stdout)
        return path

    return written


@pytest.mark.parametrize(
    ("declares", "level", "exit_"),
    [
        ({}, "DIRECTOR_GO", 0),
        ({"load_test": False}, "DIRECTOR_CONDITIONAL_GO", 0),
        ({"security_review": False}, "FAILED", 1),
    ],
    ids=["go", "conditional_go", "no_go"],
)
async def test_a_decision_is_verified_elsewhere(
    director, decided, key, home, declares, level, exit_
) -> None:
    """Who has the attestation, the key and the manifest opens the gate, but for NO_GO."""
    manifest = await decided(**declares)

    wrote = await director("attest", "pay", "--store", "r.db", "--output", "a.json")
    public = await key()
    (home / "r.db").unlink()
    (home / "r.db.key").unlink()
    ran = await director("attest", "--verify", "a.json", "--key", public, "--manifest", manifest)

    assert (wrote.exit, wrote.stdout) == (0, "")
    assert payload((home / "a.json").read_text())["predicate"]["verifiedLevels"] == [level]
    assert ran.exit == exit_
    assert "that of" in ran.stdout
    assert ("not accepted: NO_GO" in ran.stderr) is bool(exit_)
    assert ("condition   declared.load_test: team-test until " in ran.stdout) is bool(
        level == "DIRECTOR_CONDITIONAL_GO"
    )


async def test_the_same_decision_gives_the_same_bytes(director, decided, home) -> None:
    """By service or by evaluation, to a file or to stdout, the attestation is the same."""
    await decided()

    first = await director("attest", "pay", "--store", "r.db")
    evaluation = payload(first.stdout)["predicate"]["urn:director:decision:v1"]["evaluation"]
    await director("attest", evaluation.lower(), "--store", "r.db", "--output", "a.json")
    await director("attest", "pay", "--store", "r.db", "--output", "a.json")

    assert (home / "a.json").read_text() == first.stdout


async def test_without_a_manifest_nothing_is_bound(director, decided, key) -> None:
    """An attestation alone shows that some manifest passed, and that is said."""
    await decided()
    text = await director("attest", "pay", "--store", "r.db", "--output", "a.json")

    ran = await director("attest", "--verify", "a.json", "--key", await key())

    assert (text.exit, ran.exit) == (0, 0)
    assert "bound to nothing: name yours with --manifest" in ran.stdout


async def test_every_way_to_name_the_key(director, decided, key, pem, home) -> None:
    """The C2SP text, the file that holds it, and a PEM file verify the same."""
    manifest = await decided()
    await director("attest", "pay", "--store", "r.db", "--output", "a.json")
    public = await key()

    for name in ((home / public).read_text().strip(), public, pem()):
        ran = await director("attest", "--verify", "a.json", "--key", name, "--manifest", manifest)
        assert (ran.exit, ran.stderr) == (0, "")


async def test_the_verifier_of_the_document(director, decided, pem, home) -> None:
    """What the document shows verifies an attestation, and refuses one of another manifest."""
    manifest = await decided()
    await director("attest", "pay", "--store", "r.db", "--output", "a.json")
    (block,) = re.findall(
        r"^```python\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    (home / "verify.py").write_text(block)
    line = (sys.executable, "verify.py", "a.json", pem(), manifest)

    good = call(home, *line)
    manifest.write_text(manifest.read_text() + " ")
    bad = call(home, *line)

    assert (good.returncode, good.stdout) == (0, "urn:director:target:pay DIRECTOR_GO\n")
    assert bad.returncode == 1
    assert "another manifest" in bad.stderr


async def test_it_expires(director, decided, key) -> None:
    """After its validity the decision is EXPIRED, and before it was made it is none."""
    manifest = await decided()
    await director("attest", "pay", "--store", "r.db", "--output", "a.json")
    line = ("attest", "--verify", "a.json", "--key", await key(), "--manifest", manifest)

    late = await director(*line, "--at", FAR)
    early = await director(*line, "--at", "2020-01-01")

    assert (late.exit, early.exit) == (1, 1)
    assert "a.json: not accepted: EXPIRED: it was valid until " in late.stderr
    assert "EXPIRED at 2100-01-01T00:00:00.000000Z" in late.stdout
    assert "not decided yet" in early.stderr


async def test_another_manifest(director, decided, key, write) -> None:
    """A manifest of which one byte is another, and that of another service, are not bound."""
    manifest = await decided()
    await director("attest", "pay", "--store", "r.db", "--output", "a.json")
    line = ("attest", "--verify", "a.json", "--key", await key(), "--manifest")

    other = await director(*line, write("shop", {}))
    manifest.write_text(manifest.read_text() + "\n")
    edited = await director(*line, manifest)

    assert (other.exit, edited.exit) == (1, 1)
    assert "it is about another manifest" in edited.stderr
    assert "it is about another service" in other.stderr


async def test_another_environment(director, write, ready, key) -> None:
    """A GO for staging opens no production, and which it is must be said."""
    places = {
        name: {"base_url": f"https://{name}.example.com"} for name in ("production", "staging")
    }
    manifest = write("pay", ready, environments=places)
    flags = ("--environment", "staging", "--profile", "baseline", *STORE)
    await director("evaluate", manifest, *flags)
    await director("attest", "pay", "--environment", "staging", "--store", "r.db", "--output", "a")
    line = ("attest", "--verify", "a", "--key", await key(), "--manifest", manifest)

    same = await director(*line, "--environment", "staging")
    other = await director(*line, "--environment", "production")
    open_ = await director(*line)
    none = await director(*line, "--environment", "moon")
    unbound = await director(*line[:-2], "--environment", "production")

    assert [ran.exit for ran in (same, other, open_, none, unbound)] == [0, 1, 2, 2, 1]
    assert "about urn:director:target:pay@staging, not about" in other.stderr
    assert "choose one with --environment" in open_.stderr


async def test_what_was_tampered_with(director, decided, key, home) -> None:
    """Another byte anywhere in the file, or another's key, and the gate is closed."""
    manifest = await decided()
    await director("attest", "pay", "--store", "r.db", "--output", "a.json")
    public = await key()
    whole = (home / "a.json").read_bytes()

    for place in (len(whole) // 2, whole.index(b'"sig"') + 20):
        data = bytearray(whole)
        data[place] ^= 1
        (home / "b.json").write_bytes(data)
        ran = await director(
            "attest", "--verify", "b.json", "--key", public, "--manifest", manifest
        )
        assert ran.exit in (1, 2)
        assert ran.stdout == ""
    await director("evaluate", manifest, "--store", "other.db")
    foreign = await director("audit", "key", "--store", "other.db")
    ran = await director("attest", "--verify", "a.json", "--key", foreign.stdout.strip())
    assert (ran.exit, ran.stdout) == (1, "")
    assert "a.json: not accepted: there must be one signature by the key" in ran.stderr


async def test_what_cannot_be_used(director, decided, key) -> None:
    """A file that is no attestation, and a key that is none, are 2, and one line says which."""
    manifest = await decided()
    await director("attest", "pay", "--store", "r.db", "--output", "a.json")
    public = await key()

    other = await director("attest", "--verify", manifest, "--key", public)
    private = await director("attest", "--verify", "a.json", "--key", "r.db.key")

    assert [(ran.exit, ran.stdout) for ran in (other, private)] == [(2, ""), (2, "")]
    assert "must be what director attest wrote: " in other.stderr
    assert "must be one Ed25519 public key" in private.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("pay", "--key", "k"),
        ("pay", "--manifest", "m"),
        ("pay", "--at", "2026-01-01"),
        ("pay", "--override", "01O"),
        ("--override", "01O", "--environment", "x"),
        ("--verify", "a.json"),
        ("pay", "--verify", "a.json", "--key", "k"),
        ("--verify", "a.json", "--key", "k", "--output", "o"),
        ("--verify", "a.json", "--key", "k", "--override", "01O"),
    ],
)
async def test_what_would_be_passed_over_is_refused(director, arguments) -> None:
    """Writing and verifying have flags of their own, and none is ignored."""
    ran = await director("attest", *arguments)

    assert (ran.exit, ran.stdout) == (2, "")
    assert "Error: " in ran.stderr


async def test_what_is_not_recorded(director, decided) -> None:
    """There is nothing to attest of a service that was not judged, nor an override nobody made."""
    await decided()

    for what in (("shop",), ("pay", "--environment", "moon"), ("--override", "01O")):
        ran = await director("attest", *what, "--store", "r.db")
        assert (ran.exit, ran.stdout) == (2, "")
    ran = await director("attest", "pay", "--store", "none.db")
    assert (ran.exit, ran.stdout) == (2, "")


async def test_only_the_key_of_the_log_signs(director, decided, write, home) -> None:
    """Without its key, or with another, the record attests nothing."""
    await decided()
    await director("evaluate", write("shop"), "--store", "other.db")

    other = await director("attest", "pay", "--store", "r.db", "--audit-key", "other.db.key")
    (home / "r.db.key").rename(home / "moved.key")
    gone = await director("attest", "pay", "--store", "r.db")
    named = await director("attest", "pay", "--store", "r.db", "--audit-key", "moved.key")

    assert [(ran.exit, bool(ran.stdout)) for ran in (other, gone, named)] == [
        (3, False),
        (3, False),
        (0, True),
    ]
    assert "not that of the log" in other.stderr
    assert "the audit key is missing" in gone.stderr


async def test_a_record_that_was_changed_is_not_attested(director, decided, home) -> None:
    """A NO_GO that somebody made a GO in the database is not what was sealed."""
    await decided(security_review=False)
    with sqlite3.connect(home / "r.db") as database:
        database.execute(
            "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), "
            '\'"decision":"no_go"\', \'"decision":"go"\') AS BLOB)'
        )
    database.close()

    ran = await director("attest", "pay", "--store", "r.db")

    assert (ran.exit, ran.stdout) == (3, "")
    assert "not what was sealed" in ran.stderr


async def test_an_output_that_cannot_be_written(director, decided) -> None:
    """A file that cannot be written is said, and nothing else happens."""
    await decided()

    ran = await director("attest", "pay", "--store", "r.db", "--output", "no/such/folder.json")

    assert (ran.exit, ran.stdout) == (2, "")


SIGNERS = """\
apiVersion: readiness/v1
kind: Signers
spec:
  allowed_signers: allowed
  people:
    jane: {principals: [jane@example.com], roles: [vp]}
"""


@pytest.mark.needs("ssh-keygen")
async def test_an_override_is_a_statement_of_its_own(director, decided, key, home) -> None:
    """An overridden NO_GO stays FAILED, and the override carries what ssh-keygen verifies."""
    made = call(home, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "jane")
    (home / "allowed").write_text(f"jane@example.com {(home / 'jane.pub').read_text()}")
    (home / "signers.yaml").write_text(SIGNERS)
    for name in ("allowed", "signers.yaml"):
        (home / name).chmod(0o644)
    manifest = await decided(security_review=False)
    flags = ("--store", "r.db", "--signers", "signers.yaml")
    why = ("--reason", "the regulator expects it tomorrow", "--ticket", "OPS-1", "--by", "ann")
    asked = await director("override", "request", "pay", *why, "--output", "o.json", *flags)
    assert asked.exit == 0, asked.stderr
    id_ = json.loads((home / "o.json").read_text())["id"]
    early = await director("attest", "--override", id_, "--store", "r.db")
    signed = await director("override", "sign", "o.json", "--key", "jane")
    assert signed.exit == 0, signed.stderr
    applied = await director("override", "apply", "o.json", *flags)
    assert applied.exit == 0, applied.stderr
    judged = await director("evaluate", manifest, "--profile", "baseline", *flags)

    decision = await director("attest", "pay", "--store", "r.db")
    override = await director("attest", "--override", id_.lower(), "--store", "r.db")
    (home / "a.json").write_text(override.stdout)
    ran = await director("attest", "--verify", "a.json", "--key", await key())

    assert (made.returncode, judged.exit) == (0, 0)
    assert early.exit == 2
    assert payload(decision.stdout)["predicate"]["verificationResult"] == "FAILED"
    predicate = payload(override.stdout)["predicate"]
    assert predicate["statement"] == (home / "o.json").read_text()
    (home / "armor").write_text(predicate["signatures"][0]["armor"])
    who = ("-f", "allowed", "-I", "jane@example.com", "-n", predicate["namespace"])
    verify = ("ssh-keygen", "-Y", "verify", *who, "-s", "armor")
    assert call(home, *verify, typed=predicate["statement"]).returncode == 0
    assert call(home, *verify, typed=predicate["statement"] + " ").returncode != 0
    assert ran.exit == 1
    assert f"override {id_}" in ran.stdout
    assert "agreed by   jane" in ran.stdout
    assert "it is an override, and no decision" in ran.stderr
