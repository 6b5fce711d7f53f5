"""The decisions in a JSON report, read back as strictly as what is stored."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from director.errors import StoreError
from director.model.record import Record
from director.store.codec import restored
from director.store.shape import ShapeError, parse

_OURS = frozenset(field.name for field in fields(Record))


def decisions(data: bytes) -> tuple[Record, ...]:
    """Return the decisions in the report *data*, in its order.

    What the report says beside a decision is left out, and so are targets without one.

    Args:
        data: One object, an array of them, or one on each line; as ``--format json`` and
            ``--format jsonl`` write them.

    Raises:
        StoreError: It is no such report, or has nothing decided in it.
    """
    try:
        found = tuple(
            restored({key: item[key] for key in item if key in _OURS}, _evaluation(item))
            for item in _items(data)
            if item.get("decision") is not None
        )
    except ShapeError as error:
        raise StoreError(f"it is no report of decisions: {error}") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(f"it is not JSON: {error}") from error
    if not found:
        raise StoreError("it has no decision in it")
    return found


def _items(data: bytes) -> list[Any]:
    lines = [line for line in data.splitlines() if line.strip()]
    if len(lines) > 1 and all(line[:1] == b"{" and line[-1:] == b"}" for line in lines):
        items = [parse(line) for line in lines]
    else:
        value = parse(data)
        items = value if isinstance(value, list) else [value]
    for item in items:
        if not isinstance(item, dict):
            raise ShapeError(f"must be an object for each target, was {type(item).__name__}")
    return items


def _evaluation(item: dict[str, Any]) -> str:
    return str(item.get("evaluation"))
