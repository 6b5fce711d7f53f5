"""Whether a signature proves who agreed to a text."""

from __future__ import annotations

from typing import TypeAlias

from director.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A signature is good, and the operator knows whose it is.

    Attributes:
        principal: The name that the key was accepted under.
        person: Who that is; several principals may be one person.
        roles: What that person may do, sorted.
        key: The key's fingerprint.
        aliases: Every name that keys of this person are accepted under, sorted.
    """

    principal: str
    person: str
    roles: tuple[str, ...]
    key: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotProven:
    """A signature proves nothing.

    Attributes:
        code: Why, as a machine word, for example ``unknown_key``.
        reason: Why, in one line.
    """

    code: str
    reason: str


Proof: TypeAlias = Proven | NotProven


@dataclass(frozen=True, slots=True)
class Submission:
    """A text that was handed in, and what its signatures prove.

    Attributes:
        text: The exact text.
        proofs: One for each signature.
    """

    text: str
    proofs: tuple[Proof, ...] = ()
