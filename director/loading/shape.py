"""From plain values to a document, or to everything that keeps them from being one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from director.errors import Fault, InputError
from director.loading.document import Document
from director.loading.words import meant, no_mapping, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from pydantic_core import ErrorDetails

    from director.loading.places import Places, Pointer

D = TypeVar("D", bound=Document)

_MOST_FAULTS = 100
_MOST_TRANSLATED = 1_000
_WHOLE_VALUES = {
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "list_type": "a list",
}


def shaped(
    model: type[D], value: object, places: Places, broken: AbstractSet[Pointer]
) -> D | list[Fault]:
    """Return *value* as a *model*, or all its faults.

    Args:
        model: What it must be.
        value: Mappings, lists, text, numbers, booleans and None. No key takes None: a key
            without a value is a sentence that somebody did not finish.
        places: Where each value stands.
        broken: Values that a fault already covers; they get no second one.
    """
    document: D | None = None
    faults: dict[Pointer, list[Fault]] = {}
    try:
        document = model.model_validate(value)
    except ValidationError as error:
        clerk = _Clerk(model, places)
        for detail in error.errors(include_url=False)[:_MOST_TRANSLATED]:
            pointer, fault = clerk.translated(detail)
            if pointer not in broken:
                faults.setdefault(pointer, []).append(fault)
    for pointer in _empty(value):
        if pointer not in broken:
            faults.setdefault(pointer, [places.fault(pointer, "must have a value, got nothing")])
    found = [fault for group in faults.values() for fault in group]
    return document if document is not None and not found else found


def refusal(error: type[InputError], faults: Iterable[Fault]) -> InputError:
    """Return *error* with the *faults* in the order of the text, each once, at most 100."""
    ordered = sorted(set(faults))
    if (more := len(ordered) - _MOST_FAULTS) > 0:
        last = ordered[_MOST_FAULTS - 1]
        rest = Fault(last.source, 0, 0, f"must have no faults at all, got {more} more of them")
        ordered = [*ordered[:_MOST_FAULTS], rest]
    return error(*ordered)


def _empty(value: object) -> Iterator[Pointer]:
    """Yield the way to each None in *value*, without recursion."""
    stack: list[tuple[Pointer, object]] = [((), value)]
    while stack:
        pointer, item = stack.pop()
        if item is None:
            yield pointer
        elif isinstance(item, dict):
            stack.extend(((*pointer, key), child) for key, child in item.items())
        elif isinstance(item, list):
            stack.extend(((*pointer, index), child) for index, child in enumerate(item))


class _Clerk:
    """Turns what pydantic found into faults."""

    def __init__(self, model: type[Document], places: Places) -> None:
        self._model = model
        self._places = places
        self._schema: dict[str, Any] = {}

    def translated(self, detail: ErrorDetails) -> tuple[Pointer, Fault]:
        """Return the way to the value, and what is wrong with it in our words."""
        pointer, at_key = self._written(detail["loc"])
        kind, written = detail["type"], detail["input"]
        if kind == "missing":
            problem = f"must have the key {shown(pointer[-1])}"
            return pointer, self._places.fault(pointer[:-1], problem)
        if kind == "extra_forbidden":
            at_key = True
            problem = self._unknown(pointer, written)
        elif kind == "value_error":
            problem = str(detail["ctx"]["error"])
        elif kind in _WHOLE_VALUES:
            problem = f"must be {_WHOLE_VALUES[kind]}, got {shown(written)}"
            if not pointer:
                problem = no_mapping(written)
        elif kind == "too_long":
            problem = f"must have at most {detail['ctx']['max_length']} entries, got {len(written)}"
        else:
            problem = f"{' '.join(detail['msg'].split())}, got {shown(written)}"
        return pointer, self._places.fault(pointer, problem, at_key=at_key)

    def _written(self, location: Pointer) -> tuple[Pointer, bool]:
        """Return the author's steps of a *location*, and whether it means the key.

        The tag of a union's member (``<claim>``) and the mark of a key (``[key]``) are pydantic's
        steps, unless the author has written a key of these very letters.
        """
        pointer: Pointer = ()
        ours = True
        for step in location:
            ours = not (step == "[key]" or str(step)[:1] == "<")
            ours = ours or (*pointer, step) in self._places.spots
            pointer = (*pointer, step) if ours else pointer
        return pointer, not ours and location[-1] == "[key]"

    def _unknown(self, pointer: Pointer, written: object) -> str:
        # Only a wrong document needs the schema, so it is made here and once.
        self._schema = self._schema or self._model.model_json_schema()
        key = str(pointer[-1])
        known = _known(self._schema, pointer[:-1])
        if key in known:
            return f"must not have the key {shown(key)} beside the others"
        near = meant(key, known)
        if written is None and not near:
            # {reason: late, but safe} has two keys, which is never what was meant.
            near = ": put text that contains a comma in quotes"
        return f"unknown key {shown(key)}{near}"


def _known(root: dict[str, Any], pointer: Pointer) -> list[str]:
    """Return the keys that the JSON Schema *root* knows at *pointer*."""
    here = list(_alternatives(root, root))
    for step in pointer:
        inside = [branch for schema in here for branch in _inside(schema, step)]
        here = [found for schema in inside for found in _alternatives(root, schema)]
    return sorted({key for schema in here for key in schema.get("properties", ())})


def _alternatives(root: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if reference := schema.get("$ref"):
        schema = root["$defs"][reference.rpartition("/")[2]]
    yield schema
    for member in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _alternatives(root, member)


def _inside(schema: dict[str, Any], step: str | int) -> Iterator[dict[str, Any]]:
    if isinstance(step, int):
        branches = [schema.get("items")]
    elif step in (properties := schema.get("properties", {})):
        branches = [properties[step]]
    else:
        branches = [*schema.get("patternProperties", {}).values()]
    yield from (branch for branch in branches if isinstance(branch, dict))
