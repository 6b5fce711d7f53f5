"""probe.hostile: healthy targets beside hostile ones."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from measure import Bar, Figure, Setting, median_ratio
from side import side

NAMES = ("probe.hostile",)


def measure(setting: Setting) -> Iterator[Figure]:
    """Yield how much hostile neighbours slow healthy targets down."""
    with (
        side("probe_server.py") as service,
        side("probe_company.py", service.about["port"]) as company,
    ):
        company.ask("alone")
        alone, beside = [], []
        for _ in range(setting.rounds(5, 15)):
            alone.append(float(company.ask("alone")["p99_s"]))
            beside.append(float(company.ask("beside")["p99_s"]))
    yield Figure(
        name="probe.hostile",
        value=median(beside) * 1000,
        unit="ms",
        peer="the same without hostile neighbours",
        ratio=median_ratio(beside, alone),
        bar=Bar(1.3),
        note="p99 of 20 healthy targets beside a gzip bomb, an endless body and 40 tarpit names",
    )
