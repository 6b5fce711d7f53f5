"""The audit log: how long a whole one takes to verify, and how much memory."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from director.audit.bundle import BundleHead, head_line, line_of
from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.audit.note import VerifierKey
from director.audit.rows import Blob, Leaf
from director.model.audit import Trunk
from director.model.ledger import Kind
from director.store.codec import Encoder
from installed import installed_director
from measure import Command, Figure, Setting, bare_environment, within
from store import records

NAMES = ("audit.verify_s", "audit.verify_peak_mb")

ENTRIES = 100_000
CHECKS = 8
"""As many results as a decision by the profile baseline has."""

MOST_S = 30.0
MOST_MB = 200.0


def measure(setting: Setting) -> Iterator[Figure]:
    """Verify a bundle of many decisions, each with evidence of its own, as a process."""
    folder = setting.build / "bench-audit"
    shutil.rmtree(folder, ignore_errors=True)
    environment = bare_environment(folder / "home")
    command = installed_director(setting)
    bundle = folder / "bundle.jsonl"
    write_bundle(bundle, ENTRIES)
    verify = Command((command, "audit", "verify", bundle))
    runs = [verify.run(environment, folder) for _ in range(setting.rounds(1, 5))]
    size_mb = bundle.stat().st_size / 1e6
    shutil.rmtree(folder)
    note = f"{ENTRIES:,} entries with {CHECKS} results each, {size_mb:.0f} MB"
    wall_s = sorted(run.wall_s for run in runs)[len(runs) // 2]
    yield within("audit.verify_s", wall_s, MOST_S, "s", note)
    peak_mb = max(run.peak_bytes for run in runs) / 1e6
    yield within("audit.verify_peak_mb", peak_mb, MOST_MB, "MB", note)


def write_bundle(path: Path, entries: int) -> None:
    """Write a log of *entries* decisions, as ``director audit export`` does."""
    notary = KeyNotary("bench.example/log", PrivateKey.generate())
    key = VerifierKey.parse(notary.public_key)
    encoder, trunk, blobs = Encoder(), Trunk(), list[Blob]()
    with path.open("wb") as file:
        file.write(head_line(BundleHead(notary.origin, key, entries)))
        for index, record in enumerate(records(entries, CHECKS)):
            encoded = encoder.encode(record)
            trunk, (seal,) = notary.seal(trunk, (encoded.body,))
            leaf = Leaf(index, Kind.DECISION, record.evaluation, encoded.body, seal.checkpoint)
            file.write(line_of(leaf))
            if encoded.facts is not None:
                blobs.append(Blob(encoded.record.evidence, encoded.facts))
        blobs.sort(key=lambda blob: blob.digest)
        file.writelines(map(line_of, blobs))
