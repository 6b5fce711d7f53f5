"""Manifests and profiles that nobody would think of: the loader keeps its law with each.

``law_of_a_manifest`` and ``law_of_a_profile`` are that law. Here Hypothesis looks for documents
that break it; ``fuzz_documents.py`` does so for as long as it is given, guided by coverage.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema.validators import validator_for

from director.errors import Fault, ManifestError, ProfileError
from director.loading.manifest import read_manifest
from director.loading.profile import builtin_folder, load_profile
from director.loading.schema import manifest_schema, profile_schema
from director.loading.source import accept
from director.loading.tree import Tree, grow
from director.model.manifest import Claim, Manifest, Sla
from director.model.profile import Profile

Plain: TypeAlias = Any
"""What YAML and JSON are made of."""

FUZZER = Path(__file__).parent / "fuzz_documents.py"
CORPUS = Path(__file__).parent / "corpus"
FUZZING_S = int(os.environ.get("DIRECTOR_FUZZING_S", "600"))

LONGEST_PROBLEM = 2_500
NAME = "f.yaml"

_BREAK = re.compile(r"\r\n|\r|\n")
_UNSAYABLE = re.compile(
    "must be a date such as"  # no pattern knows that February has 28 days
    "|must be at most 36500d"
    "|must be a URL with a host and a port"
    "|must begin with http:// or https:// and a host"
    r"|must be a whole number .* got -?[\d.]+(e\+\d+)?$"  # 1.0 is an integer in JSON Schema
    "|must be at most 128 characters"  # of a check's id: a key has a pattern and no length
    "|must be 0 < conditional < go"
    "|must have a blocker or a required check"
    "|must have a total weight over 0"
    "|must be less than the number of required checks"
    "|must be a profile |must be the name of a profile or a .yaml|must not extend itself"
    "|must be a file"
    "|must be a check of this profile"
)
"""Faults of good shapes: what a JSON Schema cannot say of a document."""


# The law.


def law_of_a_manifest(data: bytes) -> Manifest | None:
    """Read *data* as a manifest and assert all that holds of any; return it if it loads."""
    found = _manifest(data)
    assert found == _manifest(data), "the same bytes are read in two ways"
    if isinstance(found, tuple):
        _demand_clear(found, data, NAME)
        _demand_schema_refuses(found, data, manifest_schema)
        return None
    tree = _tree(data)
    assert _editor(manifest_schema).is_valid(tree.value), "what loads is refused in an editor"
    for canonical in (tree.value, written(found)):
        again = _manifest(json.dumps(canonical, ensure_ascii=False).encode())
        assert isinstance(again, Manifest), again
        assert replace(again, digest=found.digest) == found, "a copy means something else"
    return found


def law_of_a_profile(data: bytes, folder: Path) -> Profile | None:
    """Read *data* as a profile and assert all that holds of any; return it if it loads.

    Args:
        data: The bytes.
        folder: Where a file of them is made.
    """
    path = folder / NAME
    found = _profile(data, path)
    assert found == _profile(data, path), "the same bytes are read in two ways"
    if isinstance(found, tuple):
        _demand_clear(found, data, str(path))
        _demand_schema_refuses(found, data, profile_schema)
        return None
    tree = _tree(data)
    assert _editor(profile_schema).is_valid(tree.value), "what loads is refused in an editor"
    again = _profile(json.dumps(tree.value, ensure_ascii=False).encode(), path)
    assert isinstance(again, Profile), again
    assert replace(again, digest=found.digest) == found, "a copy means something else"
    assert 0 < found.thresholds.conditional < found.thresholds.go <= 1
    assert found.minimum_checks >= 3
    return found


def written(manifest: Manifest) -> dict[str, Plain]:
    """Return the document that says what *manifest* says, and no more."""

    def claimed(value: bool | float | Sla) -> Plain:
        return _said(vars_of(value)) if isinstance(value, Sla) else value

    def vars_of(value: object) -> dict[str, Plain]:
        return {name: getattr(value, name) for name in value.__dataclass_fields__}  # type: ignore[attr-defined]  # every value of the model is a dataclass

    declares = {
        name: _said({"value": claimed(it.value), "evidence": it.evidence, "at": _moment(it.at)})
        if isinstance(it, Claim)
        else {"not_applicable": it.reason}
        for name, it in manifest.declares
    }
    environments = {
        it.name: _said(
            {
                "base_url": it.base_url,
                "schedule": it.schedule and {"every": f"{it.schedule.every_s:.0f}s"},
            }
        )
        for it in manifest.environments
    }
    waivers = [
        {key: value for key, value in vars_of(it).items() if key != "code" or value}
        | {"expires_at": _moment(it.expires_at)}
        for it in manifest.waivers
    ]
    names = ("name", "owner", "tier", "version", "description")
    spec = {
        "profile": manifest.profile,
        "artifact": {"digest": manifest.artifact} if manifest.artifact else None,
        "declares": declares,
        "environments": environments,
        "checks": {
            it.check: _said({"role": it.role, **dict(it.options)}) for it in manifest.checks
        },
        "waivers": waivers,
    }
    return {
        "apiVersion": "readiness/v1",
        "kind": "Service",
        "metadata": _said({name: getattr(manifest, name) for name in names}),
        "spec": _said(spec),
    }


def _said(values: dict[str, Plain]) -> dict[str, Plain]:
    """Return *values* without those that say nothing; an option may be an empty text."""
    silent = (None, "")
    texts = {"owner", "version", "description", "evidence"}
    return {
        key: value
        for key, value in values.items()
        if value is not None and not (key in texts and value in silent)
    }


def _moment(at: Any) -> str | None:  # noqa: ANN401  # a moment, or none
    return None if at is None else at.isoformat()


def _manifest(data: bytes) -> Manifest | tuple[Fault, ...]:
    try:
        return read_manifest(data, NAME).manifest
    except ManifestError as error:
        return error.faults


def _profile(data: bytes, path: Path) -> Profile | tuple[Fault, ...]:
    path.write_bytes(data)
    try:
        return load_profile(str(path), (path.parent, builtin_folder()))
    except ProfileError as error:
        return error.faults


def _tree(data: bytes) -> Tree:
    return grow(accept(data, NAME, ManifestError))


def _demand_clear(faults: Sequence[Fault], data: bytes, source: str) -> None:
    """Assert that each fault is one line about a place that exists, and that they are in order."""
    lines = _BREAK.split(data.decode("utf-8", "replace").removeprefix("\ufeff"))
    assert 1 <= len(faults) <= 101
    assert len(set(faults)) == len(faults)
    assert list(faults[:100]) == sorted(faults[:100])
    for fault in faults:
        assert str(fault).isprintable()
        assert len(fault.problem) <= LONGEST_PROBLEM
        assert re.search(r"(^|: )(must |unknown key )", fault.problem), fault
        if fault.source == source and fault.line:
            assert fault.line <= len(lines), fault
            assert 1 <= fault.column <= len(lines[fault.line - 1]) + 1, fault


def _demand_schema_refuses(
    faults: Iterable[Fault], data: bytes, schema: Callable[[], dict[str, Any]]
) -> None:
    """Assert that an editor would refuse it too, unless a schema cannot say what is wrong."""
    try:
        tree = _tree(data)
    except ManifestError:
        return  # It is no text; no editor would have opened it.
    spec = tree.value.get("spec") if isinstance(tree.value, dict) else None
    extends = isinstance(spec, dict) and "extends" in spec
    said = [fault.problem for fault in faults if not _UNSAYABLE.search(fault.problem)]
    # What extends another may leave to it what the whole must have.
    said = [
        problem for problem in said if not (extends and problem.startswith("must have the key"))
    ]
    if not tree.faults and said:
        assert not _editor(schema).is_valid(tree.value), tuple(faults)


@cache
def _editor(schema: Callable[[], dict[str, Any]]) -> Any:  # noqa: ANN401  # of jsonschema's kind
    """Return a validator in which ``$`` means the end, as it does in an editor, and no line's."""

    def ended(node: Plain, *, pattern: bool = False) -> Plain:
        if isinstance(node, dict):
            return {
                (key.replace("$", r"\Z") if pattern else key): ended(
                    value, pattern=key in {"pattern", "patternProperties"}
                )
                for key, value in node.items()
            }
        if isinstance(node, list):
            return [ended(each) for each in node]
        return node.replace("$", r"\Z") if pattern else node

    plain = schema()
    return validator_for(plain)(ended(plain))


