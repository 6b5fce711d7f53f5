"""director init --from: a manifest is written from what a live service answers."""

from __future__ import annotations

import re
import socket
import ssl
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
import trustme
import yaml
from aiohttp import web

from director.testing import DemoService

COMMAND = Path(sys.executable).parent / "director"
LOOPBACK = ("--allow-address", "127.0.0.0/8")

UP = '{"status": "UP", "components": {"db": {"status": "UP"}, "disk": {"status": "UP"}}}'
METRICS = "# TYPE http_requests_total counter\nhttp_requests_total 1\n"
JSON, PLAIN, HTML = "application/json", "text/plain", "text/html"

Pages = Mapping[str, tuple[int, str, str]]
"""Status, media type and body of each path; of a redirect, where it leads."""

SPRING: Pages = {
    "/": (200, HTML, "<html>welcome</html>"),
    "/actuator/health": (200, JSON, UP),
    "/actuator/health/liveness": (200, JSON, '{"status": "UP"}'),
    "/actuator/health/readiness": (200, JSON, UP),
    "/actuator/prometheus": (200, PLAIN, METRICS),
    "/admin": (401, PLAIN, "who are you"),
}
TEXT: Pages = {"/healthz": (200, PLAIN, "ok"), "/health": (200, HTML, "<html>a page</html>")}


