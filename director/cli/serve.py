"""director serve: watch running services, and be the place where people look."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from director.cli.option_types import ShownPath
from director.cli.options import (
    config_option,
    lock_options,
    log_options,
    notifications_options,
    plugin_options,
    probe_options,
    profile_options,
    record_options,
    secrets_options,
    settings_of,
)
from director.cli.say import say
from director.cli.web_options import web_options
from director.errors import Fault, SettingsError
from director.loading.words import shown

if TYPE_CHECKING:
    from director.cli.runner import Interruption
    from director.loading.settings import Network, Settings
    from director.web.front import WebSettings
    from director.web.listening import Listen
    from director.wiring.service import Serving

_FILES = 65_536
"""As many open files as are of use."""

_STOPPING_S = 30.0
"""How long the service may take to end in good order, in seconds."""


@click.command(short_help="Watch running services; the API and the dashboard.")
@click.argument("folder", type=ShownPath(path_type=Path), metavar="FOLDER")
@web_options
@profile_options
@record_options
@probe_options
@secrets_options
@plugin_options
@lock_options
@notifications_options
@log_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    r"""Watch the services whose manifests are in FOLDER, and serve the API and the dashboard.

    Manifests are those in FOLDER/services if there is such a folder, else those in FOLDER, with
    what is inside of it; profiles in FOLDER/profiles are known by name. Files may change while it
    runs: one that is broken keeps what its last good text asked for.

    \b
    Exit codes: 0 it was told to stop (SIGTERM, Ctrl-C), 2 invalid settings,
    3 the record cannot be opened, or the service failed.
    """
    from director.cli.runner import run  # noqa: PLC0415  # completion needs none
    from director.web.listening import Listen  # noqa: PLC0415  # aiohttp is slow
    from director.wiring.service import Serving  # noqa: PLC0415

    settings = settings_of(values)
    serving = Serving(
        values["folder"], values["profile"], tuple(map(_place, values["online_check"]))
    )
    listen = Listen.parse(values["listen"])
    listen = Listen(
        host=listen.host,
        port=listen.port,
        certificate=values["tls_certificate"],
        key=values["tls_key"],
    )
    web = _web(values)
    return run(lambda interruption: _serve(settings, serving, (listen, web), interruption))


async def _serve(
    settings: Settings,
    serving: Serving,
    web: tuple[Listen, WebSettings],
    interruption: Interruption,
) -> int:
    from director.wiring.serving import serve  # noqa: PLC0415  # completion needs none

    _take_files()
    stop = asyncio.Event()
    interruption.on_signal = stop.set
    interruption.ending_s = _STOPPING_S

    def announce(address: str) -> None:
        say(f"Serving at {address}, the record is {settings.store}. Stop with Ctrl-C.")

    starting = asyncio.ensure_future(serve(settings, serving, *web, announce))
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting})
        interruption.obeyed()
        return 0
    served = await starting
    failed = served.opened.service.failed
    ends: set[asyncio.Future[Any]] = {stopping, failed}
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await served.close()
    if failed.done():
        await failed  # Whoever started us starts us again.
    interruption.obeyed()
    return 0


def _take_files() -> None:
    """Let this process have as many files open as it may: each probe and each listener is one."""
    import resource  # noqa: PLC0415  # only here

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft < wanted:
        with suppress(OSError, ValueError):  # Then it does with fewer.
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _web(values: dict[str, Any]) -> WebSettings:
    from director.loading.settings import networks  # noqa: PLC0415
    from director.web.front import Access, Limits, WebSettings  # noqa: PLC0415  # aiohttp is slow

    trusted: tuple[Network, ...] = networks(tuple(values["trusted_proxy"]), "--trusted-proxy")
    per_address = values["connections_per_address"]
    behind_proxy = values["behind_proxy"]
    if per_address is None:
        # A proxy brings everybody from its one address.
        per_address = 0 if behind_proxy or trusted else Limits().connections_per_address
    return WebSettings(
        access=Access(values["access"]),
        public_url=values["public_url"] or "",
        behind_proxy=behind_proxy,
        tls=values["tls_certificate"] is not None,
        trusted_proxies=trusted,
        limits=Limits(connections_per_address=per_address),
    )


def _place(text: str) -> tuple[str, int]:
    """Return the host and the port that *text* names.

    Raises:
        SettingsError: It names none.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not port.isascii() or not 0 < int(port) < 65_536:
        problem = f"must be HOST:PORT such as example.com:443, got {shown(text)}"
        raise SettingsError(Fault("--online-check", 0, 0, problem))
    return host, int(port)
