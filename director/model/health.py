"""What a service says of its own health, whichever format it says it in."""

from __future__ import annotations

from enum import StrEnum

from director.model.value import dataclass


class HealthStatus(StrEnum):
    """How a service, or a part of it, says it is."""

    PASS = "pass"  # noqa: S105  # a word of health+json
    WARN = "warn"
    FAIL = "fail"


class HealthFormat(StrEnum):
    """In which of the known formats a health document is written."""

    HEALTH_JSON = "health_json"
    """``application/health+json``, draft-inadarei-api-health-check-06."""
    SPRING = "spring"
    """Spring Boot's actuator."""
    MICROPROFILE = "microprofile"
    """MicroProfile Health."""
    ASPNET = "aspnet"
    """ASP.NET Core: one word, or the usual JSON writers."""


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a service, as its health document has it.

    Attributes:
        name: Its name; nested ones are joined by a slash. The peer chose it; printable.
        status: How it is.
        said: The word of the document, for example ``OUT_OF_SERVICE``; printable.
        observed: What was measured of it, with its unit; printable, empty if nothing was said.
    """

    name: str
    status: HealthStatus
    said: str
    observed: str = ""


@dataclass(frozen=True, slots=True)
class HealthDocument:
    """One health document.

    Attributes:
        format: How it is written.
        status: How the service says it is.
        said: The word of the document; printable.
        components: Its parts, in the order of the document.
        agrees: Whether the document and the status code of the reply say the same.
        fault: Why it cannot be used, though it is one, in one clause; empty if it can. Such a
            document fails.
    """

    format: HealthFormat
    status: HealthStatus
    said: str
    components: tuple[Component, ...] = ()
    agrees: bool = True
    fault: str = ""
