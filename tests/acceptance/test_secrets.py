"""Secrets in manifests: sent to whom they are meant for, and shown to nobody."""

from __future__ import annotations

import base64
import json
import sqlite3
import zlib
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
from aiohttp import web

CANARY = 'c4n/ry+"pass\\word"&9'
"""A value that every encoding writes in another way."""

SPELLINGS = (
    CANARY,
    quote(CANARY, safe=""),
    base64.b64encode(CANARY.encode()).decode().rstrip("="),
    CANARY.encode().hex(),
    json.dumps(CANARY)[1:-1],
)

SECRETS = """\
apiVersion: readiness/v1
kind: Secrets
spec:
  secrets:
    pay-token: {{env: PAY_TOKEN, hosts: ["{hosts}"], plaintext: {plaintext}}}
"""

MANIFEST = """\
apiVersion: readiness/v1
kind: Service
metadata: {{name: shop, owner: team}}
spec:
  profile: baseline
  environments: {{production: {{base_url: "http://127.0.0.1:{port}"}}}}
  checks:
    http.status:
      path: /private
      statuses: "204"
      request_headers: "X-Pay: ${{secret:pay-token}}"
    http.expect:
      path: /private
      expect: 'header("x-echo") == "nobody"'
      request_headers: "Authorization: Bearer ${{secret:pay-token}}"
    http.headers: {{path: /moved, present: etag, request_headers: "X-Pay: ${{secret:pay-token}}"}}
"""


class Echo:
    """A service that sends back what it was sent, in every way there is."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def private(self, request: web.Request) -> web.Response:
        """Send back every secret that came, in header and body."""
        value = self._value(request)
        said = {"token": "harmless", "seen": [value, *SPELLINGS[1:]]} if value else {}
        echo = quote(value, safe="")
        return web.json_response(said, headers={"X-Echo": f"{value} {echo}"})

    async def moved(self, request: web.Request) -> web.Response:
        """Lead to another origin, with the secret in the address."""
        value = quote(self._value(request), safe="")
        return web.Response(status=302, headers={"Location": f"http://127.0.0.9:1/{value}"})

    def _value(self, request: web.Request) -> str:
        value = str(request.headers.get("X-Pay") or request.headers.get("Authorization", ""))
        self.heard.append(value)
        return value.removeprefix("Bearer ")


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, int]]:
    """A service that echoes, and its port."""
    service, app = Echo(), web.Application()
    app.router.add_get("/private", service.private)
    app.router.add_get("/moved", service.moved)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield service, runner.addresses[0][1]
    await runner.cleanup()


@pytest.fixture
def place(home, echo):
    """Write the manifest and the operator's file; return the arguments of an evaluation."""

    def write(*, hosts: str = "127.0.0.1", plaintext: str = "true", extra: str = "") -> list[str]:
        (home / "m.yaml").write_text(MANIFEST.format(port=echo[1]) + extra)
        (home / "secrets.yaml").write_text(SECRETS.format(hosts=hosts, plaintext=plaintext))
        (home / "secrets.yaml").chmod(0o600)
        return [
            *("evaluate", "m.yaml", "--environment", "production", "--secrets", "secrets.yaml"),
            *("--allow-address", "127.0.0.0/8", "--store", "record.db", "--log", "log.jsonl"),
        ]

    return write


def everything(home) -> str:
    """Return all that was written below *home*, the record unpacked."""
    texts = []
    for path in sorted(home.rglob("*")):
        if not path.is_file() or path.name == "secrets.yaml":
            continue
        data = path.read_bytes()
        texts.append(data.decode("utf-8", errors="replace"))
        if path.suffix == ".db":
            texts += unpacked(path)
    return "\n".join(texts)


def unpacked(path) -> list[str]:
    """Return every value in the database *path*, those that are compressed as they were."""
    texts = []
    with sqlite3.connect(path) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master")]
        for table in tables:
            try:
                rows = list(database.execute(f'SELECT * FROM "{table}"'))  # noqa: S608  # of the schema
            except sqlite3.Error:
                continue
            for value in (each for row in rows for each in row if isinstance(each, bytes | str)):
                data = value.encode() if isinstance(value, str) else value
                texts.append(data.decode("utf-8", errors="replace"))
                for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
                    try:
                        plain = zlib.decompressobj(window).decompress(data)
                    except zlib.error:
                        continue
                    texts.append(plain.decode("utf-8", errors="replace"))
    return texts


