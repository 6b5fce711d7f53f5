"""loading.profile: files that extend each other become one policy."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import pytest

from director.errors import ProfileError
from director.loading.profile import builtin_folder, load_profile, profile_names
from director.model.check import Role
from director.model.profile import (
    Category,
    Need,
    OverridePolicy,
    Thresholds,
    Unproven,
    WaiverPolicy,
)

HEAD = "apiVersion: readiness/v1\nkind: Profile\nmetadata: {{name: {name}}}\n"
BASE = """\
spec:
  thresholds: {go: 0.90, conditional: 0.70}
  categories:
    security: {weight: 3, role: blocker}
    reliability: {weight: 2}
  checks:
    declared.security_review: {category: security, role: advisory}
    declared.healthcheck: {category: reliability, role: required}
    declared.load_test: {category: reliability, role: advisory}
"""


class Shelf:
    """A folder of profiles."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, body: str) -> Path:
        """Write a profile; *body* begins on line 4."""
        path = self.folder / f"{name}.yaml"
        path.write_text(HEAD.format(name=name) + body)
        return path

    def refused(self, name: str) -> list[str]:
        """Return the faults of the profile *name*, each from its file's name on."""
        with pytest.raises(ProfileError) as caught:
            load_profile(name, (self.folder,))
        return [str(fault).removeprefix(f"{self.folder}/") for fault in caught.value.faults]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A folder of profiles that is empty."""
    return Shelf(tmp_path)


def test_defaults_are_the_models(shelf: Shelf) -> None:
    """What a profile does not say is as the model has it."""
    shelf.put("base", BASE)

    profile = load_profile("base", (shelf.folder,))

    assert profile.thresholds == Thresholds(Fraction(9, 10), Fraction(7, 10))
    assert (profile.minimum_checks, profile.fail_budget, profile.warn_budget) == (3, 0, 0)
    assert (profile.max_age_s, profile.due_in_s) == (86_400.0, 14 * 86_400.0)
    assert profile.override == OverridePolicy()
    assert profile.waivers == WaiverPolicy()
    assert profile.categories == (
        Category(name="reliability", weight=Fraction(2)),
        Category(name="security", weight=Fraction(3), role=Role.BLOCKER),
    )
    assert [check.check for check in profile.checks] == [
        "declared.healthcheck",
        "declared.load_test",
        "declared.security_review",
    ]
    assert profile.checks[2].not_applicable_allowed is None
    assert profile.lineage == ()


def test_every_key_arrives(shelf: Shelf) -> None:
    """Each key of a profile arrives in the model's units."""
    shelf.put(
        "full",
        """\
spec:
  thresholds: {go: 1, conditional: 0.5}
  minimum_checks: 4
  fail_budget: 0
  warn_budget: 2
  max_age: 12h
  conditions: {due_in: 7d}
  categories:
    c: {weight: 1.5, role: required, floor: 0.25, minimum_checks: 2}
  checks:
    a.b:
      category: c
      role: required
      weight: 0.1
      when: base_url
      when_unproven: conditional
      max_age: 30d
      undated: refused
      not_applicable: allowed
      options: {b: 2, a: /x}
  override: {roles: [vp, cto], expires_in: 24h, second_approver: [a.b], never: [a.b]}
  waivers: {roles: [lead], expires_in: 30d}
""",
    )

    profile = load_profile("full", (shelf.folder,))

    (check,) = profile.checks
    assert (check.category, check.role, check.weight) == ("c", Role.REQUIRED, Fraction(1, 10))
    assert (check.when, check.when_unproven) == (Need.BASE_URL, Unproven.CONDITIONAL)
    assert (check.max_age_s, check.undated_allowed) == (30 * 86_400.0, False)
    assert (check.not_applicable_allowed, check.options) == (True, (("a", "/x"), ("b", 2)))
    assert (profile.minimum_checks, profile.warn_budget) == (4, 2)
    assert (profile.max_age_s, profile.due_in_s) == (43_200.0, 7 * 86_400.0)
    assert profile.override == OverridePolicy(
        roles=("vp", "cto"), expires_in_s=86_400.0, second_approver=("a.b",), never=("a.b",)
    )
    assert profile.waivers == WaiverPolicy(roles=("lead",), expires_in_s=30 * 86_400.0)
    assert profile.categories == (
        Category(
            name="c",
            weight=Fraction(3, 2),
            role=Role.REQUIRED,
            floor=Fraction(1, 4),
            minimum_checks=2,
        ),
    )


