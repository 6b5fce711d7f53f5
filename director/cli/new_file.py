"""Files that are written whole or not at all, and over nothing that is there already."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from director.cli.outlet import unwritable
from director.errors import Fault, SettingsError
from director.model.text import named


def demand_room(path: Path, *, force: bool) -> None:
    """Return if *path* may be written.

    Args:
        path: The file.
        force: Whether a regular file may be replaced.

    Raises:
        SettingsError: It is there already, or no file can be there.
    """
    if not path.parent.is_dir():
        problem = f"must be in a folder that exists, got {named(path.parent)}"
        raise SettingsError(Fault(named(path), 0, 0, problem))
    if os.path.lexists(path):
        if not force:
            raise _occupied(path)
        if path.is_symlink() or not path.is_file():
            raise SettingsError(Fault(named(path), 0, 0, "must be a regular file to be replaced"))


def put(path: Path, text: str, *, force: bool) -> None:
    """Write *text* to *path*: nobody ever sees a part of it.

    Args:
        path: The file.
        text: All that shall stand in it.
        force: Whether what is there is replaced.

    Raises:
        SettingsError: The file is there already, or cannot be made.
        OutputError: It cannot be written, for example because the disk is full.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except OSError as error:
        problem = f"must be a file that can be written, got {error.strerror}"
        raise SettingsError(Fault(named(path), 0, 0, problem)) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        if force:
            draft.replace(path)
        else:
            path.hardlink_to(draft)  # Unlike a rename, it refuses to replace anything.
    except FileExistsError:
        raise _occupied(path) from None
    except OSError as error:
        raise unwritable(named(path), error) from error
    finally:
        draft.unlink(missing_ok=True)


def _occupied(path: Path) -> SettingsError:
    problem = "must not be there yet; --force replaces it, --output writes elsewhere"
    return SettingsError(Fault(named(path), 0, 0, problem))
