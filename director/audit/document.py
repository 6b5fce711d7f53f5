"""What the bytes of an entry say, as far as it is held against something."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from director.audit.tampered import TamperedError
from director.model.ledger import Kind

_OF_RECORD = (
    "kind", "evaluation", "service", "environment", "version", "decision", "pass_rate", "score",
    "decided_at", "valid_until", "manifest", "profile", "conditions", "evidence", "statement",
    "signatures",
)  # fmt: skip
"""What is asked of a record."""


class Documents:
    """Reads entries.

    What opens gates without a decision is read strictly: a key that stands twice could be read in
    two ways. Records are six times as quick to read when only what is asked for is made; who acts
    on a whole one refuses such a key himself.
    """

    def __init__(self) -> None:
        # Takes 20 ms to import, and only who looks at a whole log needs it.
        from pydantic_core import SchemaValidator, core_schema  # noqa: PLC0415

        each = core_schema.typed_dict_field(core_schema.any_schema(), required=False)
        self._record = SchemaValidator(
            core_schema.typed_dict_schema(dict.fromkeys(_OF_RECORD, each))
        )

    def read(self, index: int, kind: str, body: bytes) -> dict[str, Any]:
        """Return what the entry at *index* says, of a record what is asked of it.

        Args:
            index: Its place.
            kind: What it is said to be.
            body: Its bytes.

        Raises:
            TamperedError: It is no JSON object, or has a key twice.
        """
        try:
            if kind == Kind.DECISION:
                record: dict[str, Any] = self._record.validate_json(body)
                return record
            found = _STRICT.decode(body.decode())
        except _TwiceError as error:
            raise TamperedError(index, "a key stands in it twice") from error
        except (ValueError, RecursionError) as error:
            raise TamperedError(index, "it is no JSON object") from error
        if not isinstance(found, dict):
            raise TamperedError(index, "it is no JSON object")
        return found


class _TwiceError(ValueError):
    """A key stands twice in an object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_STRICT = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse)
