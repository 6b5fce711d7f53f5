"""Definitions files: checks that an operator defines without writing Python."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from director.errors import Fault, InputError, SettingsError
from director.loading.catalog import Installed
from director.loading.definitions import Definitions, read_definitions
from director.loading.schema import definitions_schema
from director.model.catalog import Catalog, Disposition, Plugin
from director.model.check import Effort, Role
from director.model.definition import Definition, DefinitionError, Flaw

HEAD = "apiVersion: readiness/v1\nkind: Definitions\nchecks:\n"
FINE = """\
  exec.ssh:
    title: Takes SSH connections
    category: operations
    why: Nobody can log in.
    remedy: Start sshd.
    effort: low
    role: required
    deadline_s: 2.5
    command: [check_ssh, -H, $host$]
    more: {deep: [1, {two: true}]}
"""


@pytest.fixture
def write(tmp_path: Path) -> Path:
    """A file that only its owner can write."""
    file = tmp_path / "d.yaml"
    file.touch(0o600)
    return file


def told_of(*paths: Path) -> list[str]:
    """Return what is wrong with the files, without their folders."""
    with pytest.raises(SettingsError) as caught:
        read_definitions(paths)
    return [str(fault).replace(f"{paths[0].parent}/", "") for fault in caught.value.faults]


def test_a_definition_is_read(write: Path) -> None:
    """What every check has becomes its spec; the rest is left to the plugin, and frozen."""
    write.write_text(HEAD + FINE)

    (each,) = read_definitions([write]).values

    assert each.id == "exec.ssh"
    assert (each.spec.title, each.spec.effort, each.spec.role, each.spec.deadline_s) == (
        "Takes SSH connections",
        Effort.LOW,
        Role.REQUIRED,
        2.5,
    )
    assert each.body["command"] == ("check_ssh", "-H", "$host$")
    assert each.body["more"]["deep"][1]["two"] is True
    assert set(each.body) == {"command", "more"}
    with pytest.raises(TypeError):
        each.body["more"]["deep"][1]["two"] = False


def test_the_digest_is_of_what_is_meant(write: Path) -> None:
    """Order and form make no difference to the digest; a changed value does."""
    write.write_text(HEAD + FINE)
    (first,) = read_definitions([write]).values
    lines = FINE.splitlines()
    write.write_text(HEAD + "\n".join([lines[0], *reversed(lines[1:])]) + "\n# that is all\n")
    (same,) = read_definitions([write]).values
    write.write_text(HEAD + FINE.replace("-H", "-4"))
    (other,) = read_definitions([write]).values

    assert first.digest == same.digest
    assert first.digest != other.digest


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("title: Takes SSH", "titel: Takes SSH", "d.yaml:4:3: must have the key 'title'"),
        ("effort: low", "effort: none", "d.yaml:9:13: must be one of"),
        ("2.5", "0", "d.yaml:11:17: must be a number of seconds over 0 and at most 3600, got 0"),
        ("2.5", "true", "d.yaml:11:17: must be a number of seconds"),
        ("[1, {two: true}]", "", "d.yaml:13:18: must have a value, got nothing"),
        ("exec.ssh", "ssh", "d.yaml:4:3: must be a check id such as 'http.health', got 'ssh'"),
        ("kind: Definitions", "kind: Checks", "d.yaml:2:7: must be Definitions, got 'Checks'"),
    ],
)
def test_a_fault_is_placed(write: Path, old: str, new: str, fault: str) -> None:
    """What is wrong is said where it was written."""
    write.write_text((HEAD + FINE).replace(old, new))

    assert any(each.startswith(fault) for each in told_of(write)), told_of(write)


def test_all_faults_come_at_once(write: Path) -> None:
    """Somebody mends a file in one go."""
    text = FINE.replace("2.5", "-1").replace("effort: low", "effort: 7").replace("why", "what")
    write.write_text(HEAD + text)

    assert len(told_of(write)) == 3


def test_one_id_is_defined_once(write: Path, tmp_path: Path) -> None:
    """Two files with one id are a fault of the second, which names the first."""
    other = tmp_path / "e.yaml"
    write.write_text(HEAD + FINE)
    other.touch(0o600)
    other.write_text(HEAD + FINE)

    (fault,) = told_of(write, other)
    assert fault.startswith("e.yaml:4:3: must be defined once, got 'exec.ssh' in ")
    assert fault.endswith("d.yaml:4 as well")


def test_nobody_else_may_write_it(write: Path) -> None:
    """What is defined is run: a file that others can change is refused."""
    write.write_text(HEAD + FINE)
    write.chmod(0o666)

    (fault,) = told_of(write)
    assert "others" in fault or "write" in fault


def told(defined: Definitions, installed: Installed) -> list[str]:
    """Return the faults of definitions that did not become checks."""
    with pytest.raises(InputError) as caught:
        defined.demand_taken(installed)
    return [f"{fault.line}:{fault.column}: {fault.problem}" for fault in caught.value.faults]


def test_a_definition_that_nobody_took_is_a_fault(write: Path) -> None:
    """A check that was defined never silently fails to exist."""
    write.write_text(HEAD + FINE)
    defined = read_definitions([write])
    plugin = Plugin(name="exec", distribution="d", version="1")
    broken = Plugin(
        name="exec",
        distribution="d",
        version="1",
        disposition=Disposition.REFUSED,
        code="untrusted",
        detail="refused",
    )
    near = Plugin(name="exac", distribution="d", version="1")

    assert told(defined, Installed(Catalog((plugin,)), {})) == [
        "4:3: must begin with a plugin that takes definitions, 'exec' takes none"
    ]
    assert told(defined, Installed(Catalog((broken,)), {})) == [
        "4:3: must begin with a plugin that is loaded, 'exec' is refused: refused"
    ]
    assert told(defined, Installed(Catalog((near,)), {})) == [
        "4:3: must begin with a plugin that is installed, got 'exec', did you mean 'exac'?"
    ]
    defined.demand_taken(Installed(Catalog((plugin,)), {}, defined=frozenset({"exec.ssh"})))


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("a + b", 4, "5:12"),
        ("'a + b'", 4, "5:13"),
        ('"a + b"', 4, "5:13"),
        ("'it''s b'", 5, "5:8"),
        ("|\n      a +\n      b", 4, "7:7"),
        ("|\n\n      a +\n       b", 6, "8:8"),
        (">\n      a +\n      b", 4, "5:8"),
        ("a + b", None, "5:8"),
        ("a + b", 400, "5:8"),
    ],
)
def test_a_flaw_is_placed_to_the_character(
    write: Path, text: str, offset: int | None, place: str
) -> None:
    """A plugin that knows which character is wrong is believed, where YAML lets it be found."""
    keys = "\n".join(f"    {key}: text" for key in ("title", "category", "why", "remedy"))
    write.write_text(f"{HEAD}  exec.a:\n    x: {text}\n{keys}\n")
    installed = Installed(Catalog(), {}, flaws=(Flaw("exec.a", ("x",), "must be good", offset),))

    assert told(read_definitions([write]), installed) == [f"{place}: must be good"]


def test_a_stranger_among_the_keys_is_named(write: Path) -> None:
    """A key that the plugin does not know is a flaw, with the one that was meant."""
    write.write_text(HEAD + FINE.replace("more:", "comand:"))
    (each,) = read_definitions([write]).values

    (flaw,) = each.strangers(["command"])

    assert flaw == Flaw(
        "exec.ssh", ("comand",), "unknown key 'comand', did you mean 'command'?", at_key=True
    )
    assert "exec.ssh: unknown key 'comand'" in str(DefinitionError(flaw))


def test_an_editor_takes_what_we_take() -> None:
    """The schema takes a good file with the keys of any plugin, and no misspelled head."""
    validator = Draft7Validator(definitions_schema())

    assert validator.is_valid(yaml.safe_load(HEAD + FINE))
    assert not validator.is_valid(yaml.safe_load(HEAD + FINE.replace("effort: low", "effort: 7")))
    assert not validator.is_valid(yaml.safe_load(HEAD.replace("kind", "knd") + FINE))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    at=st.integers(0, len(HEAD + FINE)),
    length=st.integers(0, 40),
    put=st.text(max_size=20) | st.sampled_from(["{", "[", "- ", ": ", "|", "&a", "*a", "!!x"]),
)
def test_whatever_is_written_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, at: int, length: int, put: str
) -> None:
    """Nothing comes out of a spoilt file but definitions, or faults that stand in it."""
    text = (HEAD + FINE)[:at] + put + (HEAD + FINE)[at + length :]
    path = tmp_path_factory.getbasetemp() / "spoilt.yaml"
    path.touch(0o600)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))

    faults: tuple[Fault, ...] = ()
    found: tuple[Definition, ...] = ()
    try:
        found = read_definitions([path]).values
    except SettingsError as error:
        faults = error.faults

    assert bool(faults) or all(each.spec.title and each.digest for each in found)
    assert all(fault.source == str(path) for fault in faults)
