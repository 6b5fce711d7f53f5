"""Whose key is whose, by the operator's word."""

from __future__ import annotations

from director.model.value import dataclass

_OTHERS_MAY_WRITE = 0o022


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whose agreement counts for something.

    Attributes:
        name: Who it is, for example ``jane``.
        principals: The names that keys of this person are accepted under, exactly as the file of
            allowed signers has them.
        roles: What this person may do, sorted; with none, an agreement opens nothing.
    """

    name: str
    principals: tuple[str, ...]
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signers:
    """Who may agree to what, and where their keys are.

    Attributes:
        source: The operator's file, as messages name it.
        allowed_signers: The path of the keys and the principals they are accepted under, in the
            format of ssh-keygen.
        revoked_keys: The path of the keys that are accepted no more, as a key revocation list or
            as public keys; None if there is none.
        people: Everybody, by name.
    """

    source: str
    allowed_signers: str
    revoked_keys: str | None = None
    people: tuple[Person, ...] = ()

    def person(self, principal: str) -> Person | None:
        """Return who *principal* is, to the letter; None for nobody."""
        return next((each for each in self.people if principal in each.principals), None)


def exposure(mode: int, owner: int, own: int) -> str | None:
    """Return what lets others change a file that says whose key is whose, or None.

    OpenSSH asks the same of its own files.

    Args:
        mode: The file's mode.
        owner: Who owns it, by number.
        own: Whom this process acts for, by number.
    """
    if mode & _OTHERS_MAY_WRITE:
        return "must be writable by its owner alone, got one that others can write (chmod go-w)"
    if owner not in (0, own):
        return f"must belong to the user who runs this, or to root, got one of user {owner}"
    return None
