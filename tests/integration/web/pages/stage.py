"""A stage for the dashboard: targets that a test moves, a record in memory, told events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from director.approval.desk import Office, Place, scene
from director.approval.overrides import Overrides, OverrideWish
from director.approval.waivers import Waivers, WaiverWish
from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.engine.clock import new_ulid
from director.model.catalog import Disposition, Plugin
from director.model.decision import Verdict
from director.model.event import DecisionChanged, DecisionMade, Stamp, Subject
from director.model.proof import NotProven, Proof, Proven
from director.model.record import OverridePolicyEntry, Record, WaiverPolicyEntry
from director.model.sampled import Shown
from director.model.service import (
    Gate,
    GateCode,
    GateState,
    Health,
    Intake,
    Latest,
    PluginHealth,
    Progress,
    Taken,
    Wanted,
    Watched,
)
from director.model.service_event import CaseRecorded
from director.model.waiver import WaiverCode
from director.rules.moment import instant
from director.store.memory import MemoryStore
from director.store.sealing import Sealing
from director.web.front import Front, WebSettings
from director.web.stream import Stream
from tests.integration.formats.conftest import record as full_record
from tests.integration.web.city import MemoryCourier, TownClock

OPEN = {
    GateCode.GO: GateState.OPEN,
    GateCode.OVERRIDE: GateState.OPEN,
    GateCode.CONDITIONAL_GO: GateState.CONDITIONAL,
}

CATEGORIES = ("reliability", "security", "observability", "operations", "data")


class VicePresident:
    """A prover that knows one signature: ``signed`` is Jane's, who may override and waive."""

    async def prove(self, namespace: str, text: str, armor: str, at: datetime) -> Proof:  # noqa: ARG002  # the port's
        """Return whose signature it is."""
        if armor != "signed":
            return NotProven("unknown_key", "nobody's key")
        return Proven(
            principal="jane@example.com",
            person="jane",
            roles=("vp",),
            key="SHA256:jane",
            aliases=("jane", "jane@example.com"),
        )


class StageDaemon:
    """Shows the targets that it is given."""

    def __init__(self) -> None:
        self.shown: dict[tuple[str, str], Watched] = {}
        self.ill: Health | None = None
        self.wanted: list[Wanted] = []
        self.plugin_word = ""
        self._tuple: tuple[Watched, ...] | None = None

    def put(self, *targets: Watched) -> None:
        """Show *targets*, in place of what was shown of them."""
        for each in targets:
            self.shown[each.service, each.environment] = each
        self._tuple = None

    def targets(self) -> tuple[Watched, ...]:
        """Return every target."""
        if self._tuple is None:
            self._tuple = tuple(self.shown[key] for key in sorted(self.shown))
        return self._tuple

    def target(self, service: str, environment: str) -> Watched | None:
        """Return one target."""
        return self.shown.get((service, environment))

    async def gate(self, service: str, environment: str) -> Gate:
        """Return what a gate is told."""
        return self.shown[service, environment].gate

    async def submit(self, wanted: Wanted) -> Intake:
        """Take an evaluation, and do nothing."""
        self.wanted.append(wanted)
        return Taken(new_ulid(datetime.now(UTC)))

    async def progress(self, evaluation: str) -> Progress | None:  # noqa: ARG002  # the port's
        """Nothing is on its way."""
        return None

    def plugins(self) -> tuple[PluginHealth, ...]:
        """Return a plugin that is well, and two that are not."""
        well = Plugin(name="http", distribution="director-http", version="0.1.0", isolated=True)
        broken = Plugin(
            name="pager",
            distribution="acme-pager",
            version="2.0",
            disposition=Disposition.BROKEN,
            code="import_failed",
            detail=self.plugin_word or "ImportError: no module named acme; install it",
        )
        died = PluginHealth(
            plugin=replace(well, name="tls", distribution="director-tls"),
            checks=6,
            trouble=self.plugin_word or "its process ended with SIGSEGV 3 times: it is not asked",
            ended=3,
        )
        return PluginHealth(plugin=well, checks=9), PluginHealth(plugin=broken), died

    def health(self) -> Health:
        """Return how it is."""
        return self.ill or Health(ready=True, lateness_s=0.034, waiting=2, running=1)


