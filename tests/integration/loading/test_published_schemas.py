"""What is in ``config/``, held against the schemas that editors use."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from director.loading.profile import builtin_folder
from director.loading.schema import manifest_schema, profile_schema

PROFILES = sorted(builtin_folder().glob("*.yaml"))
SERVICES = sorted((builtin_folder().parent / "services").glob("*.yaml"))


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_sample_services_are_valid_for_editors(path: Path) -> None:
    """An editor finds nothing wrong with a service that we show."""
    Draft7Validator(manifest_schema()).validate(yaml.safe_load(path.read_text("utf-8")))


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_profiles_are_valid_for_editors(path: Path) -> None:
    """An editor finds nothing wrong with a profile that we ship."""
    Draft7Validator(profile_schema()).validate(yaml.safe_load(path.read_text("utf-8")))


def test_there_is_something_to_hold_against_them() -> None:
    """The folders are found, also where the package is installed."""
    assert len(SERVICES) >= 4
    assert {path.stem for path in PROFILES} >= {"baseline", "standard", "strict"}
