"""One line for people on stderr, and what to do when nobody reads stdout."""

from __future__ import annotations

import os
import sys

import click


def say(text: str) -> None:
    """Write *text* to stderr; one that is closed is nobody's loss."""
    try:
        click.echo(text, err=True)
    except (OSError, ValueError, AttributeError):
        return


def give_up_stdout() -> None:
    """Send what stdout still holds to nowhere: its reader is gone, by choice.

    Without this the interpreter would try again at exit, complain, and exit with 120.
    """
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.__stdout__.fileno())  # type: ignore[union-attr]  # caught below
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):
        sys.stdout = None  # as when it was closed from the start
