"""The bundle: a whole log in one file of JSON lines, for those who have nothing else.

The format is described in docs/audit.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from director.audit.note import NoteError, VerifierKey
from director.audit.rows import Blob, Leaf, Row
from director.audit.tampered import TamperedError
from director.model.audit import TableRow
from director.model.text import named
from director.model.value import dataclass

TYPE = "production-readiness-director/audit/v1"

LONGEST_LINE_BYTES = 64 * 2**20
"""The longest line that is read; the largest record has a hundredth of that."""

_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class BundleHead:
    """The first line of a bundle; it vouches for nothing.

    Attributes:
        origin: Which log.
        key: The key that the bundle says its checkpoints are signed with.
        size: How many entries it says it has.
    """

    origin: str
    key: VerifierKey
    size: int


def head_line(head: BundleHead) -> bytes:
    """Return the first line of a bundle, with its newline."""
    first = {"bundle": TYPE, "origin": head.origin, "key": str(head.key), "size": head.size}
    return _line(first)


def table_line(row: TableRow) -> bytes:
    """Return the line of what a record has in one row; nothing for rows that are not exported.

    Raises:
        TamperedError: It is damaged, so that no bundle can have it.
    """
    values = row.values
    try:
        if row.table == "entries":
            columns = (values[name] for name in ("seq", "kind", "id", "body", "checkpoint"))
            return line_of(Leaf(*columns))  # type: ignore[arg-type]  # whatever stands there
        if row.table == "evidence":
            return line_of(Blob(values["digest"], values["facts"]))  # type: ignore[arg-type]  # as above
    except (AttributeError, TypeError, ValueError) as error:
        place = values.get("seq")
        index = place if isinstance(place, int) else None
        raise TamperedError(index, f"a row of the table {row.table} is damaged") from error
    return b""


def line_of(row: Row) -> bytes:
    """Return the line of one entry or one piece of evidence, with its newline."""
    if isinstance(row, Blob):
        return _line({"evidence": row.digest, "body": row.body.decode()})
    return _line(
        {
            "index": row.index,
            "kind": row.kind,
            "id": row.id,
            "body": row.body.decode(),
            "checkpoint": row.checkpoint,
        }
    )


def read_head(file: BinaryIO) -> BundleHead:
    """Return what the first line of a bundle says.

    Raises:
        TamperedError: It is no bundle, or one of a kind that is not known.
    """
    found = _object(file, None)
    if found is None or found.get("bundle") != TYPE:
        raise TamperedError(None, f"a bundle must begin with a line of type {TYPE}")
    kinds = {"bundle": str, "origin": str, "key": str, "size": int}
    _, origin, key, size = _members(found, None, kinds)
    try:
        return BundleHead(origin, VerifierKey.parse(key), size)
    except NoteError as error:
        raise TamperedError(None, f"the key in the bundle is none: {error}") from error


def read_rows(file: BinaryIO, size: int) -> Iterator[Row]:
    """Yield the entries and evidence of a bundle, from its second line on.

    Args:
        file: The bundle, after its head.
        size: How many entries it says it has.

    Raises:
        TamperedError: A line is none of a bundle's.
    """
    count = 0
    while (found := _object(file, index := count if count < size else None)) is not None:
        if "evidence" in found:
            digest, body = _members(found, index, {"evidence": str, "body": str})
            yield Blob(digest, body.encode())
            continue
        kinds = {"index": int, "kind": str, "id": str, "body": str, "checkpoint": str}
        place, kind, id_, body, checkpoint = _members(found, index, kinds)
        yield Leaf(place, kind, id_, body.encode(), checkpoint)
        count += 1


def _line(document: dict[str, Any]) -> bytes:
    return _JSON.encode(document).encode() + b"\n"


def _object(file: BinaryIO, index: int | None) -> dict[str, Any] | None:
    """Return the object in the next line, or None at the end.

    Each line must be written in the one way that the Director writes it: then no byte of a
    bundle can be changed without being noticed.
    """
    # Three times as quick as the standard library, which has the last word; takes no half of a
    # character, so that all that is read can be encoded again.
    from pydantic_core import from_json, to_json  # noqa: PLC0415  # takes 20 ms to import

    line = file.readline(LONGEST_LINE_BYTES)
    if not line:
        return None
    try:
        quick = from_json(line)
        found = quick if to_json(quick) + b"\n" == line else json.loads(line.decode())
        if isinstance(found, dict) and (found is quick or _line(found) == line):
            return found
    except (ValueError, RecursionError) as error:
        raise TamperedError(index, "its line is no JSON") from error
    raise TamperedError(index, f"its line is not as it was written: {_shown(line)}")


def _members(found: dict[str, Any], index: int | None, kinds: dict[str, type]) -> tuple[Any, ...]:
    if list(found) != list(kinds) or any(type(found[key]) is not kinds[key] for key in kinds):
        raise TamperedError(index, f"its line must have {', '.join(kinds)}, and nothing else")
    return tuple(found.values())


def _shown(line: bytes) -> str:
    return named(line[:60].decode(errors="replace"))
