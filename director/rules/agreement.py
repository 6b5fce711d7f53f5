"""Who has agreed to a text, as far as that is proven and counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from director.model.proof import NotProven, Proof, Proven
from director.model.refusal import Refusal, RefusalCode
from director.model.value import dataclass
from director.model.visible import alike, name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Quorum:
    """Whose agreement is needed.

    Attributes:
        roles: Roles whose signature counts; one of them suffices.
        requested_by: Who asks, and so cannot agree.
        people: How many different people are needed.
    """

    roles: tuple[str, ...]
    requested_by: str
    people: int = 1


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who has agreed, and what is missing.

    Attributes:
        approvers: Different people whose agreement is proven and counts, sorted.
        refusal: Why that is not enough; None if it is.
    """

    approvers: tuple[str, ...]
    refusal: Refusal | None


def agreement(proofs: Sequence[Proof], quorum: Quorum) -> Agreement:
    """Return who of those that signed counts, and whether they are enough.

    Two signatures are of two people only if person, principal and key all differ.
    """
    proven = [proof for proof in proofs if isinstance(proof, Proven)]
    able = [proof for proof in proven if set(proof.roles) & set(quorum.roles)]
    people = _different(proof for proof in able if not _asked(proof, quorum.requested_by))
    refusal = None
    if len(people) < quorum.people:
        refusal = _missing(proofs, proven, able, people)
    return Agreement(tuple(sorted(proof.person for proof in people)), refusal)


def _asked(proof: Proven, requested_by: str) -> bool:
    """Return whether the one who signed is the one who asks, by any name that is known."""
    names = (proof.person, proof.principal, *proof.aliases)
    return any(alike(name, requested_by) for name in names)


def _different(proofs: Iterable[Proven]) -> list[Proven]:
    """Return the first proof of each person."""
    people: list[Proven] = []
    taken: set[str] = set()
    for proof in proofs:
        marks = {name_key(proof.person), name_key(proof.principal), proof.key}
        if not marks & taken:
            people.append(proof)
            taken |= marks
    return people


def _missing(
    proofs: Sequence[Proof], proven: Sequence[Proven], able: Sequence[Proven], people: list[Proven]
) -> Refusal:
    """Return why the *people* who count are not enough."""
    if people:
        who = people[0].person
        text = f"a second, different approver is needed, only {who} has agreed"
        return Refusal(RefusalCode.SECOND_APPROVER, text)
    if able:
        text = f"{able[0].person} asks for it and cannot agree to it"
        return Refusal(RefusalCode.SELF_APPROVAL, text)
    if proven:
        text = f"{proven[0].person} has none of the roles that count"
        return Refusal(RefusalCode.ROLE, text)
    worthless = [proof for proof in proofs if isinstance(proof, NotProven)]
    if worthless:
        return Refusal(worthless[0].code, worthless[0].reason)
    return Refusal(RefusalCode.NOT_SIGNED, "nobody has signed it")
