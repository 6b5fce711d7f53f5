"""What the exit code of a command means; the one table of design §13."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the director command, judged on the effective decision."""

    OPEN = 0
    """The gate is open: GO, or CONDITIONAL_GO."""
    CLOSED = 1
    """The gate is closed: NO_GO, or CONDITIONAL_GO with ``--fail-on conditional``."""
    INPUT = 2
    """Usage, configuration, manifest or profile error."""
    UNDECIDED = 3
    """No decision could be made or recorded."""
    CONDITIONAL = 4
    """CONDITIONAL_GO, only with ``--detailed-exitcode``."""
    NOTHING = 5
    """Nothing counting was planned."""
    SIGINT = 130
    """Interrupted; the partial report says so."""
    SIGTERM = 143
    """Terminated; the partial report says so."""
