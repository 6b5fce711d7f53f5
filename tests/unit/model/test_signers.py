"""model.signers: whose key is whose."""

from __future__ import annotations

import pytest

from director.model.signers import Person, Signers, exposure

JANE = Person(name="jane", principals=("jane@example.com", "j@corp"), roles=("vp",))
BOB = Person(name="bob", principals=("bob@example.com",))
SIGNERS = Signers(source="s.yaml", allowed_signers="/a", people=(BOB, JANE))


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("jane@example.com", JANE),
        ("j@corp", JANE),
        ("bob@example.com", BOB),
        ("Jane@example.com", None),
        ("jane", None),
        ("*@example.com", None),
        ("", None),
    ],
)
def test_a_principal_is_a_persons_to_the_letter(principal: str, expected: Person | None) -> None:
    """A principal is whose list has it; a name, another case and a pattern are nobody's."""
    assert SIGNERS.person(principal) is expected


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o444, 0o400, 0o755, 0o100640])
@pytest.mark.parametrize("owner", [0, 1000])
def test_what_its_owner_alone_can_write_is_safe(mode: int, owner: int) -> None:
    """A file of root's or one's own that nobody else can write may be relied on."""
    assert exposure(mode, owner, 1000) is None


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o664, 0o777, 0o100646])
def test_what_others_can_write_is_not(mode: int) -> None:
    """A file that its group or everybody can write is refused, root's too, with what to do."""
    for owner in (0, 1000):
        assert "chmod go-w" in str(exposure(mode, owner, 1000))


def test_what_belongs_to_others_is_not() -> None:
    """A file of another user is refused: its owner can write it at any time."""
    assert "user 1001" in str(exposure(0o600, 1001, 1000))
    assert "user 1001" in str(exposure(0o400, 1001, 0))
