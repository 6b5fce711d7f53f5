"""What the operator sets, checked and typed; never read from the folder that is judged."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from director.errors import Fault, SettingsError
from director.loading.words import shown
from director.model.text import nearest, printable
from director.model.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from ipaddress import IPv4Network, IPv6Network

    from director.loading.places import Places, Pointer

Network: TypeAlias = "IPv4Network | IPv6Network"
Setting: TypeAlias = str | bool | list[str]
"""What a file may give for a setting; each flag knows which of these it takes."""

BUNDLED = (
    "director-cel",
    "director-declared",
    "director-dns",
    "director-exec",
    "director-http",
    "director-logs",
    "director-slack",
    "director-tcp",
    "director-tls",
)
"""The distributions that are trusted unless the operator says otherwise: our own."""

LOG_FORMATS = ("director", "ecs", "otel")
"""Under whose names log lines can be written; the first are our own."""

DEFAULT_PROFILE = "standard"
"""The profile of a manifest that names none."""

PRESENTATION = frozenset({"color", "format"})
"""What a ``director.yaml`` in the folder that is judged may set."""

OPERATORS = frozenset(
    {
        "access",
        "address_policy",
        "allow_address",
        "allow_port",
        "ca_file",
        "audit_anchor",
        "audit_key",
        "behind_proxy",
        "connections_per_address",
        "definitions",
        "least_profile",
        "listen",
        "lock_file",
        "log",
        "log_format",
        "notifications",
        "online_check",
        "profile",
        "profiles",
        "public_url",
        "secrets",
        "signers",
        "store",
        "tls_certificate",
        "tls_key",
        "trust",
        "trusted_proxy",
    }
)
"""What only the operator sets: by flag, by variable, or in the file of ``--config``."""


SERVERS = ("postgresql://", "postgres://")
"""How the address of a record on a server begins."""


@dataclass(frozen=True, slots=True)
class Server:
    """A database on a server; as a text it has no secrets.

    Attributes:
        dsn: Where, as libpq has it; it may have a password.
    """

    dsn: str = field(repr=False)

    def __str__(self) -> str:
        _, _, rest = self.dsn.partition("://")
        where, _, options = rest.partition("?")
        host, _, name = where.rpartition("@")[2].partition("/")
        asked = [option for option in options.split("&") if option.startswith("host=")]
        return f"postgresql://{host or ''.join(asked).removeprefix('host=')}/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decides for one run.

    Attributes:
        store: The database, a file or on a server; None for a run that records nothing.
        log: Where log lines go: ``stderr``, ``off``, or a file.
        log_format: Under whose names log lines are written: one of ``LOG_FORMATS``.
        address_policy: ``internal`` or ``public_only``.
        allow_addresses: Ranges that the policy shall not deny.
        allow_ports: Ports, first and last, at which HTTP may be spoken whatever lives there.
        ca_file: Certificate authorities that probes trust besides the system's, in PEM; None for
            none.
        trust: Distributions whose plugins may run in this process.
        definitions: Files that define checks without Python.
        profile_folders: Where profiles are looked up by name, before the installed ones.
        least_profile: The least strict profile allowed: itself and what extends it; None for
            any.
        lock_file: The file that says which checks must answer, and from which plugins; None for
            the one beside each manifest, where there is one.
        audit_key: The file of the key that signs the audit log; None for the usual place.
        audit_anchor: The file elsewhere that checkpoints are appended to; None for none.
        signers: The file that says whose key is whose; None where no signature proves anything.
        secrets: The file that registers what probes may send, and to whom; None for nothing.
        notifications: The file that says who is told what; None for nobody.
    """

    store: Path | Server | None
    log: str = "off"
    log_format: str = LOG_FORMATS[0]
    address_policy: str = "internal"
    allow_addresses: tuple[Network, ...] = ()
    allow_ports: tuple[tuple[int, int], ...] = ()
    ca_file: Path | None = None
    trust: frozenset[str] = frozenset(BUNDLED)
    definitions: tuple[Path, ...] = ()
    profile_folders: tuple[Path, ...] = ()
    least_profile: str | None = None
    signers: Path | None = None
    secrets: Path | None = None
    notifications: Path | None = None
    lock_file: Path | None = None
    audit_key: Path | None = None
    audit_anchor: Path | None = None


