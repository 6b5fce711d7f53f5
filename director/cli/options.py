"""The settings of every command: a flag, a variable of the same words, and their origin."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from director.cli.option_types import Duration, Ports, RecordPlace, ShownChoice, ShownPath
from director.errors import Fault, SettingsError
from director.loading.settings import (
    BUNDLED,
    LOG_FORMATS,
    OPERATORS,
    PRESENTATION,
    Config,
    Network,
    Setting,
    Settings,
    networks,
    read_config,
)
from director.loading.words import shown

NEARBY = Path("director.yaml")
"""A file in the current folder that sets presentation, and nothing else."""

ORIGINS = "director.origins"
"""Where a click context keeps which file set which setting."""

Function = TypeVar("Function", bound=Callable[..., Any])


def config_option(function: Function) -> Function:
    """Add the file that settings are read from."""
    return option(
        "--config",
        type=ShownPath(exists=True, path_type=Path),
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=_configure,
        help="Read settings from this YAML file; flags and variables beat it.",
    )(function)


def _configure(ctx: click.Context, _: click.Parameter, path: Path | None) -> None:
    """Make the settings of files the defaults of this command.

    A file in the folder that is judged must not loosen anything, so it sets presentation only.
    """
    origins: dict[str, str] = {}
    defaults: dict[str, Any] = {}
    for file, allowed in ((NEARBY, PRESENTATION), (path, OPERATORS | PRESENTATION)):
        if file is not None and (file is not NEARBY or file.is_file()):
            found = read_config(file, allowed)
            faults = [
                found.fault(option.name, problem)
                for option in _options(ctx, found)
                for problem in _misfits(ctx, option, found.values[option.name])
            ]
            if file is NEARBY:
                faults += _files_named(found)
            if faults:
                from director.loading.shape import refusal  # noqa: PLC0415  # pydantic is slow

                raise refusal(SettingsError, faults)
            lists = {option.name for option in _options(ctx, found) if option.multiple}
            defaults.update(found.values)
            defaults.update({name: _texts(found.values[name]) for name in lists})
            origins.update(dict.fromkeys(found.values, str(file)))
    ctx.default_map = {**(ctx.default_map or {}), **defaults}
    ctx.meta[ORIGINS] = origins


def _options(ctx: click.Context, found: Config) -> Iterator[click.Option]:
    """Yield the options of this command that a file sets; others concern other commands."""
    for parameter in ctx.command.params:
        if isinstance(parameter, click.Option) and parameter.name in found.values:
            yield parameter


def _misfits(ctx: click.Context, option: click.Option, value: Setting) -> Iterator[str]:
    """Yield why *option* does not take *value*, in our words; nothing if it does."""
    if option.is_flag:
        if not isinstance(value, bool):
            yield f"must be true or false, got {shown(value)}"
    elif (
        isinstance(value, bool) or value == "" or (isinstance(value, list) and not option.multiple)
    ):
        yield f"must be a text, got {shown(value)}"
    else:
        for text in _texts(value):
            try:
                option.type.convert(text, option, ctx)
                if option.name == "allow_address":
                    networks((text,), "")
            except click.BadParameter as error:
                yield f"must be what {option.opts[0]} takes: {error.message.rstrip('.')}"
            except SettingsError as error:
                yield error.faults[0].problem


def _texts(value: Setting) -> list[str]:
    """Return *value* as a list: one text for a flag that may be repeated is a list of one."""
    return value if isinstance(value, list) else [str(value)]


def _files_named(found: Config) -> Iterator[Fault]:
    """Yield a fault if the folder that is judged wants a report written over a file."""
    for text in _texts(found.values.get("format", [])):
        if "=" in text:
            problem = f"must be a format alone, got {shown(text)}: only a flag names a file"
            yield found.fault("format", problem)


def plugin_options(function: Function) -> Function:
    """Add what decides which plugins may run, and what they make checks of."""
    function = option(
        "--definitions",
        multiple=True,
        type=ShownPath(path_type=Path),
        metavar="FILE",
        help="Define checks without Python, for plugins such as exec and cel; may be repeated.",
    )(function)
    return option(
        "--trust",
        multiple=True,
        metavar="DISTRIBUTION",
        help="A distribution whose plugins may run in this process; may be repeated."
        f" Always trusted: {', '.join(BUNDLED)}.",
    )(function)


def profile_options(function: Function) -> Function:
    """Add what decides which profile judges."""
    function = option(
        "--profile",
        metavar="NAME|FILE",
        help="Judge by this profile, whatever the manifest asks for.",
    )(function)
    return folder_options(function)


def folder_options(function: Function) -> Function:
    """Add where profiles are found, and which are allowed."""
    function = option(
        "--profiles",
        multiple=True,
        type=ShownPath(exists=True, file_okay=False, path_type=Path),
        metavar="FOLDER",
        help="Look profiles up here before the installed ones; may be repeated.",
    )(function)
    return option(
        "--least-profile",
        metavar="NAME",
        help="The least strict profile allowed: itself, or one that extends it.",
    )(function)


def store_options(function: Function) -> Function:
    """Add where decisions are recorded."""
    return option(
        "--store",
        type=RecordPlace(path_type=Path),
        metavar="FILE",
        help="Record decisions in this file, or at postgresql://… (default: the user's folder).",
    )(function)


def audit_options(function: Function) -> Function:
    """Add what the audit log is signed with, and where its checkpoints are kept besides."""
    function = option(
        "--audit-anchor",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Also append each checkpoint of the audit log here, and refuse an older record.",
    )(function)
    return option(
        "--audit-key",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The private key that signs the audit log (default: made beside the record).",
    )(function)


def record_options(function: Function) -> Function:
    """Add everything that writing into the record needs."""
    return store_options(signers_options(audit_options(function)))


def signers_options(function: Function) -> Function:
    """Add whose signature on an override or a waiver counts."""
    return option(
        "--signers",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Whose key is whose, for overrides and waivers; without it, none of them counts.",
    )(function)


def lock_options(function: Function) -> Function:
    """Add which file says what must answer."""
    return option(
        "--lock-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The plan lock to hold plans against (default: director.lock beside the manifest, if"
        " it is there).",
    )(function)


def server_options(function: Function) -> Function:
    """Add who evaluates instead of this process."""
    function = option(
        "--server-timeout",
        type=Duration(),
        default="10m",
        show_default=True,
        metavar="TIME",
        help="How long a decision of the server may take.",
    )(function)
    function = option(
        "--token-file",
        type=ShownPath(path_type=Path),
        metavar="FILE",
        help="The API token for the server (default: what DIRECTOR_TOKEN is).",
    )(function)
    return option(
        "--server",
        metavar="URL",
        help="Have a running director serve evaluate, instead of this process.",
    )(function)


def secrets_options(function: Function) -> Function:
    """Add what probes may send besides what stands in a manifest."""
    return option(
        "--secrets",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Secrets that manifests may refer to, and the hosts that each may be sent to.",
    )(function)


def notifications_options(function: Function) -> Function:
    """Add who is told when something changes."""
    return option(
        "--notifications",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Who is told of changes by webhook, and which; without it, nobody is.",
    )(function)


def probe_options(function: Function) -> Function:
    """Add where probes may reach, and whom they trust."""
    function = option(
        "--ca-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Certificate authorities that probes trust besides the system's, in PEM.",
    )(function)
    function = option(
        "--allow-port",
        multiple=True,
        type=Ports(),
        metavar="PORT[-PORT]",
        help="Ports at which HTTP is spoken although other protocols live there; may be repeated.",
    )(function)
    function = option(
        "--address-policy",
        type=ShownChoice(["internal", "public_only"]),
        default="internal",
        show_default=True,
        help="Which addresses probes may reach; internal allows private ranges.",
    )(function)
    return option(
        "--allow-address",
        multiple=True,
        metavar="RANGE",
        help="A range that the policy shall not deny, such as 127.0.0.0/8; may be repeated.",
    )(function)


def color_option(function: Function) -> Function:
    """Add whether to use colours."""
    return click.option(
        "--color/--no-color", default=None, help="Use colours, or do not (default: on a terminal)."
    )(function)


def log_options(function: Function) -> Function:
    """Add where log lines go, and under whose names."""
    function = option(
        "--log-format",
        type=ShownChoice(LOG_FORMATS),
        default=LOG_FORMATS[0],
        show_default=True,
        help="The names in log lines: our own, the Elastic Common Schema's, or OTLP/JSON.",
    )(function)
    return option(
        "--log",
        metavar="stderr|off|FILE",
        help="Where JSON log lines go (default: stderr, unless that is a terminal).",
    )(function)


def settings_of(values: dict[str, Any]) -> Settings:
    """Return the values of the options above as settings; options a command lacks stay default.

    Raises:
        SettingsError: A value cannot be used.
    """
    return Settings(
        store=None if values.get("no_store") else values.get("store") or default_store(),
        log=values.get("log") or default_log(),
        log_format=values.get("log_format") or LOG_FORMATS[0],
        address_policy=values.get("address_policy") or "internal",
        allow_addresses=_networks(values.get("allow_address") or ()),
        allow_ports=tuple(values.get("allow_port") or ()),
        ca_file=values.get("ca_file"),
        trust=frozenset((*BUNDLED, *(values.get("trust") or ()))),
        definitions=tuple(values.get("definitions") or ()),
        profile_folders=tuple(values.get("profiles") or ()),
        least_profile=values.get("least_profile"),
        signers=values.get("signers"),
        secrets=values.get("secrets"),
        notifications=values.get("notifications"),
        lock_file=values.get("lock_file"),
        audit_key=values.get("audit_key"),
        audit_anchor=values.get("audit_anchor"),
    )


def _networks(texts: Iterable[str]) -> tuple[Network, ...]:
    return networks(tuple(texts), "--allow-address") if texts else ()


def default_store() -> Path:
    """Return where decisions are recorded if nobody says."""
    from platformdirs import user_data_path  # noqa: PLC0415  # not for --help

    return user_data_path("director", appauthor=False) / "director.db"


def default_log() -> str:
    """Return where log lines go if nobody says: not between a person's lines."""
    try:
        return "off" if sys.stderr is None or sys.stderr.isatty() else "stderr"
    except ValueError:
        return "off"  # It is closed.


def option(flag: str, **attributes: Any) -> Callable[[Function], Function]:  # noqa: ANN401  # click's
    """Return an option with the variable of the same words: ``--log`` and ``DIRECTOR_LOG``."""
    variable = "DIRECTOR_" + flag.removeprefix("--").replace("-", "_").upper()
    return click.option(flag, envvar=variable, show_envvar=True, **attributes)
