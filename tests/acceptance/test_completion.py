"""director completion, driven by the shells themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BESIDE = Path(sys.executable).parent
SHELLS = ("bash", "zsh", "fish")
DRIVEN = [pytest.param(shell, marks=pytest.mark.needs(shell)) for shell in SHELLS]
"""Each shell; one that is not installed is left out with a word, but never in CI."""

HEAVY = {"aiohttp", "sqlalchemy", "alembic", "structlog"}
"""What completing never needs."""

PREPARED = {
    "bash": ("bash", "--norc", "--noprofile", "-i"),
    "zsh": ("zsh", "-f", "-i"),
}
SOURCED = {
    "bash": "source <(director completion bash)",
    "zsh": "autoload -U compinit; compinit -u -D; source <(director completion zsh)",
}

COMPLETED = [
    ("director ev", "director evaluate"),
    ("director evaluate --address-p", "director evaluate --address-policy"),
    ("director evaluate --address-policy pub", "director evaluate --address-policy public_only"),
    ("director evaluate --profile sta", "director evaluate --profile standard"),
    ("director evaluate --profile=sta", "director evaluate --profile=standard"),
    ("director checks sh", "director checks show"),
    ("director checks show http.healt", "director checks show http.health"),
    ("director profiles show stri", "director profiles show strict"),
    ("director schema man", "director schema manifest"),
    ("director completion zs", "director completion zsh"),
    ("director init --declare loa", "director init --declare load_test="),
    ("director validate my-man", "director validate my-manifest.yaml"),
    ("director evaluate --profile=my-pro", "director evaluate --profile=my-profile.yaml"),
    ("director validate --profiles my-fol", "director validate --profiles my-folder/"),
]


@pytest.fixture
def paths(home: Path) -> dict[str, str]:
    """A folder with something in it, and variables that find the command."""
    (home / "my-manifest.yaml").write_text("")
    (home / "my-profile.yaml").write_text("")
    (home / "my-folder").mkdir()
    return {"PATH": f"{BESIDE}:{os.environ['PATH']}"}


@pytest.mark.parametrize("shell", DRIVEN[:2])
async def test_shells_complete_what_is_typed(terminal, paths: dict[str, str], shell: str) -> None:
    """Commands, options, their values, profiles, checks, files and folders are completed."""
    screen = await terminal(*PREPARED[shell], variables={**paths, "PS1": "", "COLUMNS": "400"})
    screen.type(f"stty cols 400; {SOURCED[shell]}; echo rea''dy\r")
    await screen.see("ready")

    for typed, expected in COMPLETED:
        # The line is not run but shown: Home, then echo and a quote; End, and the other quote.
        screen.type(f"{typed}\t\x01echo '<\x05>'\r")
        shown = await screen.see(r"[\r\n]<([^>]*)>\r\n")
        # A blank or slash after what is complete, some shells take back.
        assert shown[1].rstrip(" /") == expected.rstrip("/")


@pytest.mark.parametrize("shell", DRIVEN[2:])
def test_fish_completes_what_is_typed(home: Path, environment, paths, shell: str) -> None:
    """The same in fish, which tells its candidates when asked."""
    asked = "; ".join(f"echo '<'; complete -C '{typed}'" for typed, _ in COMPLETED)
    ran = subprocess.run(
        [shell, "--no-config", "-c", f"director completion fish | source; {asked}"],
        cwd=home, env={**environment, **paths}, capture_output=True, text=True, check=True,
    )  # fmt: skip

    answers = ran.stdout.split("<\n")[1:]
    for (typed, expected), answer in zip(COMPLETED, answers, strict=True):
        found = [line.partition("\t")[0] for line in answer.splitlines()]
        assert found == [expected.rpartition(" ")[2]], typed


@pytest.mark.parametrize("shell", DRIVEN)
def test_scripts_are_well_formed(environment, home: Path, shell: str) -> None:
    """Each shell reads its script without complaint, and without running the command."""
    script = subprocess.run(
        [BESIDE / "director", "completion", shell], capture_output=True, text=True, check=True
    ).stdout
    (home / "script").write_text(script)

    ran = subprocess.run(
        [shell, "-n", "script"], cwd=home, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.parametrize("shell", SHELLS)
async def test_help_says_how_to_install(director, shell: str) -> None:
    """For each shell there is a line that can be typed as it is."""
    ran = await director("completion", "--help")

    assert f"\n  {shell}:" in ran.stdout
    assert f"director completion {shell} > " in ran.stdout


async def test_an_unknown_shell_is_a_usage_error(director) -> None:
    """What cannot be completed says so, and which shells can."""
    unknown = await director("completion", "tcsh")
    more = await director("completion", "bash", "evaluate")

    assert (unknown.exit, more.exit) == (2, 2)
    assert "'fish'" in unknown.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("",), ("bogus", ""), ("evaluate", "--bogus", ""), ("evaluate", "--profiles", "/nowhere"),
        ("--version", ""), ("checks", "show", "nothing."), ("evaluate", "--config", "no.yaml", ""),
        ("schema", "nothing", ""), ("evaluate", "--profile", "\udce4"), ("--", ""), (),
    ],
    ids=str,
)  # fmt: skip
async def test_completing_never_complains(director, words: tuple[str, ...]) -> None:
    """Whatever stands on the line, the answer is candidates or none, and exit 0."""
    ran = await director("completion", "bash", "--answer", "--", *words)

    assert (ran.exit, ran.stderr) == (0, "")


def test_completing_reads_nothing_of_the_folder(home: Path) -> None:
    """A ``director.yaml`` nearby, which may be anything, is no matter of completion."""
    (home / "director.yaml").write_text("format: json\n")
    code = (
        "import sys\nfrom director.cli.main import main\n"
        "sys.argv = 'director completion bash --answer -- evaluate --address-policy'.split()\n"
        "sys.argv.append('')\n"
        "told = lambda event, what: event == 'open' and print(what[0], file=sys.stderr)\n"
        "sys.addaudithook(told)\nmain()\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=home, capture_output=True, text=True, check=True
    )

    assert ran.stdout == "plain\tinternal\t\nplain\tpublic_only\t\n"
    assert "/" in ran.stderr
    assert "director.yaml" not in ran.stderr


@pytest.mark.parametrize("instruction", ["bash_source", "bash_complete", "zsh_complete", "1"])
async def test_a_variable_opens_no_gate(director, write, instruction: str) -> None:
    """What turns other commands into an answer for a shell never makes this one exit 0."""
    path = write("svc", {})

    ran = await director(
        "evaluate", path, "--profile", "baseline",
        variables={"_DIRECTOR_COMPLETE": instruction, "COMP_WORDS": "director", "COMP_CWORD": "0"},
    )  # fmt: skip

    assert ran.exit != 0


@pytest.mark.parametrize(
    ("words", "more"),
    [
        (("ev",), {"pydantic", "yaml", "asyncio", "pluggy"}),
        (("evaluate", "--"), {"pydantic", "yaml", "asyncio", "pluggy"}),
        (("validate", "--"), {"pydantic", "yaml"}),
        (("plan", "--"), {"pydantic", "yaml"}),
        (("report", "--"), {"pydantic", "yaml"}),
        (("explain", "--"), {"pydantic", "yaml"}),
        (("doctor", "--"), {"pydantic", "yaml"}),
        (("init", "--"), set()),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_completing_imports_nothing_heavy(words: tuple[str, ...], more: set[str]) -> None:
    """A key that is pressed does not wait for what only an evaluation needs."""
    code = (
        "import sys\nfrom director.cli.main import main\n"
        f"sys.argv = ['director', 'completion', 'bash', '--answer', '--', *{words}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "plain" in ran.stdout
    assert not (HEAVY | more) & set(ran.stderr.split())
