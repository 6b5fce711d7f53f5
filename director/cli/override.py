"""director override: force a GO, with the proof of who agreed."""

from __future__ import annotations

from director.cli.subcommands import Subcommands

command = Subcommands(
    {
        "request": "Write down what is to be signed, for the last NO_GO.",
        "sign": "Show a request and sign it with an SSH key.",
        "apply": "Bring a signed override into force.",
        "revoke": "End an override before it expires.",
        "list": "List the overrides of a service, or of all.",
        "show": "Show one override with everything that became of it.",
    },
    name="override",
    short_help="Force a GO, with the proof of who agreed.",
    help="Force a GO for a service that is NO_GO: requested by one person, signed by another whose"
    " role the profile lets override, for a while, and in the audit log for ever.",
)
