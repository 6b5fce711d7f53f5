"""formats.html, in Chromium: what a person, a printer and an attacker find there."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, async_playwright

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

Pages = Callable[[str], str]
"""Returns a page: of a name, or of a text."""

PAYLOADS = (
    "<script>window.pwned = 1</script>",
    "</style></title></textarea><script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    '"><svg onload="window.pwned = 1"><b ',
    "' autofocus onfocus='window.pwned = 1' x='",
    "<iframe srcdoc='<script>parent.pwned = 1</script>'></iframe>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<style>body{display:none}</style><link rel=stylesheet href=//evil.example/x.css>",
    "red;}body{display:none}/*",
    "javascript:window.pwned=1",
    "data:text/html,<script>window.pwned=1</script>",
    "{{ 7 * 7 }}{% raw %}${7*7}<%= 7 %>",
    "<!-- --><![CDATA[ ]]>--!>",
    "&lt;script&gt;window.pwned=1&lt;/script&gt;&#x3C;",
    "\u202edrow\u2066\u2069\u200f\u05d0\u05d1\u05d2",
    "Z" + "\u0351\u0352\u0353" * 60,
    "x" * 10_000,
    "W\u00a0" * 5_000,
    "\x00\x08\x1b[31m\r\n\t\ud800",
)

LOUD = """() => [...document.querySelectorAll('*')].flatMap(e => [
    ...(e.matches('script, iframe, object, embed, img, link, base, form, input, button') ?
        [e.tagName] : []),
    ...[...e.attributes].filter(a => /^on|^style$|^src/i.test(a.name)).map(a => a.name),
    ...[...e.attributes].filter(a => a.name === 'href' &&
        !/^(#[a-z0-9_-]+$|https?:[/][/])/.test(a.value)).map(a => a.value)])"""

SKELETON = """() => [...document.querySelectorAll('*')].map(e =>
    e.tagName + ' ' + [...e.attributes].map(a => a.name).join(' '))"""

WIDER = """() => {
    const wide = document.documentElement.clientWidth;
    const own = [...document.querySelectorAll('main *')].filter(e =>
        e.getBoundingClientRect().right > wide + 1 && !e.closest('.unseen, thead'));
    return [document.documentElement.scrollWidth - wide,
        own.map(e => e.outerHTML.slice(0, 200))]; }"""


@dataclass(frozen=True, slots=True)
class Opened:
    """A page in the browser, with all it asked for and said."""

    page: Page
    asked: list[str]
    said: list[str]


class Reader:
    """Opens pages as files, as a person does who was sent one.

    Args:
        browser: Chromium.
        folder: Where the pages are put.
    """

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._folder = folder

    async def open(self, source: str, width: int = 1280, scheme: Any = "light") -> Opened:  # noqa: ANN401  # a literal of the library's
        """Return *source* in a window of its own."""
        path = self._folder / "report.html"
        path.write_text(source, encoding="utf-8")
        context = await self._browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme
        )
        page = await context.new_page()
        opened = Opened(page, [], [])
        page.on("request", lambda request: opened.asked.append(request.url))
        page.on("console", lambda message: opened.said.append(message.text))
        page.on("pageerror", lambda error: opened.said.append(str(error)))
        page.on("dialog", lambda dialog: opened.said.append(dialog.message))
        await page.goto(path.as_uri(), wait_until="load")
        return opened


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


@pytest_asyncio.fixture(loop_scope="module")
async def reader(browser: Browser, tmp_path: Path) -> AsyncIterator[Reader]:
    """A reader whose windows are closed in the end."""
    yield Reader(browser, tmp_path)
    for context in browser.contexts:
        await context.close()


every_page = pytest.mark.parametrize(
    "name", ["go", "conditional", "no-go", "forced", "expired", "several"]
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def skeleton(browser: Browser, html_page_of: Pages) -> list[str]:
    """Every element, with the names of its attributes, of a page on which all texts are plain."""
    page = await browser.new_page()
    await page.set_content(html_page_of("plain"))
    found: list[str] = await page.evaluate(SKELETON)
    await page.close()
    assert len(found) > 500
    return found


@every_page
async def test_it_asks_for_nothing_and_complains_of_nothing(
    reader: Reader, html_page: Pages, name: str
) -> None:
    """Opening the page asks for the page alone, and nothing in it is refused or fails."""
    opened = await reader.open(html_page(name))

    assert [Path(url).name for url in opened.asked] == ["report.html"]
    assert opened.said == []
    body = await opened.page.evaluate("getComputedStyle(document.body).maxWidth")
    assert body == "1184px", "its own style sheet is in force"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
@every_page
async def test_everybody_can_read_it(
    reader: Reader, html_page: Pages, name: str, width: int, scheme: str
) -> None:
    """No rule of WCAG or of good practice that axe-core knows is broken.

    Among them are contrast, landmarks, headings, names of drawings and headers of tables.
    """
    opened = await reader.open(html_page(name), width, scheme)

    found = await Axe().run(opened.page)

    broken = [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]]
    assert broken == []
    assert "color-contrast" in {each["id"] for each in found.response["passes"]}


@every_page
async def test_nothing_is_wider_than_the_window(
    reader: Reader, html_page: Pages, name: str
) -> None:
    """From the narrowest phone up, nothing reaches beyond the window; it never scrolls aside."""
    opened = await reader.open(html_page(name))

    for width in (320, 360, 641, 769, 961):
        await opened.page.set_viewport_size({"width": width, "height": 800})
        assert await opened.page.evaluate(WIDER) == [0, []], width


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
async def test_what_others_wrote_is_only_text(
    reader: Reader, html_page_of: Pages, skeleton: list[str], text: str
) -> None:
    """Whatever stands in any text of any item, the page has the elements it has anyway."""
    opened = await reader.open(html_page_of(text), 360)

    assert await opened.page.evaluate(SKELETON) == skeleton
    assert await opened.page.evaluate(LOUD) == []
    assert await opened.page.evaluate("window.pwned") is None
    assert await opened.page.evaluate(WIDER) == [0, []]
    assert await opened.page.locator(".word").first.is_visible()
    assert (opened.said, len(opened.asked)) == ([], 1)


async def test_a_mark_would_be_seen(reader: Reader) -> None:
    """The tests above can fail: what would run or load in a page without a policy is noticed."""
    opened = await reader.open(
        "<script>window.pwned = 1; console.log('here')</script><p style='width:2000px'>x</p>"
        "<img src='missing.png' onerror='1'><a href='javascript:1'>x</a>"
    )

    assert await opened.page.evaluate("window.pwned") == 1
    assert len(opened.asked) == 2
    assert "here" in opened.said
    assert {"SCRIPT", "IMG", "style", "src", "onerror", "javascript:1"} <= set(
        await opened.page.evaluate(LOUD)
    )
    assert (await opened.page.evaluate(WIDER))[0] > 0


async def test_a_link_shows_where_it_leads(reader: Reader, html_page: Pages) -> None:
    """Every link out of the page reads as the address it has, and tells nobody who follows it."""
    opened = await reader.open(html_page("conditional"))

    links = await opened.page.evaluate(
        "[...document.querySelectorAll('a:not([href^=\"#\"])')].map(a => "
        "[a.getAttribute('href'), a.innerText, a.rel])"
    )
    assert len(links) == 2
    assert all(href == said for href, said, _ in links)
    assert {rel for _, _, rel in links} == {"noopener noreferrer nofollow"}


async def test_the_keyboard_reaches_the_decision_first(reader: Reader, html_page: Pages) -> None:
    """The first key goes to a link that is then seen, and skips to the decision."""
    opened = await reader.open(html_page("several"))

    await opened.page.keyboard.press("Tab")
    focused = opened.page.locator(":focus")
    assert await focused.inner_text() == "Skip to the decision"
    box = await focused.bounding_box()
    assert box is not None
    assert box["width"] > 50
    await opened.page.keyboard.press("Enter")
    assert await opened.page.evaluate("document.activeElement.id") == "content"


@every_page
async def test_it_prints(reader: Reader, html_page: Pages, name: str) -> None:
    """On paper the page is light, keeps the colours that mean something, and is A4."""
    opened = await reader.open(html_page(name), scheme="dark")

    pdf = await opened.page.pdf(prefer_css_page_size=True)
    await opened.page.emulate_media(media="print")

    assert pdf.startswith(b"%PDF")
    assert b"/MediaBox [0 0 594.95996 841.91998]" in pdf
    assert await opened.page.evaluate(
        "[getComputedStyle(document.documentElement).backgroundColor, "
        "getComputedStyle(document.querySelector('.verdict')).printColorAdjust]"
    ) == ["rgb(255, 255, 255)", "exact"]


async def test_the_decision_needs_no_colour(reader: Reader, html_page: Pages) -> None:
    """Where a reader forces colours on everything, each state still has its word and sign."""
    opened = await reader.open(html_page("several"))
    await opened.page.emulate_media(forced_colors="active")

    said = await opened.page.locator(".targets tbody .outcome").all_inner_texts()
    signs = await opened.page.evaluate(
        "[...document.querySelectorAll('.targets tbody use')].map(use => use.getAttribute('href'))"
    )
    assert said == ["CONDITIONAL_GO", "GO (override)", "NO DECISION", "NO DECISION", "NO DECISION"]
    assert signs == ["#i-conditional_go", "#i-override", "#i-none", "#i-none", "#i-none"]
