"""loading.manifest_text: what is written is read as what was meant."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from director.loading.characters import forbidden
from director.loading.manifest import read_manifest
from director.loading.manifest_text import (
    Draft,
    Plain,
    Question,
    declarable,
    flow,
    manifest_text,
)
from director.model.manifest import Claim, Exemption

QUESTIONS = tuple(
    Question(name, f"Title of {name}", "It must.", f"declared.{name}, required")
    for name in sorted(declarable())
)
BARE = Draft(name="svc", profile="standard", declares={}, environments={})

HOSTILE = [
    "a: b", "- a", "# not a comment", "x\ny: z", "'", '"', '"}', "\\", "\\n", "!!python/object:x",
    "&a", "*a", "{", "[", "|", ">", "%YAML 1.2", "---", "...", "yes", "null", "~", "0x1f", "1e3",
    "2026-10-01", "<<", "=", "true", "${HOME}", "`id`", "\u00e9\U0001f680", "a" * 400, ": ", "?",
    '", owner: evil, x: "', "team #1", "${{ secrets.X }}",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_inert(text: str) -> None:
    """Whatever a text looks like, another reader of YAML reads exactly that text."""
    assert yaml.safe_load(f"{{a: {flow(text)}, b: 1}}") == {"a": text, "b": 1}


texts = st.text(st.characters(codec="utf-8"), max_size=40).filter(lambda it: not forbidden(it))
scalars = st.one_of(texts, st.booleans(), st.integers(-(10**9), 10**9), st.floats(0.001, 10**6))
plains = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)


@given(plains)
def test_flow_is_read_back(value: Plain) -> None:
    """What another reader of YAML makes of one line is the value that was written."""
    assert yaml.safe_load(flow(value)) == value


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\n" not in text])
def test_hostile_answers_stay_where_they_are(text: str) -> None:
    """An owner or a reason becomes nothing but an owner or a reason."""
    draft = Draft(
        name="svc",
        profile="standard",
        owner=text,
        version=text,
        declares={"backup": {"not_applicable": text}},
        environments={},
    )

    manifest = read_manifest(manifest_text(draft, QUESTIONS, None).encode(), "x").manifest

    said = " ".join(text.split())
    assert (manifest.owner, manifest.version, manifest.name) == (said, said, "svc")
    assert manifest.declares == (("backup", Exemption(said)),)


@pytest.mark.parametrize(
    "name", ["null", "true", "1", "1.0", "0x1f", "1e3", "no", "a.b", "2026-01"]
)
def test_names_that_look_like_something_else_stay_names(name: str) -> None:
    """A service, an environment and a profile may be called as YAML calls other things."""
    draft = Draft(name=name, profile=name, declares={}, environments={name: None})

    manifest = read_manifest(manifest_text(draft, (), None).encode(), "x").manifest

    assert (manifest.name, manifest.profile) == (name, name)
    assert [environment.name for environment in manifest.environments] == [name]


def test_everything_that_was_answered_is_written() -> None:
    """Each answer is read back as it was given."""
    draft = Draft(
        name="svc",
        owner="team a",
        tier=0,
        version="1.0",
        profile="strict",
        declares={"logging": False, "test_coverage_percent": 87, "sla": {"latency_ms": 300}},
        environments={"prod": "https://pay.example.com", "lab": None},
    )

    manifest = read_manifest(manifest_text(draft, QUESTIONS, None).encode(), "x").manifest

    assert (manifest.tier, manifest.version, manifest.profile) == (0, "1.0", "strict")
    assert manifest.declaration("logging") == Claim(value=False)
    assert manifest.declaration("test_coverage_percent") == Claim(value=87.0)
    assert {each.name: each.base_url for each in manifest.environments} == {
        "lab": None,
        "prod": "https://pay.example.com",
    }


@pytest.mark.parametrize(
    "draft",
    [
        BARE,
        Draft(
            name="svc",
            profile="standard",
            declares={"logging": True},
            environments={"p": "http://a"},
        ),
    ],
    ids=["nothing", "something"],
)
def test_what_waits_to_be_filled_in_can_be(draft: Draft) -> None:
    """With every # before a key taken away, the manifest is as valid as with all of them."""
    text = manifest_text(draft, QUESTIONS, "x.json")
    filled = re.sub(r"(?m)^( *)# (?=[a-z_]+:(?: |$))", r"\1", text)

    bare = read_manifest(text.encode(), "x").manifest
    manifest = read_manifest(filled.encode(), "x").manifest

    assert len(bare.declares) == len(draft.declares)
    assert {name for name, _ in manifest.declares} == declarable()
    assert manifest.owner
    assert manifest.tier is not None
    assert manifest.environments
    assert manifest.checks
    assert manifest.waivers


def test_editors_are_told_the_schema_first() -> None:
    """The first line is the one that editors look for; without a schema there is none."""
    assert manifest_text(BARE, (), "x.json").startswith("# yaml-language-server: $schema=x.json\n")
    assert "yaml-language-server" not in manifest_text(BARE, (), None)


def test_every_key_is_explained() -> None:
    """Before each key at the left stands a line that says what it is for."""
    lines = manifest_text(BARE, QUESTIONS, None).splitlines()

    keys = [i for i, line in enumerate(lines) if re.match(r" +(# )?[a-z_]+:", line)]
    assert len(keys) >= 20
    for index in keys:
        assert re.match(r" +# [A-Z(]?", lines[index - 1]), lines[index]


def test_what_the_profile_does_not_ask_is_left_out_unless_answered() -> None:
    """A question of others takes no room until somebody answers it."""
    other = Question("sla", "Promises", "So.", "declared.sla, not asked", in_profile=False)
    answered = Draft(name="svc", profile="standard", declares={"sla": True}, environments={})

    assert "sla" not in manifest_text(BARE, (other,), None)
    assert "sla: true" in manifest_text(answered, (other,), None)
