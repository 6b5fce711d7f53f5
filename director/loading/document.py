"""What manifest and profile documents are built from: mappings of known keys, and terms."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import core_schema

from director.loading import terms
from director.model.manifest import Scalar
from director.model.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler

# pydantic would import plugins of its own from any distribution that is installed, trusted or
# not, the first time a document is built. This is the switch it offers.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"

API_VERSION = "readiness/v1"


class Document(BaseModel):
    """A mapping that knows all its keys.

    Built when it is first used: most runs need one kind of document, and some need none.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A kind of plain value, for use in ``Annotated``.

    Attributes:
        read: Takes what was written and returns what is meant; a ValueError says in our words
            what it must be and what it was.
        schema: The same for editors, as JSON Schema.
    """

    read: Callable[[Any], Any]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self.schema)


def spelled(pattern: str) -> dict[str, Any]:
    """Return the JSON Schema of text that matches *pattern* as a whole."""
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


Text = Annotated[
    str,
    Term(terms.text, {"type": "string", "pattern": r"\S", "maxLength": terms.LONGEST_TEXT}),
]
Name = Annotated[str, Term(terms.name, spelled(terms.NAME_PATTERN))]
PolicyName = Annotated[
    str,
    Term(terms.policy_name, spelled(rf"(?!.*\.ya?ml$){terms.NAME_PATTERN}")),
]
CheckId = Annotated[
    str,
    Term(terms.check_id, {**spelled(terms.CHECK_ID.pattern), "maxLength": terms.LONGEST_ID}),
]
OptionName = Annotated[str, Term(terms.option_name, spelled(terms.OPTION_PATTERN))]
OptionValue = Annotated[
    Scalar,
    Term(
        terms.option_value,
        {"type": ["string", "number", "boolean"], "maxLength": terms.LONGEST_TEXT},
    ),
]
DurationS = Annotated[float, Term(terms.duration_s, spelled(terms.DURATION_PATTERN))]


def word(expected: str) -> Term:
    """Return the term that is one word and no other."""
    return Term(terms.exactly(expected), {"type": "string", "const": expected})


def choice(words: type[StrEnum], *left_out: StrEnum) -> Term:
    """Return the term that is one of the *words* but for those *left_out*."""
    allowed = [word.value for word in words if word not in left_out]
    return Term(terms.one_of(words, *left_out), {"type": "string", "enum": allowed})


def number(read: Callable[[Any], Any], most: float, *, over: bool = False) -> Term:
    """Return a term for numbers from 0 to *most*.

    Args:
        read: The reader.
        most: The largest number.
        over: Whether 0 itself is refused.
    """
    least = {"exclusiveMinimum": 0} if over else {"minimum": 0}
    return Term(read, {"type": "number", **least, "maximum": most})


def whole(read: Callable[[Any], Any], least: int, most: int) -> Term:
    """Return a term for whole numbers from *least* to *most*."""
    return Term(read, {"type": "integer", "minimum": least, "maximum": most})
