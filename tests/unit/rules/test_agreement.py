"""rules.agreement: whose agreement counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.model.proof import NotProven, Proof, Proven
from director.model.refusal import Refusal
from director.rules.agreement import Agreement, Quorum, agreement

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Desk

UNKNOWN = NotProven("unknown_key", "nobody knows the key")


def quorum(people: int = 1) -> Quorum:
    """Return what is needed for a request of ann's."""
    return Quorum(roles=("cto", "vp"), requested_by="ann", people=people)


def code(people: int, *proofs: Proof) -> str:
    """Return why *proofs* are not enough; empty if they are."""
    refusal = agreement(proofs, quorum(people)).refusal
    return refusal.code if refusal else ""


def test_one_with_a_role_suffices(desk: Desk) -> None:
    """Any one of the roles is enough, beside whatever proves nothing."""
    assert quorum().people == 1
    assert Quorum(roles=(), requested_by="").people == 1
    assert agreement([desk.proven()], quorum()) == Agreement(("jane",), None)
    proofs: list[Proof] = [UNKNOWN, desk.proven("eve", "dev"), desk.proven("bob", "cto", "dev")]
    assert agreement(proofs, quorum()) == Agreement(("bob",), None)


def test_nobody_is_nobody(desk: Desk) -> None:
    """Without a signature, or with none that is proven, nobody has agreed."""
    said = Refusal("not_signed", "nobody has signed it")
    assert agreement([], quorum()) == Agreement((), said)
    said = Refusal("unknown_key", "nobody knows the key")
    assert agreement([UNKNOWN, NotProven("expired_key", "")], quorum()) == Agreement((), said)
    assert code(1, desk.proven("bob", "dev"), UNKNOWN) == "role"


def test_without_roles_nobody_counts(desk: Desk) -> None:
    """Where the policy names no role, every signature is of somebody without one."""
    refusal = agreement([desk.proven()], Quorum(roles=(), requested_by="ann")).refusal

    assert refusal == Refusal("role", "jane has none of the roles that count")


@pytest.mark.parametrize(
    "signer",
    [
        {"person": "ann"},
        {"person": "Ann"},
        {"person": "a\u200bnn"},
        {"person": "x", "principal": "ANN"},
        {"person": "x", "principal": "x@x", "aliases": ("other", "Ann")},
    ],
    ids=str,
)
def test_nobody_approves_what_he_asked_for(desk: Desk, signer: dict[str, str]) -> None:
    """The requester is known by person, principal and every other name, however spelled."""
    proof = desk.proven(**signer)
    refusal = agreement([proof], quorum()).refusal

    assert refusal == Refusal(
        "self_approval", f"{signer['person']} asks for it and cannot agree to it"
    )
    assert agreement([proof, desk.proven()], quorum()) == Agreement(("jane",), None)


def test_two_are_two_people(desk: Desk) -> None:
    """Where two are needed, two with a role count, sorted; a third is welcome."""
    jane, bob, joe = desk.proven("jane"), desk.proven("bob", "cto"), desk.proven("joe")

    assert agreement([jane, bob], quorum(2)) == Agreement(("bob", "jane"), None)
    assert agreement([jane, bob, joe], quorum(2)) == Agreement(("bob", "jane", "joe"), None)


@pytest.mark.parametrize(
    "second",
    [
        {"person": "jane", "principal": "jane@y", "key": "k2"},
        {"person": "JANE", "principal": "jane@y", "key": "k2"},
        {"person": "bob", "principal": "JANE@x", "key": "k2"},
        {"person": "bob", "principal": "bob@x", "key": "SHA256:jane"},
        {"person": "ann", "principal": "ann@x", "key": "k2"},
    ],
    ids=["person", "spelling", "principal", "key", "requester"],
)
def test_one_person_is_not_two(desk: Desk, second: dict[str, str]) -> None:
    """Two keys, two names or one key under two names do not make a second approver."""
    proofs = [desk.proven("jane"), desk.proven(**second)]
    said = Refusal(
        "second_approver", "a second, different approver is needed, only jane has agreed"
    )

    assert agreement(proofs, quorum(2)) == Agreement(("jane",), said)


def test_the_second_needs_a_role_and_a_proof(desk: Desk) -> None:
    """A second signature without a role or a proof is none."""
    for other in (desk.proven("bob", "dev"), UNKNOWN):
        assert code(2, desk.proven(), other) == "second_approver"
        assert code(2, other, desk.proven()) == "second_approver"


PEOPLE = st.sampled_from(["ann", "Ann", "bob", "jane", "joe"])
PROOFS = st.builds(
    Proven,
    principal=PEOPLE,
    person=PEOPLE,
    roles=st.lists(st.sampled_from(["cto", "dev", "vp"]), max_size=2).map(tuple),
    key=st.sampled_from("abc"),
) | st.just(UNKNOWN)


@given(st.lists(PROOFS, max_size=5), st.integers(1, 2))
def test_who_counts_is_proven_able_and_somebody_else(proofs: list[Proof], people: int) -> None:
    """However they sign: enough means that many different people with a role, never ann."""
    found = agreement(proofs, quorum(people))

    assert (found.refusal is None) is (len(found.approvers) >= people)
    assert not {"ann", "Ann"} & set(found.approvers)
    able = {
        proof.person
        for proof in proofs
        if isinstance(proof, Proven) and {"cto", "vp"} & set(proof.roles)
    }
    assert set(found.approvers) <= able
    assert len(set(found.approvers)) == len(found.approvers)