# Documents.

HOSTILE: tuple[Plain, ...] = (
    None, True, False, 0, -1, 1, 1.5, -0.0, 5e-324, 1e308, 2**53, float("inf"), float("nan"),
    "", " ", "x" * 501, "a\nb", "\u202e", "\u00ad", "\U000e0041", "\ud7ff", "\ufffd", "é", "yes",
    "null", "~", "1_000", "0x", "<<", "<claim>", "[key]", "[]", "{}", "*a", "&a", "!!str", "%YAML",
    "---", "...", "#", ": ", "- ", "'", '"', "\\", "\t", "2026-02-30", "9999-12-31T23:59:59-23:59",
    "36501d", "1s", "http://", "http://[::1", "http://a@b", "HTTPS://A/", "../../etc/passwd", "vp",
    [], {}, [[]], [{}], {"": 1}, {"<level>": 1}, {"value": True}, {"value": {}}, {"role": "shadow"},
    {"not_applicable": "x", "value": True}, {"every": "5m"},
)  # fmt: skip
"""Values and keys that are put where others belong."""

TOKENS = (
    "\0", "\r", "\n", "\r\n", "\x85", "\u2028", "\ufeff", "\t", " ", "  ", ":", ": ", "- ", "? ",
    "[", "]", "{", "}", ",", "#", " #", "&a ", "*a", "!", "!!int ", "!<x> ", "|", ">", "|2-", "'",
    '"',
    "%YAML 1.1", "%TAG ! x", "---", "...", "<<: ", "@", "`", ".nan", "-.inf", "1e999", "0x", "0o8",
    "\\", '"\\x0"', '"\\ud83d"', "~", "null", "\u202e", "\U000e0001", "é", "😀", "apiVersion: ",
    "kind: ", "spec: ", "declares: ", "extends: ", "x" * 1025, "9" * 200, "\n- - - - ",
)  # fmt: skip
"""Pieces of text that are put anywhere."""

NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,8}", fullmatch=True)
IDS = st.from_regex(r"[a-z][a-z0-9_]{0,4}\.[a-z0-9][a-z0-9_-]{0,4}", fullmatch=True)
OPTIONS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
# Letters of every script, and none of what nobody sees.
TEXTS = st.text(
    st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u3164\uffa0\u2800"
                  "\u115f\u1160\u17b4\u17b5"), min_size=1, max_size=30,
).filter(str.strip)  # fmt: skip
SCALARS = st.one_of(
    st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False),
    TEXTS, st.sampled_from(["", "a\nb", "  x  ", "yes", "1.0", "~"]),
)  # fmt: skip
ROLES = st.sampled_from(["advisory", "required", "blocker"])
MOMENTS = st.one_of(
    st.dates().map(str),
    st.datetimes().map(lambda at: f"{at.isoformat(timespec='seconds')}Z"),
    st.sampled_from(["2026-10-01t08:00:00.123456789z", "2026-10-01 08:00:00+14:00"]),
)
DURATIONS = st.builds("{}{}".format, st.integers(1, 36_500), st.sampled_from(["s", "m", "h", "d"]))
URLS = st.sampled_from(
    ["https://a", "http://a.example:8080/x/", "https://[::1]:1/", "HTTP://A/%20", "https://a:/"]
)


