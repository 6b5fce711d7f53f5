"""From the operator's notifications file to who is told what, with the keys that sign it."""

from __future__ import annotations

import base64
import binascii
import os
from typing import TYPE_CHECKING

from director.errors import Fault, SettingsError
from director.loading.notifications_document import NotificationsDocument, fault_of_url
from director.loading.shape import refusal, shaped
from director.loading.signers import unsafe
from director.loading.source import read_source
from director.loading.tree import grow
from director.loading.words import shown
from director.model.receiver import Receiver
from director.model.text import named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from director.loading.notifications_document import ReceiverDocument, SecretSourceDocument
    from director.loading.places import Places, Pointer

PREFIX = "whsec_"
"""How a secret of Standard Webhooks begins."""
FEWEST_BYTES, MOST_BYTES = 24, 64


class Notified:
    """Who is told, and what must not be seen of it.

    Args:
        receivers: Who is told, sorted by name.
        values: The secrets as they were found, for whoever masks them.
    """

    def __init__(self, receivers: tuple[Receiver, ...], values: tuple[str, ...]) -> None:
        self.receivers = receivers
        self.values = values


def read_notifications(path: Path, environ: Mapping[str, str] | None = None) -> Notified:
    """Return who is told by the notifications file *path*.

    Args:
        path: The file; those that it names are looked for beside it.
        environ: The environment; that of this process by default.

    Raises:
        SettingsError: It cannot be used, others could change it, or a secret is not there or is
            none; all its faults, each where it was written and none with a value.
    """
    tree = grow(read_source(path, SettingsError))
    faults = list(tree.faults)
    if problem := unsafe(path):
        faults.append(Fault(named(path), 0, 0, problem))
    document = shaped(NotificationsDocument, tree.value, tree.places, tree.broken)
    if isinstance(document, list):
        raise refusal(SettingsError, [*faults, *document])
    reader = _Reader(path, tree.places, os.environ if environ is None else environ)
    receivers = [
        reader.receiver(name, each) for name, each in sorted(document.spec.receivers.items())
    ]
    if faults := faults + reader.faults:
        raise refusal(SettingsError, faults)
    return Notified(tuple(receivers), tuple(dict.fromkeys(reader.values)))


class _Reader:
    """Looks up what the file refers to, and collects what is wrong."""

    def __init__(self, path: Path, places: Places, environ: Mapping[str, str]) -> None:
        self._path = path
        self._places = places
        self._environ = environ
        self.faults: list[Fault] = []
        self.values: list[str] = []

    def receiver(self, name: str, document: ReceiverDocument) -> Receiver:
        """Return one receiver; where it has faults, it is of no use."""
        place: Pointer = ("spec", "receivers", name)
        keys = [
            self._key((*place, "secrets", index), source)
            for index, source in enumerate(document.secrets)
        ]
        return Receiver(
            name=name,
            url=self._url(place, document),
            keys=tuple(dict.fromkeys(keys)),
            events=tuple(dict.fromkeys(document.events)),
            services=tuple(document.services),
            environments=tuple(document.environments),
            owners=tuple(document.owners),
            tiers=tuple(document.tiers),
        )

    def _url(self, place: Pointer, document: ReceiverDocument) -> str:
        if (document.url is None) == (document.url_from is None):
            self._wrong(place, "must have either url or url_from")
            return ""
        url = document.url or ""
        if document.url_from is not None:
            place = (*place, "url_from")
            url = self._value(place, document.url_from)
            if not url:
                return ""
            if problem := fault_of_url(url):
                self._wrong(place, problem)
                return ""
        if url.startswith("http://") and not document.plaintext:
            self._wrong(place, "must be https, or have plaintext: true, as anybody can read http")
        return url

    def _key(self, place: Pointer, source: SecretSourceDocument) -> bytes:
        value = self._value(place, source)
        if not value:
            return b""
        try:
            key = base64.b64decode(value.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not value.startswith(PREFIX) or not FEWEST_BYTES <= len(key) <= MOST_BYTES:
            problem = f"must be {PREFIX} and base64 of {FEWEST_BYTES} to {MOST_BYTES} bytes"
            self._wrong(place, f"{problem}, got something else, which is not shown")
        return key

    def _value(self, place: Pointer, source: SecretSourceDocument) -> str:
        """Return the secret that *source* names; empty where there is none."""
        if (source.env is None) == (source.file is None):
            self._wrong(place, "must have either env or file")
            return ""
        value, problem = self._variable(str(source.env)) if source.env else self._file(source)
        if problem:
            self._wrong(place, problem)
        if value:
            self.values.append(value)
        return value

    def _variable(self, name: str) -> tuple[str, str]:
        value = self._environ.get(name, "")
        return value, "" if value else f"the variable {name} is not set, or is empty"

    def _file(self, source: SecretSourceDocument) -> tuple[str, str]:
        file = self._path.parent / str(source.file)
        if not file.exists():
            return "", f"there is no file {shown(str(source.file))}"
        if problem := unsafe(file):
            return "", f"{problem}: {named(file)}"
        value = read_source(file, SettingsError).data.decode("utf-8", errors="replace").strip()
        return value, "" if value else f"must not be empty: {named(file)}"

    def _wrong(self, place: Pointer, problem: str) -> None:
        self.faults.append(self._places.fault(place, problem))
