"""From profile files to a profile."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from director.errors import ProfileError
from director.loading.profile_document import (
    Permission,
    ProfileDocument,
    ProfileHeadDocument,
)
from director.loading.profile_files import (
    ProfileFile,
    broken,
    merged,
    profile_names,
    read_lineage,
)
from director.loading.profile_rules import unsound
from director.loading.shape import refusal, shaped
from director.model.profile import (
    Category,
    CheckPolicy,
    OverridePolicy,
    Profile,
    Thresholds,
    WaiverPolicy,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from director.errors import Fault
    from director.loading.profile_document import (
        CategoryDocument,
        CheckDocument,
        OverrideDocument,
        ProfileSpecDocument,
    )

__all__ = ["builtin_folder", "load_profile", "profile_names"]


def builtin_folder() -> Path:
    """Return the folder of the profiles that travel with the package."""
    return Path(__file__).parent.parent / "builtin" / "profiles"


def load_profile(name_or_path: str, folders: Sequence[Path]) -> Profile:
    """Read a profile, with everything it extends folded in.

    Args:
        name_or_path: A bare name is looked up in *folders*; what has a slash or ends in
            ``.yaml`` or ``.yml`` is a path.
        folders: Where profiles are looked up by name; the first that has it wins.

    Raises:
        ProfileError: It cannot be used; all its faults, each where it was written.
    """
    lineage = read_lineage(name_or_path, folders)
    heads = [_head(file) for file in lineage[1:]]
    faults = [fault for file in lineage for fault in file.tree.faults]
    faults += [fault for head in heads if isinstance(head, list) for fault in head]
    whole, places = merged(lineage)
    document = shaped(ProfileDocument, whole, places, broken(lineage))
    if isinstance(document, list):
        raise refusal(ProfileError, [*faults, *document])
    if faults:
        raise refusal(ProfileError, faults)
    profile = replace(
        _profile(document),
        digest=_digest(lineage),
        lineage=tuple(head.metadata.name for head in heads if not isinstance(head, list)),
    )
    if faults := list(unsound(profile, places)):
        raise refusal(ProfileError, faults)
    return profile


def _head(file: ProfileFile) -> ProfileHeadDocument | list[Fault]:
    """Return what a file says besides its ``spec``, which is judged when merged."""
    value = file.tree.value
    head = {key: value[key] for key in value if key != "spec"} if isinstance(value, dict) else {}
    return shaped(ProfileHeadDocument, head, file.tree.places, file.tree.broken)


def _digest(lineage: Sequence[ProfileFile]) -> str:
    """Return what ``cat strict.yaml standard.yaml baseline.yaml | sha256sum`` would."""
    return f"sha256:{hashlib.sha256(b''.join(file.source.data for file in lineage)).hexdigest()}"


def _profile(document: ProfileDocument) -> Profile:
    spec = document.spec
    return Profile(
        name=document.metadata.name,
        digest="",
        thresholds=Thresholds(spec.thresholds.go, spec.thresholds.conditional),
        categories=tuple(_category(*item) for item in sorted(spec.categories.items())),
        checks=tuple(_check(*item) for item in sorted(spec.checks.items())),
        override=_override(spec.override),
        waivers=_waivers(spec),
        **_given(
            minimum_checks=spec.minimum_checks,
            fail_budget=spec.fail_budget,
            warn_budget=spec.warn_budget,
            max_age_s=spec.max_age,
            due_in_s=spec.conditions.due_in,
            description=document.metadata.description,
        ),
    )


def _given(**values: object) -> dict[str, Any]:
    """Return what was written; for the rest, the model has its defaults."""
    return {name: value for name, value in values.items() if value is not None}


def _category(name: str, written: CategoryDocument) -> Category:
    return Category(
        name=name,
        role=written.role,
        floor=written.floor,
        **_given(weight=written.weight, minimum_checks=written.minimum_checks),
    )


def _check(check: str, written: CheckDocument) -> CheckPolicy:
    return CheckPolicy(
        check=check,
        category=written.category,
        role=written.role,
        when=written.when,
        max_age_s=written.max_age,
        options=tuple(sorted(written.options.items())),
        **_given(
            weight=written.weight,
            when_unproven=written.when_unproven,
            undated_allowed=_allowed(written.undated),
            not_applicable_allowed=_allowed(written.not_applicable),
        ),
    )


def _allowed(permission: Permission | None) -> bool | None:
    return None if permission is None else permission is Permission.ALLOWED


def _override(written: OverrideDocument) -> OverridePolicy:
    return OverridePolicy(
        roles=tuple(written.roles),
        second_approver=tuple(written.second_approver),
        never=tuple(written.never),
        **_given(expires_in_s=written.expires_in),
    )


def _waivers(spec: ProfileSpecDocument) -> WaiverPolicy:
    written = spec.waivers
    roles = spec.override.roles if written.roles is None else written.roles
    return WaiverPolicy(roles=tuple(roles), **_given(expires_in_s=written.expires_in))