def application(pages: Pages, other: int = 404) -> web.Application:
    """Return a service with *pages*, which answers every other path with the status *other*."""

    async def answer(request: web.Request) -> web.Response:
        status, kind, body = pages.get(request.path, (other, PLAIN, "nothing here"))
        headers = {"Location": body} if status == 302 else {}
        return web.Response(status=status, content_type=kind, text=body, headers=headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    return app


@pytest.fixture
async def serve():
    """Start services on loopback and return where they answer."""
    runners: list[web.AppRunner] = []

    async def start(pages: Pages, other: int = 404, tls: ssl.SSLContext | None = None) -> str:
        runner = web.AppRunner(application(pages, other), access_log=None)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        port = runner.addresses[0][1]
        return f"{'https' if tls else 'http'}://127.0.0.1:{port}"

    yield start
    for runner in runners:
        await runner.cleanup()


def names(folder: Path) -> list[str]:
    """Return what is in *folder*."""
    return sorted(path.name for path in folder.iterdir())


def lines(stdout: str) -> dict[str, tuple[str, str]]:
    """Return what each line of the search says: whether it was found, and what was seen."""
    found = re.findall(r"(?m)^(found|not found|not known) +(\S+) +(.*)$", stdout)
    return {what: (seen, said) for seen, what, said in found}


def spec(home: Path) -> dict[str, object]:
    """Return ``spec`` of the manifest that was written, as another reader of YAML reads it."""
    document = yaml.safe_load((home / "readiness.yaml").read_text())
    return dict(document["spec"])


async def test_a_spring_service(director, serve, home: Path) -> None:
    """Health, readiness, metrics and what is closed are found; the manifest holds as it stands."""
    url = await serve(SPRING)

    ran = await director("init", "--from", url, *LOOPBACK, "--name", "pay")
    valid = await director("validate")
    judged = await director("evaluate", "--no-store", *LOOPBACK, "--format", "json")

    assert (ran.exit, ran.stderr) == (0, "")
    said = lines(ran.stdout)
    assert [(what, seen) for what, (seen, _) in said.items()] == [
        ("answer", "found"),
        ("health", "found"),
        ("readiness", "found"),
        ("metrics", "found"),
        ("protection", "found"),
        ("https", "not found"),
    ]
    assert said["health"][1] == "/actuator/health answers 200 and says UP of 2 parts (spring)"
    assert spec(home)["environments"] == {"production": {"base_url": url}}
    assert spec(home)["checks"] == {
        "http.health": {"path": "/actuator/health"},
        "http.readiness": {
            "liveness_path": "/actuator/health/liveness",
            "readiness_path": "/actuator/health/readiness",
        },
        "http.metrics": {"path": "/actuator/prometheus"},
        "http.security-auth": {"paths": "/admin"},
    }
    assert (valid.exit, valid.stdout) == (0, "readiness.yaml: valid\n")
    found = [check for group in judged.document["categories"] for check in group["checks"]]
    outcomes = {check["id"]: check["outcome"] for check in found}
    asked = ("http.health", "http.readiness", "http.security-auth")
    assert {check: outcomes[check] for check in asked} == dict.fromkeys(asked, "passed")
    assert f"director evaluate readiness.yaml {' '.join(LOOPBACK)}\n" in ran.stdout


async def test_what_is_not_found_stands_as_a_comment(director, serve, home: Path) -> None:
    """A plain answer is a health page; a page for people is none; the rest is left open."""
    url = await serve(TEXT)

    ran = await director("init", "--from", url, *LOOPBACK, "--name", "pay")

    said = lines(ran.stdout)
    assert said["health"][0] == "found"
    assert said["health"][1].startswith("/healthz answers 200 in ")
    assert {what for what, (seen, _) in said.items() if seen == "not found"} == {
        "readiness",
        "metrics",
        "protection",
        "https",
    }
    assert spec(home)["checks"] == {"http.health": {"path": "/healthz"}}
    text = (home / "readiness.yaml").read_text()
    assert "# http.readiness: not found; asked for /livez, /readyz, " in text
    assert "# owner: team-payments" in text
    assert (await director("validate")).exit == 0


@pytest.mark.parametrize(
    ("pages", "other", "seen"),
    [
        ({}, 404, "not found"),
        ({}, 503, "not known"),
        ({"/health": (200, HTML, "<html>a page</html>")}, 404, "not found"),
        ({"/health": (503, JSON, '{"status": "DOWN"}')}, 404, "found"),
        ({"/health": (401, PLAIN, "no")}, 404, "not found"),
        ({"/health": (200, PLAIN, "ok")}, 200, "not known"),
        ({"/health": (200, JSON, '{"status": "UP"}')}, 200, "found"),
    ],
    ids=["404", "ill", "page", "down", "closed", "answers everything", "document"],
)
async def test_what_counts_as_a_health_page(
    director, serve, pages: Pages, other: int, seen: str
) -> None:
    """A document, or an answer that a page which is not there does not get; never a guess."""
    url = await serve(pages, other)

    ran = await director("init", "--from", url, *LOOPBACK, "--name", "pay")

    assert ran.exit == 0
    assert lines(ran.stdout)["health"][0] == seen
    assert (await director("validate")).exit == 0


async def test_a_service_that_answers_every_path_alike(director, home: Path) -> None:
    """Nothing can be told from an answer that everything gets, and nothing is written of it."""
    async with DemoService.healthy() as service:
        ran = await director("init", "--from", service.base_url, *LOOPBACK, "--name", "pay")

    assert ran.exit == 0
    assert lines(ran.stdout)["health"][0] == lines(ran.stdout)["readiness"][0] == "not known"
    assert "checks" not in spec(home)
    assert "# http.health: not known; asked for /healthz" in (home / "readiness.yaml").read_text()


async def test_a_page_elsewhere_is_not_the_page(director, serve) -> None:
    """A path that leads to another page is not what that page is."""
    url = await serve({"/healthz": (302, PLAIN, "/status"), "/status": (200, PLAIN, "ok")})

    ran = await director("init", "--from", url, *LOOPBACK, "--name", "pay")

    assert lines(ran.stdout)["health"][0] == "not found"


async def test_over_https(director, serve, home: Path) -> None:
    """The certificate and HSTS are said; a port 80 of somebody else's is not asked about."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(home / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    url = await serve(SPRING, tls=context)

    trusted = await director(
        "init", "--from", url, *LOOPBACK, "--ca-file", "ca.pem", "--name", "pay"
    )
    distrusted = await director("init", "--from", url, *LOOPBACK, "--name", "pay", "--force")

    assert trusted.exit == 0
    said = lines(trusted.stdout)
    assert said["TLS"][0] == "found"
    assert "a certificate for 127.0.0.1 that expires in " in said["TLS"][1]
    assert said["HSTS"] == ("not found", "/ sends no Strict-Transport-Security")
    assert said["redirect"][0] in {"found", "not found", "not known"}
    assert "--ca-file ca.pem" in trusted.stdout
    assert distrusted.exit == 3
    assert "tls_untrusted" in distrusted.stderr
    assert spec(home)["environments"] == {"production": {"base_url": url}}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://169.254.169.254", "denied by the address policy (metadata)"),
        ("http://127.0.0.1:8080", "denied by the address policy (loopback)"),
        ("http://127.1", "must be a URL that may be asked"),
        ("ftp://pay.example.com", "must begin with http:// or https://"),
        ("https://user:secret@pay.example.com", "must be without a user name and password"),
        ("https://pay.example.com/?a", "must be without a query"),
    ],
)
async def test_what_may_not_be_asked(director, home: Path, url: str, said: str) -> None:
    """A URL that is none, or that the policy denies, is a mistake in the flag; nothing is sent."""
    ran = await director("init", "--from", url, "--name", "pay")

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith("--from: must")
    assert said in ran.stderr
    assert "secret" not in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert names(home) == []


async def test_nobody_there(director, home: Path) -> None:
    """A port that refuses ends with 3, says why, and leaves nothing behind."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        ran = await director("init", "--from", url, *LOOPBACK, "--name", "pay")

    assert (ran.exit, ran.stdout) == (3, "")
    assert ran.stderr.startswith(f"--from: {url} gave no answer (connect_refused): ")
    assert names(home) == []


async def test_a_service_that_is_too_slow(director, home: Path) -> None:
    """All questions share one deadline, however many of them there are."""
    async with DemoService.slow(60) as service:
        began = time.monotonic()
        ran = await director(
            "init", "--from", service.base_url, *LOOPBACK, "--name", "pay", "--timeout", "2s"
        )
        took_s = time.monotonic() - began

    assert ran.exit == 3
    assert "gave no answer (" in ran.stderr
    assert 2 <= took_s < 6
    assert names(home) == []


async def test_what_flags_say(director, serve, home: Path) -> None:
    """A name of the environment is a flag's, and so is every other word about the service."""
    url = await serve(TEXT)

    ran = await director(
        "init", "--from", url, *LOOPBACK, "--name", "pay", "--owner", "team", "--environment",
        "lab", "--profile", "baseline", "--output", "pay.yaml",
    )  # fmt: skip
    other = await director(
        "init", "--from", url, *LOOPBACK, "--name", "pay", "--environment", "lab=http://x.test"
    )

    document = yaml.safe_load((home / "pay.yaml").read_text())
    assert ran.exit == 0
    assert document["metadata"] == {"name": "pay", "owner": "team"}
    assert document["spec"]["environments"] == {"lab": {"base_url": url}}
    assert other.exit == 2
    assert other.stderr.startswith("--environment: must be one name and no URL beside --from")
    assert (await director("validate", "pay.yaml")).exit == 0


async def test_a_name_is_guessed(director, serve, home: Path) -> None:
    """An address has no name, so it is that of the folder; the team stays open."""
    url = await serve(TEXT)

    ran = await director("init", "--from", url, *LOOPBACK)

    document = yaml.safe_load((home / "readiness.yaml").read_text())
    assert ran.exit == 0
    assert document["metadata"] == {"name": home.name}


async def test_nothing_is_overwritten(director, serve, home: Path) -> None:
    """A manifest that is there is neither replaced nor asked about, without --force."""
    url = await serve(TEXT)
    (home / "readiness.yaml").write_text("mine\n")

    kept = await director("init", "--from", url, *LOOPBACK, "--name", "pay")
    mine = (home / "readiness.yaml").read_text()
    forced = await director("init", "--from", url, *LOOPBACK, "--name", "pay", "--force")

    assert (kept.exit, kept.stdout, mine) == (2, "", "mine\n")
    assert forced.exit == 0
    assert spec(home)["checks"] == {"http.health": {"path": "/healthz"}}


async def test_what_the_profile_fixes_is_left_to_it(director, serve, home: Path) -> None:
    """An option that a manifest may not set stands as a comment, and the manifest is valid."""
    url = await serve(TEXT)
    (home / "fixed.yaml").write_text(
        "apiVersion: readiness/v1\nkind: Profile\nmetadata: {name: fixed}\n"
        "spec: {extends: standard, checks: {http.health: {category: reliability,"
        " role: required, options: {path: /ours}}}}\n"
    )

    ran = await director(
        "init", "--from", url, *LOOPBACK, "--name", "pay", "--profiles", ".", "--profile", "fixed"
    )
    valid = await director("validate", "readiness.yaml", "--profiles", ".")

    assert ran.exit == 0
    assert "checks" not in spec(home)
    text = " ".join((home / "readiness.yaml").read_text().replace("#", " ").split())
    assert "http.health: path must stay '/ours' as the profile sets it, got '/healthz'" in text
    assert valid.exit == 0


async def test_a_person_is_asked_the_rest(terminal, serve, home: Path) -> None:
    """What was found is not asked; what nobody but a person knows is."""
    url = await serve(TEXT)
    screen = await terminal(
        COMMAND, "init", "--from", url, *LOOPBACK, "--tier", "1", "--version", "1", "--profile",
        "baseline", *(f"--declare={name}=yes" for name in (
            "logging", "metrics", "alerts", "healthcheck", "load_test", "security_review",
            "runbook", "on_call")),
    )  # fmt: skip

    await screen.see("found +health +/healthz")
    await screen.see(rf"name of the service \[{home.name}\]: ")
    screen.type("\r")
    await screen.see("team that answers for it: ")
    screen.type("team-pay\r")

    assert await screen.end() == 0
    document = yaml.safe_load((home / "readiness.yaml").read_text())
    assert document["metadata"]["owner"] == "team-pay"
    assert document["spec"]["environments"] == {"production": {"base_url": url}}


async def test_ctrl_c_while_asking(terminal, home: Path) -> None:
    """Whoever is tired of waiting leaves at once, and nothing is left behind."""
    async with DemoService.slow(60) as service:
        screen = await terminal(
            COMMAND, "init", "--from", service.base_url, *LOOPBACK, "--name", "pay"
        )
        await service.asked(1)
        screen.type("\x03")

        assert await screen.end() == 130
    assert "Traceback" not in screen.rest
    assert names(home) == []
