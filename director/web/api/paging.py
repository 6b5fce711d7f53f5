"""Long lists in pages: where the next one begins is said in a cursor that means nothing else."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated

from pydantic import StringConstraints

from director.web.problems import ProblemError

Cursor = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[A-Za-z0-9_-]*$")]
"""Where a page begins; empty for the first."""


def cursor_of(*place: str) -> str:
    """Return the cursor of the page that begins behind *place*."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(cursor: str, parts: int) -> tuple[str, ...] | None:
    """Return the place behind which the page begins; None for the first.

    Raises:
        ProblemError: It is no cursor of ours.
    """
    if not cursor:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        found = None
    ours = (
        isinstance(found, list)
        and len(found) == parts
        and all(isinstance(each, str) and each.isprintable() for each in found)
    )
    if not isinstance(found, list) or not ours:
        raise ProblemError(404, "no page begins there")
    return tuple(found)
