"""probe.fresh and probe.overhead: beside blackbox_exporter and a bare aiohttp loop."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from measure import Bar, Figure, Setting, median_ratio
from side import side

NAMES = ("probe.fresh", "probe.overhead")

TARGETS = 2_000
PEER = "prometheus-blackbox-exporter"
CONFIG = """\
modules:
  http_2xx:
    prober: http
    timeout: 5s
    http: {preferred_ip_protocol: ip4}
"""

_PATIENCE_S = 10.0


def measure(setting: Setting) -> Iterator[Figure]:
    """Yield how fast we probe, beside whoever is installed."""
    with side("probe_server.py") as service:
        yield from _rates(setting, service.about["port"])


def _rates(setting: Setting, port: int) -> Iterator[Figure]:
    """Let all sides probe the same endpoint in turn."""
    log = setting.build / "probe.log"
    log.unlink(missing_ok=True)
    program = shutil.which(PEER)
    with (
        side("probe_ours.py", port, TARGETS, log) as ours,
        side("probe_bare.py", port, TARGETS) as bare,
        _exporter(setting, program) as exporter,
        ExitStack() as last,
    ):
        sides = {"ours": ours, "bare": bare}
        if exporter is not None:
            sides["peer"] = last.enter_context(side("probe_driver.py", exporter, port, TARGETS))
        for each in sides.values():
            each.ask("go")
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(setting.rounds(7, 25)):
            for name, each in sides.items():
                rates[name].append(TARGETS / float(each.ask("go")["took_s"]))
    value = median(rates["ours"])
    if "peer" in rates:
        yield Figure(
            name="probe.fresh",
            value=value,
            unit="targets/s",
            peer=f"blackbox_exporter {_version(program or PEER)}, 32 at once",
            ratio=median_ratio(rates["ours"], rates["peer"]),
            bar=Bar(1.5, 3, least=True),
            note=f"peer {median(rates['peer']):.0f} probes/s; ours with log lines and a decision",
        )
    else:
        print(f"Left out probe.fresh: {PEER} is not installed", flush=True)
    yield Figure(
        name="probe.overhead",
        value=value,
        unit="targets/s",
        peer=f"bare aiohttp {ours.about['aiohttp']} loop",
        ratio=median_ratio(rates["ours"], rates["bare"]),
        bar=Bar(0.7, 0.9, least=True),
        note=f"peer {median(rates['bare']):.0f} requests/s",
    )


@contextmanager
def _exporter(setting: Setting, program: str | None) -> Iterator[str | None]:
    """Run the peer and yield where it listens; None where it is not installed."""
    if program is None:
        yield None
        return
    config = setting.build / "blackbox.yml"
    config.write_text(CONFIG)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
    line = [
        program,
        f"--config.file={config}",
        f"--web.listen-address={place}",
        "--log.level=error",
    ]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(place)
        yield place
    finally:
        process.terminate()
        process.wait()


def _await(place: str) -> None:
    """Wait until somebody listens at *place*."""
    host, _, port = place.partition(":")
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _version(program: str) -> str:
    """Return the version that *program* says it has."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    words = (said.stdout + said.stderr).split()
    return words[words.index("version") + 1].rstrip(",") if "version" in words else "unknown"
