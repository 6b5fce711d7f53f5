"""loading.notifications: the operator's file, the secrets it refers to, and its schema."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from director.errors import SettingsError
from director.loading.notifications import Notified, read_notifications
from director.loading.schema import notifications_schema
from director.model.receiver import TOLD

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
ENVIRON = {"NEW": SECRET, "HOOK": "https://hooks.test/T0/s3cr3t?x=1", "SHORT": "whsec_YWJj"}
HEAD = "apiVersion: readiness/v1\nkind: Notifications\nspec:\n  receivers:\n"
PAGER = """\
    pager:
      url: https://hooks.example.com/director
      secrets: [{env: NEW}, {file: old.secret}]
      events: [director.decision.changed]
      services: [pay-*]
      tiers: [0, 1]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a secret in a file."""
    (tmp_path / "old.secret").write_text(OLD + "\n")
    (tmp_path / "old.secret").chmod(0o600)
    return tmp_path


def read(folder: Path, body: str) -> Notified:
    """Read a file with *body*, which begins on line 5."""
    path = folder / "notifications.yaml"
    path.write_text(HEAD + body)
    path.chmod(0o644)
    return read_notifications(path, ENVIRON)


def refused(folder: Path, body: str) -> list[str]:
    """Return the faults of a file, each without its folder; none shows a secret."""
    with pytest.raises(SettingsError) as caught:
        read(folder, body)
    texts = [
        str(fault).replace(f"{folder}/notifications.yaml:", "") for fault in caught.value.faults
    ]
    assert not any("s3cr3t" in text or SECRET in text for text in texts)
    return texts


def in_editor(body: str) -> bool:
    """Return whether the schema takes it."""
    return Draft7Validator(notifications_schema()).is_valid(yaml.safe_load(HEAD + body))


def test_who_is_told_is_read(folder: Path) -> None:
    """A receiver has its URL, its keys in their order, and its filters."""
    found = read(folder, PAGER)

    (pager,) = found.receivers
    assert pager.keys == (b"k" * 32, b"o" * 24)
    assert (pager.events, pager.services) == (("director.decision.changed",), ("pay-*",))
    assert pager.tiers == (0, 1)
    assert set(found.values) == {SECRET, OLD}
    assert in_editor(PAGER)


def test_a_url_may_be_a_secret(folder: Path) -> None:
    """It comes from a variable, and is masked like one; changes are told by default."""
    body = "    chat: {url_from: {env: HOOK}, secrets: [{env: NEW}]}\n"

    found = read(folder, body)

    assert found.receivers[0].url == ENVIRON["HOOK"]
    assert found.receivers[0].events == TOLD
    assert ENVIRON["HOOK"] in found.values
    assert in_editor(body)


ONE = "    pager: {{url: {url}, secrets: {secrets}{more}}}\n"
CASES: dict[str, tuple[dict[str, str], str]] = {
    "http": ({"url": "http://h.test/x"}, "5:5: must be https, or have plaintext: true"),
    "password": ({"url": "https://u:s3cr3t@h.test/x"}, "5:18: must not hold a secret"),
    "query": ({"url": "https://h.test/?s3cr3t=1"}, "5:18: must have no query"),
    "scheme": ({"url": "ftp://h.test/"}, "5:18: must be a URL such as"),
    "port": ({"url": "https://h.test:99999/"}, "5:18: must be a URL such as"),
    "no-secret": ({"secrets": "[]"}, "must be one secret, or two"),
    "three": ({"secrets": "[{env: A}, {env: B}, {env: C}]"}, "must be one secret, or two"),
    "literal": ({"secrets": "[s3cr3t-s3cr3t]"}, "must say where the secret is: {env: VARIABLE}"),
    "misplaced": ({"secrets": "[{env: whsec_s3cr3t}]"}, "must say where the secret is"),
    "unset": ({"secrets": "[{env: NOT_SET}]"}, "the variable NOT_SET is not set, or is empty"),
    "both": ({"secrets": "[{env: NEW, file: old.secret}]"}, "must have either env or file"),
    "absent": ({"secrets": "[{file: nowhere}]"}, "there is no file 'nowhere'"),
    "short": ({"secrets": "[{env: SHORT}]"}, "must be whsec_ and base64 of 24 to 64 bytes"),
    "event": (
        {"more": ", events: [director.decision.chnged]"},
        "did you mean 'director.decision.changed'?",
    ),
    "loop": ({"more": ", events: [director.notification.failed]"}, "must be the name of an event"),
    "tier": ({"more": ", tiers: [5]"}, "must be"),
    "pattern": ({"more": ", services: ['a b']"}, "must be a name or a pattern"),
    "key": ({"more": ", sevices: [a]"}, "did you mean 'services'?"),
}


@pytest.mark.parametrize(("parts", "expected"), CASES.values(), ids=CASES.keys())
def test_faults_are_told_where_they_are(folder: Path, parts: dict[str, str], expected: str) -> None:
    """Each fault has its place, says what it must be, and shows no secret."""
    fine = {"url": "https://h.test/x", "secrets": "[{env: NEW}]", "more": ""}

    (fault,) = refused(folder, ONE.format(**fine | parts))

    assert fault[0] in "56"
    assert expected in fault


def test_neither_url_nor_url_from(folder: Path) -> None:
    """Exactly one of them says where."""
    neither = "    pager: {secrets: [{env: NEW}]}\n"
    both = "    pager: {url: https://h.test/, url_from: {env: HOOK}, secrets: [{env: NEW}]}\n"

    for body in (neither, both):
        assert refused(folder, body) == ["5:5: must have either url or url_from"]


def test_others_must_not_change_it(folder: Path) -> None:
    """Who could change the file could send decisions elsewhere; the same goes for a secret."""
    (folder / "old.secret").chmod(0o666)

    assert "old.secret" in refused(folder, PAGER)[0]


def test_every_example_of_the_schema_is_taken(folder: Path) -> None:
    """What editors offer can be read."""
    schema: dict[str, Any] = notifications_schema()
    example = schema["properties"]["spec"]["examples"][0]
    path = folder / "n.yaml"
    whole = {"apiVersion": "readiness/v1", "kind": "Notifications", "spec": example}
    path.write_text(yaml.safe_dump(whole))
    path.chmod(0o644)

    assert (
        read_notifications(path, {"DIRECTOR_WEBHOOK_SECRET": SECRET}).receivers[0].name == "pager"
    )
