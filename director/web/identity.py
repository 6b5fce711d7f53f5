"""Who asks: what they may do, and with which services."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase

from aiohttp import web

from director.model.value import dataclass

EVERY = "*"
"""The pattern that every service fits."""


class Role(StrEnum):
    """What somebody may do. Every role may also do what a viewer may."""

    VIEWER = "viewer"
    """Look at services, decisions, gates, waivers and overrides."""
    EVALUATOR = "evaluator"
    """Have services evaluated, and tell of deployments and alerts."""
    POLICY_ADMIN = "policy-admin"
    """Request waivers, approve, deny and revoke them, and see to notifications."""
    OVERRIDE_REQUESTER = "override-requester"
    """Request overrides."""
    OVERRIDE_APPROVER = "override-approver"
    """Apply and revoke overrides; whose approval counts is proven by a signature."""
    AUDITOR = "auditor"
    """Read the audit log."""


class Via(StrEnum):
    """By what somebody is known."""

    LOCAL = "local"
    """By nothing: the server is open, and listens on loopback alone."""
    TOKEN = "token"  # noqa: S105  # a word
    SESSION = "session"
    """By the cookie that signing in gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody who may do something.

    Attributes:
        name: Who, for people and logs: the token's name, and who holds it.
        holder: The person who answers for it: who requested a waiver or an override.
        roles: What they may do.
        services: With which services, as globs (``payment-*``); ``*`` is every one.
        via: By what they are known.
        credential: Which token or session, for limits and logs; no secret.
        csrf: What a form of the dashboard must send along as ``csrf``; empty except in sessions.
    """

    name: str
    holder: str
    roles: frozenset[Role]
    services: tuple[str, ...]
    via: Via
    credential: str
    csrf: str = ""

    def may(self, role: Role) -> bool:
        """Return whether they may do what *role* may."""
        return role in self.roles or (role is Role.VIEWER and bool(self.roles))

    def sees(self, service: str) -> bool:
        """Return whether a service is among theirs."""
        return any(fnmatchcase(service, glob) for glob in self.services)

    @property
    def sees_all(self) -> bool:
        """Whether every service is theirs."""
        return EVERY in self.services


IDENTITY = web.RequestKey("identity", Identity)
"""Where a request keeps who asks; not there on routes that need no role."""

REQUEST_ID = web.RequestKey("request_id", str)
"""Where a request keeps its id, which the answer and the log have, too."""

LOCAL = Identity(
    name="local",
    holder="local",
    roles=frozenset(Role) - {Role.OVERRIDE_APPROVER},
    services=(EVERY,),
    via=Via.LOCAL,
    credential="local",
)
"""Whoever asks an open server. Nobody forces a GO with no other proof than being on the machine."""