def mapping(required: dict[str, Plain], **optional: st.SearchStrategy[Plain]) -> Plain:
    """Return a strategy of mappings with all *required* keys and some of the *optional* ones."""
    return st.fixed_dictionaries(required, optional=optional)


def claims(value: st.SearchStrategy[Plain]) -> Plain:
    """Return a strategy of declarations: plain, backed, or not applicable."""
    return st.one_of(
        value,
        mapping({"value": value}, evidence=TEXTS, at=MOMENTS),
        mapping({"not_applicable": TEXTS}),
    )


LEVELS = mapping(
    {}, availability_percent=st.floats(1e-9, 100), latency_ms=st.integers(1, 86_400_000)
).filter(bool)
MANIFESTS = mapping(
    {
        "apiVersion": st.just("readiness/v1"),
        "kind": st.just("Service"),
        "metadata": mapping(
            {"name": NAMES},
            owner=TEXTS, tier=st.integers(0, 4), version=TEXTS, description=TEXTS,
        ),
    },
    spec=mapping(
        {},
        profile=NAMES.filter(lambda name: not name.endswith((".yml", ".yaml"))),
        artifact=st.just({"digest": "sha256:" + "0a" * 32}),
        declares=mapping(
            {},
            logging=claims(st.booleans()), backup=claims(st.booleans()),
            sla=claims(st.booleans() | LEVELS),
            test_coverage_percent=claims(st.just(False) | st.floats(0, 100)),
        ),
        environments=st.dictionaries(
            NAMES, mapping({}, base_url=URLS, schedule=mapping({"every": DURATIONS})), max_size=3
        ),
        checks=st.dictionaries(
            IDS,
            st.builds(
                lambda options, role: options | role,
                st.dictionaries(OPTIONS, SCALARS, max_size=3),
                ROLES.map(lambda role: {"role": role}),
            ),
            max_size=3,
        ),
        waivers=st.lists(
            mapping({"check": IDS, "reason": TEXTS, "ticket": TEXTS, "expires_at": MOMENTS}),
            max_size=3,
        ),
    ),
)  # fmt: skip

WEIGHTS = st.integers(1, 1_000_000) | st.floats(1e-300, 1_000_000)
CHECKS = mapping(
    {"category": NAMES, "role": ROLES},
    weight=WEIGHTS,
    when=st.sampled_from(["base_url", "artifact", "environment"]),
    when_unproven=st.sampled_from(["no_go", "conditional"]),
    max_age=DURATIONS,
    undated=st.sampled_from(["allowed", "refused"]),
    not_applicable=st.sampled_from(["allowed", "refused"]),
    options=st.dictionaries(OPTIONS, SCALARS, max_size=2),
)


def _of_its_checks(profile: Plain) -> Plain:
    """Let rules for overrides name no check that the profile does not have."""
    override, checks = profile["spec"].get("override", {}), profile["spec"].get("checks", ())
    for name in override.keys() & {"never", "second_approver"}:
        override[name] = list(checks)[: len(override[name])]
    return profile


