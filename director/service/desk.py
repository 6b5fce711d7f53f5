"""From files to what the Director is asked: a manifest, one of its environments, a profile."""

from __future__ import annotations

import os
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from director.app import Request
from director.errors import Fault, ManifestError, ProfileError
from director.loading.settings import DEFAULT_PROFILE, Settings
from director.loading.words import listed, meant, shown
from director.model.manifest import Environment, Target
from director.model.profile import Profile
from director.model.text import named
from director.model.value import dataclass
from director.rules.strictness import loosened

if TYPE_CHECKING:
    from director.loading.lock import Locks
    from director.loading.manifest import LoadedManifest
    from director.model.lock import PlanLock

NAMES = ("readiness.yaml", "readiness.yml", ".readiness.yaml", ".github/readiness.yaml")
"""What a manifest is called in a repository; the first that is there is taken."""

LOCK_NAME = "director.lock"
"""What a plan lock is called beside the manifests whose plans it holds."""


def is_dir(path: Path) -> bool:
    """Return whether *path* is known to be a folder; what cannot be looked at is none."""
    return os.path.isdir(path)  # noqa: PTH112  # Path.is_dir raises where it may not look


def _read(path: Path) -> LoadedManifest:
    """Return the manifest at *path*.

    Raises:
        ManifestError: It cannot be used, or *path* is a folder in which none was found.
    """
    from director.loading.manifest import load_manifest  # noqa: PLC0415  # completion needs none

    if is_dir(path) and path.name not in NAMES:
        problem = f"must contain {NAMES[0]} or another YAML file that can be read, got none"
        raise ManifestError(Fault(named(path), 0, 0, problem))
    return load_manifest(path)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for besides the manifests.

    Attributes:
        settings: What the operator decides.
        profile: A profile that beats the manifest's; None for the manifest's own.
        environment: Which environment; None for the only one.
        trigger: What asked for the evaluation.
    """

    settings: Settings
    profile: str | None = None
    environment: str | None = None
    trigger: str = "manual"


@dataclass(frozen=True, slots=True)
class Desk:
    """Turns manifests into requests, and reads each profile and each lock once.

    Attributes:
        wishes: What was asked for.
    """

    wishes: Wishes
    _profiles: dict[str, Profile] = field(default_factory=dict)
    _locks: dict[Path, Locks] = field(default_factory=dict)

    def request(self, path: Path, evaluation: str) -> Request:
        """Return the request that the manifest at *path* makes.

        Args:
            path: The manifest.
            evaluation: The identity of the evaluation, a ULID.

        Raises:
            ManifestError: The manifest cannot be used, or leaves open which environment.
            ProfileError: The profile it asks for cannot be used.
            SettingsError: The plan lock cannot be used, or one that was named is not there.
        """
        loaded = _read(path)
        environment = self._environment(loaded)
        return Request(
            evaluation=evaluation,
            loaded=loaded,
            environment=environment,
            profile=self._profile_of(loaded),
            trigger=self.wishes.trigger,
            lock=self._lock(path, Target(loaded.manifest, environment)),
        )

    def requests(self, path: Path) -> tuple[Request, ...]:
        """Return one request for each environment of the manifest at *path*, or just one.

        Raises:
            ManifestError: The manifest cannot be used.
            ProfileError: The profile it asks for cannot be used.
        """
        loaded = _read(path)
        profile = self._profile_of(loaded)
        return tuple(
            Request(evaluation="", loaded=loaded, environment=environment, profile=profile)
            for environment in loaded.manifest.environments or (None,)
        )

    def targets(self, path: Path) -> tuple[Request, ...]:
        """Return what a service that watches the manifest at *path* asks for, each with its lock.

        Raises:
            ManifestError: The manifest cannot be used.
            ProfileError: The profile it asks for cannot be used.
            SettingsError: The plan lock cannot be used, or one that was named is not there.
        """
        return tuple(
            replace(request, lock=self._lock(path, request.target))
            for request in self.requests(path)
        )

    def profile(self, name: str | None) -> Profile:
        """Return the profile *name*, or the default one.

        Raises:
            ProfileError: It cannot be used, or is less strict than the operator allows.
        """
        from director.loading.profile import (  # noqa: PLC0415  # completion needs none
            builtin_folder,
            load_profile,
        )

        wanted = DEFAULT_PROFILE if name is None else name
        if wanted not in self._profiles:
            settings = self.wishes.settings
            folders = (*settings.profile_folders, builtin_folder())
            profile = load_profile(wanted, folders)
            least = settings.least_profile
            if least is not None:
                _require_strict(profile, wanted, load_profile(least, folders))
            self._profiles[wanted] = profile
        return self._profiles[wanted]

    def _lock(self, manifest: Path, target: Target) -> PlanLock | None:
        """Return what was locked for *target*, or None if nothing was."""
        wanted = self.wishes.settings.lock_file
        path = manifest.parent / LOCK_NAME if wanted is None else wanted
        # A link to nowhere, a folder: refused as a lock, not passed over.
        if wanted is None and not os.path.lexists(path):
            return None
        from director.loading.lock import (  # noqa: PLC0415  # only where there is one
            read_locks,
            require_lock,
        )

        if path not in self._locks:
            self._locks[path] = read_locks(path)
        locks = self._locks[path]
        place = target.manifest.name, target.environment.name if target.environment else ""
        return locks.of(*place) if wanted is None else require_lock(locks, path, *place)

    def _profile_of(self, loaded: LoadedManifest) -> Profile:
        """Return the profile that judges *loaded*; an empty name is a slip, not no name at all."""
        if self.wishes.profile is not None:
            return self.profile(self.wishes.profile)
        try:
            return self.profile(loaded.manifest.profile)
        except ProfileError as error:
            place = ("spec", "profile")
            raise ProfileError(
                *(
                    loaded.fault(place, fault.problem) if fault.source == "profile" else fault
                    for fault in error.faults
                )
            ) from error

    def _environment(self, loaded: LoadedManifest) -> Environment | None:
        wanted = self.wishes.environment
        environments = {each.name: each for each in loaded.manifest.environments}
        if wanted is None and len(environments) <= 1:
            return next(iter(environments.values()), None)
        if wanted in environments:
            return environments[wanted]
        place = ("spec", "environments")
        known = listed(environments) or "none"
        if wanted is None:
            problem = f"has several environments ({known}): choose one with --environment"
        else:
            hint = meant(wanted, environments)
            problem = f"must contain {shown(wanted)} (--environment), has {known}{hint}"
        raise ManifestError(loaded.fault(place, problem))


def _require_strict(profile: Profile, wanted: str, least: Profile) -> None:
    """Raise unless *profile* is *least*, or extends it and loosens nothing: a name proves nothing.

    Raises:
        ProfileError: It is less strict than the operator allows.
    """
    if profile.digest == least.digest:
        return
    source = f"profile {named(wanted)}"
    if least.name not in profile.lineage:
        problem = f"must be {least.name} or extend it (--least-profile), got {profile.name}"
        raise ProfileError(Fault(source, 0, 0, problem))
    looser = tuple(loosened(profile, least))
    if looser:
        found = listed(looser)
        problem = f"must be as strict as {least.name} (--least-profile), got looser {found}"
        raise ProfileError(Fault(source, 0, 0, problem))
