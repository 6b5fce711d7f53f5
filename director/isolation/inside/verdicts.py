"""What a worker says of a run: an answer, a fault of the probe, or how the check broke."""

from __future__ import annotations

import inspect
import os
from typing import Any

from director.isolation.codec import CodecError, plain
from director.isolation.frames import MOST_BYTES
from director.model.outcome import Failed, NotApplicable, Passed, Unknown, Warned
from director.model.probe import ProbeError
from director.model.text import printable

_ANSWERS = (Passed, Warned, Failed, Unknown, NotApplicable)

_fork, _wait, _exit = os.fork, os.waitpid, os._exit
"""Taken before a plugin can replace them."""


def answered(answer: object) -> dict[str, Any]:
    """Return what a worker says of the *answer* of a check, whatever that is."""
    if type(answer) not in _ANSWERS:
        if inspect.iscoroutine(answer):
            answer.close()
        expected = "Passed, Warned, Failed, Unknown or NotApplicable"
        got = printable(type(answer).__name__)
        return _broke("invalid_result", f"must return {expected}, got {got}")
    try:
        return {"said": plain(answer)}
    except CodecError as error:
        return _broke("invalid_result", f"{type(answer).__name__} {error}")
    except BaseException as error:  # noqa: BLE001  # what a field holds may be the plugin's code
        return _broke("invalid_result", _told(error))


def raised(error: BaseException) -> dict[str, Any]:
    """Return what a worker says of an exception that a check raised.

    What the exception holds on to is let go of first: it may be all the memory there is.
    """
    error.__traceback__ = error.__context__ = None
    if isinstance(error, ProbeError):
        return {"fault": _fault(error)}
    if isinstance(error, (OSError, RuntimeError)) and _no_more_processes():
        return _broke("pids_limit", f"it may start no more processes: {_told(error)}")
    return _broke(f"exception:{printable(type(error).__name__)}", _told(error))


def refused(error: ValueError) -> dict[str, Any]:
    """Return what a worker says of a check that does not take its options."""
    return _broke("bad_option", f"it does not take its options: {_told(error)}")


def unsendable(error: BaseException) -> dict[str, Any]:
    """Return what a worker says when its word on a run cannot be sent."""
    if isinstance(error, (MemoryError, OverflowError)):
        told = f"the answer must have at most {MOST_BYTES} bytes as JSON, got far more"
        return _broke("result_too_large", told)
    return _broke("invalid_result", f"the answer cannot be told: {_told(error)}")


def too_large(size: int) -> dict[str, Any]:
    """Return what a worker says when its word on a run has *size* bytes."""
    told = f"the answer must have at most {MOST_BYTES} bytes as JSON, got {size}"
    return _broke("result_too_large", told)


def _broke(code: str, reason: str) -> dict[str, Any]:
    return {"broke": [code, reason]}


def _fault(error: ProbeError) -> Any:  # noqa: ANN401  # any JSON
    try:
        return plain(error)
    except BaseException:  # noqa: BLE001  # it is one of the check's own
        return plain(ProbeError(error.reason, "(it cannot be told)"))


def _told(error: BaseException) -> str:
    """Return the class and the text of an exception of a plugin, which is its code as well."""
    name = printable(type(error).__name__)
    try:
        text = printable(str(error))
    except BaseException:  # noqa: BLE001  # as said
        text = "(it cannot be printed)"
    return f"{name}: {text}" if text else name


def _no_more_processes() -> bool:
    """Whether a process cannot be started now; nothing else tells it from other errors."""
    try:
        child = _fork()
    except OSError:
        return True
    if child == 0:
        _exit(0)
    _wait(child, 0)
    return False
