"""What is installed: every plugin that was found, whole or broken, and the checks it offers."""

from __future__ import annotations

from enum import StrEnum

from director.model.check import CheckSpec, Tighter
from director.model.manifest import Scalar
from director.model.value import dataclass


class Disposition(StrEnum):
    """What became of a plugin that was found."""

    LOADED = "loaded"
    BROKEN = "broken"
    REFUSED = "refused"
    VANISHED = "vanished"
    """It is not there; a plan lock says that it was."""


class OptionKind(StrEnum):
    """The type of an option's value."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    EXPECTATION = "expectation"
    """A text that says what must hold of an answer; empty for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionSpec:
    """One option of a check.

    Attributes:
        name: With its unit as a suffix where it has one, for example ``budget_s``.
        kind: The type of its value; a number may be given as an integer.
        default: The value where nobody sets one.
        tighter: Which way is stricter; None where the option has no direction.
    """

    name: str
    kind: OptionKind
    default: Scalar
    tighter: Tighter | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One check that a plugin offers, with the options it takes, sorted by name."""

    spec: CheckSpec
    options: tuple[OptionSpec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One entry point of the group ``director``, and what became of it.

    Attributes:
        name: The entry point, for example ``http``.
        distribution: The distribution it came with, for example ``director-http``.
        version: The version of that distribution.
        disposition: Loaded, broken or refused.
        code: Why it is not loaded, as a machine word, for example ``import_failed``; empty if
            it is loaded.
        detail: The same in one line, with what to do about it; empty if it is loaded.
        checks: What it offers, sorted by id; empty unless it is loaded.
        isolated: Whether it runs in a process of its own.
    """

    name: str
    distribution: str
    version: str
    disposition: Disposition = Disposition.LOADED
    code: str = ""
    detail: str = ""
    checks: tuple[Offer, ...] = ()
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that was found, sorted by entry point."""

    plugins: tuple[Plugin, ...] = ()

    def offer(self, check: str) -> tuple[Plugin, Offer] | None:
        """Return who offers *check*, and the offer, or None if nobody does."""
        for plugin in self.plugins:
            for offer in plugin.checks:
                if offer.spec.id == check:
                    return plugin, offer
        return None

    def absentee(self, check: str) -> Plugin | None:
        """Return the plugin that should offer *check* but is broken or refused, or None.

        Check ids begin with the word of their plugin, so the name tells.
        """
        owner = check.partition(".")[0]
        for plugin in self.plugins:
            if plugin.disposition is not Disposition.LOADED and plugin.name == owner:
                return plugin
        return None
