"""director checks: show the installed checks."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click

from director.cli.exits import Exit
from director.cli.look import columns
from director.cli.options import config_option, plugin_options, settings_of
from director.errors import Fault, SettingsError
from director.loading.manifest_text import flow
from director.loading.words import meant, shown
from director.model.catalog import Catalog, Offer, Plugin
from director.model.check import Role
from director.wiring.plugins import catalog_of

_FORMATS = ("text", "json")
_WIDTH = 90


@click.group(invoke_without_command=True, short_help="Show the installed checks.")
@click.option("--format", type=click.Choice(_FORMATS), default="text", show_default=True)
@plugin_options
@config_option
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> int:  # noqa: ANN401  # click's options
    """Show the installed checks; ``checks show ID`` tells what one is."""
    catalog = catalog_of(settings_of({**values, "no_store": True}))
    ctx.obj = catalog
    if ctx.invoked_subcommand is not None:
        return Exit.OPEN
    offers = [(plugin, offer) for plugin in catalog.plugins for offer in plugin.checks]
    if values["format"] == "json":
        _print_json([_entry(*each) for each in offers])
    else:
        rows = [
            (offer.spec.id, offer.spec.category, offer.spec.role.value, offer.spec.title)
            for _, offer in offers
        ]
        click.echo(columns((("CHECK", "CATEGORY", "ROLE", "TITLE"), *rows)))
    return Exit.OPEN


@command.command(short_help="Tell what one check is.")
@click.argument("check", metavar="ID")
@click.option(
    "--format", type=click.Choice(_FORMATS), help="Text or JSON (default: as given to checks)."
)
@click.pass_context
def show(ctx: click.Context, check: str, format: str | None) -> int:  # noqa: A002  # click's name
    """Tell why a check is there, what to do when it fails, and how its options are set."""
    catalog: Catalog = ctx.obj
    found = catalog.offer(check)
    if found is None:
        known = [offer.spec.id for plugin in catalog.plugins for offer in plugin.checks]
        hint = meant(check, known) or "; director checks lists them"
        problem = f"must be an installed check, got {shown(check)}{hint}"
        raise SettingsError(Fault("ID", 0, 0, problem))
    given = format or (ctx.parent.params["format"] if ctx.parent else "text")
    if given == "json":
        _print_json({**_entry(*found), "examples": _examples(found[1])})
    else:
        click.echo("\n".join(_lines(*found)))
    return Exit.OPEN


def _lines(plugin: Plugin, offer: Offer) -> Iterator[str]:
    spec = offer.spec
    yield f"{spec.id}  {spec.title}\n"
    yield _told("Why", spec.why)
    yield _told("Remedy", f"{spec.remedy} ({spec.effort.value} effort)")
    yield ""
    facts = (
        ("category", f"{spec.category}, unless the profile says otherwise"),
        ("role", f"{spec.role.value}, unless the profile says otherwise"),
        ("deadline", f"{spec.deadline_s:g} s"),
        ("reads", ", ".join(spec.reads) or "nothing of the manifest"),
        ("plugin", f"{plugin.name}, from {plugin.distribution} {plugin.version}"),
    )
    yield from (f"{name:<8}  {value}" for name, value in facts)
    if offer.options:
        rows = [
            (o.name, o.kind.value, flow(o.default), f"{o.tighter} is stricter" if o.tighter else "")
            for o in offer.options
        ]
        yield "\n" + columns((("OPTION", "TYPE", "DEFAULT", ""), *rows))
    for where, example in _examples(offer).items():
        yield f"\nIn a {where}{'; it may tighten, never loosen' if where == 'manifest' else ''}:"
        yield textwrap.indent(example.rstrip(), "  ")


def _told(word: str, text: str) -> str:
    return textwrap.fill(f"{word:<8}  {text}", _WIDTH, subsequent_indent=" " * 10)


def _examples(offer: Offer) -> dict[str, str]:
    """Return YAML that sets the options of a check to their defaults, by where it may stand."""
    spec = offer.spec
    options = {option.name: option.default for option in offer.options}
    least = Role.ADVISORY if spec.role is Role.SHADOW else spec.role  # A wish is never for less.
    asked = options or {"role": least.value}
    policy = {"category": spec.category, "role": spec.role.value}
    return {
        "manifest": f"spec:\n  checks:\n    {spec.id}: {flow(asked)}\n",
        "profile": f"spec:\n  checks:\n    {spec.id}:\n"
        + "".join(f"      {key}: {flow(value)}\n" for key, value in policy.items())
        + (f"      options: {flow(options)}\n" if options else ""),
    }


def _entry(plugin: Plugin, offer: Offer) -> dict[str, Any]:
    return {
        **asdict(offer.spec),
        "options": [asdict(option) for option in offer.options],
        "plugin": plugin.distribution,
        "version": plugin.version,
    }


def _print_json(document: object) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
