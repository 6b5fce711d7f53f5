"""What approved waivers lift, and what became of each. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from director.model.check import Role
from director.model.decision import Settled, WaiverState, WaiverUse
from director.model.outcome import Errored, Failed, Missing, Unknown
from director.model.profile import Profile, Unproven
from director.model.standing import Waiver

# Looked up once: a member of an enum is a function call away.
_REQUIRED, _NO_GO = Role.REQUIRED, Unproven.NO_GO


def is_unproven(check: Settled) -> bool:
    """Return whether *check* is required and could not tell, so that the rule says NO_GO.

    ``when_unproven: conditional`` softens what a check could not find out. It never softens a
    missing check: one that disappears never helps.
    """
    if check.planned.policy.role is not _REQUIRED:
        return False
    match check.outcome:
        case Missing():
            return True
        case Unknown() | Errored():
            return check.planned.policy.when_unproven is _NO_GO
        case _:
            return False


def is_failed(check: Settled) -> bool:
    """Return whether *check* is required and failed."""
    return check.planned.policy.role is _REQUIRED and isinstance(check.outcome, Failed)


def waiver_uses(
    settled: Iterable[Settled], profile: Profile, waivers: Iterable[Waiver], now: datetime
) -> tuple[WaiverUse, ...]:
    """Return what each approved waiver does, sorted by id.

    A waiver lifts "unproven" and "failed" for its check alone. It is in effect only if one of
    them would hold without it, and if there is no doubt who approved it.
    """
    waivers = sorted(waivers, key=lambda waiver: waiver.id)
    if not waivers:
        return ()
    by_check = {check.id: check for check in settled}
    over_budget = sum(map(is_failed, by_check.values())) > profile.fail_budget

    def state(waiver: Waiver) -> WaiverState:
        check = by_check.get(waiver.check)
        if check is None:
            return WaiverState.NO_MATCH
        if waiver.expires_at <= now:
            return WaiverState.EXPIRED
        if check.planned.policy.role is Role.BLOCKER:
            return WaiverState.NOT_WAIVABLE
        if waiver.doubt:
            return WaiverState.NOT_PROVEN
        lifted = is_unproven(check) or (over_budget and is_failed(check))
        return WaiverState.IN_EFFECT if lifted else WaiverState.UNUSED

    return tuple(WaiverUse(waiver, state(waiver)) for waiver in waivers)


def excused(uses: Iterable[WaiverUse]) -> frozenset[str]:
    """Return the checks for which a waiver is in effect."""
    return frozenset(use.waiver.check for use in uses if use.state is WaiverState.IN_EFFECT)
