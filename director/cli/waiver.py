"""director waiver: excuse a service from a check for a while, with the proof of who agreed."""

from __future__ import annotations

from director.cli.subcommands import Subcommands

command = Subcommands(
    {
        "request": "Ask for a service to be excused from a check.",
        "approve": "Show a request, sign it with an SSH key and approve it.",
        "deny": "Say no to a request.",
        "revoke": "End a waiver before it expires.",
        "list": "List the waivers of a service, or of all.",
        "show": "Show one waiver with everything that became of it.",
    },
    name="waiver",
    short_help="Excuse a service from a check for a while.",
    help="Excuse a service from a check for a while: requested by one person or in the manifest,"
    " approved by another whose role the profile lets approve. Blockers are never waived.",
)
