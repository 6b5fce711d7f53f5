"""director token: who may use the API and the dashboard of director serve."""

from __future__ import annotations

from director.cli.subcommands import Subcommands

command = Subcommands(
    {
        "create": "Make a token, and show it once.",
        "list": "List the tokens, without what is secret.",
        "revoke": "End a token at once.",
    },
    name="token",
    short_help="Say who may use the API and the dashboard.",
    help="Say who may use the API and the dashboard of director serve: tokens have roles, are for"
    " some services, and expire. What is kept of them is a digest, beside the record.",
)
