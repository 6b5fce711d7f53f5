"""Expectations that are written as a tree of ``all``, ``any`` and ``not``: from YAML to text.

::

    expect:
      all:
        - status in 200-299
        - not: header("x-debug") present
        - any: ['json("$.status") == "ok"', 'json("$.status") == "warming"']

A list by itself is ``all``, under ``expect``. What a leaf says is read where expectations are
understood; here a tree gets its shape, and every fault of it its place.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from director.loading.terms import LONGEST_TEXT
from director.loading.words import meant, shown
from director.model.manifest import Grown
from director.model.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from director.errors import Fault
    from director.loading.places import Places, Pointer

DEEPEST: Final = 10
"""How many times ``all``, ``any`` and ``not`` may stand in each other."""

LONGEST: Final = 4_000
"""Longest tree, as text, in characters: what is understood of an expectation."""

_SHOWN: Final = 3
"""How many levels of a tree editors are told of."""

_EXPECT: Final = "expect"
"""What an option that takes an expectation is usually called."""

_JOINED: Final = {"all": " and ", "any": " or "}
_NOT: Final = "not"
_KEYS: Final = (*_JOINED, _NOT)
_WANTED: Final = "a text such as 'status == 200', or a mapping with all, any or not"


def tree_schema(levels: int = _SHOWN) -> dict[str, Any]:
    """Return the JSON Schema of an expectation: a text, or a tree.

    A schema of ours holds no reference, so it knows the first *levels* of a tree and lets the
    others be anything.
    """
    text = {"type": "string", "pattern": r"\S", "maxLength": LONGEST}
    if not levels:
        return {"anyOf": [text, {"type": "object"}]}
    inner = tree_schema(levels - 1)
    several = {"type": "array", "items": inner, "minItems": 1}
    leaf = "status == 200"
    keys = {
        "all": {**several, "description": "Every one must hold.", "examples": [[leaf]]},
        "any": {**several, "description": "At least one must hold.", "examples": [[leaf]]},
        "not": {**inner, "description": "It must not hold, and that is seen.", "examples": [leaf]},
    }
    mapping = {
        "type": "object",
        "description": "A tree of expectations.",
        "properties": {key: {"title": key, **value} for key, value in keys.items()},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    if levels < _SHOWN:
        return {"anyOf": [text, mapping]}
    # As an option by itself it may be empty, too.
    return {"anyOf": [{"type": "string", "maxLength": LONGEST_TEXT}, several, mapping]}


@dataclass(frozen=True, slots=True)
class Trees:
    """The trees of a manifest, and the manifest without them.

    Attributes:
        value: The manifest's plain values; where there was a tree, there is a short text.
        texts: The text of each tree, by check and option.
        grown: Where its leaves stand, by check and option.
        faults: What is wrong with trees.
        broken: The options whose trees have faults; they are None in *value*.
    """

    value: object
    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    grown: Mapping[tuple[str, str], Grown] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    broken: frozenset[Pointer] = frozenset()


def felled(value: object, places: Places, broken: AbstractSet[Pointer]) -> Trees:
    """Return the trees among the options of checks, each as text, and *value* without them.

    Args:
        value: The plain values of a manifest; what has another shape is left as it is.
        places: Where each value stands.
        broken: Values that a fault already covers; they get no second one.
    """
    checks = _at(_at(value, "spec"), "checks")
    if not isinstance(checks, dict) or not any(map(_has_tree, checks.values())):
        return Trees(value)
    forester = _Forester(places, broken)
    changed = {check: forester.options(check, options) for check, options in checks.items()}
    assert isinstance(value, dict)  # noqa: S101  # it has checks
    return Trees(
        value={**value, "spec": {**value["spec"], "checks": changed}},
        texts=forester.texts,
        grown=forester.grown,
        faults=tuple(forester.faults),
        broken=frozenset(forester.broken),
    )


def _at(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None


def _has_tree(options: object) -> bool:
    return isinstance(options, dict) and any(_is_tree(*item) for item in options.items())


def _is_tree(name: str, value: object) -> bool:
    """Whether an option was meant as a tree: by its name, or by a key that only trees have."""
    if name == _EXPECT:
        return isinstance(value, dict | list)
    return isinstance(value, dict) and not value.keys().isdisjoint(_KEYS)


class _Forester:
    """Reads the trees of one manifest.

    Args:
        places: Where each value stands.
        known: Values that a fault already covers.
    """

    def __init__(self, places: Places, known: AbstractSet[Pointer]) -> None:
        self.texts: dict[tuple[str, str], str] = {}
        self.grown: dict[tuple[str, str], Grown] = {}
        self.faults: list[Fault] = []
        self.broken: set[Pointer] = set()
        self._places = places
        self._known = known
        self._root: Pointer = ()
        self._leaves: list[tuple[Pointer, str]] = []
        self._whole = True

    def options(self, check: str, options: object) -> object:
        """Return the *options* of a check without their trees."""
        if not isinstance(options, dict):
            return options
        return {
            name: self._option(check, name, value) if _is_tree(name, value) else value
            for name, value in options.items()
        }

    def _option(self, check: str, name: str, tree: object) -> object:
        """Return what stands for *tree*: a short text, or None if something is wrong with it."""
        if name == "role":
            return tree  # It is no option, and gets the fault of what is no role.
        self._root, self._leaves, self._whole = ("spec", "checks", check, name), [], True
        text = self._any_form((), tree, 0)
        if self._whole and len(text) > LONGEST:
            self._wrong((), f"must have at most {LONGEST} characters as text, got {len(text)}")
        if not self._whole:
            self.broken.add(self._root)
            return None
        self.texts[check, name] = text
        self.grown[check, name] = Grown(name, tuple(self._leaves))
        return "a tree"

    def _any_form(self, way: Pointer, node: object, depth: int) -> str:
        """Return the text of *node*; what is wrong with it is noted."""
        match node:
            case list():
                return self._list(way, node, "all", depth)
            case dict():
                return self._mapping(way, node, depth)
            case str() if node.strip():
                self._leaves.append((way, node.strip()))
                return node.strip()
            case _:
                got = "an empty text" if isinstance(node, str) else shown(node)
                return self._wrong(way, f"must be {_WANTED}, got {got}")

    def _mapping(self, way: Pointer, node: dict[str, object], depth: int) -> str:
        known = [key for key in node if key in _JOINED or key == _NOT]
        for key in node:
            if key not in known:
                hint = meant(key, _KEYS) or f", known are {', '.join(_KEYS)}"
                self._wrong((*way, key), f"unknown key {shown(key)}{hint}", at_key=True)
        if not node:
            self._wrong(way, f"must be {_WANTED}, got an empty mapping")
        if len(known) > 1:
            problem = f"must have one key, got {', '.join(known)}: put them in a list"
            self._wrong(way, problem)
        return "".join(self._branch(way, key, node[key], depth) for key in known)

    def _branch(self, way: Pointer, key: str, node: object, depth: int) -> str:
        way = (*way, key)
        if depth >= DEEPEST:
            return self._wrong(way, f"must be at most {DEEPEST} levels deep, got more", at_key=True)
        if key == _NOT:
            if isinstance(node, list):
                return self._wrong(way, "must be one expectation, got a list: say all or any of it")
            return f"not ({self._any_form(way, node, depth + 1)})"
        if isinstance(node, list):
            return self._list(way, node, key, depth)
        return self._wrong(way, f"must be a list of expectations, got {shown(node)}")

    def _list(self, way: Pointer, nodes: list[object], key: str, depth: int) -> str:
        if not nodes:
            return self._wrong(way, "must list at least one expectation, got an empty list")
        parts = []
        for index, node in enumerate(nodes):
            if isinstance(node, list):
                self._wrong((*way, index), f"must be {_WANTED}, got a list in a list")
            else:
                parts.append(f"({self._any_form((*way, index), node, depth + 1)})")
        return _JOINED[key].join(parts)

    def _wrong(self, way: Pointer, problem: str, *, at_key: bool = False) -> str:
        """Note a fault, unless one covers that place already; return what stands in its place."""
        pointer = (*self._root, *way)
        if pointer not in self._known:
            self.faults.append(self._places.fault(pointer, problem, at_key=at_key))
        self._whole = False
        return ""
