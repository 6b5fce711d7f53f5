"""Is one profile at least as strict as another? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from director.model.profile import Profile
from director.rules.plan import stricter


def loosened(profile: Profile, least: Profile) -> Iterator[str]:
    """Yield everything in which *profile* asks for less than *least*; nothing if it does not."""
    if profile.thresholds.go < least.thresholds.go:
        yield "thresholds.go"
    if profile.thresholds.conditional < least.thresholds.conditional:
        yield "thresholds.conditional"
    if profile.minimum_checks < least.minimum_checks:
        yield "minimum_checks"
    if profile.fail_budget > least.fail_budget:
        yield "fail_budget"
    if profile.warn_budget > least.warn_budget:
        yield "warn_budget"
    for category in least.categories:
        if (profile.category(category.name).floor or 0) < (category.floor or 0):
            yield f"categories.{category.name}.floor"
    roles = {p.check: stricter(p.role, profile.category(p.category).role) for p in profile.checks}
    for policy in least.checks:
        role = stricter(policy.role, least.category(policy.category).role)
        if policy.check not in roles or roles[policy.check].strictness < role.strictness:
            yield f"checks.{policy.check}"
