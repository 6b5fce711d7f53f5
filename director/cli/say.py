"""One line for people on stderr."""

from __future__ import annotations

import os
import sys

from director.model.text import inert


def say(text: str) -> None:
    """Write *text* to stderr; one that is closed is nobody's loss."""
    if sys.stderr is None:
        return
    try:
        lines = map(inert, text.splitlines() or [""])
        sys.stderr.write("\n".join(lines) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def say_internal(error: BaseException) -> None:
    """Say that we failed; the traceback is for whoever asks for it."""
    if os.environ.get("DIRECTOR_DEBUG"):
        import traceback  # noqa: PLC0415  # only now

        say("".join(traceback.format_exception(error)))
    say(
        f"internal error: {type(error).__name__}: {error}"
        " (no decision; set DIRECTOR_DEBUG=1 for the traceback)"
    )
