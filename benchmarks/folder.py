"""evaluate.folder_*: a thousand manifests in one run stay within memory and linear time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from installed import installed_director
from measure import Command, Figure, Ran, Setting, bare_environment, median_ratio, within
from services import write_services

NAMES = (
    "evaluate.folder_peak_mb",
    "evaluate.folder_linear",
    "evaluate.folder_recorded_peak_mb",
    "evaluate.folder_recorded_linear",
)

MOST_MB = 150.0
MOST_GROWTH = 2.2
SERVICES = 1_000

SOME_ARE_NO_GO = 1


def measure(setting: Setting) -> Iterator[Figure]:
    """Evaluate 1,000 and 2,000 manifests in turn, without a store and with an empty one."""
    folder = setting.build / "bench-folder"
    director = installed_director(setting)
    environment = bare_environment(folder / "home")
    paths = {count: folder / f"{count}" for count in (SERVICES, 2 * SERVICES)}
    for count, path in paths.items():
        write_services(path, count)

    def evaluate(count: int, *store: str | Path) -> Ran:
        line = (director, "evaluate", paths[count], "--profile", "baseline", "--log", "off")
        command = Command((*line, "--format", "json", *store), SOME_ARE_NO_GO)
        return command.run(environment, folder)

    def recorded(count: int) -> Ran:
        store = folder / "director.db"
        for old in folder.glob("director.db*"):
            old.unlink()
        return evaluate(count, "--store", store)

    rounds = setting.rounds(3, 9)
    few, many = _interleaved(rounds, lambda count: evaluate(count, "--no-store"))
    yield from _figures("evaluate.folder", few, many)
    few, many = _interleaved(rounds, recorded)
    yield from _figures("evaluate.folder_recorded", few, many)


def _interleaved(rounds: int, run: Callable[[int], Ran]) -> tuple[list[Ran], list[Ran]]:
    pairs = [(run(SERVICES), run(2 * SERVICES)) for _ in range(rounds)]
    return [few for few, _ in pairs], [many for _, many in pairs]


def _figures(name: str, few: list[Ran], many: list[Ran]) -> Iterator[Figure]:
    peak_mb = median(ran.peak_bytes for ran in few) / 1e6
    doubled_mb = median(ran.peak_bytes for ran in many) / 1e6
    note = f"of {2 * SERVICES} services {doubled_mb:.0f} MB"
    yield within(f"{name}_peak_mb", peak_mb, MOST_MB, "MB", note)
    walls = [ran.wall_s for ran in few]
    growth = median_ratio((ran.wall_s for ran in many), walls)
    note = f"{SERVICES / median(walls):.0f} services/s, start-up included"
    yield within(f"{name}_linear", growth, MOST_GROWTH, "×", note)
