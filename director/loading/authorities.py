"""From the operator's file of certificate authorities to its text."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from director.errors import Fault, SettingsError
from director.loading.source import read_source
from director.model.text import named

if TYPE_CHECKING:
    from pathlib import Path


def read_authorities(path: Path) -> str:
    """Return the certificates in *path*, in PEM.

    Raises:
        SettingsError: It cannot be read, or holds no certificate.
    """
    text = read_source(path, SettingsError).data.decode("ascii", errors="replace")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        problem = "must hold certificates in PEM, got something else"
        raise SettingsError(Fault(named(path), 0, 0, problem)) from None
    return text
