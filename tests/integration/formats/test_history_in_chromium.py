"""formats.history_html, in Chromium: what a person, a printer and an attacker find there."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, async_playwright

from director.formats.history_html import history_html
from director.model.difference import Change, Turn
from director.model.history import Summary
from director.model.record import ThresholdsEntry
from director.model.trend import Finding, Steadiness, Step, Trend

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SKELETON = """() => [...document.querySelectorAll('*')].map(e =>
    e.tagName + ' ' + [...e.attributes].map(a => a.name).join(' '))"""

WIDER = """() => {
    const wide = document.documentElement.clientWidth;
    const own = [...document.querySelectorAll('main *')].filter(e =>
        e.getBoundingClientRect().right > wide + 1 && !e.closest('.unseen, thead'));
    return [document.documentElement.scrollWidth - wide,
        own.map(e => e.outerHTML.slice(0, 200))]; }"""

LONG = "very-long-name-of-a-service-that-nobody-would-type-twice-at-all"

PAYLOADS = (
    "</style></title><script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    '"><svg onload="window.pwned = 1"><b ',
    "{{ 7 * 7 }}{% raw %}",
    "\u202edrow\u2066\u2069\u200f\u05d0",
    "x" * 5_000,
)


def page(number: int = 24, text: str = LONG, **fields: Any) -> str:  # noqa: ANN401  # fields of many types
    """Return the page of two environments with so many decisions, *text* wherever text can be."""
    words = ("go", "conditional_go", "no_go", "go", "go")
    change = Change(check=text, title=text, turn=Turn.WORSE, before="x", after=text, reason=text)
    steps = []
    for n in range(number):
        decision = words[n % len(words)]
        summary = Summary(
            seq=n, evaluation=f"01JH{n:022}", service=text, environment="production",
            version=text, decision=decision, effective="go" if n == 2 else decision,
            override=text, pass_rate="88%", score=1 - n % 7 / 7, profile=text,
            decided_at="2026-01-15T09:30:00.000000Z", valid_until="2026-02-01T09:30:00.000000Z",
        )  # fmt: skip
        needed = ThresholdsEntry(go=0.9 if n < 9 else 0.95, conditional=0.7)
        changes = (change,) if n % 3 else ()
        steps.append(Step(summary=summary, changes=changes, shifts=(), thresholds=needed))
    steady = Steadiness(
        decisions=21, changes=12, flaps=True, since="e", since_at="2026-01-15T09:30:00.000000Z",
        in_a_row=2, begun=False,
    )  # fmt: skip
    gap = Finding(
        check=text, title=text, role="required", outcome="failed", since=text,
        since_at="2026-01-03T09:30:00.000000Z", decisions=100, begun=False,
    )  # fmt: skip
    gaps = tuple(replace(gap, outcome=word) for word in ("failed", "unknown", "missing", "warned"))
    given: dict[str, Any] = {
        "service": text,
        "environment": "production",
        "latest": steps[0].summary,
        "steadiness": steady,
        "findings": (*gaps, replace(gap, decisions=1, begun=True)),
        "older": text,
    }
    trend = Trend(**{**given, **fields}, steps=tuple(steps))
    return history_html([trend, replace(trend, environment="staging", expired=True)], text)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Chromium, without a window. Its own sandbox cannot be had by root."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            args=["--disable-background-networking", "--disable-gpu"],
            chromium_sandbox=os.geteuid() != 0,
        )
        yield browser
        await browser.close()


async def opened(
    browser: Browser,
    folder: Path,
    source: str,
    width: int = 1280,
    scheme: Any = "light",  # noqa: ANN401  # a literal of the library's
) -> tuple[Page, list[str]]:
    """Return *source* in a window of its own, with all that the page asked for or said."""
    path = folder / "history.html"
    path.write_text(source, encoding="utf-8", errors="replace")
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    window = await context.new_page()
    heard: list[str] = []
    window.on("request", lambda request: heard.append(Path(request.url).name))
    window.on("console", lambda message: heard.append(message.text))
    window.on("pageerror", lambda error: heard.append(str(error)))
    await window.goto(path.as_uri(), wait_until="load")
    return window, heard


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark"), (1280, "dark")])
async def test_everybody_can_read_a_history(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    """No rule of WCAG or of good practice that axe-core knows is broken; it asks for nothing."""
    window, heard = await opened(browser, tmp_path, page(), width, scheme)

    found = await Axe().run(window)

    broken = [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]]
    assert broken == []
    passed = {each["id"] for each in found.response["passes"]}
    assert {"color-contrast", "svg-img-alt"} <= passed
    assert heard == ["history.html"]
    await window.context.close()


@pytest.mark.parametrize("number", [1, 24, 100])
async def test_no_history_is_wider_than_the_window(
    browser: Browser, tmp_path: Path, number: int
) -> None:
    """From the narrowest phone up, however many decisions there are."""
    window, _ = await opened(browser, tmp_path, page(number))

    for width in (320, 360, 641, 769, 961, 1280):
        await window.set_viewport_size({"width": width, "height": 800})
        assert await window.evaluate(WIDER) == [0, []], width
    await window.context.close()


async def test_the_drawing_is_drawn(browser: Browser, tmp_path: Path) -> None:
    """Each decision has its sign, in its colour, at its height; the best stands highest."""
    window, _ = await opened(browser, tmp_path, page(5))

    dots = await window.evaluate(
        "[...document.querySelector('.plot').querySelectorAll('use')].map(e => {"
        " const box = e.getBoundingClientRect();"
        " return [e.getAttribute('href'), box.x, box.y, box.width,"
        " getComputedStyle(e).color]; })"
    )
    signs = [href for href, *_ in dots]
    assert signs == ["#i-go", "#i-go", "#i-no_go", "#i-conditional_go", "#i-go"]
    assert [x for _, x, *_ in dots] == sorted(x for _, x, *_ in dots)
    assert [y for _, _, y, *_ in dots] == sorted((y for _, _, y, *_ in dots), reverse=True)
    assert all(8 < width < 20 for *_, width, _ in dots)
    assert len({colour for *_, colour in dots}) == 3
    await window.context.close()


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
async def test_no_text_makes_an_element(browser: Browser, tmp_path: Path, text: str) -> None:
    """Whatever stands in any text, the page has the elements it has anyway."""
    plain, _ = await opened(browser, tmp_path, page(6))
    skeleton = await plain.evaluate(SKELETON)
    await plain.context.close()

    window, heard = await opened(browser, tmp_path, page(6, text), 360)

    assert await window.evaluate(SKELETON) == skeleton
    assert await window.evaluate("window.pwned") is None
    assert await window.evaluate(WIDER) == [0, []]
    assert heard == ["history.html"]
    await window.context.close()


async def test_a_history_prints(browser: Browser, tmp_path: Path) -> None:
    """On paper it is light, and A4."""
    window, _ = await opened(browser, tmp_path, page(), scheme="dark")

    pdf = await window.pdf(prefer_css_page_size=True)
    await window.emulate_media(media="print")

    assert b"/MediaBox [0 0 594.95996 841.91998]" in pdf
    assert (
        await window.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    await window.context.close()
