"""The profile that is tried on recorded decisions, and those that they were made by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime

from director.engine.ready import make_ready
from director.errors import Fault, ProfileError
from director.loading.catalog import Installed
from director.loading.profile import builtin_folder, load_profile, profile_names
from director.loading.settings import Settings
from director.model.manifest import Environment, Manifest, Target
from director.model.profile import Profile
from director.model.text import named
from director.model.value import dataclass
from director.rules.options import option_problems
from director.rules.plan import plan
from director.rules.resimulate import Trial
from director.service.desk import Desk, Wishes
from director.wiring import fault_of_expectation


@dataclass(frozen=True, slots=True)
class Judge:
    """Knows what each recorded decision is judged again by.

    Attributes:
        profile: The profile that is tried.
        installed: What is installed.
        settings: What the operator decides.
        then: Profiles that decisions may have been made by, by digest.
        now: The moment to judge by, aware; None for that of each decision.
    """

    profile: Profile
    installed: Installed
    settings: Settings
    then: dict[str, Profile]
    now: datetime | None
    _tried: set[str] = field(default_factory=set)

    def trial(self, name: str, digest: str) -> Trial:
        """Return what to judge a decision by that was made by the profile *name*.

        Its file is looked up by its name, and taken only if it still has the very text of then.
        """
        if digest not in self.then and name not in self._tried:
            self._tried.add(name)
            folders = (*self.settings.profile_folders, builtin_folder())
            if name in profile_names(folders):
                self._look_up(name)
        return Trial(
            profile=self.profile,
            catalog=self.installed.catalog,
            then=self.then.get(digest),
            now=self.now,
        )

    def _look_up(self, name: str) -> None:
        folders = (*self.settings.profile_folders, builtin_folder())
        try:
            profile = load_profile(name, folders)
        except ProfileError:
            return  # Then nobody has it, and the stricter reading is taken.
        self.then.setdefault(profile.digest, profile)


def make_judge(
    settings: Settings,
    installed: Installed,
    wanted: str,
    then: Sequence[str],
    now: datetime | None,
) -> Judge:
    """Return who judges again.

    Args:
        settings: What the operator decides.
        installed: What is installed.
        wanted: The profile to try, by name or file.
        then: Profiles that decisions may have been made by, by name or file.
        now: The moment to judge by, aware; None for that of each decision.

    Raises:
        ProfileError: One of the profiles cannot be used.
    """
    profile = Desk(Wishes(settings)).profile(wanted)
    _require_usable(profile, wanted, installed)
    folders = (*settings.profile_folders, builtin_folder())
    known = [load_profile(name, folders) for name in then]
    return Judge(profile, installed, settings, {each.digest: each for each in known}, now)


def _require_usable(profile: Profile, wanted: str, installed: Installed) -> None:
    """Raise unless an evaluation could be planned by *profile*.

    Raises:
        ProfileError: It sets options that cannot be used.
    """
    # A target that has whatever a check may need, so that none is spared.
    manifest = Manifest(name="any", digest="", artifact="any")
    target = Target(manifest, Environment("any", "https://any.invalid"))
    problems = option_problems(profile, manifest, installed.catalog, fault_of_expectation)
    faults = [f"{each.check}.{each.name} {each.problem}" for each in problems]
    if not faults:
        _, refusals = make_ready(
            plan(profile, target, installed.catalog), target, installed.classes
        )
        faults = [f"{each.planned.id}: {each.problem}" for each in refusals]
    if faults:
        raise ProfileError(*(Fault(f"profile {named(wanted)}", 0, 0, each) for each in faults))