def test_mappings_merge_and_the_rest_is_replaced(shelf: Shelf) -> None:
    """A child changes single keys, replaces lists, and keeps everything else."""
    shelf.put("base", BASE + "  override: {roles: [vp, cto], expires_in: 24h}\n")
    shelf.put(
        "child",
        """\
spec:
  extends: base
  thresholds: {go: 0.95}
  categories: {reliability: {floor: 0.5}}
  checks:
    declared.load_test: {role: required, options: {a: 1}}
    declared.alerts: {category: observability, role: advisory}
  override: {roles: [ceo]}
""",
    )

    profile = load_profile("child", (shelf.folder,))

    assert profile.name == "child"
    assert profile.lineage == ("base",)
    assert profile.thresholds == Thresholds(Fraction(19, 20), Fraction(7, 10))
    assert profile.category("reliability").weight == 2
    assert profile.category("reliability").floor == Fraction(1, 2)
    assert profile.override == OverridePolicy(roles=("ceo",), expires_in_s=86_400.0)
    roles = {check.check: (check.category, check.role) for check in profile.checks}
    assert roles["declared.load_test"] == ("reliability", Role.REQUIRED)
    assert roles["declared.alerts"] == ("observability", Role.ADVISORY)
    assert len(roles) == 4


def test_the_digest_covers_every_file(shelf: Shelf) -> None:
    """The digest is that of all files in a row, the profile's own first."""
    base = shelf.put("base", BASE)
    child = shelf.put("child", "spec: {extends: base}\n")

    profile = load_profile("child", (shelf.folder,))

    exact = hashlib.sha256(child.read_bytes() + base.read_bytes()).hexdigest()
    assert profile.digest == f"sha256:{exact}"
    base.write_text(base.read_text() + "# one more comment\n")
    assert load_profile("child", (shelf.folder,)).digest != profile.digest


def test_a_path_and_a_relative_parent(tmp_path: Path) -> None:
    """A path is read as it is, and the file it extends is found beside it."""
    (tmp_path / "deep").mkdir()
    Shelf(tmp_path).put("base", BASE)
    child = Shelf(tmp_path / "deep").put("child", "spec: {extends: ../base.yaml}\n")

    assert load_profile(str(child), ()).lineage == ("base",)


def test_the_first_folder_wins(tmp_path: Path) -> None:
    """An operator's profile hides the installed one of the same name."""
    (tmp_path / "mine").mkdir()
    Shelf(tmp_path).put("base", BASE)
    Shelf(tmp_path / "mine").put("base", BASE + "  warn_budget: 7\n")

    assert load_profile("base", (tmp_path / "mine", tmp_path)).warn_budget == 7
    assert load_profile("base", (tmp_path / "gone", tmp_path)).warn_budget == 0


def test_names_are_sorted_and_unique(tmp_path: Path) -> None:
    """The names of several folders come as one list, without what is no name."""
    (tmp_path / "mine").mkdir()
    for name in ("b", "a", "Not A Name"):
        Shelf(tmp_path).put(name, BASE)
    Shelf(tmp_path / "mine").put("b", BASE)

    assert profile_names((tmp_path / "mine", tmp_path, tmp_path / "gone")) == ("a", "b")


