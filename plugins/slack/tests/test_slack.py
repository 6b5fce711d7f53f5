"""director-slack: what is posted, and what happens if it cannot be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from director.testing import decision_changed
from director_slack import director_sinks
from director_slack.message import LONGEST_TEXT, message
from director_slack.settings import Settings, settings_of
from director_slack.sink import SlackSink

AT_ONCE = (0.0, 0.001, 0.001)


class Channel:
    """An incoming webhook on loopback.

    What it answers is taken from ``statuses``, one after the other; the last one for ever.
    """

    def __init__(self) -> None:
        self.statuses = [200]
        self.headers: dict[str, str] = {}
        self.came: list[bytes] = []
        self.told_all = asyncio.Event()
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Take what comes."""
        self.came.append(await request.read())
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == self.statuses[-1]:
            self.told_all.set()
        return web.Response(status=status, headers=self.headers)


@pytest.fixture
async def channel() -> AsyncIterator[Channel]:
    """Return a webhook that listens."""
    opened = Channel()
    app = web.Application()
    app.router.add_post("/{path:.*}", opened.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    opened.url = f"http://127.0.0.1:{runner.addresses[0][1]}/services/T0/s3cr3t"
    yield opened
    await runner.cleanup()


def texts(posted: dict[str, object]) -> str:
    """Return everything that a message shows."""
    return json.dumps(posted, ensure_ascii=False)


@pytest.mark.parametrize(
    ("decision", "word"),
    [("go", "✅ GO"), ("conditional_go", "⚠ CONDITIONAL_GO"), ("no_go", "⛔ NO_GO")],
)
def test_a_message_begins_with_the_decision(decision: str, word: str) -> None:
    """A word and a sign, never a sign alone; and which service where."""
    posted = message(decision_changed(decision, was="" if decision == "go" else "go"))

    assert posted["blocks"][0]["text"]["text"] == f"{word}: sample-service@production"
    assert posted["text"].startswith(f"{word}: sample-service@production")
    assert ("was GO" in texts(posted)) is (decision != "go")


def test_the_first_five_reasons_with_what_to_do() -> None:
    """More than five are counted."""
    reasons = tuple((f"reason {number}", f"remedy {number}") for number in range(7))

    shown = texts(message(decision_changed(reasons=reasons)))

    assert "• reason 4. To do: remedy 4" in shown
    assert "reason 5" not in shown
    assert "and 2 more" in shown


def test_a_go_has_no_reasons() -> None:
    """What is well needs no list."""
    assert "a blocker failed" not in texts(message(decision_changed("go")))


def test_the_link_is_there_if_people_can_follow_it() -> None:
    """A link to the service, where the operator said that the dashboard is."""
    settings = settings_of({"DIRECTOR_PUBLIC_URL": "https://director.test/"})

    with_link = texts(message(decision_changed(), settings.public_url))

    page = "https://director.test/services/sample-service?environment=production"
    link = f"<{page}|Open in the Director>"
    assert link in with_link
    assert "Open in" not in texts(message(decision_changed()))
    assert settings_of({"DIRECTOR_PUBLIC_URL": "javascript:alert(1)"}).public_url == ""


@pytest.mark.parametrize(
    "payload",
    ["<!channel>", "<https://evil.test|fine>", "a & b < c > d", "<@U123>", "line\n\nbreak\r"],
)
def test_texts_of_others_are_inert(payload: str) -> None:
    """Nothing in a reason can mention anybody, or be a link."""
    posted = message(decision_changed(reasons=((payload, payload),)), "https://d.test")

    sections = [block["text"]["text"] for block in posted["blocks"][:-2]]
    assert not any(sign in text for text in sections for sign in "<>\n\r")
    assert "<" not in posted["text"]


def test_slacks_limits_are_kept() -> None:
    """However many and long the reasons are, and whatever stands at the cut."""
    reasons = (("&" * 10_000, "<" * 10_000),) * 200

    posted = message(decision_changed(reasons=reasons, service="s" * 300), "https://d.test")

    assert len(posted["blocks"]) <= 50
    assert len(posted["blocks"][0]["text"]["text"]) <= 150
    for block in posted["blocks"]:
        for text in (block["text"], *block.get("elements", ())) if "text" in block else ():
            assert len(text["text"]) <= LONGEST_TEXT
            assert not text["text"].endswith(("&am…", "&l…"))


async def test_a_change_is_posted(channel: Channel) -> None:
    """What was offered arrives, before closing ends."""
    sink = SlackSink(Settings(url=channel.url))

    assert sink.offer(decision_changed())
    await sink.close()

    (body,) = channel.came
    assert json.loads(body) == message(decision_changed())
    assert sink.dropped == 0


async def test_it_is_tried_again(channel: Channel) -> None:
    """A receiver that is overloaded or broken for a moment gets the message later."""
    channel.statuses = [500, 429, 200]
    sink = SlackSink(Settings(url=channel.url, waits_s=AT_ONCE))
    sink.offer(decision_changed())
    async with asyncio.timeout(10):
        await channel.told_all.wait()
    await sink.close()

    assert sink.dropped == 0
    assert len(channel.came) == 3


@pytest.mark.parametrize("status", [302, 400, 403, 404, 410])
async def test_what_makes_no_sense_again_is_lost_and_counted(channel: Channel, status: int) -> None:
    """A webhook that is gone or does not understand us is not asked again."""
    channel.statuses, channel.headers = [status], {"Location": "/elsewhere"}
    sink = SlackSink(Settings(url=channel.url, waits_s=AT_ONCE))
    sink.offer(decision_changed())
    await sink.close()

    assert len(channel.came) == 1
    assert sink.dropped == 1


async def test_a_full_queue_refuses(channel: Channel) -> None:
    """It never blocks: what has no room is counted, and other events take none."""
    sink = SlackSink(Settings(url=channel.url, queue_messages=0))
    event = decision_changed()

    assert not sink.offer(event)
    sink.drop(event)

    assert sink.dropped == 1
    await sink.close()


async def test_nobody_listens() -> None:
    """A receiver that is down costs the messages, and closing is not held up."""
    sink = SlackSink(Settings(url="http://127.0.0.1:9/x", waits_s=(0.0, 3_600.0)))
    sink.offer(decision_changed())

    async with asyncio.timeout(10):
        await sink.close()

    assert sink.dropped == 1


@pytest.mark.parametrize("url", ["http://hooks.test/x", "ftp://h.test/", "what", ""])
async def test_a_webhook_must_be_private(url: str, tmp_path: Path) -> None:
    """Anybody can read http on the way; nothing is sent, and no text shows the URL."""
    (tmp_path / "url").write_text(url)
    settings = Settings(file=str(tmp_path / "url"))

    with pytest.raises(ValueError, match="must be an https URL") as caught:
        settings.webhook()

    assert not url or url not in str(caught.value)


def test_the_url_comes_from_a_file_too(tmp_path: Path) -> None:
    """A mounted secret is read when it is needed; no representation shows the URL."""
    (tmp_path / "url").write_text("https://hooks.slack.test/services/s3cr3t\n")

    found = settings_of({"DIRECTOR_SLACK_WEBHOOK_URL_FILE": str(tmp_path / "url")})

    assert found.webhook() == "https://hooks.slack.test/services/s3cr3t"
    assert "s3cr3t" not in repr(settings_of({"DIRECTOR_SLACK_WEBHOOK_URL": "https://s3cr3t/"}))


def test_without_a_webhook_there_is_no_sink() -> None:
    """It does nothing unless the operator wants it."""
    assert tuple(director_sinks()) == ()
