"""director override: what each of its commands says, and what becomes of wrong input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.acceptance.consent.conftest import Consent

pytestmark = pytest.mark.needs("ssh-keygen")

ID = "01JD9Z4S00000000000000000A"
WHY = ("--reason", "the regulator expects it tomorrow", "--ticket", "OPS-1", "--by", "ann")


def kinds(consent: Consent) -> list[str]:
    """Return how many entries the log has of each kind."""
    ran = consent.call("audit", "verify", "--format", "json")
    assert ran.exit == 0
    return sorted(ran.document["kinds"])


def test_nothing_is_asked_where_nothing_was_decided(consent: Consent) -> None:
    """Without a record, each command says so in one line, and makes none."""
    (consent.home / "o.json").write_text(json.dumps({"id": ID, "service": "x", "environment": ""}))
    (consent.home / "o.json.sig").write_text("")
    for words in (
        ("request", "pay", *WHY),
        ("apply", "o.json"),
        ("revoke", ID, "--reason", "x"),
        ("list",),
        ("show", ID),
    ):
        ran = consent.call("override", *words)

        assert (ran.exit, ran.stdout) == (2, ""), words
        assert ran.stderr == "--store: must be a database with decisions, got nothing at r.db\n"
    assert not (consent.home / "r.db").exists()


def test_names_that_are_none(consent: Consent, manifest: Path) -> None:
    """A service or an id that the record does not know is 2, in one line; nothing is recorded."""
    consent.call("evaluate", manifest)
    (consent.home / "o.json").write_text(json.dumps({"id": ID, "service": "x", "environment": ""}))
    (consent.home / "o.json.sig").write_text("")
    said = {
        ("request", "shop", *WHY): "SERVICE: must be a service with a recorded decision",
        ("request", "\udcff", *WHY): "SERVICE: must be a service with a recorded decision",
        ("request", "pay", "--environment", "moon", *WHY): "--environment: must be one of (none)",
        ("apply", "o.json"): "SERVICE: must be a service with a recorded decision",
        ("revoke", ID, "--reason", "x"): "ID: must be the id of what was requested",
        ("revoke", "\udcff", "--reason", "x"): "ID: must be the id of what was requested",
        ("list", "shop"): "SERVICE: must be a service with a recorded decision",
        ("list", "\udcff"): "SERVICE: must be a service with a recorded decision",
        ("list", "pay", "--environment", "moon"): "--environment: must be one of (none)",
        ("show", ID): "ID: must be an override that was requested",
        ("show", "\udcff"): "ID: must be an override that was requested",
    }
    for words, line in said.items():
        ran = consent.call("override", *words)

        assert (ran.exit, ran.stdout) == (2, ""), words
        assert ran.stderr.startswith(line)
        assert ran.stderr.count("\n") == 1
    assert kinds(consent) == ["decision"]


def test_files_that_are_none(consent: Consent, manifest: Path) -> None:
    """What cannot be read, or is no statement, is 2, in one line that names the file."""
    consent.call("evaluate", manifest)
    consent.request()
    home = consent.home
    (home / "folder.json").mkdir()
    (home / "bytes.json").write_bytes(b"\xff")
    (home / "large.json").write_bytes(b" " * (1024 * 1024 + 1))
    for name in ("bytes.json.sig", "large.json.sig", "pay.yaml.sig", "folder.json.sig"):
        (home / name).write_text("")
    said = {
        ("apply", "absent.json"): "absent.json: cannot be read: No such file or directory",
        ("apply", "folder.json"): "folder.json: ",
        ("apply", "bytes.json"): "bytes.json: must be UTF-8, was not",
        ("apply", "large.json"): "large.json: must be at most 1024 KiB",
        ("apply", "pay.yaml"): "pay.yaml: must be what director override request wrote",
        ("apply", "o.json"): "o.json.sig: cannot be read: No such file or directory",
        ("apply", "o.json", "--signature", "absent"): "absent: cannot be read: No such file",
        ("apply", "-"): "the signature: must be named",
        ("sign", "-", "--key", "jane"): "the signature: must be named",
        ("sign", "bytes.json", "--key", "jane"): "bytes.json.sig: must not be there yet",
        (
            "sign",
            "pay.yaml",
            "--key",
            "jane",
            "--force",
        ): "pay.yaml: type must be production-readiness",
        ("sign", "absent.json", "--key", "jane"): "absent.json: cannot be read",
        ("sign", "o.json", "--key", "absent"): "absent: must be a key that ssh-keygen signs with",
        ("sign", "o.json", "--key", "pay.yaml"): "pay.yaml: must be a key that ssh-keygen signs",
        ("request", "pay", *WHY, "--output", "o.json"): "o.json: must not be there yet; --force",
        ("request", "pay", *WHY, "--output", "no/o.json"): "no/o.json: must be in a folder that",
        ("request", "pay", *WHY, "--output", "folder.json"): "folder.json: must not be there yet",
    }
    before = kinds(consent)
    for words, line in said.items():
        ran = consent.call("override", *words)

        assert ran.exit == 2, words
        assert ran.stderr.splitlines()[-1].startswith(line), (words, ran.stderr)
    assert kinds(consent) == before == ["decision", "override.requested"]


def test_flags_that_are_none(consent: Consent, manifest: Path) -> None:
    """A flag that is missing, or that has no time in it, is a usage error."""
    consent.call("evaluate", manifest)
    for words, said in {
        ("request", "pay", "--ticket", "T"): "Missing option '--reason'",
        ("request", "pay", "--reason", "T"): "Missing option '--ticket'",
        ("request", "pay", *WHY, "--expires-in", "soon"): "must be a duration such as 30s",
        ("request", "pay", *WHY, "--expires-in", "99999d"): "must be at most 36500d",
        ("request", "pay", *WHY, "--begins-in", "-1h"): "must be a duration such as 30s",
        ("revoke", ID): "Missing option '--reason'",
        ("sign", "o.json"): "Missing option '--key'",
        ("aply", "o.json"): "Did you mean 'apply'?",
        ("list", "--format", "xml"): "'xml' is not one of 'text', 'json'",
    }.items():
        ran = consent.call("override", *words)

        assert (ran.exit, ran.stdout) == (2, ""), words
        assert said in ran.stderr


def test_signers_that_cannot_be_used(consent: Consent, manifest: Path) -> None:
    """A signers file that is gone, or that others can write, is 2 wherever one would count."""
    consent.call("evaluate", manifest)
    consent.request()
    consent.apply("jane")
    for mode, said in ((0o666, "others can write"), (0o000, "")):
        (consent.home / "allowed_signers").chmod(mode)
        if not mode:
            (consent.home / "allowed_signers").unlink()
        for words in (
            ("evaluate", manifest),
            ("report", "pay"),
            ("override", "apply", "o.json", "--signature", "jane.sig"),
            ("override", "list"),
        ):
            ran = consent.call(*words)

            assert ran.exit == 2, words
            assert "signers.yaml" in ran.stderr
            assert said in ran.stderr


def test_without_signers_nothing_counts(consent: Consent, manifest: Path) -> None:
    """A gate that is not told whose key is whose stays shut, and says what would help."""
    consent.call("evaluate", manifest)
    consent.request()
    assert (consent.apply("jane")).exit == 0
    nobody = {"DIRECTOR_SIGNERS": ""}

    judged = consent.call("evaluate", manifest, variables=nobody)
    listed = consent.call("override", "list", variables=nobody)
    applied = consent.call(
        "override", "apply", "o.json", "--signature", "jane.sig", variables=nobody
    )

    assert judged.exit == 1
    assert "--signers" in judged.stdout
    assert "not proven" in listed.stdout
    assert applied.exit == 1
    assert (consent.call("evaluate", manifest)).exit == 0


def test_what_was_changed_is_an_attempt(consent: Consent, manifest: Path) -> None:
    """A statement that somebody has changed is refused, and stands with the one it was made of."""
    consent.call("evaluate", manifest)
    consent.request()
    path = consent.home / "o.json"
    statement = json.loads(path.read_text())
    path.write_text(path.read_text().replace('"service": "pay"', '"service": "shop"'))

    ran = consent.apply("jane")

    assert (ran.exit, ran.stdout) == (1, "")
    assert ran.stderr.startswith("refused (other_service): it was not requested for pay\n")
    shown = consent.call("override", "show", statement["id"], "--format", "json")
    assert [entry["code"] for entry in shown.document["entries"]] == ["", "other_service"]
    assert '"service": "shop"' in shown.document["entries"][1]["statement"].replace("\\", "")


def test_a_refusal_says_everything(consent: Consent, manifest: Path) -> None:
    """All that stands against a request is said at once, and where the attempt is recorded."""
    consent.call("evaluate", manifest)
    flags = ("--reason", "\x1b[2JLGTM", "--ticket", " ", "--by", "a\udcff", "--expires-in", "73h")

    ran = consent.call("override", "request", "pay", *flags)

    codes = [line.split(":")[0] for line in ran.stderr.splitlines()[:-1]]
    wanted = ("short_reason", "ticket_missing", "unprintable", "unprintable", "too_long")
    assert codes == [f"refused ({code})" for code in wanted]
    assert ran.stderr.splitlines()[-1].startswith("the attempt is recorded as 01")
    assert ran.exit == 1
    assert not list(consent.home.glob("override-*.json"))


def test_an_end_has_a_reason(consent: Consent, manifest: Path) -> None:
    """Whoever ends an override says who and why, in words that can be seen."""
    consent.call("evaluate", manifest)
    consent.request()
    (override,) = consent.overrides()
    line = ("override", "revoke", override["id"].lower())

    blank = consent.call(*line, "--reason", " ", "--by", " ")
    odd = consent.call(*line, "--reason", "x\udcff")
    good = consent.call(*line, "--reason", "it is mended", "--by", "bob")

    assert [ran.exit for ran in (blank, odd, good)] == [1, 1, 0]
    assert [each.split(":")[0] for each in blank.stderr.splitlines()[:2]] == [
        "refused (blank_reason)", "refused (requester_missing)",
    ]  # fmt: skip
    assert "refused (unprintable)" in odd.stderr
    (override,) = consent.overrides()
    assert (override["state"], override["ended_by"]) == ("revoked", "bob")


def test_where_the_request_is_written(consent: Consent, manifest: Path) -> None:
    """Without a name, a request is written under its id; ``--force`` writes over another."""
    consent.call("evaluate", manifest)

    ran = consent.call("override", "request", "pay", *WHY)

    (path,) = consent.home.glob("override-*.json")
    assert json.loads(path.read_text())["id"] in path.name
    assert path.name in ran.stdout
    text = path.read_text()
    again = consent.call("override", "request", "pay", *WHY, "--output", path, "--force")
    assert again.exit == 0
    assert path.read_text() != text


def test_signed_with_ssh_keygen_alone(consent: Consent, manifest: Path) -> None:
    """The signature is that of ``ssh-keygen -Y sign``, and can come over standard input."""
    consent.call("evaluate", manifest)
    consent.request()

    signed = consent.call("override", "sign", "o.json", "--key", "jane")
    own = (consent.home / "o.json.sig").read_text()
    again = consent.call("override", "sign", "o.json", "--key", "jane")
    forced = consent.call("override", "sign", "o.json", "--key", "jane", "--force")

    assert [ran.exit for ran in (signed, again, forced)] == [0, 2, 0]
    assert "o.json.sig: must not be there yet" in again.stderr
    assert own == consent.sign("jane", (consent.home / "o.json").read_text())


def test_over_standard_input(machine: Consent, manifest: Path) -> None:
    """``-`` is standard input, for a request and for a signature."""
    machine.call("evaluate", manifest)
    machine.request()
    text = (machine.home / "o.json").read_text()
    (machine.home / "jane.sig").write_text(machine.sign("jane", text))

    none = machine.call("override", "apply", "-", "--signature", "jane.sig")
    good = machine.call("override", "apply", "-", "--signature", "jane.sig", typed=text)

    assert (none.exit, none.stderr.split(":")[0]) == (2, "-")
    assert good.exit == 0


def test_a_launch_tomorrow(consent: Consent, manifest: Path) -> None:
    """What begins later is not applied before, and says from when it holds."""
    consent.call("evaluate", manifest)
    consent.request("--begins-in", "1h", "--expires-in", "2h")

    ran = consent.apply("jane")

    assert ran.exit == 1
    assert ran.stderr.startswith("refused (not_yet_valid): ")
    (override,) = consent.overrides()
    assert override["not_before"] > override["requested_at"]


def test_a_list_of_several(consent: Consent, write, ready) -> None:
    """A list has all overrides of a service, or of all, and says of each what it means now."""
    for name in ("pay", "shop"):
        manifest = write(name, {**ready, "security_review": False})
        consent.call("evaluate", manifest)
        consent.request(service=name)
    assert (consent.call("override", "list")).stdout.count("\n") == 3
    assert (consent.apply("jane")).exit == 0

    states = {each["service"]: each["state"] for each in consent.overrides()}
    only = consent.overrides("pay")

    assert states == {"pay": "requested", "shop": "in_force"}
    assert [each["service"] for each in only] == ["pay"]
    write("shop", {**ready, "security_review": False, "runbook": False})
    consent.call("evaluate", "shop.yaml")
    (shop,) = consent.overrides("shop")
    assert (shop["state"], shop["why"]) == ("other_manifest", "another manifest was judged")


def test_no_overrides(consent: Consent, manifest: Path) -> None:
    """Where there are none, that is said."""
    consent.call("evaluate", manifest)

    ran = consent.call("override", "list")

    assert (ran.exit, ran.stdout) == (0, "no overrides\n")
    assert consent.overrides() == []
