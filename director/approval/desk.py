"""What every step of a waiver or an override needs, and how it is written into the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias

from director.model.casework import Casework
from director.model.ledger import Entry, Kind, Signature
from director.model.proof import Proof, Proven
from director.model.record import Record
from director.model.refusal import Refusal, RefusalCode
from director.model.text import LONGEST_TEXT, printable
from director.model.value import dataclass
from director.model.visible import visible
from director.ports import Clock, Prover, Store
from director.rules.casework import casework
from director.rules.moment import instant

LONGEST_KEPT = 16_384
"""Longest text of a refused attempt that is kept, in characters; of a longer one, its digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the steps are done with.

    Attributes:
        store: Keeps what happens.
        prover: Says whose signature one is; None if the operator names no signers.
        clock: Where time comes from.
        new_id: Makes an identity for a moment.
    """

    store: Store
    prover: Prover | None
    clock: Clock
    new_id: Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class Place:
    """A target: a service, and where it runs; empty if its manifest names no environment."""

    service: str
    environment: str


@dataclass(frozen=True, slots=True)
class Scene:
    """How things stand with a target when somebody wants something.

    Attributes:
        place: Which target.
        record: The last decision on it.
        log: The origin of the log.
        now: The later of the clock and the latest moment that the record has seen.
    """

    place: Place
    record: Record
    log: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """Somebody's wish to end a waiver or an override.

    Attributes:
        id: Which.
        by: Who wants it.
        why: Why, in one line.
    """

    id: str
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt.

    Attributes:
        entry: What stands in the log now, a refusal too.
        refusals: Everything that stood against it, what weighs most first; empty if it was done.
    """

    entry: Entry
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What somebody tried.

    Attributes:
        subject: The waiver or override it was about.
        by: Who, as far as that is known.
        statement: The exact text that was handed in; empty if none was.
        signatures: Those over it that prove something.
    """

    subject: str
    by: str
    statement: str = ""
    signatures: tuple[Signature, ...] = ()


Step: TypeAlias = Callable[[Casework], Outcome]
"""What somebody does, in view of all that was done before: pure, and maybe asked again."""


async def scene(office: Office, place: Place) -> Scene | None:
    """Return how things stand with a target, or None if it was never decided on.

    Raises:
        StoreError: The record cannot be read.
    """
    record = await office.store.latest(place.service, place.environment)
    if record is None:
        return None
    standing = await office.store.standing(place.service, place.environment)
    log = await office.store.log()
    now = office.clock.now()
    return Scene(place, record, log.origin, max(now, standing.seen_at or now))


def signatures(found: Sequence[Proof], armors: Sequence[str]) -> tuple[Signature, ...]:
    """Return the signatures that prove something, as the log keeps them."""
    return tuple(
        Signature(
            principal=proof.principal,
            person=proof.person,
            roles=proof.roles,
            key=proof.key,
            armor=armor,
        )
        for proof, armor in zip(found, armors, strict=True)
        if isinstance(proof, Proven)
    )


async def settled(office: Office, scene: Scene, step: Step) -> Outcome:
    """Take *step* while nobody else can, and return what came of it once it is durable.

    Raises:
        StoreError: It is not certain that the outcome is in the log.
    """
    outcome: list[Outcome] = []

    def decide(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        outcome[:] = [step(casework(entries, scene.log))]
        return (outcome[0].entry,)

    await office.store.act(scene.place.service, scene.place.environment, decide)
    return outcome[0]


def entry(office: Office, scene: Scene, kind: Kind, subject: str, **details: object) -> Entry:
    """Return an entry about a target, with an identity and a moment.

    Args:
        office: What the step is done with.
        scene: Which target, and when.
        kind: What happened.
        subject: Which waiver or override it is about.
        details: More members of the entry.
    """
    return Entry(
        id=office.new_id(office.clock.now()),
        kind=kind,
        service=scene.place.service,
        environment=scene.place.environment,
        at=instant(scene.now),
        subject=printable(subject),
        **details,  # type: ignore[arg-type]  # the names of the entry's own members
    )


def refused(
    office: Office, scene: Scene, kind: Kind, attempt: Attempt, refusals: tuple[Refusal, ...]
) -> Outcome:
    """Return the entry about an attempt that was refused: the weightiest code, and all reasons."""
    kept = _kept(attempt.statement)
    made = entry(
        office,
        scene,
        kind,
        attempt.subject,
        by=printable(attempt.by),
        code=refusals[0].code,
        text=printable("; ".join(refusal.text for refusal in refusals)),
        statement=kept,
        # Whoever verifies the log looks at each signature again, and must see what it is over.
        signatures=attempt.signatures if kept == attempt.statement else (),
    )
    return Outcome(made, refusals)


def ending_refusals(ending: Ending) -> tuple[Refusal, ...]:
    """Return what is wrong with the words of somebody who wants to end something."""
    found = []
    if not visible(ending.why):
        found.append(Refusal(RefusalCode.BLANK_REASON, "the reason must not be blank"))
    if not visible(ending.by):
        found.append(Refusal(RefusalCode.REQUESTER_MISSING, "it must say who ends it"))
    for what, said in (("the reason", ending.why), ("who ends it", ending.by)):
        if not said.isprintable():
            text = f"{what} must be one line of characters that can be printed"
            found.append(Refusal(RefusalCode.UNPRINTABLE, text))
        if len(said) > LONGEST_TEXT:
            text = f"{what} must have at most {LONGEST_TEXT:,} characters, has {len(said):,}"
            found.append(Refusal(RefusalCode.TEXT_TOO_LONG, text))
    return tuple(found)


def _kept(text: str) -> str:
    """Return what an entry keeps of a text that was refused."""
    digest = sha256(text.encode(errors="surrogatepass")).hexdigest()
    # Half a surrogate pair cannot be stored; it is nothing that can be printed.
    whole = len(text) <= LONGEST_KEPT and text.encode(errors="replace").decode() == text
    return text if whole else f"sha256:{digest}"