PROFILES = mapping(
    {
        "apiVersion": st.just("readiness/v1"),
        "kind": st.just("Profile"),
        "metadata": mapping({"name": NAMES}, description=TEXTS),
        "spec": mapping(
            {
                "thresholds": st.just({"go": 0.9, "conditional": 0.7})
                | st.just({"go": 1, "conditional": 5e-324})
            },
            extends=st.sampled_from(["baseline", "standard", "strict"]),
            minimum_checks=st.integers(3, 100_000),
            fail_budget=st.just(0), warn_budget=st.integers(0, 100_000),
            max_age=DURATIONS, conditions=mapping({}, due_in=DURATIONS),
            categories=st.dictionaries(
                NAMES,
                mapping({}, weight=WEIGHTS, role=ROLES, floor=st.floats(0, 1),
                        minimum_checks=st.integers(0, 100_000)),
                max_size=3,
            ),
            checks=st.dictionaries(IDS, CHECKS, max_size=3).map(
                lambda checks: {**checks, "z.z": {"category": "z", "role": "blocker"}}
            ),
            override=mapping({}, roles=st.lists(NAMES, max_size=2), expires_in=DURATIONS,
                             second_approver=st.lists(IDS, max_size=2),
                             never=st.lists(IDS, max_size=2)),
            waivers=mapping({}, roles=st.lists(NAMES, max_size=2), expires_in=DURATIONS),
        ),
    }
).map(_of_its_checks)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, documents: st.SearchStrategy[Plain]) -> Plain:
    """Draw a document in which some values and keys gave way to hostile ones."""
    document = deepcopy(draw(documents))
    for _ in range(draw(st.integers(1, 3))):
        spots = list(_spots(document))
        parent, step = spots[draw(st.integers(0, len(spots) - 1))]
        hostile = deepcopy(draw(st.sampled_from(HOSTILE)))
        match draw(st.sampled_from(["value", "key", "away", "beside", "deeper"])):
            case "value":
                parent[step] = hostile
            case "away":
                del parent[step]
            case "deeper":
                parent[step] = {"a": parent[step]} if draw(st.booleans()) else [parent[step]]
            case "key" if isinstance(parent, dict):
                parent[str(hostile)] = parent.pop(step)
            case _ if isinstance(parent, dict):
                parent[str(hostile)] = deepcopy(draw(st.sampled_from(HOSTILE)))
            case _:
                parent.append(hostile)
        if not document:
            break
    return document


def _spots(document: Plain) -> Iterable[tuple[Plain, Plain]]:
    """Yield every mapping and list in *document* with every key and index of it."""
    stack = [document]
    while stack:
        parent = stack.pop()
        steps = parent if isinstance(parent, dict) else range(len(parent))
        for step in steps:
            yield parent, step
            if isinstance(parent[step], dict | list):
                stack.append(parent[step])


@st.composite
def spelled(draw: st.DrawFn, documents: st.SearchStrategy[Plain]) -> bytes:
    """Draw a document as JSON, or as YAML in flows or blocks, with any line ends."""
    document = draw(documents)
    if draw(st.booleans()):
        text = json.dumps(
            document, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1]))
        )
    else:
        text = yaml.dump(
            document, Dumper=_Plainly, sort_keys=False,
            default_flow_style=draw(st.sampled_from([None, False, True])),
            allow_unicode=draw(st.booleans()), width=draw(st.sampled_from([20, 1000])),
        )  # fmt: skip
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"])))
    return (draw(st.sampled_from(["", "\ufeff"])) + text).encode("utf-8", "surrogatepass")


class _Plainly(yaml.SafeDumper):
    """Writes what occurs twice twice, and not as an alias."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """Quote what YAML 1.2 takes for a number and PyYAML, which knows 1.1, does not."""
        style = '"' if re.match(r"[-+.0-9]", data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002  # as in PyYAML
        return True


_Plainly.add_representer(str, _Plainly.represent_str)


@st.composite
def scribbled(draw: st.DrawFn, texts: st.SearchStrategy[bytes]) -> bytes:
    """Draw a text over which somebody has scribbled."""
    data = draw(texts)
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted(draw(st.integers(0, len(data))) for _ in range(2))
        token = draw(st.sampled_from(TOKENS)).encode("utf-8", "surrogatepass")
        match draw(st.sampled_from(["insert", "replace", "cut", "again", "byte"])):
            case "insert":
                data = data[:start] + token + data[start:]
            case "replace":
                data = data[:start] + token + data[min(end, start + 8) :]
            case "cut":
                data = data[:start] + data[min(end, start + 20) :]
            case "again":
                data = data[:end] + data[start:end] + data[end:]
            case _:
                data = data[:start] + draw(st.binary(min_size=1, max_size=3)) + data[start:]
    return data


# The tests.

fuzzed = settings(deadline=None, max_examples=200)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for profiles; each example writes over the one before it."""
    return tmp_path_factory.mktemp("profiles")


