"""director init: write a manifest from answers, of people or of the running service."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from director.cli.exits import Exit
from director.cli.guess import guessed_name, name_of_host
from director.cli.init_finds import Find
from director.cli.init_from import entries, environment_of, look, typed_again
from director.cli.interview import Interview, can_ask
from director.cli.keyboard import standard_keyboard
from director.cli.new_file import demand_room, put
from director.cli.option_types import Duration
from director.cli.options import (
    config_option,
    folder_options,
    plugin_options,
    probe_options,
    settings_of,
)
from director.cli.questions import questions_of
from director.errors import Fault, SettingsError
from director.loading.answers import demand, one_line, read_answer, read_environment, read_metadata
from director.loading.manifest import read_manifest
from director.loading.manifest_text import Draft, Plain, Question, manifest_text
from director.loading.profile import builtin_folder, profile_names
from director.loading.schema import manifest_schema
from director.loading.settings import DEFAULT_PROFILE
from director.loading.words import meant, shown
from director.model.catalog import Catalog
from director.model.text import named
from director.service.desk import Desk, Wishes
from director.wiring.plugins import catalog_of

SCHEMA = "readiness.schema.json"
"""What the schema is called that lies beside a manifest."""

METADATA = ("name", "owner", "tier", "version")


@click.command(short_help="Write a manifest from answers, or from a running service.")
@click.option("--name", metavar="NAME", help="The service.")
@click.option("--owner", metavar="TEAM", help="The team that answers for it.")
@click.option("--tier", metavar="0-4", help="How critical it is: 0 (most) to 4.")
@click.option("--version", metavar="TEXT", help="The version that is launched.")
@click.option(
    "--profile",
    metavar="NAME",
    help=f"The profile to be reviewed under (default: {DEFAULT_PROFILE}).",
)
@click.option(
    "--declare",
    multiple=True,
    metavar="KEY=ANSWER",
    help="What is so: true, false, 'n/a: reason', or a value in YAML; may be repeated.",
)
@click.option(
    "--environment",
    multiple=True,
    metavar="NAME[=URL]",
    help="Where it runs, with its base URL there; may be repeated.",
)
@click.option(
    "--from",
    "base_url",
    metavar="URL",
    help="Ask the service that answers there, and write down what is found.",
)
@click.option(
    "--timeout",
    type=Duration(),
    default="10s",
    show_default=True,
    help="Longest wait for all that --from asks.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("readiness.yaml"),
    show_default=True,
    metavar="FILE",
    help="Where to write it.",
)
@click.option("--force", is_flag=True, help="Replace what is there already.")
@click.option("--no-input", is_flag=True, help="Ask nothing, also on a terminal.")
@click.option(
    "--schema",
    metavar="LOCATION",
    help="Where editors find the JSON Schema: a URL, or a path relative to the manifest"
    f" (default: {SCHEMA}, which is written beside it).",
)
@probe_options
@folder_options
@plugin_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Write a readiness.yaml; on a terminal, what flags do not say is asked.

    With --from, the service is asked where it answers: its health, readiness and metrics pages,
    https and HSTS. Exits 3, and writes nothing, if it gives no answer at all.

    Nothing is overwritten without --force. What nobody knows yet stands there as a comment, to be
    filled in: what is not declared stays unknown.
    """
    output, force = values["output"], values["force"]
    demand_room(output, force=force)
    if output.name == SCHEMA:
        raise SettingsError(Fault("--output", 0, 0, f"must not be {SCHEMA}, which lies beside it"))
    settings = settings_of({**values, "no_store": True})
    desk = Desk(Wishes(settings))
    catalog = catalog_of(settings)
    interview = None if values["no_input"] or not can_ask() else Interview(standard_keyboard())
    found: tuple[Find, ...] = ()
    if values["base_url"] is not None:
        values["environment"] = (environment_of(values["base_url"], values["environment"]),)
        if interview is None:
            values["name"] = values["name"] or _probable_name(values) or None
        _given(values, asking=interview is not None)  # What is wrong is said before asking.
        found = look(settings, values["base_url"], values["timeout"])
    draft, questions = _draft(values, desk, catalog, interview)
    if found:
        draft = replace(draft, **entries(found, desk.profile(draft.profile), catalog))
    text = manifest_text(draft, questions, values["schema"] or SCHEMA)
    read_manifest(text.encode(), named(output))  # Never leave behind what cannot be used.
    put(output, text, force=force)
    click.echo(f"{named(output)}: written")
    if not values["schema"]:
        click.echo(_put_schema(output.with_name(SCHEMA), catalog, force=force))
    for line in _next_steps(draft, questions, values):
        click.echo(line)
    return Exit.OPEN


def _draft(
    values: dict[str, Any], desk: Desk, catalog: Catalog, interview: Interview | None
) -> tuple[Draft, tuple[Question, ...]]:
    """Return what the manifest shall say, and what could be declared in it.

    Raises:
        SettingsError: A flag cannot be used, or one is missing where nobody can be asked.
        ProfileError: The profile cannot be used.
    """
    metadata, environments = _given(values, asking=interview is not None)
    folders = (*desk.wishes.settings.profile_folders, builtin_folder())
    if interview is not None:
        metadata = _ask_metadata(metadata, _probable_name(values), interview)
    name = values["profile"]
    if name is None and interview is not None:
        name = interview.profile(
            DEFAULT_PROFILE, profile_names(folders), lambda name: _usable(name, "profile", desk)
        )
    name = _usable(name or DEFAULT_PROFILE, "--profile", desk)
    questions = questions_of(catalog, desk.profile(name))
    declares, settled = _declared(values["declare"], questions)
    if interview is not None:
        open_still = tuple(q for q in questions if q.in_profile and q.name not in settled)
        declares |= interview.declarations(open_still)
        environments = environments or interview.environments()
    draft = Draft(**metadata, profile=name, declares=declares, environments=environments)
    return draft, questions


