"""loading.profile and loading.manifest: who may agree to what, as files say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from director.errors import ManifestError, ProfileError
from director.loading.manifest import read_manifest
from director.loading.profile import builtin_folder, load_profile
from director.model.profile import WaiverPolicy

BASE = """\
apiVersion: readiness/v1
kind: Profile
metadata: {name: base}
spec:
  thresholds: {go: 0.9, conditional: 0.7}
  checks: {a.review: {category: c, role: required}}
  override: {roles: [vp, cto]}
"""
CHILD = """\
apiVersion: readiness/v1
kind: Profile
metadata: {name: child}
spec:
  extends: base
"""
DAY_S = 86_400.0


def waivers(folder: Path, base: str, child: str) -> WaiverPolicy:
    """Return who may approve waivers, by a profile that extends another."""
    (folder / "base.yaml").write_text(BASE + base)
    (folder / "child.yaml").write_text(CHILD + child)
    return load_profile("child", (folder,)).waivers


@pytest.mark.parametrize(
    ("base", "child", "expected"),
    [
        ("", "", WaiverPolicy(roles=("vp", "cto"), expires_in_s=90 * DAY_S)),
        ("", "  override: {roles: [ceo]}\n", WaiverPolicy(roles=("ceo",))),
        ("", "  waivers: {roles: [lead]}\n", WaiverPolicy(roles=("lead",))),
        ("", "  waivers: {roles: []}\n", WaiverPolicy(roles=())),
        ("  waivers: {roles: [ops]}\n", "  override: {roles: []}\n", WaiverPolicy(roles=("ops",))),
        (
            "  waivers: {roles: [lead], expires_in: 30d}\n",
            "  waivers: {expires_in: 7d}\n",
            WaiverPolicy(roles=("lead",), expires_in_s=7 * DAY_S),
        ),
    ],
)  # fmt: skip
def test_who_may_override_may_approve_waivers_unless_it_says_who(
    tmp_path: Path, base: str, child: str, expected: WaiverPolicy
) -> None:
    """Roles of waivers are those of overrides, after everything that is extended is merged."""
    assert waivers(tmp_path, base, child) == expected


@pytest.mark.parametrize("name", ["never", "second_approver"])
def test_a_slip_is_shown_where_it_was_written(tmp_path: Path, name: str) -> None:
    """A rule that names no check of the profile is refused, at its own place."""
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "child.yaml").write_text(CHILD + f"  override: {{{name}: [a.review, a.reviwe]}}\n")

    with pytest.raises(ProfileError) as caught:
        load_profile("child", (tmp_path,))

    (fault,) = caught.value.faults
    column = len(f"  override: {{{name}: [a.review, ") + 1
    assert str(fault) == (
        f"{tmp_path}/child.yaml:6:{column}: must be a check of this profile, got 'a.reviwe', "
        "did you mean 'a.review'?"
    )


def test_the_bundled_profiles_let_a_vp_approve_waivers() -> None:
    """Each bundled profile says for how long a waiver may live; stricter ones for less."""
    found = {
        name: load_profile(name, (builtin_folder(),)).waivers
        for name in ("baseline", "standard", "strict")
    }

    assert found == {
        "baseline": WaiverPolicy(roles=("vp",), expires_in_s=90 * DAY_S),
        "standard": WaiverPolicy(roles=("vp",), expires_in_s=90 * DAY_S),
        "strict": WaiverPolicy(roles=("vp",), expires_in_s=30 * DAY_S),
    }


MANIFEST = """\
apiVersion: readiness/v1
kind: Service
metadata: {name: pay}
spec:
  waivers:
    - {check: a.b, reason: later, ticket: OPS-1, expires_at: 2026-12-31%s}
"""


@pytest.mark.parametrize(
    ("written", "code"), [("", ""), (", code: fix_scheduled", "fix_scheduled")]
)
def test_a_manifest_may_say_what_kind_of_reason_it_is(written: str, code: str) -> None:
    """The code of a request is one of a closed set, and may be left out."""
    (request,) = read_manifest((MANIFEST % written).encode(), "x").manifest.waivers

    assert request.code == code
    assert type(request.code) is str


def test_another_kind_is_refused() -> None:
    """A word that is none of them is refused, with the one that was probably meant."""
    with pytest.raises(ManifestError, match="got 'fix_schedule', did you mean 'fix_scheduled'"):
        read_manifest((MANIFEST % ", code: fix_schedule").encode(), "x")
