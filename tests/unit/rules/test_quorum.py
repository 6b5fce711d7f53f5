"""rules.quorum: k of n, and silence."""

from __future__ import annotations

from itertools import product

import pytest

from director.model.sampling import Level, Seen, Unseen
from director.rules.quorum import quorum

P, W, F, U, M = Level.PASS, Level.WARN, Level.FAIL, Unseen.UNKNOWN, Unseen.MISSED


@pytest.mark.parametrize(
    ("votes", "k", "expected"),
    [
        ([P], 1, P),
        ([W], 1, W),
        ([F], 1, F),
        ([U], 1, None),
        ([F, P, P], 2, P),
        ([F, F, P], 2, F),
        ([F, F, P], 3, None),
        ([F, W, P], 2, W),
        ([F, W, P], 3, None),
        ([F, W, W], 3, W),
        ([W, P, P], 2, P),
        ([W, P, P], 3, W),
        ([W, W, P], 3, W),
        ([F, P, U], 2, None),
        ([P, P, U], 2, P),
        ([P, U, M], 2, None),
        ([P, W, U], 2, W),
        ([P, W, U], 3, None),
    ],
)
def test_as_many_as_are_asked_for_agree(votes: list[Seen], k: int, expected: Level | None) -> None:
    """A level is agreed on by k votes for it, a warning also by those on either side of it."""
    assert quorum(votes, k) is expected


@pytest.mark.parametrize(("votes", "expected"), [([F, P], F), ([W, P], W), ([F, F, P, P], F)])
def test_of_two_levels_with_enough_votes_the_worse_holds(
    votes: list[Seen], expected: Level
) -> None:
    """A number so small that both sides have it does not make anything well."""
    assert quorum(votes, len(votes) // 2) is expected


@pytest.mark.parametrize(("votes", "k"), [([P, P, P], 0), ([P, P, P], 4), ([], 1), ([], 0)])
def test_the_number_fits_the_votes(votes: list[Seen], k: int) -> None:
    """A number that nobody has to reach, or nobody can, is refused."""
    with pytest.raises(ValueError, match=f"from 1 to the number of votes, {len(votes)}, got {k}"):
        quorum(votes, k)


def test_silence_makes_nothing_better() -> None:
    """Whoever is silent instead of voting never turns the answer into a milder one."""
    order = [None, F, W, P]
    for votes in product([P, W, F], repeat=3):
        for k in (1, 2, 3):
            with_silence = quorum([U, *votes[1:]], k)
            if votes[0] is P:
                assert order.index(with_silence) <= order.index(quorum(votes, k))
            assert (with_silence is P) <= (sum(vote is P for vote in votes[1:]) >= k)


def test_well_takes_as_many_who_say_so() -> None:
    """Whatever the others say, it is well only if k votes are a pass."""
    every: list[Seen] = [P, W, F, U]
    for votes in product(every, repeat=4):
        for k in (1, 2, 3, 4):
            if quorum(votes, k) is P:
                assert votes.count(P) >= k
            if quorum(votes, k) is F:
                assert votes.count(F) >= k
