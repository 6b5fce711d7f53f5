"""What tests share that harm a running service."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.acceptance.served import Served, Shop, make_conf, open_shop, serving

Serve: TypeAlias = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder to run in."""
    return tmp_path


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A service that is well."""
    async with open_shop() as shop:
        yield shop


@pytest.fixture
def conf(home: Path, shop: Shop) -> Path:
    """A folder of configuration with one manifest, that of the shop."""
    return make_conf(home, shop.port)


@pytest.fixture
def serve(home: Path, conf: Path) -> Serve:
    """Start ``director serve`` and wait until it is ready."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    return lambda *arguments: serving(home, environment, conf, *arguments)
