"""Pages that were meant for nobody outside, and by what each is recognised.

The paths are those that the products document; the marks are what they answer with.
"""

from __future__ import annotations

import re

from director.plugin import dataclass


@dataclass(frozen=True, slots=True)
class Exposure:
    """One page that must not be public.

    Attributes:
        path: Where it usually is.
        mark: A pattern of what is in its body; a page without it is something else.
        what: What it gives away.
        secret: Whether it gives away secrets, and so is wrong inside a network too.
    """

    path: str
    mark: bytes
    what: str
    secret: bool = False

    def shows(self, body: bytes) -> bool:
        """Return whether *body* is what must not be public."""
        return re.search(self.mark, body, re.MULTILINE) is not None


KNOWN = (
    Exposure("/.env", rb"\A\s*(?:#[^\n]*\n\s*)*(?:export )?[A-Za-z_][A-Za-z0-9_]*=",
             "the environment with its secrets", secret=True),
    Exposure("/.git/HEAD", rb"\A(?:ref: refs/|[0-9a-f]{40}\s*\Z)",
             "the source code", secret=True),
    Exposure("/.git/config", rb"\A\s*\[core\]", "the source code", secret=True),
    Exposure("/actuator/env", rb"\"propertySources\"\s*:",
             "the configuration", secret=True),
    Exposure("/actuator/configprops", rb"\"contexts\"\s*:(?s:.{0,200}?)\"beans\"\s*:",
             "the configuration", secret=True),
    Exposure("/actuator/heapdump", rb"\A(?:JAVA PROFILE|\x1f\x8b)",
             "the memory of the process", secret=True),
    Exposure("/phpinfo.php", rb"<title>[^<]{0,99}phpinfo\(\)",
             "the configuration", secret=True),
    Exposure("/debug/pprof/", rb"Types of profiles available|<title>/debug/pprof",
             "profiles of the process"),
    Exposure("/debug/vars", rb"\"memstats\"\s*:", "the memory statistics"),
    Exposure("/server-status", rb"Apache (?:Server )?Status", "requests of other users"),
    Exposure("/nginx_status", rb"\AActive connections:", "the load"),
    Exposure("/metrics", rb"^# (?:HELP|TYPE) [A-Za-z_:]", "the metrics"),
    Exposure("/actuator/prometheus", rb"^# (?:HELP|TYPE) [A-Za-z_:]", "the metrics"),
)  # fmt: skip