@fuzzed
@given(spelled(MANIFESTS))
def test_a_good_manifest_loads_however_it_is_spelled(data: bytes) -> None:
    """As JSON or YAML, in blocks or flows, with any line ends: it loads and keeps the law."""
    if b"\\ud8" not in data and b"\\ud9" not in data:  # A pair of halves is JSON's, not YAML's.
        assert law_of_a_manifest(data) is not None, _manifest(data)


@fuzzed
@given(spelled(PROFILES))
def test_a_good_profile_loads_however_it_is_spelled(folder: Path, data: bytes) -> None:
    """As JSON or YAML, in blocks or flows, with any line ends: it loads and keeps the law."""
    if b"\\ud8" not in data and b"\\ud9" not in data:
        assert law_of_a_profile(data, folder) is not None, _profile(data, folder / NAME)


@fuzzed
@given(spelled(mutated(MANIFESTS)))
def test_a_manifest_with_wrong_values_keeps_the_law(data: bytes) -> None:
    """Whatever stands where something else belongs, only clear faults come out."""
    law_of_a_manifest(data)


@fuzzed
@given(spelled(mutated(PROFILES)))
def test_a_profile_with_wrong_values_keeps_the_law(folder: Path, data: bytes) -> None:
    """Whatever stands where something else belongs, only clear faults come out."""
    law_of_a_profile(data, folder)


@fuzzed
@given(scribbled(spelled(MANIFESTS)))
@example(b"\r")
def test_a_manifest_scribbled_over_keeps_the_law(data: bytes) -> None:
    """Whatever happened to the text, only clear faults come out."""
    law_of_a_manifest(data)


@fuzzed
@given(scribbled(spelled(PROFILES)))
def test_a_profile_scribbled_over_keeps_the_law(folder: Path, data: bytes) -> None:
    """Whatever happened to the text, only clear faults come out."""
    law_of_a_profile(data, folder)


@fuzzed
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8")))
def test_any_bytes_keep_the_law(folder: Path, data: bytes) -> None:
    """Bytes that have nothing to do with us are refused like any other."""
    assert law_of_a_manifest(data) is None
    assert law_of_a_profile(data, folder) is None


def seeds(kind: str) -> list[Path]:
    """Return the inputs that are kept: bad ones, and those that reach some code no other does."""
    return [*(CORPUS / f"{kind}s").iterdir(), *(CORPUS / "seeds" / kind).iterdir()]


def test_every_manifest_that_is_kept_keeps_the_law() -> None:
    """What was interesting once is examined again."""
    for path in seeds("manifest"):
        law_of_a_manifest(path.read_bytes())


def test_every_profile_that_is_kept_keeps_the_law(folder: Path) -> None:
    """What was interesting once is examined again."""
    for path in seeds("profile"):
        law_of_a_profile(path.read_bytes(), folder)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["manifest", "profile"])
def test_ten_minutes_of_fuzzing_break_no_law(tmp_path: Path, kind: str) -> None:
    """Five minutes for each kind, guided by coverage, find no input that breaks the law."""
    new = tmp_path / "new"
    new.mkdir()
    flags = [f"-max_total_time={FUZZING_S // 2}", f"-artifact_prefix={tmp_path}/"]

    done = subprocess.run(
        [sys.executable, FUZZER, f"--{kind}", *flags, new, CORPUS / "seeds" / kind],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    told = done.stderr.decode("utf-8", "replace")
    runs = re.search(r"Done (\d+) runs", told)
    broken = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert (done.returncode, broken) == (0, {}), told[-3000:]
    assert runs is not None
    assert int(runs[1]) > FUZZING_S
