"""The server on its socket: begun, found, and ended."""

from __future__ import annotations

import asyncio
import logging
import ssl
from pathlib import Path

from aiohttp import web

from director.errors import Fault, SettingsError
from director.model.value import dataclass
from director.web.exposure import check_exposure
from director.web.front import FRONT, WebSettings
from director.web.patience import CROWD, in_front

_STOP_S = 10.0
"""How long requests that have begun may take to end, in seconds."""

_HANDSHAKE_S = 10.0
_BACKLOG = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where the server listens.

    Attributes:
        host: An address or a name.
        port: 0 for any that is free.
        certificate: The certificate chain, in PEM, to speak TLS with; None for none.
        key: Its private key, in PEM; None if it stands beside the certificate.
    """

    host: str = "127.0.0.1"
    port: int = 8787
    certificate: Path | None = None
    key: Path | None = None

    @classmethod
    def parse(cls, text: str) -> Listen:
        """Return what ``HOST:PORT``, ``[HOST]:PORT`` or ``PORT`` means.

        Raises:
            SettingsError: It means nothing.
        """
        host, colon, port = text.rpartition(":")
        host = (host or "127.0.0.1") if colon else "127.0.0.1"
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        elif ":" in host:
            host = ""
        if not host or not port.isdecimal() or not port.isascii() or int(port) > 65_535:
            problem = f"must be HOST:PORT such as 127.0.0.1:8787, got {text!r:.200}"
            raise SettingsError(Fault("--listen", 0, 0, problem))
        return cls(host=host, port=int(port))


def demand_safe(listen: Listen, settings: WebSettings) -> None:
    """Raise if it is not safe to listen there.

    Raises:
        SettingsError: It is not, and what to do about it.
    """
    if problem := check_exposure(listen.host, settings):
        raise SettingsError(Fault("--listen", 0, 0, problem))


class Listening:
    """A server on its socket.

    Args:
        app: What it serves.
    """

    def __init__(self, app: web.Application) -> None:
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=_unheard(),
            keepalive_timeout=app[FRONT].settings.limits.idle_s,
            shutdown_timeout=_STOP_S,
        )
        self._app = app
        self._server: asyncio.Server | None = None

    async def begin(self, listen: Listen) -> str:
        """Listen, and return where: ``http://127.0.0.1:8787``.

        Raises:
            SettingsError: It is not safe there, or somebody else listens there.
        """
        demand_safe(listen, self._app[FRONT].settings)
        context = _context(listen)
        await self._runner.setup()
        inner = self._runner.server
        assert inner is not None  # noqa: S101  # it was set up
        guests = in_front(self._app[CROWD], inner)
        try:
            self._server = await asyncio.get_running_loop().create_server(
                guests,
                listen.host,
                listen.port,
                ssl=context,
                backlog=_BACKLOG,
                ssl_handshake_timeout=_HANDSHAKE_S if context else None,
            )
        except OSError as error:
            await self._runner.cleanup()
            problem = f"must be free, got {listen.host}:{listen.port}: {error.strerror or error}"
            raise SettingsError(Fault("--listen", 0, 0, problem)) from error
        port = self._server.sockets[0].getsockname()[1]
        host = f"[{listen.host}]" if ":" in listen.host else listen.host
        return f"{'https' if context else 'http'}://{host}:{port}"

    async def end(self) -> None:
        """Take nobody new, let those who listen go, and wait a while for requests to end."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()


def _unheard() -> logging.Logger:
    """Return a log that nobody reads: aiohttp would write there what anybody sends us."""
    logger = logging.Logger("director.web")  # noqa: LOG001  # no state of the whole process
    logger.addHandler(logging.NullHandler())
    return logger


def _context(listen: Listen) -> ssl.SSLContext | None:
    if listen.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(listen.certificate, listen.key)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or "it cannot be read as PEM"
        problem = f"must be a certificate with its key in PEM: {reason}"
        raise SettingsError(Fault("--tls-certificate", 0, 0, problem)) from error
    return context
