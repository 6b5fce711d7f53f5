"""director waiver: from the request to its end, through the command."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.acceptance.consent.conftest import Consent

pytestmark = pytest.mark.needs("ssh-keygen")

ID = "01JD9Z4S00000000000000000A"
WHY = ("--reason", "the pager moves next week", "--ticket", "OPS-2", "--by", "ann")


def waiver(check: str, days: int = 30) -> dict[str, str]:
    """Return a waiver as a manifest asks for it."""
    until = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    return {"check": check, "reason": "it is promised", "ticket": "OPS-3", "expires_at": until}


@pytest.fixture
def unready(write, ready) -> Path:
    """Return the manifest of a service that lacks somebody on call, which is required."""
    path: Path = write("pay", {**ready, "on_call": False})
    return path


def asked(consent: Consent, manifest: Path, check: str = "declared.on_call") -> str:
    """Evaluate, ask for a waiver, and return its id."""
    consent.call("evaluate", manifest)
    ran = consent.call("waiver", "request", "pay", check, *WHY)
    assert ran.exit == 0, ran.stderr
    return str((consent.waivers())[-1]["id"])


def decided(consent: Consent, manifest: Path) -> dict[str, Any]:
    """Evaluate, and return the report."""
    document: dict[str, Any] = (consent.call("evaluate", manifest, "--format", "json")).document
    return document


def test_requested_and_approved(consent: Consent, unready: Path) -> None:
    """An approved waiver makes a NO_GO a CONDITIONAL_GO, and who agreed; a request does nothing."""
    id_ = asked(consent, unready)
    assert (decided(consent, unready))["decision"] == "no_go"

    ran = consent.call("waiver", "approve", id_, "--key", "jane")

    assert ran.exit == 0
    assert "Excuse pay from declared.on_call" in ran.stdout
    assert f"waiver {id_} of pay is approved" in ran.stdout
    report = decided(consent, unready)
    assert report["decision"] == "conditional_go"
    (used,) = report["waivers"]
    assert (used["id"], used["state"], used["approved_by"]) == (id_, "in_effect", "jane")
    shown = consent.call("waiver", "show", id_.lower())
    assert "state       approved: by jane" in shown.stdout
    assert "signed by   jane (vp) as jane@example.com" in shown.stdout


@pytest.mark.parametrize("known", [False, True])
def test_a_manifest_asks(consent: Consent, write, ready, known: bool) -> None:
    """What a manifest asks for waits for an answer from the first evaluation on, once.

    Also where that is the first that the record has ever seen.
    """
    if known:
        consent.call("evaluate", write("shop", ready))
    manifest = write("pay", {**ready, "on_call": False}, waivers=[waiver("declared.on_call")])
    assert (decided(consent, manifest))["decision"] == "no_go"
    (case,) = consent.waivers("pay")
    assert (case["state"], case["requested_by"]) == ("requested", "team-test")

    again = decided(consent, manifest)
    assert again["waiver_requests"][0]["id"] == case["id"]
    assert len(consent.waivers()) == 1
    ran = consent.call("waiver", "list")
    assert (ran.exit, ran.stderr) == (0, "")
    ran = consent.call("waiver", "approve", case["id"], "--key", "jane")

    assert ran.exit == 0
    report = decided(consent, manifest)
    assert (report["decision"], report["waiver_counts"]["in_effect"]) == ("conditional_go", 1)
    assert (consent.call("audit", "verify")).exit == 0


def test_denied(consent: Consent, unready: Path) -> None:
    """A waiver that was denied is not approved any more, and that attempt is in the log."""
    id_ = asked(consent, unready)

    denied = consent.call("waiver", "deny", id_, "--reason", "no", "--by", "bob")
    approved = consent.call("waiver", "approve", id_, "--key", "jane")
    again = consent.call("waiver", "deny", id_, "--reason", "no", "--by", "bob")

    assert (denied.exit, denied.stdout) == (0, f"waiver {id_} of pay is denied\n")
    for ran in (approved, again):
        assert ran.exit == 1
        assert "refused (already_settled): it was denied by bob\n" in ran.stderr
    (case,) = consent.waivers()
    assert (case["state"], case["settled_by"], case["why"]) == ("denied", "bob", "no")
    shown = consent.call("waiver", "show", id_, "--format", "json")
    kinds = [entry["kind"] for entry in shown.document["entries"]]
    assert kinds == ["waiver.requested", "waiver.denied", "waiver.refused", "waiver.refused"]
    assert (decided(consent, unready))["decision"] == "no_go"


def test_revoked(consent: Consent, unready: Path) -> None:
    """A waiver that was revoked lifts nothing from the next evaluation on."""
    id_ = asked(consent, unready)
    consent.call("waiver", "approve", id_, "--key", "jane")
    assert (decided(consent, unready))["decision"] == "conditional_go"

    ran = consent.call("waiver", "revoke", id_, "--reason", "it rang", "--by", "bob")

    assert (ran.exit, ran.stdout) == (0, f"waiver {id_} of pay is revoked\n")
    assert (decided(consent, unready))["decision"] == "no_go"
    assert [each["state"] for each in consent.waivers()] == ["revoked"]


def test_expired(consent: Consent, unready: Path) -> None:
    """A waiver that has expired is said to have, wherever it is shown, also by an older clock."""
    id_ = asked(consent, unready)
    consent.call("waiver", "approve", id_, "--key", "jane")

    late = consent.later(unready, timedelta(days=31))
    early = decided(consent, unready)

    for report in (late.record.document(), early):
        assert report["decision"] == "no_go"
        assert [each["state"] for each in report["waivers"]] == ["expired"]
    assert "expired" in (consent.call("evaluate", unready)).stdout
    assert [each["state"] for each in consent.waivers()] == ["expired"]
    shown = consent.call("waiver", "show", id_)
    assert "state       expired" in shown.stdout
    assert shown.stdout.count("  expired: it expired at ") == 1


def test_a_request_that_has_expired(consent: Consent, unready: Path) -> None:
    """A request that nobody answered in time is not approved, by an older clock either."""
    id_ = asked(consent, unready)
    consent.later(unready, timedelta(days=31))

    ran = consent.call("waiver", "approve", id_, "--key", "jane")

    assert ran.exit == 1
    assert "refused (expired): it has expired\n" in ran.stderr
    assert [each["state"] for each in consent.waivers()] == ["expired"]


def test_without_signers(consent: Consent, unready: Path) -> None:
    """Where nobody says whose key is whose, an approval is in doubt, and is none."""
    id_ = asked(consent, unready)
    consent.call("waiver", "approve", id_, "--key", "jane")
    nobody = {"DIRECTOR_SIGNERS": ""}

    ran = consent.call("evaluate", unready, "--format", "json", variables=nobody)
    listed = consent.call("waiver", "list", "--format", "json", variables=nobody)
    shown = consent.call("waiver", "show", id_, variables=nobody)

    assert ran.exit == 1
    (used,) = ran.document["waivers"]
    assert used["state"] == "not_proven"
    assert "--signers" in used["doubt"]
    assert [each["state"] for each in listed.document] == ["not_proven"]
    assert "state       not proven: the operator does not say" in shown.stdout
    other = asked(consent, unready)
    refused = consent.call("waiver", "approve", other, "--key", "jane", variables=nobody)
    assert refused.exit == 1
    assert refused.stderr.splitlines()[-2].startswith("refused (no_signers)")


@pytest.mark.parametrize("by", ["jane", "JANE", "jane@corp.example"])
def test_nobody_approves_their_own(consent: Consent, unready: Path, by: str) -> None:
    """Whoever asks does not approve, by whatever name."""
    consent.call("evaluate", unready)
    words = ("waiver", "request", "pay", "declared.on_call", "--reason", "r", "--ticket", "T")
    consent.call(*words, "--by", by)
    (case,) = consent.waivers()

    ran = consent.call("waiver", "approve", case["id"], "--key", "jane")

    assert ran.exit == 1
    assert "refused (self_approval): jane asks for it and cannot agree to it\n" in ran.stderr
    assert (decided(consent, unready))["decision"] == "no_go"


def test_who_may_not(consent: Consent, unready: Path) -> None:
    """A signature of somebody without a role approves nothing, nor does a stranger's key."""
    id_ = asked(consent, unready)
    (consent.home / "w.sig").write_text("LGTM")
    statement = (consent.call("waiver", "show", id_, "--format", "json")).document
    (consent.home / "o.sig").write_text(consent.sign("jane", statement["statement"]))

    for flags, code in (
        (("--key", "ann"), "self_approval"),
        (("--signature", "w.sig"), "malformed"),
        (("--signature", "o.sig"), "wrong_namespace"),
    ):
        ran = consent.call("waiver", "approve", id_, *flags)
        # Ann has no role that counts either, and that weighs more.
        wanted = "role" if flags[1] == "ann" else code
        assert ran.exit == 1
        assert f"refused ({wanted}): " in ran.stderr
    assert [each["state"] for each in consent.waivers()] == ["requested"]


