"""Where a file is, as those who show a repository name it: relative to its top, and inert."""

from __future__ import annotations

import os
import posixpath
from urllib.parse import quote

from director.model.text import printable
from director.model.value import dataclass

UNNAMED = "readiness.yaml"
"""What a manifest is called where nobody said so: in records of older versions."""


@dataclass(frozen=True, slots=True)
class Repository:
    """What names of files are relative to. Compares names only; no file is looked at.

    Attributes:
        top: Its uppermost folder, absolute; empty if there is none to speak of.
        here: The folder that names of files start from, absolute; empty if it is gone.
    """

    top: str = ""
    here: str = ""

    def uri(self, source: str) -> tuple[str, bool]:
        """Return *source* as a URI, and whether it is relative to the top.

        Inside the repository it is relative, without ``..``; outside it is a ``file:`` URI,
        which is what GitHub's uploader takes apart. Everything but ASCII letters, digits and
        ``_.-~/`` is percent-encoded, byte by byte as the file is called, so that no name
        becomes a scheme, a query or a fragment.
        """
        inside, path = self._find(source)
        encoded = quote(_bytes(path), safe="/")
        return (
            (encoded, True) if inside or not path.startswith("/") else (f"file://{encoded}", False)
        )

    def path(self, source: str) -> str:
        """Return *source* as a relative path without ``..``, in one line.

        What is outside keeps its name without the way to it: GitLab knows relative paths only.
        """
        _, path = self._find(source)
        parts = [part for part in path.split("/") if part not in ("", ".", "..")]
        return printable("/".join(parts)) or UNNAMED

    def _find(self, source: str) -> tuple[bool, str]:
        """Return whether *source* is inside, and its path: from the top, or else absolute."""
        path = posixpath.normpath(posixpath.join(self.here, source or UNNAMED))
        path = f"/{path.lstrip('/')}" if path.startswith("/") else path
        top = self.top.rstrip("/") + "/"
        if self.top and path.startswith(top):
            return True, path.removeprefix(top)
        return not path.startswith(("/", "../")), path


def repository() -> Repository:
    """Return the repository around the working folder: the nearest folder above with ``.git``.

    Where there is none, the working folder itself is the top.
    """
    try:
        here = os.getcwd()  # noqa: PTH109  # a text; a path would be made of it only to be undone
    except OSError:
        return Repository()  # It has been removed.
    return Repository(_top(here), here)


def _top(here: str) -> str:
    folder = here
    while not os.path.lexists(posixpath.join(folder, ".git")):
        above = posixpath.dirname(folder)
        if above == folder:
            return here
        folder = above
    return folder


def _bytes(path: str) -> bytes:
    """Return *path* as the bytes that the file system knows it by."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # Half a surrogate pair that is no byte of any name.
        return path.encode("utf-8", "replace")