def _given(values: dict[str, Any], *, asking: bool) -> tuple[dict[str, Any], dict[str, str | None]]:
    """Return what flags say of the service and of where it runs.

    Raises:
        SettingsError: Some of it cannot be used, or is missing; all of that is named.
    """
    faults: list[Fault] = []
    metadata: dict[str, Any] = {}
    environments: dict[str, str | None] = {}
    schema = values["schema"]
    if schema is not None and not re.fullmatch("[!-~]{1,2000}", schema):
        problem = f"must be one word of printable ASCII, got {shown(schema)}"
        faults.append(Fault("--schema", 0, 0, problem))
    for key in METADATA:
        if values[key] is not None:
            with _noting(faults):
                metadata[key] = read_metadata(key, values[key], f"--{key}")
    for text in values["environment"]:
        with _noting(faults):
            name, url = read_environment(text, "--environment")
            if name in environments:
                problem = f"must be named once, got {shown(name)} again"
                raise SettingsError(Fault("--environment", 0, 0, problem))
            environments[name] = url
    # What a service is asked about it cannot tell: who answers for it stays open.
    needed = ("name", "owner") if values["base_url"] is None else ("name",)
    missing = [f"--{key}" for key in needed if values[key] is None]
    if missing and not asking:
        problem = f"must be told {' and '.join(missing)}, as nobody can be asked here"
        faults.append(Fault("director init", 0, 0, problem))
    if faults:
        raise SettingsError(*faults)
    return metadata, environments


@contextmanager
def _noting(faults: list[Fault]) -> Iterator[None]:
    """Note the faults of one flag, so that the next one is read as well."""
    try:
        yield
    except SettingsError as error:
        faults.extend(error.faults)


def _probable_name(values: dict[str, Any]) -> str:
    """Return what the service is probably called; empty if nothing tells."""
    folder = values["output"].parent
    return name_of_host(values["base_url"] or "") or guessed_name(folder)


def _ask_metadata(given: dict[str, Any], probable: str, interview: Interview) -> dict[str, Any]:
    asked: dict[str, Callable[[], Plain]] = {
        "name": lambda: interview.metadata("name", "name of the service", probable, needed=True),
        "owner": lambda: interview.metadata("owner", "team that answers for it", needed=True),
        "tier": lambda: interview.metadata("tier", "tier, 0 (most critical) to 4"),
        "version": lambda: interview.metadata("version", "version that is launched"),
    }
    return {key: given[key] if key in given else ask() for key, ask in asked.items()}


def _usable(name: str, source: str, desk: Desk) -> str:
    """Return the *name* of a profile that a manifest may ask for and that can be used.

    Raises:
        SettingsError: A manifest cannot ask for it.
        ProfileError: It cannot be used.
    """
    word = one_line(name, source)
    demand({"spec": {"profile": word}}, source)
    desk.profile(word)
    return word


def _declared(
    texts: tuple[str, ...], questions: tuple[Question, ...]
) -> tuple[dict[str, Plain], set[str]]:
    """Return what flags declare, and which declarations they settle, if only as unknown.

    Raises:
        SettingsError: Some of it cannot be used; all of that is named.
    """
    known = {question.name for question in questions}
    declares: dict[str, Plain] = {}
    settled: set[str] = set()
    faults: list[Fault] = []
    for text in texts:
        name, equals, answer = text.partition("=")
        source = f"--declare {named(name)}"
        with _noting(faults):
            if not equals:
                problem = f"must be KEY=ANSWER, got {shown(text)}"
                raise SettingsError(Fault("--declare", 0, 0, problem))
            if name not in known:
                hint = meant(name, known) or f", known are {', '.join(sorted(known))}"
                problem = f"must be what an installed check reads, got {shown(name)}{hint}"
                raise SettingsError(Fault("--declare", 0, 0, problem))
            if name in settled:
                raise SettingsError(Fault(source, 0, 0, "must be given once"))
            settled.add(name)
            if (value := read_answer(name, answer, source)) is not None:
                declares[name] = value
    if faults:
        raise SettingsError(*faults)
    return declares, settled


def _put_schema(path: Path, catalog: Catalog, *, force: bool) -> str:
    """Write the schema beside the manifest, and return a line that says what became of it."""
    offers = [offer for plugin in catalog.plugins for offer in plugin.checks]
    text = json.dumps(manifest_schema(offers), indent=2, ensure_ascii=False) + "\n"
    try:
        demand_room(path, force=force)
        put(path, text, force=force)
    except SettingsError:
        return f"{named(path)}: kept as it is; director schema manifest prints today's"
    return f"{named(path)}: written, for editors that complete and explain"


def _next_steps(
    draft: Draft, questions: tuple[Question, ...], values: dict[str, Any]
) -> Iterator[str]:
    """Yield what is left to do, as it is typed."""
    left = [q.name for q in questions if q.in_profile and q.name not in draft.declares]
    if left:
        yield f"still open: {', '.join(left)}"
    typed = [str(values["output"])]
    for folder in values["profiles"]:
        typed += ["--profiles", str(folder)]
    validate = shlex.join(["director", "validate", *typed])
    if len(draft.environments) > 1:
        typed += ["--environment", next(iter(draft.environments))]
    typed += typed_again(values)
    yield f"next:\n  {named(validate)}\n  {named(shlex.join(['director', 'evaluate', *typed]))}"
