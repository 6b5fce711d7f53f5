"""Words that stand for what is examined: ``$host$``, ``$port$`` and the like."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from director.plugin import NotApplicable, Target, Unknown

MACROS = ("base_url", "environment", "host", "port", "service")
"""What can stand between two dollars."""

_MACRO = re.compile(r"\$([^$]*)\$")
_PORTS = {"http": 80, "https": 443}


def macros_in(text: str) -> list[tuple[int, str]]:
    """Return each macro in *text* with the place where it begins; ``$$`` is none.

    >>> macros_in("$$5 of $host$")
    [(7, 'host')]
    """
    return [(found.start(), found[1]) for found in _MACRO.finditer(text) if found[1]]


def lonely_dollar(text: str) -> int | None:
    """Return where a dollar stands that neither begins nor ends a macro, or None."""
    rest = _MACRO.sub(lambda found: " " * len(found[0]), text)
    return None if (at := rest.find("$")) < 0 else at


def filled(command: tuple[str, ...], target: Target) -> list[str] | NotApplicable | Unknown:
    """Return *command* with what its macros stand for, or why that cannot be.

    A value never becomes an option: the program would do what the judged team says.
    """
    values = _values(target)
    line: list[str] = []
    for argument in command:
        for _, name in macros_in(argument):
            if not values[name]:
                what = "environment" if name == "environment" else "base_url"
                return NotApplicable(f"the target has no {what}, and ${name}$ is needed")
        made = _MACRO.sub(lambda found: values[found[1]] if found[1] else "$", argument)
        if made.startswith("-") and not argument.startswith("-"):
            reason = f"the program is not run: {argument} would become the option {made!r}"
            return Unknown(reason, "unsafe_macro")
        line.append(made)
    return line


def _values(target: Target) -> dict[str, str]:
    """Return what each macro stands for; empty where the target has none."""
    url = target.base_url or ""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return {
        "base_url": url,
        "environment": target.environment.name if target.environment else "",
        "host": host,
        "port": str(parts.port or _PORTS.get(parts.scheme.lower(), 80)) if host else "",
        "service": target.manifest.name,
    }
