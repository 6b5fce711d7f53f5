"""A check that runs a program on this machine."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import ClassVar

from director.plugin import Answer, CheckSpec, LiveCheck, Probe, Target, Unknown, dataclass
from director_exec.macros import filled
from director_exec.recipe import Recipe
from director_exec.running import Broken, run_program
from director_exec.verdict import judged


def check_of(recipe: Recipe, turn: asyncio.Lock) -> type[LiveCheck]:
    """Return the check that runs the program of *recipe*.

    Args:
        recipe: What is run.
        turn: Shared by all such checks, as ``run_program`` says.
    """

    @dataclass(frozen=True, slots=True)
    class Program:
        """Run a program and judge how it ended, what it said and what it measured."""

        spec: ClassVar[CheckSpec] = recipe.spec

        async def run(self, target: Target, probe: Probe) -> Answer:  # noqa: ARG002  # starts a program instead
            """Run the program once."""
            return await examined(recipe, target, turn)

    return Program


async def examined(recipe: Recipe, target: Target, turn: asyncio.Lock) -> Answer:
    """Return what the program of *recipe* says of *target*.

    The deadline is the engine's: when it cancels this, the program is ended.
    """
    command = filled(recipe.command, target)
    if not isinstance(command, list):
        return command
    ended = await run_program(command, dict(recipe.variables), turn)
    if isinstance(ended, Broken):
        return Unknown(ended.reason, ended.code)
    return judged(recipe, ended, datetime.now(UTC))
