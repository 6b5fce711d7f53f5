"""The first word of a worker: what its plugin offers, or why it offers nothing."""

from __future__ import annotations

from typing import Final, TypeVar

from director.errors import PluginError
from director.isolation.codec import CodecError, value_of
from director.isolation.start import LOAD_S
from director.isolation.worker import Worker
from director.model.catalog import Offer, OptionKind, OptionSpec
from director.model.check import CheckSpec, Effort, Role, Tighter
from director.model.definition import DefinitionError, Flaw
from director.model.text import printable

T = TypeVar("T")

LONGEST_TEXT: Final = 1000
"""Characters of a title, a category, a why or a remedy."""


def offered(worker: Worker, name: str) -> tuple[tuple[Offer, ...], frozenset[str]]:
    """Return what the plugin of *worker* offers, and the ids of definitions that it took.

    It was examined where it was loaded, but what a worker says need not come from us.

    Args:
        worker: One that said its first word, or is gone.
        name: The entry point of the plugin, with which the ids of its checks begin.

    Raises:
        DefinitionError: It says what is wrong with definitions.
        PluginError: It offers nothing, or what nobody may offer, or did not load.
    """
    first = worker.first
    try:
        if first is None:
            code, detail = worker.how
            if code == "load_deadline":
                detail = f"it must load within {LOAD_S:g} s"
            raise PluginError(code, f"while it was loaded: {detail}")
        if "refused" in first:
            code, detail = map(str, first["refused"])
            raise PluginError(printable(code), printable(detail))
        if "flaws" in first:
            raise DefinitionError(*_all(Flaw, value_of(first["flaws"])))
        offers = _all(Offer, value_of(first["offers"]))
        _demand_sound(offers, name)
        return offers, frozenset(map(str, first["defined"]))
    except (CodecError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise PluginError("bad_offer", f"its worker said: {error}") from None


def _demand_sound(offers: tuple[Offer, ...], name: str) -> None:
    """Return if *offers* are what the plugin *name* may offer.

    Raises:
        TypeError: Something in them is not of the type that it must be.
        ValueError: Something in them is too long, there twice, or another plugin's.
    """
    for each in offers:
        _demand_sound_one(each, name)
    if len({each.spec.id for each in offers}) != len(offers):
        raise ValueError("every id must be offered once")


def _demand_sound_one(offer: Offer, name: str) -> None:
    (spec,) = _all(CheckSpec, (offer.spec,))
    if spec.id.partition(".")[0] != name:
        raise ValueError(f"the id must begin with '{name}.', got '{spec.id}'")
    texts = _all(str, (spec.title, spec.category, spec.why, spec.remedy))
    if not all(text.isprintable() and len(text) <= LONGEST_TEXT for text in texts):
        raise ValueError(f"{spec.id}: every text must be one printable line")
    _all(str, spec.reads)
    _all(Effort, (spec.effort,))
    _all(Role, (spec.role,))
    for option in _all(OptionSpec, offer.options):
        _all(str, (option.name,))
        _all(OptionKind, (option.kind,))
        if option.tighter is not None:
            _all(Tighter, (option.tighter,))
        if type(option.default) not in (str, int, float, bool):
            raise TypeError(f"{spec.id}: option {option.name} must have a plain default")


def _all(kind: type[T], values: object) -> tuple[T, ...]:
    """Return *values*, which must be a tuple of that *kind*.

    Raises:
        TypeError: They are not.
    """
    if type(values) is not tuple or not all(type(each) is kind for each in values):
        raise TypeError(f"it must be made of {kind.__name__}")
    return values