def test_an_unknown_name_is_answered_with_the_nearest(shelf: Shelf) -> None:
    """A name that nobody has is refused with those that there are."""
    shelf.put("baseline", BASE)
    shelf.put("child", "spec:\n  extends: basline\n")

    known = "must be a profile (baseline, child), got 'basline', did you mean 'baseline'?"
    assert shelf.refused("basline") == [f"profile: {known}"]
    assert shelf.refused("child") == [f"child.yaml:5:12: {known}"]


def test_a_missing_file_is_the_fault_of_who_names_it(shelf: Shelf) -> None:
    """A file that is extended and not there is a fault of the line that extends it."""
    shelf.put("child", "spec:\n  extends: ./gone.yaml\n")

    (fault,) = shelf.refused("child")

    assert fault.startswith("child.yaml:5:12: ")
    assert fault.endswith("gone.yaml: must be a file, got nothing: no such file")


def test_a_broken_file_has_its_faults_in_order(shelf: Shelf) -> None:
    """The faults of a file that cannot be read to its end are sorted, and at most a hundred."""
    shelf.put("base", "x: [" + "&a 1, " * 200 + "\u202e, }\n")

    found = shelf.refused("base")

    assert found[0] == "base.yaml:4:5: must be without an anchor, got '&a'"
    assert len(found) == 101
    assert found[-1].endswith("must have no faults at all, got 102 more of them")


def test_what_is_no_profile_is_not_opened(shelf: Shelf) -> None:
    """A profile extends a name or a YAML file; faults of anything else would quote from it."""
    (shelf.folder / "secret").write_text("hunter2: 1\n")
    shelf.put("child", "spec:\n  extends: ./secret\n")

    assert shelf.refused("child") == [
        "child.yaml:5:12: must be the name of a profile or a .yaml file, got './secret'"
    ]


@pytest.mark.parametrize("extends", ["basline", "./gone.yaml"])
def test_faults_beside_a_parent_that_is_missing(shelf: Shelf, extends: str) -> None:
    """What is wrong with a file as YAML is said even if its parent cannot be found."""
    shelf.put("child", f"spec:\n  extends: {extends}\n  max_age: .nan\n")

    parent, number = shelf.refused("child")

    assert parent.startswith("child.yaml:5:12: ")
    assert number == "child.yaml:6:12: must be a finite number, got .nan"


def test_a_circle_is_named(shelf: Shelf) -> None:
    """Profiles that extend each other are refused, and the fault goes round the circle."""
    shelf.put("a", "spec: {extends: b}\n")
    shelf.put("b", "spec: {extends: ./c.yaml}\n")
    shelf.put("c", "spec: {extends: b}\n")

    assert shelf.refused("a") == ["c.yaml:4:17: must not extend itself, got the circle b → c → b"]


def test_a_link_to_itself_is_no_profile(shelf: Shelf, tmp_path: Path) -> None:
    """A link that leads nowhere but to itself is the fault of the line that extends it."""
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    shelf.put("child", "spec:\n  extends: ./loop.yaml\n")

    (fault,) = shelf.refused("child")

    assert fault.startswith("child.yaml:5:12: ")
    assert "symbolic links" in fault


@pytest.mark.parametrize(("parents", "taken"), [(8, True), (9, False)])
def test_extension_is_at_most_eight_deep(shelf: Shelf, parents: int, taken: bool) -> None:
    """Eight parents are read, a ninth is refused where it is named."""
    shelf.put("p0", BASE)
    for depth in range(1, parents + 1):
        shelf.put(f"p{depth}", f"spec: {{extends: p{depth - 1}}}\n")

    if taken:
        assert len(load_profile(f"p{parents}", (shelf.folder,)).lineage) == parents
    else:
        assert shelf.refused(f"p{parents}") == [
            "p1.yaml:4:17: must extend at most 8 profiles, got more"
        ]