@dataclass
class Stage:
    """Everything that a test of the dashboard needs."""

    front: Front
    daemon: StageDaemon
    store: MemoryStore
    clock: TownClock
    courier: MemoryCourier
    office: Office
    evaluations: list[str] = field(default_factory=list)

    async def decide(self, word: str, **given: Any) -> Record:  # noqa: ANN401  # fields of a record
        """Record a decision on the payment service, made now."""
        now = self.clock.now()
        text = instant(now)
        plain = full_record(
            decision=word,
            evaluation=new_ulid(now),
            decided_at=text,
            started_at=text,
            valid_until=instant(now + timedelta(days=1)),
        )
        assert plain.policy is not None
        policy = replace(
            plain.policy,
            override=OverridePolicyEntry(
                roles=("vp",), expires_in_s=7 * 86400, second_approver=(), never=()
            ),
            waivers=WaiverPolicyEntry(roles=("vp",), expires_in_s=90 * 86400),
        )
        record = replace(plain, policy=policy, waivers=(), waiver_requests=(), **given)
        await self.store.record(record)
        self.evaluations.append(record.evaluation)
        return record

    async def show(self, code: GateCode, shown: Shown, record: Record, text: str = "") -> None:
        """Let the payment service stand as *code*, and tell everybody."""
        before = self.daemon.shown.get((record.service, record.environment))
        self.daemon.put(
            watched(
                record.service,
                code,
                environment=record.environment,
                shown=shown,
                text=text,
                evaluation=record.evaluation,
                owner=record.owner,
                tier=record.tier,
                version=record.version,
                at=datetime.fromisoformat(record.decided_at),
            )
        )
        now = self.clock.now()
        subject = Subject(
            evaluation=record.evaluation,
            trigger="schedule",
            service=record.service,
            environment=record.environment,
        )
        await self.front.publish(DecisionMade(Stamp(new_ulid(now), now), subject, record, True))
        if before is not None and before.gate.code != code:
            held = record.verdict
            stamp = Stamp(new_ulid(now), now)
            await self.front.publish(
                DecisionChanged(stamp, subject, record, held=held, was=before.held)
            )

    async def override(self) -> None:
        """Force a GO for the payment service, signed by Jane, and tell everybody."""
        place = Place("payment-service", "production")
        stands = await scene(self.office, place)
        assert stands is not None
        wish = OverrideWish(
            reason="the fair opens on Monday",
            ticket="https://tickets.example.com/OPS-3",
            requested_by="sam",
            lasts=timedelta(hours=12),
        )
        asked = await Overrides(self.office).request(stands, wish)
        assert not asked.refusals, asked.refusals
        done = await Overrides(self.office).apply(stands, asked.entry.statement, ("signed",))
        assert not done.refusals, done.refusals
        self.daemon.put(
            replace(
                self.daemon.shown["payment-service", "production"],
                gate=gate(GateCode.OVERRIDE, "forced open by jane until the fair is over"),
            )
        )
        now = self.clock.now()
        await self.front.publish(CaseRecorded(Stamp(new_ulid(now), now), done.entry))

    async def ask_waiver(self, reason: str = "the rig is booked until then") -> None:
        """Ask for a waiver."""
        stands = await scene(self.office, Place("payment-service", "production"))
        assert stands is not None
        wish = WaiverWish(
            check="http.health",
            code=WaiverCode.FIX_SCHEDULED,
            reason=reason,
            ticket="https://tickets.example.com/OPS-4",
            requested_by="sam",
            expires_at=stands.now + timedelta(days=14),
        )
        asked = await Waivers(self.office).request(stands, wish)
        assert not asked.refusals, asked.refusals


def gate(code: GateCode, text: str = "", evaluation: str = "") -> Gate:
    """Return what a gate is told."""
    said = text or f"the last decision is {code.value.upper()}"
    state = OPEN.get(code, GateState.CLOSED)
    return Gate(state=state, code=code, text=said, evaluation=evaluation)


