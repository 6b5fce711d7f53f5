"""What people sign: the exact text of an override or a waiver, and back. Pure.

The text is JSON that a person can read before signing it: two blanks of indent, the keys in a
fixed order, ``type`` the first of them, and a newline at the end. There is one text for each
statement, and nothing else is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from director.model.override import Ground, OverrideStatement
from director.model.record import Record
from director.model.text import named
from director.model.waiver import WaiverCode, WaiverStatement
from director.rules.moment import instant

OVERRIDE_TYPE = "production-readiness-director/override/v1"
WAIVER_TYPE = "production-readiness-director/waiver/v1"

OVERRIDE_NAMESPACE = "director-override@v1"
"""What a signature over an override is made for."""
WAIVER_NAMESPACE = "director-waiver@v1"
"""What a signature over a waiver is made for."""

LONGEST_STATEMENT = 1024 * 1024
"""Longest text of a statement that is read, in characters."""

_LAST_LEVEL_OF_NO_GO = 8

_OVERRIDE_KEYS = (
    "id", "log", "service", "environment", "evaluation", "record_digest", "manifest_digest",
    "profile_digest", "grounds", "reason", "ticket", "requested_by", "requested_at", "not_before",
    "expires_at",
)  # fmt: skip
_WAIVER_KEYS = (
    "id", "log", "service", "environment", "check", "code", "reason", "ticket", "requested_by",
    "requested_at", "expires_at",
)  # fmt: skip
_GROUND_KEYS = ("code", "check", "category")
_MOMENTS = frozenset({"requested_at", "not_before", "expires_at"})


def grounds(record: Record) -> tuple[Ground, ...]:
    """Return every reason of *record* that makes it a NO_GO, sorted: levels 2 to 8 of the rule."""
    found = {
        Ground(reason.code, reason.check, reason.category)
        for reason in record.reasons
        if reason.level <= _LAST_LEVEL_OF_NO_GO
    }
    return tuple(sorted(found))


def statement_text(statement: OverrideStatement | WaiverStatement) -> str:
    """Return the exact text of *statement*, with a newline at its end."""
    of_override = isinstance(statement, OverrideStatement)
    document: dict[str, object] = {"type": OVERRIDE_TYPE if of_override else WAIVER_TYPE}
    for key in _OVERRIDE_KEYS if of_override else _WAIVER_KEYS:
        value = getattr(statement, key)
        if key == "grounds":
            value = [{part: getattr(ground, part) for part in _GROUND_KEYS} for ground in value]
        document[key] = instant(value) if key in _MOMENTS else value
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def read_override(text: str) -> OverrideStatement:
    """Return the override that *text* states.

    Raises:
        ValueError: It is not the text of an override, to the letter; in one line.
    """
    found = _members(_object(text), OVERRIDE_TYPE, _OVERRIDE_KEYS)
    written = found.pop("grounds")
    if not isinstance(written, list):
        _refuse("grounds must be a list", written)
    statement = OverrideStatement(**_values(found), grounds=tuple(map(_ground, written)))
    if statement.grounds != tuple(sorted(set(statement.grounds))):
        raise ValueError("grounds must be sorted, each once")
    _demand_exact(statement, text)
    return statement


def read_waiver(text: str) -> WaiverStatement:
    """Return the waiver that *text* states.

    Raises:
        ValueError: It is not the text of a waiver, to the letter; in one line.
    """
    values = _values(_members(_object(text), WAIVER_TYPE, _WAIVER_KEYS))
    if values["code"] not in list(WaiverCode):
        _refuse(f"code must be one of {', '.join(WaiverCode)}", values["code"])
    statement = WaiverStatement(**{**values, "code": WaiverCode(values["code"])})
    _demand_exact(statement, text)
    return statement


def _object(text: str) -> dict[str, Any]:
    if len(text) > LONGEST_STATEMENT:
        raise ValueError(f"a statement must have at most {LONGEST_STATEMENT:,} characters")
    try:
        found = json.loads(text, object_pairs_hook=_unique)
    except _TwiceError:
        raise
    except (ValueError, RecursionError):
        raise ValueError("a statement must be JSON as it was requested, was none") from None
    if not isinstance(found, dict):
        raise ValueError("a statement must be a JSON object, was something else")  # noqa: TRY004  # of a text
    return found


class _TwiceError(ValueError):
    """A key stands twice."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise _TwiceError(f"a key must stand once, {named(key)} stands twice")
        found[key] = value
    return found


def _members(found: Mapping[str, Any], kind: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """Return what stands under *keys*, which must be all that there is besides ``type``."""
    if found.get("type") != kind:
        _refuse(f"type must be {kind}", found.get("type"))
    _demand_keys(found, ("type", *keys), "a statement")
    return {key: found[key] for key in keys}


def _demand_keys(found: Mapping[str, Any], keys: tuple[str, ...], what: str) -> None:
    for key in found:
        if key not in keys:
            raise ValueError(f"{what} has no key {named(key)}")
    for key in keys:
        if key not in found:
            raise ValueError(f"{what} must have the key {key}")


def _values(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _moment(key, value) if key in _MOMENTS else _text(key, value)
        for key, value in found.items()
    }


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        _refuse(f"{key} must be a text", value)
    return value


def _moment(key: str, value: object) -> datetime:
    at = _instant(_text(key, value))
    if at is None:
        _refuse(f"{key} must be a moment such as 2026-10-01T08:00:00.000000Z", value)
    return at


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at if instant(at) == text else None
    except (ValueError, OverflowError):
        return None  # No such day, none that a calendar has in UTC, or no time zone.


def _ground(value: object) -> Ground:
    if not isinstance(value, dict):
        _refuse("a ground must be an object", value)
    _demand_keys(value, _GROUND_KEYS, "a ground")
    return Ground(*(_text(key, value[key]) for key in _GROUND_KEYS))


def _demand_exact(statement: OverrideStatement | WaiverStatement, text: str) -> None:
    """Refuse every other text that means the same: what is signed is the one that was shown."""
    if statement_text(statement) != text:
        raise ValueError("a statement must be the text that was requested, to the letter")


def _refuse(must: str, was: object) -> NoReturn:
    match was:
        case None:
            shown = "nothing"
        case str():
            shown = repr(was[:60])
        case _:
            shown = "something else"
    raise ValueError(f"{must}, was {shown}")
