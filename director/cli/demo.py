"""director demo: evaluate a sample service that runs on this machine."""

from __future__ import annotations

import os
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from director.cli.batch import Job, evaluate_all
from director.cli.exits import Exit
from director.cli.gate import Gate
from director.cli.options import color_option
from director.cli.output import Wanted
from director.cli.runner import Interruption, run
from director.loading.profile import builtin_folder
from director.loading.settings import Settings
from director.service.desk import Wishes
from director.testing import DemoService

_SAMPLE = "payment-service.yaml"
_ITS_URL = "https://pay.example.com"
_LOOPBACK = ip_network("127.0.0.0/8")


@click.command(short_help="Evaluate a sample service that runs on this machine.")
@color_option
def command(*, color: bool | None) -> int:
    """Start a sample service on loopback, evaluate the payment service against it, and say what
    to type next.

    Nothing is left behind: the record goes to a temporary folder.
    """  # noqa: D205  # the first sentence needs two lines, and click shows it whole
    sample = (builtin_folder().parent / "services" / _SAMPLE).resolve()
    code = run(lambda interruption: _demo(sample, color, interruption))
    if code == Exit.OPEN:
        click.echo("\n".join(("", *_next(sample))))
    return code


async def _demo(sample: Path, color: bool | None, interruption: Interruption) -> int:
    # The folder is made where a signal is heard, so that nothing is left behind.
    with TemporaryDirectory(prefix="director-demo-") as name:
        folder = Path(name)
        async with DemoService.healthy() as service:
            manifest = _manifest(sample, folder, service.base_url)
            click.echo(f"A sample payment service answers on {service.base_url}; may it go live?\n")
            settings = Settings(store=folder / "director.db", allow_addresses=(_LOOPBACK,))
            job = Job(
                paths=(manifest,),
                wishes=Wishes(settings, profile="standard"),
                wanted=(Wanted("text"),),
                gate=Gate(),
                color=color,
            )
            return await evaluate_all(job, interruption)


def _manifest(sample: Path, folder: Path, base_url: str) -> Path:
    """Write the sample's manifest into *folder*, with the address it really answers on."""
    manifest = folder / "readiness.yaml"
    text = sample.read_text(encoding="utf-8").replace(_ITS_URL, base_url)
    manifest.write_text(text, encoding="utf-8")
    return manifest


def _next(sample: Path) -> tuple[str, ...]:
    here = os.path.relpath(sample)
    path = here if len(here) < len(str(sample)) else str(sample)
    return (
        "What to type next:",
        f"  cp {path} readiness.yaml        # then write down what is true of your service",
        "  director validate                 # is it well-formed?",
        "  director evaluate                 # may it go to production?",
        "  director explain payment-service  # why did it get its last decision?",
        "  director checks show http.health  # what is a check for?",
    )