def test_faults_lie_in_the_file_that_wrote_them(shelf: Shelf) -> None:
    """Faults of a merged whole name the file and line of each value, all at once."""
    shelf.put(
        "base",
        BASE.replace("weight: 2", "weight: -2") + "  max_age: 1\n  max_age: 2h\n",
    )
    shelf.put(
        "child", "spec:\n  extends: base\n  thresholds: {go: .inf, gone: 1}\n  checks: {x.y: {}}\n"
    )

    assert shelf.refused("child") == [
        "base.yaml:8:27: must be a number from 0 to 1000000, got -2",
        "base.yaml:13:12: must be a duration such as 30s, 5m, 24h or 365d, got 1",
        (
            "base.yaml:14:3: must be written once, got the key 'max_age' twice: "
            "on line 13 and on line 14"
        ),
        "child.yaml:6:20: must be a finite number, got .inf",
        "child.yaml:6:26: unknown key 'gone', did you mean 'go'?",
        "child.yaml:7:12: must have the key 'category'",
        "child.yaml:7:12: must have the key 'role'",
    ]


def test_one_fault_of_yaml_in_a_parent_is_enough(shelf: Shelf) -> None:
    """A parent that is well shaped but says one thing twice is refused, and so is its child."""
    shelf.put("base", BASE + "  warn_budget: 1\n  warn_budget: 1\n")
    shelf.put("child", "spec: {extends: base}\n")

    (fault,) = shelf.refused("child")

    assert fault.startswith("base.yaml:14:3: must be written once, got the key 'warn_budget'")


def test_a_child_mends_its_parent(shelf: Shelf) -> None:
    """A value that the child replaces is judged as the child wrote it."""
    shelf.put("base", BASE.replace("conditional: 0.70", "conditional: 0.95"))
    shelf.put("child", "spec: {extends: base, thresholds: {conditional: 0.5}}\n")

    assert load_profile("child", (shelf.folder,)).thresholds.conditional == Fraction(1, 2)
    assert shelf.refused("base") == [
        "base.yaml:5:3: must be 0 < conditional < go <= 1, got conditional 0.95 and go 0.9"
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("0.70", "0", "5:3: must be 0 < conditional < go <= 1, got conditional 0 and go 0.9"),
        ("0.70", "0.90", "5:3: must be 0 < conditional < go <= 1, got conditional 0.9 and go 0.9"),
        ("0.90", "1.01", "5:20: must be a number from 0 to 1, got 1.01"),
        ("0.90", ".nan", "5:20: must be a finite number, got .nan"),
        ("role: blocker", "role: advisory", None),
        ("role: required", "role: advisory", None),
        ("spec:", "spec:\n  minimum_checks: 2",
         "5:19: must be a whole number from 3 to 100000, got 2"),
        ("spec:", "spec:\n  fail_budget: 1",
         "5:16: must be less than the number of required checks, 1, got 1"),
        ("spec:", "spec:\n  fail_budget: -1",
         "5:16: must be a whole number from 0 to 100000, got -1"),
        ("spec:", "spec:\n  max_age: forever",
         "5:12: must be a duration such as 30s, 5m, 24h or 365d, got 'forever'"),
        ("  thresholds: {go: 0.90, conditional: 0.70}\n", "",
         "4:1: must have the key 'thresholds'"),
        ("category: security, role: advisory", "role: advisory",
         "10:5: must have the key 'category'"),
    ],
)  # fmt: skip
def test_refused_at_load(shelf: Shelf, old: str, new: str, expected: str | None) -> None:
    """What would let an empty review pass is refused with its reason and its place."""
    assert old in BASE
    shelf.put("base", BASE.replace(old, new, 1))

    if expected is None:
        assert load_profile("base", (shelf.folder,)).name == "base"
    else:
        assert shelf.refused("base") == [f"base.yaml:{expected}"]


def test_a_profile_that_stops_nothing_is_refused(shelf: Shelf) -> None:
    """Without a blocker and a required check, in role or by category, a profile is refused."""
    toothless = BASE.replace("role: blocker", "role: advisory")
    shelf.put("base", toothless.replace("role: required", "role: advisory"))

    assert shelf.refused("base") == [
        "base.yaml:9:3: must have a blocker or a required check, got neither"
    ]


