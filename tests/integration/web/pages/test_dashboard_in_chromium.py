"""The dashboard in Chromium: what a person sees there, and can do with the keys alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page, expect

from director.engine.clock import new_ulid
from director.model.sampled import Shown
from director.model.service import GateCode
from director.rules.moment import instant
from director.web.front import Access, WebSettings
from director.web.identity import EVERY, Role
from director.web.tokens import Tokens, TokenWish, mint
from tests.integration.formats.conftest import filled
from tests.integration.web.pages.conftest import House, Open
from tests.integration.web.pages.stage import watched
from tests.integration.web.test_schemathesis import GENEROUS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SERVICE = "/services/payment-service?environment=production"
ROW = '.target-row[data-service="payment-service"]'

WIDER = """() => {
    const wide = document.documentElement.clientWidth;
    const own = [...document.querySelectorAll('main *')].filter(e =>
        e.getBoundingClientRect().right > wide + 1 &&
        !e.closest('.unseen, thead, .scroller, pre'));
    return [document.documentElement.scrollWidth - wide,
        own.map(e => e.outerHTML.slice(0, 200))]; }"""


def paths(house: House) -> dict[str, str]:
    """Return every page by a name."""
    first, *_, last = house.stage.evaluations
    return {
        "board": "/",
        "service": SERVICE,
        "past": f"{SERVICE}&at=2020-01-01T00:00Z",
        "evaluation": f"/evaluations/{first}",
        "compare": "/diff",
        "diff": f"/diff?from={first}&to={last}",
        "cases": "/cases",
        "plugins": "/plugins",
        "schedule": "/schedule",
        "notifications": "/notifications",
        "help": "/help",
        "lost": "/nothing",
    }


async def busy(house: House) -> None:
    """Let there be a NO_GO with an override in force, and a waiver that waits."""
    await house.stage.ask_waiver()
    record = await house.stage.decide("no_go", score=0.5)
    await house.stage.show(GateCode.NO_GO, Shown.BAD, record, "a blocker failed")
    await house.stage.override()


async def test_the_matrix_follows_without_a_reload(open_house: Open) -> None:
    """A service falls over and recovers: its row and the counts change, and it is told once."""
    house = await open_house()
    page = await house.open("/")
    await house.listening(page)
    await page.evaluate("window.same = true")
    word = page.locator(f"{ROW} .verdict-word")
    await expect(word).to_have_text("CONDITIONAL_GO")

    fallen = await house.stage.decide("no_go", score=0.4)
    await house.stage.show(GateCode.NO_GO, Shown.BAD, fallen, "http.health failed")

    await expect(word).to_have_text("NO_GO")
    await expect(page.locator("#live")).to_contain_text("payment-service")
    await expect(page.locator(".blocks")).to_contain_text("http.health failed")
    await expect(page).to_have_title("6 closed · production readiness")

    well = await house.stage.decide("go", score=0.97)
    await house.stage.show(GateCode.GO, Shown.OK, well)

    await expect(word).to_have_text("GO")
    await expect(page).to_have_title("5 closed · production readiness")
    assert await page.evaluate("window.same")
    assert house.said == []


async def test_a_verdict_is_announced_once(open_house: Open) -> None:
    """The live region speaks when the verdict changes, and not at every evaluation."""
    house = await open_house()
    page = await house.open("/")
    await house.listening(page)
    await page.evaluate(
        """() => { window.spoken = []; new MutationObserver(() => window.spoken.push(
        document.querySelector('#live').textContent)).observe(
        document.querySelector('#live'), {childList: true}); }"""
    )
    for score in (0.4, 0.41, 0.42):
        record = await house.stage.decide("no_go", score=score)
        await house.stage.show(GateCode.NO_GO, Shown.BAD, record)
    well = await house.stage.decide("go")
    await house.stage.show(GateCode.GO, Shown.OK, well)

    await expect(page.locator(f"{ROW} .verdict-word")).to_have_text("GO")
    assert len(await page.evaluate("window.spoken")) == 2


async def test_a_new_service_appears(open_house: Open) -> None:
    """The page of a service shows a newer decision by itself, and keeps open what was open."""
    house = await open_house()
    page = await house.open(SERVICE)
    await house.listening(page)
    await page.evaluate("window.same = true")
    await expect(page.locator("#target .word").first).to_contain_text("CONDITIONAL_GO")

    record = await house.stage.decide("no_go", score=0.4)
    await house.stage.show(GateCode.NO_GO, Shown.BAD, record)

    await expect(page.locator("#target .word").first).to_contain_text("NO_GO")
    assert await page.evaluate("window.same")


async def test_an_override_is_seen_everywhere(open_house: Open) -> None:
    """An override that comes into force is seen in the matrix, on the service, among the cases."""
    house = await open_house()
    record = await house.stage.decide("no_go", score=0.5)
    await house.stage.show(GateCode.NO_GO, Shown.BAD, record)
    board, service, cases = [await house.open(path) for path in ("/", SERVICE, "/cases")]
    for page in (board, service, cases):
        await house.listening(page)

    await house.stage.override()

    await expect(board.locator(f"{ROW} .verdict-word")).to_have_text("GO (override)")
    await expect(service.locator(".now .verdict-word")).to_have_text("GO (override)")
    await expect(service.locator(".word").first).to_contain_text("GO (override)")
    await expect(service.locator(".cases-now")).to_contain_text("signed by jane")
    await expect(cases.locator("#cases")).to_contain_text("the fair opens on Monday")
    await expect(cases.locator("#cases")).to_contain_text("agreed by jane")
    assert house.said == []


async def test_sign_in_and_out(open_house: Open) -> None:
    """Who has a token signs in with it, is led to where they wanted, and out again."""
    house = await open_house(WebSettings(access=Access.TOKENS, limits=GENEROUS))
    stage = house.stage
    wish = TokenWish(
        name="desk",
        holder="ann",
        roles=frozenset({Role.VIEWER}),
        services=(EVERY,),
        lasts=timedelta(days=1),
    )
    text, token = mint(wish, stage.clock.now())
    await Tokens(stage.front.notes).keep(token)
    page = await house.open("/schedule")

    await expect(page).to_have_url(f"{house.url}/sign-in?next=/schedule")
    await page.get_by_label("API token").fill("none of ours")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("none of ours")
    house.said.clear()  # The browser says that it was answered 401.
    await page.goto(f"{house.url}/sign-in?next=/schedule")
    await page.get_by_label("API token").fill(text)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Schedule")
    await expect(page.get_by_role("link", name="Notifications")).to_have_count(0)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_url(f"{house.url}/sign-in")
    await page.goto(f"{house.url}/")
    await expect(page).to_have_url(f"{house.url}/sign-in?next=/")
    assert house.said == []


async def test_the_keys_are_enough(open_house: Open) -> None:
    """Search, rows, help and a service are reached without a mouse; what has the focus is seen."""
    house = await open_house()
    page = await house.open("/")
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#keys")).to_be_hidden()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    focused = page.locator(".row-link:focus")
    await expect(focused).to_have_text("search")
    assert await focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    await page.keyboard.press("/")
    await expect(page.locator("#q")).to_be_focused()
    await page.keyboard.type("payment")
    await page.keyboard.press("Enter")
    await expect(page.locator(".target-row")).to_have_count(1)
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("payment-service")
    await page.keyboard.press("g")
    await page.keyboard.press("h")
    await expect(page).to_have_url(f"{house.url}/")


async def test_a_skip_link_is_first(open_house: Open) -> None:
    """The first stop of the tab key leads over the navigation."""
    house = await open_house()
    page = await house.open("/")
    await page.keyboard.press("Tab")
    await expect(page.locator(":focus")).to_have_text("Skip to the content")


async def test_phone(open_house: Open) -> None:
    """No page is wider than a phone."""
    house = await open_house()
    await busy(house)
    for name, path in paths(house).items():
        page = await house.open(path, width=360)
        assert await page.evaluate(WIDER) == [0, []], name


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe(open_house: Open, scheme: str) -> None:
    """axe-core finds nothing on any page, in light and in dark."""
    house = await open_house()
    await busy(house)
    for name, path in paths(house).items():
        page = await house.open(path, scheme=scheme)
        await page.evaluate(
            "document.querySelectorAll('details').forEach(each => { each.open = true; })"
        )
        found = await Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
        grave = [
            (each["id"], each["impact"], [node["html"][:160] for node in each["nodes"][:3]])
            for each in found.response["violations"]
        ]
        assert grave == [], name


async def test_sign_in_for_axe(open_house: Open) -> None:
    """Nor on the page to sign in."""
    house = await open_house(WebSettings(access=Access.TOKENS, limits=GENEROUS))
    page = await house.open("/sign-in")
    found = await Axe().run(page)
    assert found.response["violations"] == []


async def test_first_paint(open_house: Open) -> None:
    """With 1,000 services the first page and all that it needs are at most 100 kB on the wire."""
    house = await open_house()
    house.stage.daemon.put(
        *(
            watched(f"service-{n:04}", GateCode.NO_GO if n % 7 == 0 else GateCode.GO)
            for n in range(1000)
        )
    )
    page = await house.open("about:blank".removeprefix("about:blank"))
    client = await page.context.new_cdp_session(page)
    await client.send("Network.enable")
    await client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    await page.goto(f"{house.url}/")
    await page.wait_for_load_state("load")

    assert len(sizes) >= 4
    assert sum(sizes) <= 100_000, sizes


def payloads() -> list[str]:
    """Return every payload that there is, each once, short enough for a page of many."""
    file = Path(__file__).parents[3] / "hostile/injections/payloads.json"
    kinds: dict[str, dict[str, str | list[Any]]] = json.loads(file.read_text(encoding="utf-8"))
    found = [
        text if isinstance(text, str) else text[0] * 200
        for kind in kinds.values()
        for text in kind.values()
    ]
    return list(dict.fromkeys(text.encode("utf-8", "replace").decode() for text in found))


LOUD = """() => [...document.querySelectorAll('*')].flatMap(e => [
    ...(e.matches('script:not([src^="/static/"]), iframe, object, embed, base, style, main link') ?
        [e.outerHTML] : []),
    ...[...e.attributes].filter(a => /^on|^style$|^srcdoc/i.test(a.name)).map(a => a.name),
    ...[...e.attributes].filter(a => /^(href|src|action)$/.test(a.name) &&
        !/^([/#]|https?:[/][/])/.test(a.value)).map(a => a.value)])"""

SKELETON = """() => [...document.querySelectorAll('main *')].map(e =>
    e.tagName + ' ' + [...e.attributes].map(a => a.name).sort().join(' '))"""


async def skeletons(house: House, page: Page, texts: list[str]) -> dict[str, Any]:
    """Return what pages are built of, with a target for each of *texts* that has it everywhere."""
    stage = house.stage
    stage.daemon.shown.clear()
    for text in texts:
        names = ("environment", "owner", "version", "schedule", "source")
        given = dict.fromkeys((*names, "fault", "maintenance", "text"), text)
        stage.daemon.put(watched(text, GateCode.NO_GO, **given))
    stage.daemon.plugin_word = " ".join(texts)
    found = {}
    for path in ("/", "/schedule", "/plugins"):
        await page.goto(house.url + path)
        assert await page.evaluate(LOUD) == [], path
        found[path] = await page.evaluate(SKELETON)
    return found


async def test_injections(open_house: Open) -> None:
    """No text breaks out of its place: the same elements stand there, and nothing else runs."""
    house = await open_house()
    page = await house.open("/")
    texts = payloads()
    assert len(texts) >= 100
    plain = await skeletons(house, page, [f"plain-{number}" for number in range(len(texts))])
    found = await skeletons(house, page, texts)

    for path, skeleton in plain.items():
        assert len(found[path]) == len(skeleton), path
        assert found[path] == skeleton, path
    for text in texts:
        await page.goto(f"{house.url}/?q={quote(text[:500], safe='')}")
        assert await page.evaluate(LOUD) == [], text
    assert await page.evaluate("window.pwned === undefined")
    assert house.said == []


async def test_injections_in_decisions(open_house: Open) -> None:
    """Nor does any text of a decision, on any page that shows one."""
    house = await open_house()
    stage, page = house.stage, await house.open("/")
    plain = await stage.decide("no_go")
    await stage.ask_waiver("<script>window.pwned = 1</script>")
    kept = {name: getattr(plain, name) for name in ("service", "environment", "pass_rate")}
    for text in payloads():
        said = text.replace("\0", "\N{REPLACEMENT CHARACTER}")  # no store keeps a null
        identity = new_ulid(stage.clock.now())
        given = {**kept, "evaluation": identity, "decided_at": instant(stage.clock.now())}
        await stage.store.record(replace(filled(plain, said), **given))
        for path in (
            SERVICE,
            f"/evaluations/{identity}",
            f"/diff?from={plain.evaluation}&to={identity}",
        ):
            answer = await page.goto(house.url + path)
            assert answer is not None
            assert answer.status == 200, (text, path)
            assert await page.evaluate(LOUD) == [], (text, path)
    await page.goto(f"{house.url}/cases")
    await expect(page.locator("#cases")).to_contain_text("<script>")
    assert await page.evaluate(LOUD) == []
    assert await page.evaluate("window.pwned === undefined")
    assert house.said == []