def watched(service: str, code: GateCode, **given: Any) -> Watched:  # noqa: ANN401  # fields
    """Return a target that stands as *code*."""
    at = given.pop("at", None) or datetime.now(UTC) - timedelta(minutes=3)
    text, evaluation = given.pop("text", ""), given.pop("evaluation", "")
    never = code is GateCode.NEVER_EVALUATED
    bad = code is GateCode.NO_GO
    scores = (1.0, 0.5 if bad else 1.0, 0.0 if bad else 0.9, 1.0, None)
    latest = Latest(
        evaluation=evaluation or new_ulid(at),
        decision=Verdict.NO_GO if bad else Verdict.GO,
        pass_rate="63%" if bad else "96%",
        score=0.6 if bad else 0.97,
        decided_at=at,
        valid_until=at + timedelta(days=1),
        categories=tuple(
            (name, score, 0 if score in {1.0, None} else 2)
            for name, score in zip(CATEGORIES, scores, strict=True)
        ),
    )
    plain: dict[str, Any] = {
        "environment": "production",
        "owner": "team-payments",
        "tier": 2,
        "version": "1.4.0",
        "profile": "standard",
        "source": f"{service}.yaml",
        "schedule": "every 5m",
        "shown": Shown.BAD if bad else Shown.OK,
        "held": None if never else latest.decision,
        "held_since": None if never else at - timedelta(hours=5),
        "gate": gate(code, text, evaluation),
        "latest": None if never else latest,
        "next_at": at + timedelta(minutes=5),
        "lateness_s": 0.034,
    }
    return Watched(service=service, **(plain | given))


def sample() -> Sequence[Watched]:
    """Return targets of every sort."""
    return (
        watched("checkout", GateCode.GO, owner="team-shop", tier=1, version="8.0.2"),
        watched("checkout", GateCode.GO, owner="team-shop", tier=1, environment="staging"),
        watched(
            "search",
            GateCode.NO_GO,
            owner="team-search",
            tier=0,
            text="3 reasons: http.health failed, and two more",
        ),
        watched("catalog", GateCode.CONDITIONAL_GO, owner="team-shop", tier=1),
        watched(
            "ledger", GateCode.GO, owner="team-payments", tier=0, shown=Shown.SOFT_BAD, doubts=2
        ),
        watched("mailer", GateCode.NO_GO, owner="", tier=3, flapping=True, missed=2),
        watched("invoices", GateCode.STALE, text="it should have been evaluated 2 h ago"),
        watched("reports", GateCode.NEVER_EVALUATED, text="it was never evaluated", pending=True),
        watched("legacy", GateCode.SIGHT_LOST, text="nobody could see it for 30 min", tier=None),
        watched("archive", GateCode.GO, maintenance="disks are replaced until 18:00", tier=4),
        watched("gateway", GateCode.OVERRIDE, text="forced open by jane for OPS-1", tier=0),
        watched("beta", GateCode.GO, fault="beta.yaml:4:3: must be a name", tier=4, owner="team-x"),
    )


@asynccontextmanager
async def staged(settings: WebSettings | None = None) -> AsyncIterator[Stage]:
    """Build the stage with every sort of target, and two decisions on the payment service."""
    clock, stream, daemon = TownClock(), Stream(), StageDaemon()
    sealing = Sealing(lambda origin: KeyNotary(origin or "log.example/1", PrivateKey(b"k" * 32)))
    store = MemoryStore(sealing)
    courier = MemoryCourier(clock)
    office = Office(store=store, prover=VicePresident(), clock=clock, new_id=new_ulid)

    async def publish(event: Any) -> None:  # noqa: ANN401  # an event
        stream.offer(event)

    front = Front(
        daemon=daemon,
        courier=courier,
        store=store,
        notes=store.notes,
        office=office,
        clock=clock,
        new_id=new_ulid,
        publish=publish,
        stream=stream,
        settings=settings or WebSettings(),
    )
    daemon.put(*sample())
    stage = Stage(front, daemon, store, clock, courier, office)
    clock.ahead_s = -7200.0
    for word, score in (("go", 0.95), ("go", 0.93), ("no_go", 0.55), ("conditional_go", 0.86)):
        await stage.decide(word, score=score)
        clock.ahead_s += 1800.0
    clock.ahead_s = 0.0
    record = await store.latest("payment-service", "production")
    assert record is not None
    await stage.show(GateCode.CONDITIONAL_GO, Shown.WARN, record)
    try:
        yield stage
    finally:
        await stream.close()
        await store.close()
