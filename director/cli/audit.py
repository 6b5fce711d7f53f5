"""director audit: verify, export and keep the audit log."""

from __future__ import annotations

from director.cli.subcommands import Subcommands

command = Subcommands(
    {
        "verify": "Verify a bundle or a record, offline.",
        "export": "Write the whole log into one file that can be verified anywhere.",
        "key": "Print the public key that the log is verified with.",
        "erase": "Erase old evidence; the log still verifies.",
    },
    name="audit",
    short_help="Verify, export and keep the audit log.",
    help="Verify, export and keep the audit log of all decisions.",
)
