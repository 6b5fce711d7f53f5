"""A stage for consent: a real record, real keys, the real ssh-keygen, and a clock of our own."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import struct
import subprocess
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from director.app import Director, Tools
from director.approval.desk import Ending, Office, Outcome, Place, Scene, scene
from director.approval.overrides import Overrides, OverrideWish
from director.cli.gate import Gate, exit_of
from director.engine.bus import Bus
from director.engine.clock import new_ulid
from director.engine.limits import Limits
from director.engine.past import Memory
from director.engine.run import Engine
from director.loading.settings import Settings
from director.service.desk import Desk, Wishes
from director.testing.clock import FakeClock
from director.wiring.plugins import install
from director.wiring.record import open_prover, open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from director.loading.catalog import Installed
    from director.model.ledger import Entry
    from director.model.report import Judged
    from director.ports import Prober, Prover, Store

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
OVERRIDE = "director-override@v1"
REASON = "the regulator expects it tomorrow"

READY = {
    "logging": True, "metrics": True, "alerts": True, "healthcheck": True, "load_test": True,
    "on_call": True, "backup": True, "runbook": True, "security_review": False,
}  # fmt: skip
"""What the service says of itself: all is ready but the review, so that it is NO_GO."""

PEOPLE = {
    "ann": (["ann@example.com"], ["dev"]),
    "bob": (["bob@example.com", "bob2@example.com"], ["vp"]),
    "jane": (["jane@example.com", "jane@corp.example"], ["vp"]),
}
"""Everybody: the names that their keys have, and what they may do."""


def keygen(*arguments: str | Path, text: str | None = None) -> str:
    """Run the real ssh-keygen, and return what it prints."""
    command = ["ssh-keygen", *map(str, arguments)]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def private_file(path: Path, text: str) -> Path:
    """Write a file that others may read and not write."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return path


@dataclass
class Ring:
    """Keys, and the operator's files that say whose they are.

    Attributes:
        folder: Where they are.
        people: Everybody that the signers file names.
    """

    folder: Path
    people: dict[str, tuple[list[str], list[str]]] = field(default_factory=lambda: {**PEOPLE})
    lines: list[str] = field(default_factory=list)
    revoked: str = ""

    @property
    def file(self) -> Path:
        """The signers file."""
        return self.folder / "signers.yaml"

    def key(self, name: str, kind: str = "ed25519") -> str:
        """Return the public key *name*, which is made if it is not there."""
        path = self.folder / name
        if not path.exists():
            keygen("-q", "-t", kind, "-N", "", "-C", name, "-f", path)
        return " ".join(path.with_suffix(".pub").read_text().split()[:2])

    def allow(self, *lines: str) -> None:
        """Let the file of allowed signers be *lines*, and write all three files."""
        self.lines = list(lines)
        self.write()

    def revoke(self, name: str) -> None:
        """Revoke the key *name*."""
        self.revoked += f"{self.key(name)}\n"
        self.write()

    def write(self) -> None:
        """Write the operator's files anew."""
        private_file(self.folder / "allowed", "".join(f"{line}\n" for line in self.lines))
        private_file(self.folder / "revoked", self.revoked)
        people = {
            name: {"principals": principals, "roles": roles}
            for name, (principals, roles) in self.people.items()
        }
        spec = {"allowed_signers": "allowed", "revoked_keys": "revoked", "people": people}
        document = {"apiVersion": "readiness/v1", "kind": "Signers", "spec": spec}
        private_file(self.file, json.dumps(document))

    def sign(self, name: str, text: str, namespace: str = OVERRIDE) -> str:
        """Return the signature of the key *name* over *text*."""
        self.key(name.removesuffix("-cert.pub"))
        return keygen("-Y", "sign", "-q", "-f", self.folder / name, "-n", namespace, text=text)

    def certify(self, name: str, *options: str) -> str:
        """Let the authority ``ca`` certify the key *name*; return what signs with it."""
        self.key("ca"), self.key(name)
        keygen("-q", "-s", self.folder / "ca", "-I", name, *options, self.folder / f"{name}.pub")
        return f"{name}-cert.pub"