async def test_the_value_is_sent_and_shown_nowhere(director, home, echo, place) -> None:
    """The service gets the value, and no log, record or report has it in any spelling."""
    service, _ = echo
    formats = ("json", "jsonl", "html", "junit", "sarif", "markdown", "github", "gitlab", "nagios")
    wanted = [part for name in formats for part in ("--format", f"{name}={name}.out")]

    ran = await director(*place(), *wanted, variables={"PAY_TOKEN": CANARY})
    shown = [
        await director("history", "shop", "--store", "record.db", "--format", "json"),
        await director("report", "shop", "--store", "record.db", "--format", "html"),
        await director("explain", "shop", "--store", "record.db"),
    ]

    assert sorted(service.heard) == [f"Bearer {CANARY}", CANARY, CANARY]
    assert ran.exit == 1
    written = "\n".join(
        [everything(home), ran.stdout, ran.stderr, *(each.stdout + each.stderr for each in shown)]
    )
    assert "http.expect" in written
    assert "***" in written
    assert [spelling for spelling in SPELLINGS if spelling in written] == []


@pytest.mark.parametrize(
    ("hosts", "plaintext", "why"),
    [
        ("pay.example.com", "true", "is not registered for 127.0.0.1:"),
        ("127.0.0.1:1", "true", "is not registered for 127.0.0.1:"),
        ("127.0.0.1", "false", "must not be sent without TLS"),
    ],
)
async def test_nobody_else_gets_it(director, echo, place, hosts, plaintext, why) -> None:
    """A host that is not registered, or cannot be reached in private, is not even asked."""
    arguments = place(hosts=hosts, plaintext=plaintext)

    ran = await director(*arguments, "--format", "json", variables={"PAY_TOKEN": CANARY})

    found = {each["id"]: each for part in ran.document["categories"] for each in part["checks"]}
    assert echo[0].heard == []
    assert ran.exit == 1
    for check in ("http.status", "http.expect", "http.headers"):
        assert found[check]["outcome"] == "unknown"
        assert found[check]["code"] == "secret_denied"
        assert why in found[check]["reason"]


async def test_an_address_never_has_it(director, echo, place) -> None:
    """A reference in a path is not resolved, and the page is not asked for."""
    extra = '    http.metrics: {path: "/private?token=${secret:pay-token}"}\n'

    ran = await director(*place(extra=extra), "--format", "json", variables={"PAY_TOKEN": CANARY})

    found = {each["id"]: each for part in ran.document["categories"] for each in part["checks"]}
    assert found["http.metrics"]["code"] == "secret_denied"
    assert "in a header only" in found["http.metrics"]["reason"]
    assert len(echo[0].heard) == 3


async def test_another_origin_does_not_get_it(director, echo, place) -> None:
    """Where a redirect to another origin is followed, no header of the check goes along."""
    service, _ = echo

    ran = await director(*place(), "--format", "json", variables={"PAY_TOKEN": CANARY})

    found = {each["id"]: each for part in ran.document["categories"] for each in part["checks"]}
    assert found["http.headers"]["code"] == "redirect_cross_origin"
    assert len(service.heard) == 3


@pytest.mark.parametrize(
    ("reference", "variables", "problem"),
    [
        ("${secret:other}", {"PAY_TOKEN": CANARY}, "got 'other': registered are pay-token"),
        ("${secret:pay-token}", {}, "the variable PAY_TOKEN is not set, or is empty"),
        ("${secret:Pay Token}", {"PAY_TOKEN": CANARY}, "must write a secret as ${secret:NAME}"),
    ],
)
async def test_a_reference_that_leads_nowhere(
    director, echo, place, reference, variables, problem
) -> None:
    """What is not registered, has no value or is no reference ends before anything is asked."""
    extra = f'    http.metrics: {{request_headers: "X-Token: {reference}"}}\n'

    ran = await director(*place(extra=extra), variables=variables)

    assert ran.exit == 2
    assert problem in ran.stderr
    assert "m.yaml:17:" in ran.stderr
    assert echo[0].heard == []


async def test_without_the_file_nothing_is_sent(director, echo, place) -> None:
    """An evaluation without --secrets refuses the manifest; validating it needs no secrets."""
    place()

    refused = await director("evaluate", "m.yaml", "--no-store", "--allow-address", "127.0.0.0/8")
    valid = await director("validate", "m.yaml")

    assert refused.exit == 2
    assert "the operator registers none" in refused.stderr
    assert echo[0].heard == []
    assert valid.exit == 0


TOKEN = "ghp_" + "a1B2" * 9

LITERALS = {
    "a token in a header": f'    http.metrics: {{request_headers: "X-Token: {TOKEN}"}}\n',
    "a password in a header": '    http.metrics: {request_headers: "Authorization: Basic abc"}\n',
    "a password in a URL": '  waivers: [{check: a.b, reason: "https://me:hunter2@x.test/"}]\n',
}


@pytest.mark.parametrize("extra", LITERALS.values(), ids=LITERALS)
async def test_a_secret_that_is_spelt_out_is_refused(director, place, extra) -> None:
    """What looks like a secret must be a reference; the refusal does not repeat it."""
    ran = await director(*place(extra=extra), variables={"PAY_TOKEN": CANARY})

    assert ran.exit == 2
    assert "m.yaml:17:" in ran.stderr
    assert "${secret:NAME}" in ran.stderr
    assert not any(part in ran.stderr for part in (TOKEN, "hunter2", "Basic abc"))


