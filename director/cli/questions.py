"""What the checks that are installed want to know of a team."""

from __future__ import annotations

from collections.abc import Iterator

from director.loading.manifest_text import Question, declarable
from director.model.catalog import Catalog
from director.model.check import CheckSpec, Role
from director.model.profile import CheckPolicy, Profile
from director.rules.plan import stricter


def questions_of(catalog: Catalog, profile: Profile) -> tuple[Question, ...]:
    """Return a question for each declaration that an installed check reads, each once.

    Those that *profile* asks come first, by category; then those that only others ask.
    """
    specs = [offer.spec for plugin in catalog.plugins for offer in plugin.checks]
    policies = {policy.check: policy for policy in profile.checks}
    asked = sorted(
        (spec for spec in specs if spec.id in policies),
        key=lambda spec: (policies[spec.id].category, spec.id),
    )
    others = [spec for spec in specs if spec.id not in policies]
    found: dict[str, Question] = {}
    for spec in (*asked, *others):
        for name in _declarations(spec):
            found.setdefault(name, _question(name, spec, policies.get(spec.id), profile))
    return tuple(found.values())


def _declarations(spec: CheckSpec) -> Iterator[str]:
    """Yield the declarations that a check reads; one that no manifest takes cannot be answered."""
    for place in spec.reads:
        part, _, name = place.partition(".")
        if part == "declares" and name in declarable():
            yield name


def _question(name: str, spec: CheckSpec, policy: CheckPolicy | None, profile: Profile) -> Question:
    if policy is None:
        asked_by = f"{spec.id}, not asked by profile {profile.name}"
        return Question(name, spec.title, spec.why, asked_by, in_profile=False)
    role = stricter(policy.role, profile.category(policy.category).role)
    allowed = policy.not_applicable_allowed
    may_not_apply = role is not Role.BLOCKER if allowed is None else allowed
    return Question(name, spec.title, spec.why, f"{spec.id}, {role}", may_not_apply)