def test_signed_elsewhere(consent: Consent, unready: Path) -> None:
    """What is to be signed can be taken elsewhere, and its signature brought back."""
    id_ = asked(consent, unready)

    wrote = consent.call("waiver", "approve", id_, "--output", "w.json")
    again = consent.call("waiver", "approve", id_, "--output", "w.json")
    text = (consent.home / "w.json").read_text()
    (consent.home / "w.sig").write_text(consent.sign("jane", text, "director-waiver@v1"))
    approved = consent.call("waiver", "approve", id_, "--signature", "w.sig")
    forced = consent.call("waiver", "approve", id_, "--output", "w.json", "--force")

    assert [ran.exit for ran in (wrote, again, approved, forced)] == [0, 2, 0, 0]
    assert again.stderr.startswith("w.json: must not be there yet")
    assert [each["state"] for each in consent.waivers()] == ["approved"]
    assert json.loads(text)["id"] == id_


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("declared.security_review",), "not_waivable"),
        (("declared.on_cal",), "unknown_check"),
        (("declared.on_call", "--expires-in", "91d"), "too_long"),
        (("declared.on_call", "--reason", " "), "blank_reason"),
        (("declared.on_call", "--ticket", "\u3164"), "ticket_missing"),
        (("declared.on_call", "--by", "a\u202e"), "unprintable"),
        (("declared.on_call", "--reason", "\udcff"), "unprintable"),
    ],
)
def test_what_nobody_is_asked(
    consent: Consent, unready: Path, words: tuple[str, ...], code: str
) -> None:
    """Blockers are not waived; what nobody can see or mean is no request. Each is in the log."""
    consent.call("evaluate", unready)

    ran = consent.call("waiver", "request", "pay", words[0], *WHY, *words[1:])

    assert ran.exit == 1
    assert f"refused ({code}): " in ran.stderr
    assert consent.waivers() == []
    verified = consent.call("audit", "verify", "--format", "json")
    assert verified.exit == 0
    assert dict(verified.document["kinds"])["waiver.refused"] == 1


