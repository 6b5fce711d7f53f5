"""Which checks must answer. Pure: fixed before anything runs."""

from __future__ import annotations

from dataclasses import replace

from director.model.catalog import Catalog, Offer
from director.model.check import Role
from director.model.manifest import CheckRequest, Option, Target
from director.model.outcome import Missing, NotApplicable
from director.model.plan import Origin, Plan, PlannedCheck
from director.model.profile import CheckPolicy, Need, Profile
from director.model.text import nearest
from director.rules.score import weighting_of

UNCATEGORISED = "other"
"""Where a check counts that nobody can place, because no plugin offers it."""


def plan(profile: Profile, target: Target, catalog: Catalog) -> Plan:
    """Return the checks that must answer for *target* under *profile*.

    These are the profile's checks, and what the manifest adds or makes stricter. Other
    installed checks are not planned. A check that no plugin offers stays in the plan: it is
    missing, and a check that disappears never helps.
    """
    requests = {request.check: request for request in target.manifest.checks}
    policies = {policy.check: policy for policy in profile.checks}
    planned = [
        _attributed(
            _planned(_tightened(profile, policy, requests.get(check)), target, catalog, requests),
            least_role(profile, policy),
        )
        for check, policy in policies.items()
    ]
    planned += [
        replace(
            _planned(_added(profile, request, catalog), target, catalog, requests),
            origin=Origin.MANIFEST,
        )
        for check, request in requests.items()
        if check not in policies
    ]
    planned.sort(key=lambda check: check.id)
    made = Plan(tuple(planned), target.manifest.owner)
    return replace(made, weighting=weighting_of(profile, made.checks))


def stricter(one: Role, other: Role | None) -> Role:
    """Return the stricter of two roles; None is no role at all."""
    if other is None or other.strictness <= one.strictness:
        return one
    return other


def _tightened(profile: Profile, policy: CheckPolicy, request: CheckRequest | None) -> CheckPolicy:
    role = least_role(profile, policy)
    if request is not None:
        role = stricter(role, request.role)
    return policy if role is policy.role else replace(policy, role=role)


def least_role(profile: Profile, policy: CheckPolicy) -> Role:
    """Return the role that *policy* has at least under its profile: a category may ask for more."""
    return stricter(policy.role, profile.category(policy.category).role)


def _attributed(check: PlannedCheck, least: Role) -> PlannedCheck:
    """Return *check* as the manifest's where only the manifest makes it count.

    Otherwise a team could raise the shadow checks that pass, and carry its score with them.
    """
    if least is Role.SHADOW and check.policy.role is not Role.SHADOW:
        return replace(check, origin=Origin.MANIFEST)
    return check


def _added(profile: Profile, request: CheckRequest, catalog: Catalog) -> CheckPolicy:
    """Return a policy for a check that only the manifest asks for."""
    found = catalog.offer(request.check)
    category = found[1].spec.category if found else UNCATEGORISED
    role = found[1].spec.role if found else Role.REQUIRED
    return _tightened(
        profile, CheckPolicy(check=request.check, category=category, role=role), request
    )


def _planned(
    policy: CheckPolicy, target: Target, catalog: Catalog, requests: dict[str, CheckRequest]
) -> PlannedCheck:
    found = catalog.offer(policy.check)
    if found is None:
        return PlannedCheck(policy=policy, title=policy.check, answer=_missing(policy, catalog))
    plugin, offer = found
    return PlannedCheck(
        policy=policy,
        title=offer.spec.title,
        remedy=offer.spec.remedy,
        effort=offer.spec.effort,
        reads=offer.spec.reads,
        plugin=plugin.distribution,
        version=plugin.version,
        options=_options(offer, policy, requests.get(policy.check)),
        answer=spared(policy.when, target),
    )


def _options(offer: Offer, policy: CheckPolicy, request: CheckRequest | None) -> tuple[Option, ...]:
    """Return the options a check runs with: its defaults, the profile's, then the manifest's."""
    values = {option.name: option.default for option in offer.options}
    values.update(policy.options)
    if request is not None:
        values.update(request.options)
    return tuple(sorted(values.items()))


def _missing(policy: CheckPolicy, catalog: Catalog) -> Missing:
    absentee = catalog.absentee(policy.check)
    if absentee is not None:
        return Missing(
            f"plugin {absentee.distribution} is {absentee.disposition}: {absentee.detail}",
            f"plugin_{absentee.disposition}",
        )
    close = _near(policy.check, catalog)
    hint = f", did you mean {close}?" if close else ""
    return Missing(f"no installed plugin offers {policy.check}{hint}", "not_installed")


def _near(check: str, catalog: Catalog) -> str | None:
    """Return the check that was probably meant, where its plugin can be guessed, or None."""
    offered = [offer.spec.id for plugin in catalog.plugins for offer in plugin.checks]
    words = {each.partition(".")[0] for each in offered}
    word = check.partition(".")[0]
    # A manifest may name thousands of checks of plugins that are not there, and to look through
    # all ids for each takes long.
    if word not in words and nearest(word, words) is None:
        return None
    return nearest(check, offered)


LACKS = {
    Need.BASE_URL: "the target has no base_url",
    Need.ARTIFACT: "the manifest names no artifact",
    Need.ENVIRONMENT: "the target has no environment",
}
"""Why a check does not apply to a target that lacks what ``when`` asks for."""


def spared(need: Need | None, target: Target) -> NotApplicable | None:
    """Return that a check does not apply, because *target* lacks what it needs; None if it does."""
    if need is None:
        return None
    held = {
        Need.BASE_URL: target.base_url,
        Need.ARTIFACT: target.manifest.artifact,
        Need.ENVIRONMENT: target.environment,
    }
    return None if held[need] else NotApplicable(LACKS[need])
