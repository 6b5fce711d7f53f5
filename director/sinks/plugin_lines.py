"""What the log says about plugins: those that do not load, what they print, how they end."""

from __future__ import annotations

from typing import TypeAlias

from director.model.catalog import Plugin
from director.model.event import PluginLoadFailed, PluginOutput, WorkerEnded

Value: TypeAlias = str | int | float | bool | list[str]
Said: TypeAlias = tuple[str, str, dict[str, Value]]
"""The level, the message and the fields of a line."""

_PHASES = {
    "unreadable_metadata": "discovery",
    "untrusted": "admission",
    "bad_name": "admission",
    "duplicate_plugin": "admission",
    "import_failed": "import",
    "incompatible": "handshake",
    "load_deadline": "import",
    "unknown_hook": "handshake",
}


def about_plugin(event: PluginLoadFailed | PluginOutput | WorkerEnded) -> Said:
    """Return what the log says about a plugin."""
    match event:
        case PluginLoadFailed(plugin=plugin):
            return _plugin(plugin)
        case PluginOutput():
            return _output(event)
        case WorkerEnded():
            return _worker(event)


def _plugin(plugin: Plugin) -> Said:
    name = _name(plugin)
    fields: dict[str, Value] = {
        "director.plugin.name": name,
        "director.plugin.version": plugin.version,
        "director.plugin.phase": _PHASES.get(plugin.code, "offer"),
        "director.plugin.disposition": plugin.disposition.value,
        "director.plugin.reason": plugin.code,
        "error.type": plugin.code or "load_failed",
        "error.message": plugin.detail,
    }
    said = f"plugin {name} is {plugin.disposition.value}: {plugin.code or 'load_failed'}"
    return ("error", said, fields)


def _output(event: PluginOutput) -> Said:
    name = _name(event.plugin)
    fields: dict[str, Value] = {
        "director.plugin.name": name,
        "director.plugin.version": event.plugin.version,
        "director.plugin.stream": event.stream,
        "director.plugin.output": event.text,
    }
    if event.lost_bytes:
        fields["director.plugin.lost_bytes"] = event.lost_bytes
    return ("info", f"plugin {name} wrote to {event.stream}", fields)


def _worker(event: WorkerEnded) -> Said:
    name = _name(event.plugin)
    fields: dict[str, Value] = {
        "director.plugin.name": name,
        "director.plugin.version": event.plugin.version,
        "director.plugin.reason": event.code,
        "director.plugin.orphans_killed": event.orphans,
        "error.type": event.code,
        "error.message": event.detail,
    }
    said = f"the process of plugin {name} ended: {event.detail}"
    return ("warning" if event.code == "closed" else "error", said, fields)


def _name(plugin: Plugin) -> str:
    return plugin.distribution or plugin.name
