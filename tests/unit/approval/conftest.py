"""What tests of approvals share: a target that is NO_GO, in memory, and a prover that is a peer.

A signature of the peer is ``who:digest of namespace and text``; it proves that person, a VP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, make_dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import Any

import pytest

from director.app import Director, Request, Tools
from director.approval.desk import Office, Place, Scene, scene
from director.approval.overrides import OverrideWish
from director.approval.waivers import WaiverWish
from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.engine.bus import Bus
from director.engine.limits import Limits
from director.engine.run import Engine
from director.loading.manifest import read_manifest
from director.loading.offers import examine_check
from director.model.catalog import Catalog, Plugin
from director.model.check import CheckSpec, Role
from director.model.ledger import Entry
from director.model.outcome import Failed, Passed
from director.model.profile import CheckPolicy, OverridePolicy, Profile, Thresholds, WaiverPolicy
from director.model.proof import NotProven, Proof, Proven
from director.model.report import Judged
from director.model.waiver import WaiverCode
from director.ports import Check, Prober, Prover
from director.store.memory import MemoryStore
from director.store.sealing import Sealing
from director.testing.clock import FakeClock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def signed(who: str, text: str, namespace: str = "director-override@v1") -> str:
    """Return the signature of somebody over *text*."""
    digest = sha256(b"\0".join((namespace.encode(), text.encode()))).hexdigest()
    return f"{who}:{digest}"


@dataclass
class FakeProver:
    """Knows whose signature one is.

    Attributes:
        roles: What people may do; a VP's if it does not say.
        most: How many were asked about at the same time, at most.
        asked: How many were asked about.
    """

    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    most: int = 0
    asked: int = 0

    async def prove(self, namespace: str, text: str, armor: str, at: datetime) -> Proof:  # noqa: ARG002  # the port's
        """Return whose signature *armor* is, or that it is none."""
        self.asked += 1
        who, _, digest = armor.partition(":")
        if digest != signed("", text, namespace)[1:]:
            return NotProven("bad_signature", "the signature does not fit")
        roles = self.roles.get(who, ("vp",))
        return Proven(principal=f"{who}@example.com", person=who, roles=roles, key=f"SHA256:{who}")


def _check(name: str, *, passes: bool) -> type[Check]:
    answer = Passed("so") if passes else Failed("not so")
    spec = CheckSpec(id=f"fake.{name}", title="t", category="c", why="w", remedy="r")
    inside = {"spec": spec, "judge": lambda *_: answer}
    return make_dataclass("Inline", [], namespace=inside, frozen=True)


@dataclass
class Court:
    """A service with a check that failed, its record, and what the steps are done with.

    Attributes:
        failing: How many checks fail.
        store: The record.
        prover: Who proves; None for nobody.
        clock: The time.
        override: Who may override.
    """

    failing: int = 1
    store: MemoryStore = field(
        default_factory=lambda: MemoryStore(
            Sealing(lambda origin: KeyNotary(origin or "log.example/1", PrivateKey(b"k" * 32)))
        )
    )
    prover: Prover | None = field(default_factory=FakeProver)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON))
    override: OverridePolicy = field(default_factory=lambda: OverridePolicy(roles=("vp",)))
    ids: int = 0

    def new_id(self, _: datetime) -> str:
        """Return the next number as an identity."""
        self.ids += 1
        return f"{self.ids:026}"

    @property
    def office(self) -> Office:
        """What the steps are done with."""
        return Office(store=self.store, prover=self.prover, clock=self.clock, new_id=self.new_id)

    async def evaluate(self, text: str = "{declares: {}}") -> Judged:
        """Evaluate the service; *text* is what its manifest says."""
        kinds: Sequence[Any] = (
            *(_check(name, passes=True) for name in "abc"),
            *(_check(f"bad{number:04}", passes=False) for number in range(self.failing)),
        )
        examined = [examine_check(each, "fake") for each in kinds]
        offers = tuple(offer for _, offer in examined)
        plugin = Plugin(name="fake", distribution="director-fake", version="1", checks=offers)
        policies = (
            CheckPolicy(check=kind.spec.id, category="c", role=Role.REQUIRED)
            for kind, _ in examined
        )
        profile = Profile(
            name="test",
            digest="sha256:p",
            thresholds=Thresholds(Fraction(9, 10), Fraction(1, 2)),
            checks=tuple(policies),
            override=self.override,
            waivers=WaiverPolicy(roles=("vp",)),
        )
        manifest = (
            f"apiVersion: readiness/v1\nkind: Service\nmetadata: {{name: shop}}\nspec: {text}\n"
        )
        prober: Prober = None  # type: ignore[assignment]  # nothing probes
        tools = Tools(
            catalog=Catalog((plugin,)),
            classes={kind.spec.id: kind for kind, _ in examined},
            engine=Engine(prober, self.clock, Limits()),
            bus=Bus(()),
            store=self.store,
            clock=self.clock,
            new_id=self.new_id,
            version="0",
            prover=self.prover,
        )
        loaded = read_manifest(manifest.encode(), "readiness.yaml")
        request = Request(self.new_id(NOON), loaded, None, profile)
        return await Director(tools).evaluate(request)

    async def scene(self) -> Scene:
        """Return how things stand with the service."""
        found = await scene(self.office, Place("shop", ""))
        assert found is not None
        return found

    async def entries(self) -> tuple[Entry, ...]:
        """Return what became of waivers and overrides."""
        return await self.store.casework()

    @staticmethod
    def wish(**fields: Any) -> OverrideWish:  # noqa: ANN401  # of many types
        """Return a good wish for an override."""
        given: dict[str, Any] = {
            "reason": "the regulator expects it tomorrow",
            "ticket": "OPS-1",
            "requested_by": "ann",
            "lasts": 24 * HOUR,
        }
        return OverrideWish(**{**given, **fields})

    def waiver_wish(self, **fields: Any) -> WaiverWish:  # noqa: ANN401  # of many types
        """Return a good wish for a waiver."""
        given: dict[str, Any] = {
            "check": "fake.bad0000",
            "code": WaiverCode.FIX_SCHEDULED,
            "reason": "the rig is broken",
            "ticket": "OPS-2",
            "requested_by": "ann",
            "expires_at": self.clock.now() + 24 * HOUR,
        }
        return WaiverWish(**{**given, **fields})


@pytest.fixture
async def court() -> Court:
    """Return a court with a service that was decided on."""
    made = Court()
    await made.evaluate()
    return made


@pytest.fixture
def new_court() -> type[Court]:
    """Return what makes a court where nothing was decided."""
    return Court


@pytest.fixture
def sign() -> Any:  # noqa: ANN401  # a function
    """Return what signs."""
    return signed
