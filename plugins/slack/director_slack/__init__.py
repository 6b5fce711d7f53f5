"""Decisions that changed, as messages in Slack.

The operator switches it on with ``DIRECTOR_SLACK_WEBHOOK_URL``, or with
``DIRECTOR_SLACK_WEBHOOK_URL_FILE``, the file that holds the URL; without them it offers nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from director.plugin import Sink, hookimpl


@hookimpl
def director_sinks() -> Iterable[Sink]:
    """Offer one sink if the operator wants messages."""
    if not any(name in os.environ for name in _SWITCHES):
        return ()
    from director_slack.settings import settings_of  # noqa: PLC0415  # most runs want none
    from director_slack.sink import SlackSink  # noqa: PLC0415

    return (SlackSink(settings_of(os.environ)),)


_SWITCHES = ("DIRECTOR_SLACK_WEBHOOK_URL", "DIRECTOR_SLACK_WEBHOOK_URL_FILE")
