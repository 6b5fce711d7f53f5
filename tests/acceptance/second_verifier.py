"""A second verifier of audit bundles, written from docs/audit.md alone; shares no code with ours.

``python second_verifier.py BUNDLE VERIFIER_KEY`` prints one line and exits 0 if the bundle is
whole and every checkpoint in it is signed by that key, 1 and the first thing wrong if not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NAMESPACES = {
    "production-readiness-director/override/v1": "director-override@v1",
    "production-readiness-director/waiver/v1": "director-waiver@v1",
}


class WrongError(ValueError):
    """The bundle does not show what it claims."""


WRONG = (InvalidSignature, ValueError, LookupError, TypeError, AttributeError, RecursionError)


def sha256(*parts: bytes) -> bytes:
    """Return the SHA-256 over all *parts*."""
    return hashlib.sha256(b"".join(parts)).digest()


class Tree:
    """RFC 6962, section 2.1, built leaf by leaf: complete subtrees as (height, hash)."""

    def __init__(self) -> None:
        self.complete: list[tuple[int, bytes]] = []

    def add(self, body: bytes) -> None:
        """Append one leaf."""
        height, node = 0, sha256(b"\x00", body)
        while self.complete and self.complete[-1][0] == height:
            node = sha256(b"\x01", self.complete.pop()[1], node)
            height += 1
        self.complete.append((height, node))

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self.complete:
            return sha256()
        root = self.complete[-1][1]
        for _, left in reversed(self.complete[:-1]):
            root = sha256(b"\x01", left, root)
        return root


class Key:
    """An Ed25519 key as C2SP signed-note writes it: ``name+hash+base64``."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        name, hexadecimal, encoded = self.text.split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        self.name = name
        self.id = sha256(name.encode(), b"\n", raw)[:4]
        if raw[0] != 1 or self.id.hex() != hexadecimal:
            raise WrongError("the key is no Ed25519 key, or its hash is not its own")
        self.public = Ed25519PublicKey.from_public_bytes(raw[1:])

    def check(self, note: str, text: str) -> None:
        """Check that *note* is *text* with one signature, by this key, and nothing besides."""
        encoded = note.removesuffix("\n").rpartition(" ")[2]
        raw = base64.b64decode(encoded, validate=True)
        form = f"{text}\n— {self.name} {base64.b64encode(raw).decode()}\n"
        if note != form or raw[:4] != self.id:
            raise WrongError("it, or one before it, is not what was sealed")
        self.public.verify(raw[4:], text.encode())


def strict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that has a key twice."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise WrongError("a key stands twice")
    return dict(pairs)


def read(line: str, *keys: str) -> dict[str, Any]:
    """Return the object in a line, which must be written in the one way there is."""
    found = json.loads(line, object_pairs_hook=strict)
    written = json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n"
    if written != line or tuple(found) != keys:
        raise WrongError("a line is not as it was written")
    return dict(found)


class Bundle:
    """What was read of a bundle so far."""

    def __init__(self, key: Key) -> None:
        self.key, self.tree, self.proofs = key, Tree(), 0
        self.ids: set[str] = set()
        self.used: dict[str, str] = {}
        """By the digest of evidence, the last moment of a decision on it; empty once erased."""

    def entry(self, index: int, line: str) -> None:
        """Take the next entry."""
        each = read(line, "index", "kind", "id", "body", "checkpoint")
        if each["index"] != index:
            raise WrongError(f"entry {each['index']} is there")
        body = each["body"].encode()
        self.tree.add(body)
        root = base64.b64encode(self.tree.root()).decode()
        self.key.check(each["checkpoint"], f"{self.key.name}\n{index + 1}\n{root}\n")
        said = json.loads(body, object_pairs_hook=strict)
        decided = each["kind"] == "decision"
        told = said.get("kind", "decision"), said["evaluation" if decided else "id"]
        if told != (each["kind"], each["id"]) or each["id"] in self.ids:
            raise WrongError("it is another than its line says, or there twice")
        self.ids.add(each["id"])
        at = said["decided_at" if decided else "at"]
        if decided and said.get("evidence"):
            self.used[said["evidence"]] = max(self.used.get(said["evidence"], ""), at)
        if each["kind"] == "evidence.erased":
            old = {digest for digest, last in self.used.items() if last < said["subject"]}
            self.used.update(dict.fromkeys(old, ""))
        for signature in said.get("signatures", ()):
            check_ssh(said["statement"], signature)
            self.proofs += 1


def verify(lines: Iterator[str], key: Key) -> str:
    """Return one line on what was verified."""
    head = read(next(lines, ""), "bundle", "origin", "key", "size")
    said = head["bundle"], head["origin"], head["key"]
    if said != ("production-readiness-director/audit/v1", key.name, key.text):
        raise WrongError("another kind of bundle, another log or another key")
    bundle = Bundle(key)
    for index in range(head["size"]):
        try:
            bundle.entry(index, next(lines, ""))
        except WRONG as error:
            raise WrongError(f"entry {index}: {error!r}") from error
    pieces = [read(line, "evidence", "body") for line in lines]
    kept = [piece["evidence"] for piece in pieces]
    if kept != ["sha256:" + sha256(piece["body"].encode()).hex() for piece in pieces]:
        raise WrongError("evidence is not what its name says")
    if kept != sorted(set(kept)) or not set(kept) <= set(bundle.used):
        raise WrongError("evidence is not sorted, there twice, or named by no entry")
    if {digest for digest, at in bundle.used.items() if at} - set(kept):
        raise WrongError("evidence is gone, and no entry says why")
    erased = f"{len(bundle.used) - len(kept)} pieces of evidence erased"
    return f"{head['size']} entries, {bundle.proofs} signatures, {erased}"


def fields(data: bytes) -> Iterator[bytes]:
    """Yield the strings of SSH's wire format."""
    while data:
        size = int.from_bytes(data[:4], "big")
        yield data[4 : 4 + size]
        data = data[4 + size :]


def check_ssh(statement: str, signature: dict[str, Any]) -> None:
    """Check a signature as OpenSSH's PROTOCOL.sshsig says; only Ed25519, others are not judged."""
    namespace = NAMESPACES[json.loads(statement)["type"]].encode()
    raw = base64.b64decode("".join(signature["armor"].split()[3:-3]), validate=True)
    public, space, reserved, algorithm, signed = fields(raw[10:])
    if "SHA256:" + base64.b64encode(sha256(public)).decode().rstrip("=") != signature["key"]:
        raise WrongError("signed by another key than is said")
    digest = hashlib.new(algorithm.decode(), statement.encode()).digest()
    parts = (namespace, reserved, algorithm, digest)
    message = b"SSHSIG" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    kind, *rest = fields(public)
    if raw[:10] != b"SSHSIG\x00\x00\x00\x01" or space != namespace:
        raise WrongError("no SSH signature, or one for another purpose")
    if kind == b"ssh-ed25519":
        _, blob = fields(signed)
        Ed25519PublicKey.from_public_bytes(rest[0]).verify(blob, message)


def main(bundle: str, key: str) -> int:
    """Verify; return the exit code."""
    try:
        with Path(bundle).open(encoding="utf-8", newline="\n") as lines:
            sys.stdout.write(verify(lines, Key(key)) + "\n")
    except (*WRONG, OSError) as error:
        sys.stdout.write(f"wrong: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