def test_a_profile_without_weight_is_refused(shelf: Shelf) -> None:
    """A total weight of zero is refused."""
    shelf.put("base", BASE.replace("weight: 3", "weight: 0").replace("weight: 2", "weight: 0"))

    assert shelf.refused("base") == ["base.yaml:9:3: must have a total weight over 0, got 0"]


@pytest.mark.parametrize("checks", ["", "  checks: {}\n"])
def test_nothing_planned_still_loads(shelf: Shelf, checks: str) -> None:
    """A profile without checks loads, so that nothing planned can end as NO_GO with 0 %."""
    shelf.put("empty", "spec:\n  thresholds: {go: 0.9, conditional: 0.7}\n" + checks)

    assert load_profile("empty", (shelf.folder,)).checks == ()


def test_the_head_of_every_file_is_judged(shelf: Shelf) -> None:
    """A file of another kind cannot be extended, and a profile's own name is its own."""
    path = shelf.put("base", BASE)
    path.write_text(path.read_text().replace("kind: Profile", "kind: Service"))
    child = shelf.put("child", "spec: {extends: base}\n")
    child.write_text(child.read_text().replace("metadata: {name: child}", "metadata: {}"))

    assert shelf.refused("child") == [
        "base.yaml:2:7: must be Profile, got 'Service'",
        "child.yaml:3:1: must have the key 'name'",
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("spec: [", "4:7: must end with ']', got the end of the file"),
        ("spec:", "4:6: must be a mapping, got nothing"),
        ("spec: {extends: [a]}", "4:8: must be text, got a list"),
    ],
)
def test_a_broken_file_is_placed(shelf: Shelf, body: str, expected: str) -> None:
    """What is no profile at all is refused at its line."""
    shelf.put("base", body)

    assert f"base.yaml:{expected}" in shelf.refused("base")


@pytest.mark.parametrize("text", ["", "[]", "a"])
def test_what_is_no_mapping_is_refused(shelf: Shelf, text: str) -> None:
    """An empty file, a list and a word are no profile."""
    (shelf.folder / "base.yaml").write_text(text)

    (fault,) = shelf.refused("base")

    assert "must be a mapping, got " in fault


def test_installed_profiles_are_found_by_name() -> None:
    """Baseline, standard and strict are installed with the package."""
    folders = (builtin_folder(),)

    assert profile_names(folders) == ("baseline", "standard", "strict")
    strict = load_profile("strict", folders)
    assert strict.lineage == ("standard", "baseline")
    assert strict.override.second_approver == ("declared.security_review",)


def test_baseline_is_the_briefs_eight_checks() -> None:
    """Baseline holds eight checks in four weighted categories, security as a blocker."""
    baseline = load_profile("baseline", (builtin_folder(),))

    weights = {category.name: category.weight for category in baseline.categories}
    assert weights == {
        "security": 3,
        "reliability": 2,
        "observability": Fraction(3, 2),
        "operations": 1,
    }
    assert {check.check: (check.category, check.role) for check in baseline.checks} == {
        "declared.logging": ("observability", Role.REQUIRED),
        "declared.metrics": ("observability", Role.REQUIRED),
        "declared.alerts": ("observability", Role.ADVISORY),
        "declared.healthcheck": ("reliability", Role.REQUIRED),
        "declared.load_test": ("reliability", Role.ADVISORY),
        "declared.security_review": ("security", Role.BLOCKER),
        "declared.runbook": ("operations", Role.ADVISORY),
        "declared.on_call": ("operations", Role.REQUIRED),
    }
    assert baseline.category("security").role is Role.BLOCKER
    assert (baseline.minimum_checks, baseline.fail_budget, baseline.warn_budget) == (3, 0, 2)
    assert baseline.override == OverridePolicy(roles=("vp",), expires_in_s=72 * 3600.0)
