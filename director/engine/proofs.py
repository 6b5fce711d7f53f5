"""What signatures prove, asked of the prover a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from director.model.override import Override
from director.model.proof import NotProven, Proof
from director.model.waiver import Stage, WaiverCase
from director.ports import Prover
from director.rules.statements import OVERRIDE_NAMESPACE, WAIVER_NAMESPACE

AT_ONCE = 4
"""How many signatures of one target are looked at at the same time.

Each is the work of a program, which has a deadline: were all begun at once, the many would make
each other late, and what is late proves nothing.
"""

_NOBODY = NotProven(
    "no_signers", "the operator does not say whose key is whose; name the file with --signers"
)

_Signed: TypeAlias = tuple[str, str]
"""A text, and a signature over it."""


async def proofs(
    prover: Prover | None, namespace: str, text: str, armors: Sequence[str], at: datetime
) -> tuple[Proof, ...]:
    """Return what each of *armors* over *text* proves at a moment; without a prover, nothing."""
    return await _proofs(prover, namespace, [(text, armor) for armor in armors], at)


async def waiver_proofs(
    prover: Prover | None, cases: Iterable[WaiverCase], at: datetime
) -> Mapping[str, Proof]:
    """Return what the signature of each approved waiver proves at a moment, by the waiver's id.

    Of what has expired nobody needs to know who agreed to it.
    """
    signed = {
        case.statement.id: (case.text, case.signature.armor)
        for case in cases
        if case.stage is Stage.APPROVED and case.signature and at < case.statement.expires_at
    }
    found = await _proofs(prover, WAIVER_NAMESPACE, list(signed.values()), at)
    return dict(zip(signed, found, strict=True))


async def override_proofs(
    prover: Prover | None, overrides: Iterable[Override], at: datetime
) -> Mapping[str, tuple[Proof, ...]]:
    """Return what each signature of each override that may hold proves, by the override's id."""
    signed = {
        override.statement.id: [(override.text, each.armor) for each in override.signatures]
        for override in overrides
        if override.applied_at and not override.ended_at and at < override.statement.expires_at
    }
    every = [each for several in signed.values() for each in several]
    found = iter(await _proofs(prover, OVERRIDE_NAMESPACE, every, at))
    return {id_: tuple(next(found) for _ in several) for id_, several in signed.items()}


async def _proofs(
    prover: Prover | None, namespace: str, signed: Sequence[_Signed], at: datetime
) -> tuple[Proof, ...]:
    if prover is None:
        return tuple(_NOBODY for _ in signed)
    turns = asyncio.Semaphore(AT_ONCE)

    async def proof(text: str, armor: str) -> Proof:
        async with turns:
            return await prover.prove(namespace, text, armor, at)

    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(proof(text, armor)) for text, armor in signed]
    return tuple(task.result() for task in asked)
