"""The routes that the documents list are those that there are."""

from __future__ import annotations

import re
from pathlib import Path

from director.web.access import API
from director.web.identity import Role


def test_every_route_is_in_the_document(root: Path) -> None:
    """Each with its role and its scope, and none that is not there."""
    text = (root / "docs" / "api.md").read_text("utf-8")

    listed = re.findall(r"^\| `([A-Z]+ /\S*)` \| ([\w-]+) \| (\w+) \|", text, re.MULTILINE)

    assert listed == [
        (route, need.role.value if need.role else "anybody", need.scope.value)
        for route, need in API.items()
    ]


def test_every_role_is_explained(root: Path) -> None:
    """Whoever makes a token finds what a role may."""
    text = (root / "docs" / "access.md").read_text("utf-8")

    assert re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE) == list(Role)
