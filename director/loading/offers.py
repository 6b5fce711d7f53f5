"""Is this a check? From what a plugin offers to what the catalog says of it."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable
from typing import Any, cast

from director.errors import PluginError
from director.model.catalog import Offer, OptionKind, OptionSpec
from director.model.check import CheckSpec, Effort, Role, Tighter
from director.model.judgement import Expectation
from director.ports import Check, Sink

LONGEST_TEXT = 1000
"""Characters of a title, a category, a why or a remedy."""

_KINDS = {
    OptionKind.TEXT: str,
    OptionKind.INTEGER: int,
    OptionKind.NUMBER: float,
    OptionKind.BOOLEAN: bool,
    OptionKind.EXPECTATION: Expectation,
}
_DIRECTED = frozenset({OptionKind.INTEGER, OptionKind.NUMBER, OptionKind.BOOLEAN})
# Annotations are compared by name and not evaluated: a plugin may import the names in its other
# annotations for the type checker alone.
_KIND_OF: dict[object, OptionKind] = {
    key: kind for kind, type_ in _KINDS.items() for key in (type_, type_.__name__)
}


def examine_check(offered: object, owner: str) -> tuple[type[Check], Offer]:
    """Return the check class that *offered* is, and what the catalog says of it.

    The class is instantiated once with its defaults, which proves them valid.

    Args:
        offered: Anything; a plugin may return what it likes.
        owner: The entry point, with which the check's id must begin.

    Raises:
        PluginError: It is no check.
    """
    if not isinstance(offered, type):
        raise PluginError("not_a_class", f"must be a check class, got a {_type(offered)}")
    spec = _spec_of(offered, owner)
    if not _is_frozen_dataclass(offered):
        raise PluginError("not_frozen", f"{spec.id}: must be decorated @dataclass(frozen=True)")
    options = tuple(_option_of(spec, field) for field in dataclasses.fields(offered))
    _require_examination(spec, offered)
    return cast("type[Check]", offered), Offer(
        spec, tuple(sorted(options, key=lambda option: option.name))
    )


def examine_sink(offered: Any) -> Sink:  # noqa: ANN401  # a plugin may return what it likes
    """Return the sink that *offered* is.

    Raises:
        PluginError: It is no sink.
    """
    shape = {
        "name": isinstance(offered.name, str) and offered.name.isprintable() and offered.name != "",
        "patience_s": _is_finite(offered.patience_s) and offered.patience_s >= 0,
        "dropped": type(offered.dropped) is int,
        "offer": _takes(offered.offer, 1) and not inspect.iscoroutinefunction(offered.offer),
        "drop": _takes(offered.drop, 1) and not inspect.iscoroutinefunction(offered.drop),
        "close": _takes(offered.close, 0) and inspect.iscoroutinefunction(offered.close),
    }
    wrong = [name for name, right in shape.items() if not right]
    if wrong:
        raise PluginError(
            "bad_sink", f"{_type(offered)} must be a sink, these do not fit: {', '.join(wrong)}"
        )
    return cast("Sink", offered)


def _spec_of(offered: type, owner: str) -> CheckSpec:
    name = offered.__name__
    spec = getattr(offered, "spec", None)
    if type(spec) is not CheckSpec:
        raise PluginError("no_spec", f"{name}.spec must be a CheckSpec, got a {_type(spec)}")
    if spec.id.partition(".")[0] != owner:
        raise PluginError(
            "foreign_check", f"{name}: the id must begin with '{owner}.', got '{spec.id}'"
        )
    for field in ("title", "category", "why", "remedy"):
        text = getattr(spec, field)
        if not isinstance(text, str) or not text.isprintable() or len(text) > LONGEST_TEXT:
            raise PluginError(
                "bad_spec",
                f"{spec.id}: {field} must be one printable line of at most {LONGEST_TEXT}"
                " characters",
            )
    if type(spec.reads) is not tuple or not all(type(place) is str for place in spec.reads):
        raise PluginError("bad_spec", f"{spec.id}: reads must be a tuple of texts")
    if type(spec.role) is not Role or type(spec.effort) is not Effort:
        raise PluginError("bad_spec", f"{spec.id}: role must be a Role and effort an Effort")
    return spec


def _is_frozen_dataclass(offered: type) -> bool:
    # Looked up in the class itself: a plain subclass of a frozen dataclass is not one.
    params = vars(offered).get("__dataclass_params__")
    return params is not None and bool(params.frozen)


def _option_of(spec: CheckSpec, field: dataclasses.Field[Any]) -> OptionSpec:
    where = f"{spec.id}: option {field.name}"
    kind = _KIND_OF.get(field.type)
    if kind is None:
        raise PluginError(
            "bad_option", f"{where} must be annotated str, int, float, bool or Expectation"
        )
    if not field.init:
        raise PluginError("bad_option", f"{where} must be settable, not init=False")
    if field.default is dataclasses.MISSING:
        raise PluginError("bad_option", f"{where} must have a default, and a plain one")
    if not _fits(field.default, kind):
        raise PluginError(
            "bad_option",
            f"{where} must have a default of kind {kind}, got a {_type(field.default)}",
        )
    tighter = field.metadata.get("tighter")
    if tighter is not None and (not isinstance(tighter, Tighter) or kind not in _DIRECTED):
        raise PluginError("bad_option", f"{where} must be tighter towards LOWER or HIGHER numbers")
    return OptionSpec(name=field.name, kind=kind, default=field.default, tighter=tighter)


def _fits(value: object, kind: OptionKind) -> bool:
    match kind:
        case OptionKind.NUMBER:
            return _is_finite(value)
        case OptionKind.TEXT | OptionKind.EXPECTATION:
            return isinstance(value, str) and value.isprintable()
        case OptionKind.INTEGER | OptionKind.BOOLEAN:
            return type(value) is _KINDS[kind]


def _is_finite(value: object) -> bool:
    return isinstance(value, (int, float)) and type(value) is not bool and math.isfinite(value)


def _require_examination(spec: CheckSpec, offered: type) -> None:
    """Raise unless *offered* has exactly one way to examine, of the right shape."""
    check = offered()
    judge = getattr(check, "judge", None)
    run = getattr(check, "run", None)
    if (judge is None) == (run is None):
        had = "neither" if run is None else "both"
        raise PluginError("no_examination", f"{spec.id}: must have judge or run, got {had}")
    if judge is not None and (not _takes(judge, 1) or inspect.iscoroutinefunction(judge)):
        raise PluginError("no_examination", f"{spec.id}: must be 'def judge(self, manifest)'")
    if run is not None and (not _takes(run, 2) or not inspect.iscoroutinefunction(run)):
        raise PluginError(
            "no_examination", f"{spec.id}: must be 'async def run(self, target, probe)'"
        )


def _takes(function: Callable[..., object], count: int) -> bool:
    """Whether *function* can be called with *count* positional arguments."""
    if not callable(function):
        return False
    try:
        inspect.signature(function).bind(*(None,) * count)
    except TypeError:
        return False
    return True


def _type(value: object) -> str:
    return type(value).__name__
