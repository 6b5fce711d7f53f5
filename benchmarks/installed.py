"""The Director as people install it: wheels in an environment of their own, compiled."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from measure import LeftOutError, Setting

Ignore: TypeAlias = Callable[[str, list[str]], set[str]]

_PASSED_OVER = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "tests")


def base_python() -> Path:
    """Return the interpreter that the environments are made of."""
    return Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")


def bare_python(setting: Setting) -> Path:
    """Return the base interpreter in an empty environment of its own.

    What happens to be installed beside the base interpreter can make its start slower, and the
    Director would look faster than it is.
    """
    folder = setting.build / "bench-base"
    python = folder / "bin" / "python"
    if not python.exists():
        _run(base_python(), "-m", "venv", "--without-pip", folder)
    return python


def installed_director(setting: Setting) -> Path:
    """Return the director command of an environment that is up to date with the checkout.

    Made anew only where the sources changed.

    Raises:
        LeftOutError: It cannot be made, for example without a network.
    """
    folder = setting.build / "bench-venv"
    command = folder / "bin" / "director"
    surroundings = _Stamp(folder / "surroundings.sha256", _surroundings(setting.root))
    sources = _Stamp(folder / "sources.sha256", _fingerprint(setting.root))
    if command.exists() and surroundings.holds and sources.holds:
        return command
    print("Installing the Director's wheels into build/bench-venv ...", flush=True)
    if not surroundings.holds:
        shutil.rmtree(folder, ignore_errors=True)
        _run(base_python(), "-m", "venv", folder)
    _install(setting, folder)
    surroundings.set()
    sources.set()
    return command


@dataclass(frozen=True, slots=True)
class _Stamp:
    """Remembers in a file what something was made of."""

    path: Path
    wanted: str

    @property
    def holds(self) -> bool:
        return self.path.exists() and self.path.read_text() == self.wanted

    def set(self) -> None:
        self.path.write_text(self.wanted)


def _install(setting: Setting, folder: Path) -> None:
    sources, wheels = setting.build / "bench-src", setting.build / "bench-wheels"
    for old in (sources, wheels):
        shutil.rmtree(old, ignore_errors=True)
    pip = (folder / "bin" / "python", "-m", "pip")
    quiet = ("--quiet", "--disable-pip-version-check")
    # A copy, because building leaves files behind that later builds would pick up.
    copies = []
    for project in _projects(setting.root):
        copies.append(sources / project.name)
        shutil.copytree(project, copies[-1], ignore=_not_ours(setting.root))
    _run(*pip, "wheel", *quiet, "--no-deps", "--wheel-dir", wheels, *copies)
    install = (*pip, "install", *quiet, "--compile", "-c", setting.root / "constraints.txt")
    made = sorted(wheels.glob("*.whl"))
    _run(*install, *made)
    _run(*install, "--force-reinstall", "--no-deps", *made)  # The version is the same as before.


def _projects(root: Path) -> Iterator[Path]:
    yield root
    for settings in sorted(root.glob("plugins/*/pyproject.toml")):
        yield settings.parent


def _not_ours(root: Path) -> Ignore:
    """Return what not to copy: of the root, everything that its wheel is not made of."""

    def ignored(folder: str, names: list[str]) -> set[str]:
        if Path(folder) == root:
            return set(names) - {"director", "pyproject.toml", "README.md", "LICENSE"}
        return _PASSED_OVER(folder, names)

    return ignored


def _surroundings(root: Path) -> str:
    """Return a digest of everything besides our own code that is installed."""
    digest = hashlib.sha256(f"{sys.version} {base_python()}".encode())
    digest.update((root / "constraints.txt").read_bytes())
    for project in _projects(root):
        digest.update((project / "pyproject.toml").read_bytes())
    return digest.hexdigest()


def _fingerprint(root: Path) -> str:
    digest = hashlib.sha256()
    for project in _projects(root):
        ignore = _not_ours(root)
        for folder, inner, files in os.walk(project, followlinks=True):
            skipped = ignore(folder, [*inner, *files])
            inner[:] = sorted(set(inner) - skipped)
            for name in sorted(set(files) - skipped):
                path = Path(folder, name)
                digest.update(str(path.relative_to(root)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _run(*line: str | Path) -> None:
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        shown = " ".join(map(str, line[:4]))
        raise LeftOutError(f"{shown} failed: {''.join(last)}")
