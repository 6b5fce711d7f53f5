"""From a base URL to what a manifest says of it: asked, told line by line, and written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from director.cli.init_finds import finds, notes
from director.cli.init_survey import Survey, survey
from director.cli.runner import Interruption, run
from director.errors import DirectorError, Fault, SettingsError
from director.loading.answers import read_environment
from director.loading.words import shown
from director.model.manifest import CheckRequest, Manifest
from director.model.text import inert
from director.rules.options import option_problems
from director.wiring import fault_of_expectation

if TYPE_CHECKING:
    from director.cli.init_finds import Find
    from director.loading.settings import Settings
    from director.model.catalog import Catalog
    from director.model.manifest import Scalar
    from director.model.profile import Profile

FLAG = "--from"
USUAL = "production"
"""What the environment is called if nobody says."""


class NoAnswerError(DirectorError):
    """The service gave no answer at all, so there is nothing to write down; exit 3."""


def look(settings: Settings, base_url: str, for_s: float) -> tuple[Find, ...]:
    """Ask the service at *base_url*, and print what was found and what was not, a line each.

    Args:
        settings: Where probes may reach, and whom they trust.
        base_url: Where it answers.
        for_s: Longest time for all questions together, in seconds.

    Raises:
        SettingsError: It may not be asked: the URL or the address policy forbids it.
        NoAnswerError: It gave no answer.
        click.exceptions.Exit: A signal came.
    """
    found: list[Survey] = []

    async def ask(_: Interruption) -> int:
        found.append(await survey(settings, base_url, for_s))
        return 0

    code = run(ask)
    if code:
        raise click.exceptions.Exit(code)
    error = found[0].silence
    if error is not None and found[0].refused:
        raise SettingsError(Fault(FLAG, 0, 0, f"must be a URL that may be asked: {error.detail}"))
    if error is not None:
        raise NoAnswerError(f"{FLAG}: {base_url} gave no answer ({error.reason}): {error.detail}")
    all_ = finds(found[0])
    width = max(len(each.what) for each in all_)
    for each in all_:
        click.echo(inert(f"{each.seen:<9}  {each.what:<{width}}  {each.said}"))
    return all_


def environment_of(base_url: str, given: tuple[str, ...]) -> str:
    """Return the one environment as a flag names it, with *base_url*.

    Args:
        base_url: Where it answers.
        given: What other flags say of environments: at most one name.

    Raises:
        SettingsError: They say more, or the URL is none that a manifest takes.
    """
    if len(given) > 1 or "=" in "".join(given):
        said = shown(", ".join(given))
        problem = f"must be one name and no URL beside {FLAG}, got {said}"
        raise SettingsError(Fault("--environment", 0, 0, problem))
    environment = f"{(*given, USUAL)[0]}={base_url}"
    read_environment(environment, FLAG)
    return environment


def entries(found: tuple[Find, ...], profile: Profile, catalog: Catalog) -> dict[str, Any]:
    """Return the options that *found* gives, and comments on the rest, as a draft takes them.

    What the profile does not leave to a manifest is a comment too, and so is what no plugin
    reads: the manifest can be used as it is written.
    """
    said: list[str] = []
    checks: dict[str, dict[str, Scalar]] = {}
    for each in found:
        if not each.options:
            continue
        if catalog.offer(each.check) is None:
            said.append(f"{each.check}: no plugin that is installed offers it.")
            continue
        request = CheckRequest(each.check, options=tuple(sorted(each.options.items())))
        manifest = Manifest(name="service", digest="", checks=(request,))
        problems = option_problems(profile, manifest, catalog, fault_of_expectation)
        ours = [problem for problem in problems if problem.check == each.check]
        if ours:
            said += [f"{each.check}: {problem.name} {problem.problem}." for problem in ours]
        else:
            checks[each.check] = dict(each.options)
    return {"checks": checks, "notes": (*said, *notes(found))}


def typed_again(values: dict[str, Any]) -> list[str]:
    """Return the flags about probing that another command needs to reach the same service."""
    words = []
    for network in values["allow_address"]:
        words += ["--allow-address", str(network)]
    for first, last in values["allow_port"]:
        words += ["--allow-port", str(first) if first == last else f"{first}-{last}"]
    if values["address_policy"] != "internal":
        words += ["--address-policy", values["address_policy"]]
    if values["ca_file"] is not None:
        words += ["--ca-file", str(values["ca_file"])]
    return words