def test_names_that_are_none(consent: Consent, unready: Path) -> None:
    """A service, an id or a flag that is none is 2, in words that say which."""
    id_ = asked(consent, unready)
    said = {
        ("request", "shop", "declared.on_call", *WHY): "SERVICE: must be a service with a recor",
        ("request", "\udcff", "declared.on_call", *WHY): "SERVICE: must be a service with a re",
        ("approve", ID, "--key", "jane"): "ID: must be the id of what was requested, got",
        ("approve", id_, "--key", "absent"): "absent: must be a key that ssh-keygen signs with",
        ("approve", id_, "--signature", "absent"): "absent: cannot be read: No such file",
        ("deny", ID, "--reason", "x"): "ID: must be the id of what was requested, got",
        ("revoke", "\udcff", "--reason", "x"): "ID: must be the id of what was requested, got",
        ("list", "shop"): "SERVICE: must be a service with a recorded decision, got 'shop'",
        ("show", ID): "ID: must be a waiver that was requested, got",
        ("approve", id_): "Error: Give one of --key, --signature and --output.",
        ("approve", id_, "--key", "k", "--output", "o"): "Error: Give one of --key, --signature",
        ("deny", id_): "Error: Missing option '--reason'.",
        ("request", "pay", "x", *WHY, "--code", "x"): "Error: Invalid value for '--code'",
    }
    for words, line in said.items():
        ran = consent.call("waiver", *words)

        assert ran.exit == 2, words
        assert ran.stderr.splitlines()[-1].startswith(line), (words, ran.stderr)


def test_an_override_is_no_waiver(consent: Consent, manifest: Path) -> None:
    """The id of an override is none of a waiver, and says so."""
    consent.call("evaluate", manifest)
    consent.request()
    (override,) = consent.overrides()

    approved = consent.call("waiver", "approve", override["id"], "--key", "jane")
    denied = consent.call("waiver", "deny", override["id"], "--reason", "no")

    assert approved.exit == 2
    assert approved.stderr.startswith("ID: must be a waiver that was requested, got")
    assert denied.exit == 1
    assert denied.stderr.startswith("refused (not_requested_here): no such waiver")


def test_no_waivers(consent: Consent, unready: Path) -> None:
    """Where there are none, that is said."""
    consent.call("evaluate", unready)

    ran = consent.call("waiver", "list")

    assert (ran.exit, ran.stdout) == (0, "no waivers\n")
