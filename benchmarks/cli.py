"""cli.*: how long a person or a pipeline waits, as whole processes beside a bare interpreter."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from installed import bare_python, installed_director
from measure import Bar, Command, Figure, Setting, bare_environment, median_ratio
from services import write_services

NAMES = ("cli.help", "cli.evaluate", "cli.recorded")

BARS = {"cli.help": Bar(6, 4), "cli.evaluate": Bar(25, 18), "cli.recorded": Bar(45, 25)}


def measure(setting: Setting) -> Iterator[Figure]:
    """Time each command right after a bare interpreter, over and over."""
    folder = setting.build / "bench-cli"
    environment = bare_environment(folder / "home")
    base = Command((bare_python(setting), "-I", "-c", "pass"))
    commands = _commands(installed_director(setting), folder)
    for command in (base, *commands.values()):  # Warm the caches, and bring the store to head.
        command.run(environment, folder)

    ours: dict[str, list[float]] = {name: [] for name in commands}
    bases: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(setting.rounds(21, 101)):
        for name, command in commands.items():
            bases[name].append(base.run(environment, folder).wall_s)
            ours[name].append(command.run(environment, folder).wall_s)

    for name in commands:
        yield Figure(
            name=name,
            value=median(ours[name]) * 1000,
            unit="ms",
            peer=f"python {platform.python_version()} -I -c pass, nothing installed",
            ratio=median_ratio(ours[name], bases[name]),
            bar=BARS[name],
            note=f"peer {median(bases[name]) * 1000:.1f} ms",
        )


def _commands(director: Path, folder: Path) -> dict[str, Command]:
    (manifest,) = write_services(folder / "services", 1)
    store = folder / "director.db"
    store.unlink(missing_ok=True)
    evaluate = (director, "evaluate", manifest, "--profile", "baseline", "--log", "off")
    return {
        "cli.help": Command((director, "--help")),
        "cli.evaluate": Command((*evaluate, "--no-store")),
        "cli.recorded": Command((*evaluate, "--store", store)),
    }
