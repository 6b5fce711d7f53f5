"""serve.*: the running service under live targets, readers and listeners."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import aiohttp

from measure import Figure, LeftOutError, Setting, within
from side import side

NAMES = (
    "serve.live_lateness",
    "serve.live_missed",
    "serve.matrix",
    "serve.board",
    "serve.listeners",
    "serve.first_paint",
)

TARGETS = 2_000
EVERY_S = 10
SERVICES = 1_000
LISTENERS = 500

PROFILE = """\
apiVersion: readiness/v1
kind: Profile
metadata: {name: live}
spec:
  thresholds: {go: 0.9, conditional: 0.7}
  minimum_checks: 3
  categories: {reliability: {weight: 1}}
  checks:
    declared.logging: {category: reliability, role: required}
    declared.metrics: {category: reliability, role: required}
    http.health: {category: reliability, role: blocker}
"""


def measure(setting: Setting) -> Iterator[Figure]:
    """Yield how the service does with live targets, and with many who look at it."""
    yield from _live(setting)
    yield from _looked_at()


@dataclass
class Served:
    """A running ``director serve``."""

    process: subprocess.Popen[str]
    address: str

    def get(self, path: str) -> Any:  # noqa: ANN401  # JSON
        """Return what the API answers."""
        with urlopen(f"{self.address}{path}", timeout=30) as answer:  # noqa: S310  # loopback
            return json.load(answer)

    def usage(self) -> tuple[float, float]:
        """Return the processor time so far, in seconds, and the resident size, in MB."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        resident = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert resident is not None
        return (int(stat[11]) + int(stat[12])) / 100, int(resident[1]) / 1000


@contextmanager
def served(count: int, port: int, every: str) -> Iterator[Served]:
    """Run the service on so many targets at a port of loopback."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "profiles").mkdir()
        (place / "services").mkdir()
        (place / "profiles" / "live.yaml").write_text(PROFILE)
        for number in range(count):
            (place / "services" / f"s{number:05}.yaml").write_text(
                f"apiVersion: readiness/v1\nkind: Service\n"
                f"metadata: {{name: service-{number:05}, owner: team-{number % 20}}}\n"
                "spec:\n  profile: live\n  declares: {logging: true, metrics: true}\n"
                "  environments:\n    production:\n"
                f"      base_url: http://127.0.0.1:{port}/s{number}\n{every}"
            )
        process = subprocess.Popen(
            [
                *(Path(sys.executable).parent / "director", "serve", place),
                *("--listen", "127.0.0.1:0", "--store", place / "r.db"),
                *("--log", place / "log.jsonl", "--connections-per-address", "0"),
                *("--allow-address", "127.0.0.0/8", "--allow-port", "1-65535"),
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        line = process.stderr.readline()
        try:
            yield Served(process, line.split()[2].rstrip(","))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _ready(service: Served) -> None:
    """Wait until every target has a decision."""
    while True:
        time.sleep(0.5)
        found = service.get("/api/v1/schedule?limit=1") if _answers(service) else None
        if found is not None and not service.get("/readyz")["waiting"]:
            return


def _answers(service: Served) -> bool:
    try:
        return bool(service.get("/readyz")["ready"])
    except OSError:
        return False


def _live(setting: Setting) -> Iterator[Figure]:
    for_s = setting.rounds(60, 300)
    every = f"      schedule: {{every: {EVERY_S}s}}\n"
    with side("probe_server.py") as target, served(TARGETS, target.about["port"], every) as service:
        _ready(service)
        time.sleep(TARGETS / 100 + EVERY_S)  # The first round is spread by itself.
        missed_before, before_s = _missed(service), service.usage()[0]
        time.sleep(for_s)
        missed = _missed(service) - missed_before
        late_s = service.get("/api/v1/schedule?limit=1")["lateness_p99_s"]
        after_s, peak_mb = service.usage()
    note = f"{(after_s - before_s) / for_s:.2f} cores, {peak_mb:.0f} MB, {TARGETS / EVERY_S:.0f}/s"
    yield within("serve.live_lateness", late_s * 1000, 250, "ms", note)
    yield within("serve.live_missed", missed, 0.5, "runs", f"of {TARGETS / EVERY_S * for_s:.0f}")


def _missed(service: Served) -> int:
    missed, onward = 0, "/api/v1/schedule?limit=500"
    while onward:
        page = service.get(onward)
        missed += sum(item["missed"] for item in page["items"])
        onward = page["next"] and f"/api/v1/schedule?limit=500&cursor={page['next']}"
    return missed


def _looked_at() -> Iterator[Figure]:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise LeftOutError("wrk is not installed")
    with side("probe_server.py") as target, served(SERVICES, target.about["port"], "") as service:
        _ready(service)
        for name, path in (("matrix", f"/api/v1/services?limit={SERVICES}"), ("board", "/")):
            load = [wrk, "-t2", "-c50", "-d10s", "--latency", f"{service.address}{path}"]
            ran = subprocess.run(load, stdout=subprocess.PIPE, text=True, check=True)
            p99_ms, rate = _wrk(ran.stdout)
            yield within(f"serve.{name}", p99_ms, 100, "ms", f"50 at once, {rate}/s")
        late_s = asyncio.run(_listeners(service.address))
        yield within("serve.listeners", late_s * 1000, 1000, "ms", f"the last of {LISTENERS}")
        paint = asyncio.run(_paint(service.address))
        if paint:
            yield within("serve.first_paint", paint / 1000, 100, "kB", "page, styles and scripts")


def _wrk(text: str) -> tuple[float, str]:
    found = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    if found is None or rate is None or bad is not None:
        raise RuntimeError(text)
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]], rate[1]


async def _listeners(address: str) -> float:
    """Return how long after the first one the last listener heard of an event, in seconds."""
    heard: list[float] = []
    connected = asyncio.Semaphore(0)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as client:

        async def listen() -> None:
            async with client.get(f"{address}/api/v1/events") as response:
                connected.release()
                async for line in response.content:
                    if b"director.decision.made" in line:
                        heard.append(time.monotonic())
                        return

        listeners = [asyncio.create_task(listen()) for _ in range(LISTENERS)]
        for _ in listeners:
            await connected.acquire()
        asked_s = time.monotonic()
        body = {"service": "service-00000", "environment": "production"}
        async with client.post(
            f"{address}/api/v1/evaluations", json=body, headers={"Origin": address}
        ) as response:
            if response.status != 202:
                raise RuntimeError(await response.text())
        await asyncio.wait(listeners, timeout=30)
    if len(heard) < LISTENERS:
        raise RuntimeError(f"only {len(heard)} of {LISTENERS} listeners heard")
    return max(heard) - asked_s


async def _paint(address: str) -> int:
    """Return how many bytes the dashboard's first page takes over the wire; 0 if there is none."""
    total = 0
    headers = {"Accept-Encoding": "gzip, br"}
    async with aiohttp.ClientSession(auto_decompress=False, headers=headers) as client:
        async with client.get(f"{address}/") as response:
            if response.status != 200:
                return 0
            page = await response.read()
        total += len(page)
        if response.headers.get("Content-Encoding") == "gzip":
            import gzip  # noqa: PLC0415

            page = gzip.decompress(page)
        for path in re.findall(rb'(?:href|src)="(/static/[^"]+)"', page):
            async with client.get(f"{address}{path.decode()}") as response:
                total += len(await response.read())
    return total
