"""What a process does to itself before a plugin's code runs in it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

MEMORY_BYTES = 1 << 30
FILES = 256
FILE_BYTES = 1 << 20
PROCESSES = 64
LEAST_PID_MAX = 301
"""The smallest number of processes that Linux lets a namespace have."""

_LIMITS = (
    ("RLIMIT_AS", MEMORY_BYTES),
    ("RLIMIT_NOFILE", FILES),
    ("RLIMIT_FSIZE", FILE_BYTES),
    ("RLIMIT_CORE", 0),
    ("RLIMIT_NPROC", PROCESSES),
)

LINUX = sys.platform == "linux"

_libc = ctypes.CDLL(None, use_errno=True) if LINUX else None
"""Loaded before any fork: to look a library up afterwards takes longer than the fork."""


def enter_namespace() -> bool:
    """Let the next child be the first process of a PID namespace of its own.

    All of a namespace dies with its first process, whatever session or group it hid in.

    Returns:
        Whether that can be had here: on Linux, for root, or where users may make namespaces.
    """
    if _libc is None:
        return False
    user, group = os.getuid(), os.getgid()
    if _libc.unshare(_CLONE_NEWPID) == 0:
        return True
    if _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWPID) != 0:
        return False
    with contextlib.suppress(OSError):
        # Without a map everything the plugin sees belongs to nobody.
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    return True


def bound_processes() -> None:
    """Let the namespace that this process is in have few processes; on Linux from 6.14.

    ``RLIMIT_NPROC`` does not bind root, and counts what others of the user run.
    """
    with contextlib.suppress(OSError):
        _write("/proc/sys/kernel/pid_max", str(LEAST_PID_MAX))


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent is gone; on Linux."""
    if _libc is not None:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """Be killed when the parent ends; on Linux."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def bound_resources() -> None:
    """Set the limits of one process: memory, descriptors, the size of files, processes."""
    for name, most in _LIMITS:
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        _, hard = resource.getrlimit(kind)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(OSError, ValueError):  # macOS refuses some of them
            resource.setrlimit(kind, (bound, bound))


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123  # a file of the kernel
        file.write(text)
