"""What a manifest expects of an answer, as a tree: read before anything is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from director.testing import DemoService

LOOPBACK = ("--allow-address", "127.0.0.0/8")

MANIFEST = """\
apiVersion: readiness/v1
kind: Service
metadata: {name: pay}
spec:
  environments:
    production: {base_url: URL}
  checks:
    http.expect:
      path: /status
      expect:
        all:
          - status in 200-299
          - not: header("x-debug") present
          - any:
              - json("$.status") == "pass"
              - json("$.status") == "warm"
"""


@pytest.fixture
def manifest(home: Path):
    """Write the manifest above, with a part of it replaced."""

    def write(url: str, old: str = "", new: str = "") -> Path:
        assert old in MANIFEST
        path = home / "readiness.yaml"
        path.write_text(MANIFEST.replace("URL", json.dumps(url)).replace(old, new, 1))
        return path

    return write


async def outcome(director, path: Path) -> tuple[str, str]:
    """Return the outcome of the check, and its reason."""
    ran = await director("evaluate", path, *LOOPBACK, "--no-store", "--format", "json")
    found = [check for group in ran.document["categories"] for check in group["checks"]]
    (check,) = [check for check in found if check["id"] == "http.expect"]
    return check["outcome"], check["reason"]


async def test_a_tree_is_held_against_the_answer(director, manifest) -> None:
    """A live service meets it, or does not; a part that speaks of nothing there is unknown."""
    async with DemoService.healthy() as service:
        met = await outcome(director, manifest(service.base_url))
        unmet = await outcome(director, manifest(service.base_url, "200-299", "400-499"))
        path = manifest(service.base_url, "status in 200-299", 'json("$.x") < 5')
        unknown = await outcome(director, path)

    assert met[0] == "passed"
    assert unmet[0] == "failed"
    assert "it does not hold that status in 400-499 (was 200)" in unmet[1]
    assert unknown[0] == "unknown"
    assert 'json("$.x") < 5 (nothing there)' in unknown[1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("        all:", "        al:", "11:9: unknown key 'al', did you mean 'all'?"),
        (
            'json("$.status") == "warm"',
            'jsn("$.status") == "warm"',
            "16:17: character 1: must be a known subject, got jsn, did you mean 'json'?",
        ),
        (
            'header("x-debug") present',
            'header("x-debug") > 3',
            "13:18: character 19: > must be of something ordered, header is texts",
        ),
        (
            "status in 200-299",
            "status == 200) or (status == 500",
            "12:13: character 14: must be 'and', 'or' or the end, got )",
        ),
        (
            "      path: /status\n      expect:",
            "      path:",
            "9:7: must be a text, got a tree of expectations",
        ),
    ],
    ids=["key", "subject", "operator", "parentheses", "option"],
)
async def test_a_bad_tree_is_one_clear_line(
    director, manifest, old: str, new: str, said: str
) -> None:
    """The line and the column are those of the part that is wrong, and nothing is asked."""
    async with DemoService.healthy() as service:
        path = manifest(service.base_url, old, new)
        valid = await director("validate", path)
        judged = await director("evaluate", path, *LOOPBACK, "--no-store", "--log", "off")
        asked = service.requests

    assert (valid.exit, judged.exit, asked) == (2, 2, 0)
    assert valid.stdout == ""
    assert valid.stderr == f"{path}:{said}\n"
    assert said in judged.stderr + judged.stdout