class Token:
    """A key in hardware, made in software as PROTOCOL.u2f and PROTOCOL.sshsig have it."""

    _KIND = b"sk-ssh-ed25519@openssh.com"

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        point = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._blob = _field(self._KIND) + _field(point) + _field(b"ssh:")

    @property
    def public(self) -> str:
        """The public key as a file of allowed signers has it."""
        return f"{self._KIND.decode()} {base64.b64encode(self._blob).decode()}"

    def sign(self, text: str, *, touched: bool = True) -> str:
        """Return a signature, and whether somebody was there."""
        head = _field(OVERRIDE.encode()) + _field(b"") + _field(b"sha512")
        message = b"SSHSIG" + head + _field(hashlib.sha512(text.encode()).digest())
        said = bytes([touched]) + struct.pack(">I", 7)
        signed = hashlib.sha256(b"ssh:").digest() + said + hashlib.sha256(message).digest()
        inner = _field(self._KIND) + _field(self._key.sign(signed)) + said
        blob = b"SSHSIG" + struct.pack(">I", 1) + _field(self._blob) + head + _field(inner)
        body = base64.encodebytes(blob).decode()
        return f"-----BEGIN SSH SIGNATURE-----\n{body}-----END SSH SIGNATURE-----\n"


def _field(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _check(category: str, role: str) -> dict[str, str]:
    return {"category": category, "role": role, "not_applicable": "allowed"}


PROFILE = {
    "thresholds": {"go": 0.9, "conditional": 0.3},
    "checks": {
        "declared.security_review": _check("security", "blocker"),
        "declared.backup": _check("reliability", "required"),
        "declared.on_call": _check("operations", "required"),
        "declared.logging": _check("observability", "required"),
        "declared.metrics": _check("observability", "required"),
        "declared.load_test": _check("reliability", "advisory"),
    },
    "override": {
        "roles": ["vp"], "expires_in": "72h",
        "second_approver": ["declared.backup"], "never": ["declared.on_call"],
    },
}  # fmt: skip
"""The policy; a lack of backup takes two people, and of who is on call nobody may make light."""


class Stage:
    """One service, its policy and its record, with a clock that is advanced by hand.

    Args:
        folder: Where everything is.
        installed: The plugins.
        log: The name of the record's file, for a second one of the same service.
    """

    def __init__(self, folder: Path, installed: Installed, log: str = "record") -> None:
        self.folder = folder
        self.ring = Ring(folder)
        self.clock = FakeClock(NOON)
        self.profile: dict[str, object] = {**PROFILE}
        self.declares: dict[str, object] = {**READY}
        self.environment: str | None = None
        self.settings = Settings(
            store=folder / f"{log}.db", signers=self.ring.file, profile_folders=(folder,)
        )
        self._installed = installed
        self._store: Store | None = None
        if not self.ring.file.exists():
            self.ring.allow(
                *(f"{PEOPLE[name][0][0]} {self.ring.key(name)}" for name in sorted(PEOPLE))
            )

    @property
    def store(self) -> Store:
        """The record."""
        if self._store is None:
            self._store = open_store(self.settings)
        return self._store

    @property
    def prover(self) -> Prover | None:
        """Who proves signatures by the operator's files as they are now."""
        signers = self.settings.signers
        return None if signers is None else open_prover(signers)

    @property
    def memory(self) -> Memory:
        """Reads what was decided."""
        return Memory(self.store, self.prover, self.clock, new_ulid)

    def without_signers(self) -> None:
        """Let the operator name no signers any more."""
        self.settings = replace(self.settings, signers=None)

    async def close(self) -> None:
        """Let go of the record."""
        if self._store is not None:
            await self._store.close()
            self._store = None

    def write(self) -> Path:
        """Write the manifest and the profile as they are now."""
        head = {"apiVersion": "readiness/v1"}
        private_file(
            self.folder / "gate.yaml",
            json.dumps(
                {**head, "kind": "Profile", "metadata": {"name": "gate"}, "spec": self.profile}
            ),
        )
        places: Mapping[str, object] = {name: {} for name in ("production", "staging")}
        spec: Mapping[str, object] = {"profile": "gate", "declares": self.declares}
        if self.environment is not None:
            spec = {**spec, "environments": places}
        meta = {"name": "pay", "owner": "team-pay"}
        document = {**head, "kind": "Service", "metadata": meta, "spec": spec}
        return private_file(self.folder / "pay.yaml", json.dumps(document))

    async def evaluate(self, **declares: object) -> Judged:
        """Evaluate the service as the command does; *declares* changes what it says of itself."""
        self.declares |= declares
        path = self.write()
        desk = Desk(Wishes(self.settings, None, self.environment))
        request = desk.request(path, new_ulid(self.clock.now()))
        prober: Prober = None  # type: ignore[assignment]  # no check of these probes
        tools = Tools(
            catalog=self._installed.catalog,
            classes=self._installed.classes,
            engine=Engine(prober, self.clock, Limits()),
            bus=Bus(()),
            store=self.store,
            clock=self.clock,
            new_id=new_ulid,
            version="0",
            prover=self.prover,
        )
        return await Director(tools).evaluate(request)

    @property
    def office(self) -> Office:
        """What the steps are done with."""
        return Office(store=self.store, prover=self.prover, clock=self.clock, new_id=new_ulid)

    async def scene(self) -> Scene:
        """Return how things stand with the service."""
        found = await scene(self.office, Place("pay", self.environment or ""))
        assert found is not None
        return found

    async def ask(
        self,
        by: str = "ann",
        reason: str = REASON,
        ticket: str = "OPS-1",
        lasts: timedelta = DAY,
        begins_in: timedelta = timedelta(),
    ) -> Outcome:
        """Ask for an override of the last decision."""
        wish = OverrideWish(
            reason=reason, ticket=ticket, requested_by=by, lasts=lasts, begins_in=begins_in
        )
        return await Overrides(self.office).request(await self.scene(), wish)

    async def requested(self, by: str = "ann", **wish: timedelta) -> str:
        """Return the text of an override that was requested."""
        outcome = await self.ask(by, **wish)  # type: ignore[arg-type]  # the moments of a wish
        assert outcome.refusals == ()
        return outcome.entry.statement

    async def apply(self, text: str, *armors: str) -> Outcome:
        """Hand in *text* with signatures; Jane's good one if none is given."""
        armors = armors or (await asyncio.to_thread(self.ring.sign, "jane", text),)
        return await Overrides(self.office).apply(await self.scene(), text, armors)

    async def revoke(self, text: str, by: str = "ann") -> Outcome:
        """End the override that *text* states."""
        ending = Ending(json.loads(text)["id"], by, "the cause is gone")
        return await Overrides(self.office).revoke(await self.scene(), ending)

    async def forced(self, by: str = "ann", **wish: timedelta) -> str:
        """Bring an override into force, and return its text."""
        text = await self.requested(by, **wish)
        assert (await self.apply(text)).refusals == ()
        assert (await self.evaluate()).verdict.value == "go"
        return text

    async def refused(self, outcome: Outcome, *codes: str) -> None:
        """Assert that an attempt was refused for *codes*, is in the log, and opened nothing."""
        assert tuple(refusal.code for refusal in outcome.refusals) == codes
        assert await self.recorded(codes[0]) == outcome.entry
        await self.closed()

    async def recorded(self, code: str) -> Entry:
        """Assert that the last thing that happened is a refusal, and return its entry."""
        entry = (await self.entries())[-1]
        assert (entry.kind.value, entry.code) == ("override.refused", code)
        assert entry.text
        return entry

    async def closed(self, *states: str) -> None:
        """Assert that the gate is closed to who evaluates and to who reads; by overrides so."""
        judged = await self.evaluate()
        assert judged.record.decision != "go"
        assert judged.verdict is judged.record.verdict
        assert exit_of(judged, Gate(fail_on_conditional=True)) != 0
        read = await self.memory.judged(judged.record)
        assert read.verdict is judged.record.verdict
        if states:
            assert self.states(judged) == states

    async def open(self) -> Judged:
        """Assert that the gate is open although the decision is NO_GO, and return both."""
        judged = await self.evaluate()
        assert judged.record.decision == "no_go"
        assert judged.verdict.value == "go"
        assert exit_of(judged, Gate(fail_on_conditional=True, detailed=True)) == 0
        assert (await self.memory.judged(judged.record)).verdict.value == "go"
        used = (await self.entries())[-1]
        assert used.kind.value == "override.used"
        assert judged.record.evaluation in used.text
        return judged

    @staticmethod
    def states(judged: Judged) -> tuple[str, ...]:
        """Return what the overrides that are not in force mean for a decision."""
        others = judged.effective.others if judged.effective else ()
        return tuple(use.state.value for use in others)

    async def entries(self) -> tuple[Entry, ...]:
        """Return everything that happened to overrides, the oldest first."""
        return await self.store.casework("pay")

    async def kinds(self) -> list[str]:
        """Return the kinds of it."""
        return [entry.kind.value for entry in await self.entries()]

    async def bodies(self) -> dict[str, bytes]:
        """Return the exact bytes of every decision."""
        rows = await self.store.leaves(0, 1_000)
        return {row.id: row.body for row in rows if row.kind == "decision"}


def make_stage(folder: Path, log: str = "record") -> Stage:
    """Return a stage in *folder*."""
    folder.mkdir(exist_ok=True)
    return Stage(folder, install(Settings(store=None)), log)
