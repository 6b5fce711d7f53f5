"""Where the web server listens, and whom it answers: the options of director serve alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from director.cli.option_types import ShownChoice, ShownPath
from director.cli.options import Function, option

_FILES = ShownPath(exists=True, dir_okay=False, path_type=Path)

_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "--listen",
        {
            "default": "127.0.0.1:8787",
            "show_default": True,
            "metavar": "HOST:PORT",
            "help": "Where to listen; elsewhere than on loopback it needs tokens and TLS.",
        },
    ),
    (
        "--access",
        {
            "type": ShownChoice(["open", "tokens"]),
            "default": "open",
            "show_default": True,
            "help": "Who is answered: anybody on this machine, or who has a token.",
        },
    ),
    (
        "--public-url",
        {"metavar": "URL", "help": "Where people reach it, for links in messages."},
    ),
    (
        "--behind-proxy",
        {"is_flag": True, "help": "A proxy that speaks TLS stands before it."},
    ),
    (
        "--trusted-proxy",
        {
            "multiple": True,
            "metavar": "RANGE",
            "help": "Whose X-Forwarded-For is believed; may be repeated.",
        },
    ),
    (
        "--tls-certificate",
        {"type": _FILES, "metavar": "FILE", "help": "Speak TLS with this chain, in PEM."},
    ),
    ("--tls-key", {"type": _FILES, "metavar": "FILE", "help": "Its private key, in PEM."}),
    (
        "--connections-per-address",
        {
            "type": click.IntRange(min=0),
            "metavar": "COUNT",
            "help": "At once; 0 for no limit (default: 32, behind a proxy 0).",
        },
    ),
    (
        "--online-check",
        {
            "multiple": True,
            "metavar": "HOST:PORT",
            "help": "A place that should always answer: if none does, we are offline and"
            " nothing is held against services; may be repeated.",
        },
    ),
)


def web_options(function: Function) -> Function:
    """Add them."""
    for flag, attributes in reversed(_OPTIONS):
        function = option(flag, **attributes)(function)
    return function
