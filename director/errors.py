"""What can keep us from our work, one class per person who must act.

::

    DirectorError
    ├── InputError          somebody wrote something that cannot be used; exit 2
    │   ├── ManifestError   the service team mends it
    │   ├── ProfileError    the platform team mends it
    │   └── SettingsError   the operator mends it
    ├── PluginError         a plugin broke its contract; contained and listed
    ├── CheckBrokeError     a check broke where it ran, in another process; one errored result
    └── StoreError          the record cannot be read or written; exit 3

A finding about a service is a value and never one of these.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in one place of one input.

    Attributes:
        source: The file, variable or flag that was read.
        line: Line of the offending value, counted from 1; 0 where there are no lines.
        column: Column of the offending value, counted from 1; 0 where there are no lines.
        problem: What it must be, then what it was, in one line.
    """

    source: str
    line: int
    column: int
    problem: str

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}:{self.column}" if self.line else self.source
        return f"{place}: {self.problem}"


class DirectorError(Exception):
    """Base of everything that keeps the Director from its work."""


class InputError(DirectorError):
    """Something that somebody wrote cannot be used.

    Args:
        faults: Everything that is wrong, all at once; at least one.
    """

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class ManifestError(InputError):
    """The manifest cannot be used; the service team can mend it."""


class ProfileError(InputError):
    """The profile cannot be used; the platform team can mend it."""


class SettingsError(InputError):
    """A flag, a variable or the configuration cannot be used; the operator can mend it."""


class PluginError(DirectorError):
    """A plugin broke its contract; its author can mend it.

    Args:
        code: What went wrong, as a machine word, for example ``import_failed``.
        detail: What went wrong, in one line.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class CheckBrokeError(DirectorError):
    """A check broke in the process that it runs in, or its process did.

    Args:
        code: What went wrong, as a machine word, for example ``crash:SIGSEGV``.
        reason: What went wrong, in one sentence.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class StoreError(DirectorError):
    """The record cannot be read or written, so there can be no decision."""
