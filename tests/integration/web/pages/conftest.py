"""What the tests of the dashboard share: the stage, and Chromium before it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from director.web.front import WebSettings
from director.web.server import make_app
from tests.integration.web.city import served
from tests.integration.web.pages.stage import Stage, staged
from tests.integration.web.test_schemathesis import GENEROUS


@dataclass
class House:
    """The dashboard on a socket, and windows in which it is looked at."""

    stage: Stage
    url: str
    browser: Browser
    said: list[str] = field(default_factory=list)

    async def open(self, path: str, width: int = 1280, scheme: Any = "light") -> Page:  # noqa: ANN401  # a literal of the library's
        """Open *path* in a window of its own; what it complains of is kept."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme
        )
        page = await context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: self.said.append(dialog.message))
        await page.goto(self.url + path)
        return page

    async def listening(self, page: Page) -> None:
        """Wait until *page* hears of events."""
        await page.wait_for_selector("body[data-listening]", state="attached")


Open = Callable[..., Awaitable[House]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def window(chromium: str) -> AsyncIterator[Browser]:
    """Chromium, without a window. Its own sandbox cannot be had by root."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            args=["--disable-background-networking", "--disable-gpu"],
            chromium_sandbox=os.geteuid() != 0,
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_house(window: Browser) -> AsyncIterator[Open]:
    """Return what opens a house; it is closed in the end."""
    async with AsyncExitStack() as stack:

        async def opened(settings: WebSettings | None = None) -> House:
            stage = await stack.enter_async_context(
                staged(settings or WebSettings(limits=GENEROUS))
            )
            _, url = await stack.enter_async_context(served(make_app(stage.front)))
            return House(stage, url, window)

        yield opened
        for context in window.contexts:
            await context.close()