def networks(texts: tuple[str, ...], source: str) -> tuple[Network, ...]:
    """Return *texts* as address ranges.

    Raises:
        SettingsError: One of them is not a range such as ``127.0.0.0/8``; all are named.
    """
    from ipaddress import ip_network  # noqa: PLC0415  # only where a range is given

    faults, ranges = [], []
    for text in texts:
        try:
            ranges.append(ip_network(text))
        except ValueError as error:
            why = printable(str(error).replace(repr(text), "it"))
            problem = f"must be an address range, got {shown(text)}: {why}"
            faults.append(Fault(source, 0, 0, problem))
    if faults:
        from director.loading.shape import refusal  # noqa: PLC0415  # pydantic is slow

        raise refusal(SettingsError, faults)
    return tuple(ranges)


@dataclass(frozen=True, slots=True)
class Config:
    """What a file sets, and where.

    Attributes:
        source: The file, as faults name it.
        values: Names of flags with underscores, and their values.
    """

    source: str
    values: Mapping[str, Setting]
    _places: Places = field(repr=False)

    def fault(self, name: str, problem: str) -> Fault:
        """Return a fault placed at the value of the setting *name*."""
        return self._places.fault((name,), problem)


def read_config(path: Path, allowed: frozenset[str]) -> Config:
    """Return what the YAML file *path* sets.

    Raises:
        SettingsError: The file cannot be read, or sets something that is not *allowed* there;
            everything is named at once.
    """
    from director.loading.source import read_source  # noqa: PLC0415  # YAML only if there is one
    from director.loading.tree import grow  # noqa: PLC0415

    tree = grow(read_source(path, SettingsError))
    faults = list(tree.faults)
    values: dict[str, Setting] = {}
    written = tree.value if isinstance(tree.value, dict) else {}
    if not isinstance(tree.value, dict) and not faults:
        faults.append(tree.places.fault((), "must be a mapping of settings to values"))
    for name, value in written.items():
        if name not in allowed:
            faults.append(tree.places.fault((name,), _unknown(name, allowed), at_key=True))
        elif _is_setting(value):
            values[name] = value
        else:
            wrong = _wrong((name,), value)
            faults += [tree.places.fault(*each) for each in wrong if each[0] not in tree.broken]
    if faults:
        from director.loading.shape import refusal  # noqa: PLC0415  # pydantic is slow

        raise refusal(SettingsError, faults)
    return Config(tree.places.source, values, tree.places)


def _wrong(pointer: Pointer, value: object) -> Iterator[tuple[Pointer, str]]:
    """Yield the way to each part of *value* that keeps it from being a setting, and why."""
    if not isinstance(value, list):
        yield pointer, f"must be a text, true, false or a list of texts, got {shown(value)}"
        return
    for index, each in enumerate(value):
        if not isinstance(each, str):
            yield (*pointer, index), f"must be a text, got {shown(each)}: put it in quotes"


def _is_setting(value: object) -> TypeGuard[Setting]:
    if isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, str | bool)


def _unknown(name: str, allowed: frozenset[str]) -> str:
    if name in OPERATORS and name not in allowed:
        flag = name.replace("_", "-")
        return (
            f"must be a matter of presentation ({', '.join(sorted(allowed))}); {shown(name)} is the"
            f" operator's to set: --{flag}, DIRECTOR_{name.upper()} or the file of --config"
        )
    close = nearest(name, allowed)
    hint = f"did you mean {close!r}?" if close else f"known are {', '.join(sorted(allowed))}"
    return f"unknown setting {shown(name)}, {hint}"
