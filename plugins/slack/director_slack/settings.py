"""What the operator sets, by variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from urllib.parse import urlsplit

from director.plugin import dataclass

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Where http may be spoken: to a relay on the same machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where messages go.

    Attributes:
        url: The incoming webhook; it is a secret, and no representation shows it.
        file: The file that holds it; empty if the URL is given.
        public_url: Where people find the Director's dashboard; empty for no links.
        waits_s: The wait before each attempt, in seconds.
        timeout_s: Longest time for one attempt, in seconds.
        queue_messages: Messages that may wait.
    """

    url: str = field(default="", repr=False)
    file: str = ""
    public_url: str = ""
    waits_s: tuple[float, ...] = (0.0, 1.0, 5.0, 30.0, 120.0)
    timeout_s: float = 15.0
    queue_messages: int = 100

    def webhook(self) -> str:
        """Return the URL of the incoming webhook.

        Raises:
            ValueError: It is none that messages may go to; the text does not show it.
            OSError: The file cannot be read.
        """
        url = self.url or Path(self.file).read_text(encoding="utf-8").strip()
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname:
            return url
        if parts.scheme == "http" and parts.hostname in LOOPBACK:
            return url
        raise ValueError("the webhook must be an https URL, or http on this machine")


def settings_of(environ: Mapping[str, str]) -> Settings:
    """Return what *environ* sets."""
    public = environ.get("DIRECTOR_PUBLIC_URL", "").rstrip("/")
    return Settings(
        url=environ.get("DIRECTOR_SLACK_WEBHOOK_URL", "").strip(),
        file=environ.get("DIRECTOR_SLACK_WEBHOOK_URL_FILE", ""),
        public_url=public if urlsplit(public).scheme in ("http", "https") else "",
    )