async def test_what_only_looks_long_is_no_secret(director, home) -> None:
    """Digests, commits, identifiers and ordinary prose are left alone."""
    (home / "m.yaml").write_text(
        "apiVersion: readiness/v1\nkind: Service\n"
        "metadata: {name: task-runner, owner: sk-learn-models-and-pipelines,\n"
        '  description: "Authorization: takes cards; basic auth-proxy; bearer of bad news"}\n'
        "spec:\n  profile: baseline\n"
        f'  artifact: {{digest: "sha256:{"0123456789abcdef" * 4}"}}\n'
        "  declares:\n"
        "    runbook: {value: true, evidence: https://wiki.test/SG.Overview?page=3&commit="
        f"{'9f86d081884c7d65' * 2}}}\n"
    )

    ran = await director("validate", "m.yaml")

    assert (ran.exit, ran.stderr) == (0, "")


BAD_FILES = {
    "no hosts": ("env: PAY_TOKEN, hosts: []", "must name at least one host"),
    "anybody": ('env: PAY_TOKEN, hosts: ["*"]', "must be a host such as"),
    "two places": ("env: A, file: b, hosts: [a.test]", "must have either env or file"),
    "no place": ("hosts: [a.test]", "must have either env or file"),
    "short": ("env: SHORT, hosts: [a.test]", "must have a value of 6 to 8192 characters"),
    "two lines": ("env: LINES, hosts: [a.test]", "must have a value of printable ASCII"),
    "a port": ('env: PAY_TOKEN, hosts: ["a.test:0"]', "must have a port from 1 to 65535"),
    "an address": ('env: PAY_TOKEN, hosts: ["[::z]"]', "must be a host such as"),
    "no address": ('env: PAY_TOKEN, hosts: ["[:::1]"]', "must have an IPv6 address in brackets"),
}


@pytest.mark.parametrize(("inside", "problem"), BAD_FILES.values(), ids=BAD_FILES)
async def test_a_bad_file_is_refused(director, home, place, inside, problem) -> None:
    """Each fault of the operator's file is one line with its place, and exit 2."""
    arguments = place()
    text = f"apiVersion: readiness/v1\nkind: Secrets\nspec:\n  secrets:\n    pay: {{{inside}}}\n"
    (home / "secrets.yaml").write_text(text)
    values = {"PAY_TOKEN": CANARY, "SHORT": "hush", "LINES": "one\ntwo three"}

    ran = await director(*arguments, variables=values)

    assert ran.exit == 2
    assert problem in ran.stderr
    assert ran.stderr.startswith("secrets.yaml:5:")
    assert not any(value in ran.stderr for value in (CANARY, "hush", "two three"))


async def test_others_must_not_write_it(director, home, place) -> None:
    """A file that others could change says nothing about who may get what."""
    arguments = place()
    (home / "secrets.yaml").chmod(0o666)

    ran = await director(*arguments, variables={"PAY_TOKEN": CANARY})

    assert ran.exit == 2
    assert "must be writable by its owner alone" in ran.stderr


async def test_doctor_says_what_is_there(director, home, place) -> None:
    """Doctor names each secret, whom it may go to and what lacks, and no value."""
    place()
    (home / "token").write_text(f"{CANARY}\n")
    (home / "secrets.yaml").write_text(
        "apiVersion: readiness/v1\nkind: Secrets\nspec:\n  secrets:\n"
        "    from-file: {file: token, hosts: ['*.pay.test', 'pay.test:8443']}\n"
        "    gone: {file: absent, hosts: [a.test]}\n    unset: {env: NOWHERE, hosts: [a.test]}\n"
    )

    ran = await director("doctor", variables={"DIRECTOR_SECRETS": "secrets.yaml"})

    assert "ok   secret from-file may be sent to *.pay.test, pay.test:8443" in ran.stdout
    assert "AMISS secret gone may be sent to a.test; there is no file 'absent'" in ran.stdout
    assert "AMISS secret unset may be sent to a.test; the variable NOWHERE is not" in ran.stdout
    assert CANARY not in ran.stdout
    assert ran.exit == 3


async def test_the_judged_folder_registers_nothing(director, home, place) -> None:
    """Which secrets may be sent where is the operator's to say, never the judged folder's."""
    place()
    (home / "director.yaml").write_text("secrets: secrets.yaml\n")

    ran = await director("evaluate", "m.yaml", "--no-store")

    assert ran.exit == 2
    assert "--secrets, DIRECTOR_SECRETS or the file of --config" in ran.stderr


async def test_the_schema_is_published(director) -> None:
    """An editor gets the schema of a secrets file as it gets the others."""
    ran = await director("schema", "secrets")

    assert ran.exit == 0
    assert ran.document["title"] == "Readiness secrets"
    assert ran.document["properties"]["spec"]["required"] == ["secrets"]
