"""Is this the way to a login?"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from director.plugin import Reply

# Compiled where they are first used: most runs ask for no page.
_LOGIN = (
    r"(?:^|[/._-])(?:log[-_]?in|log[-_]?on|sign[-_]?in|sign[-_]?on|sso|saml2?|oauth2?|oidc|openid|authorize"
    r"|authenticate|auth|idp|adfs|sessions?/new)(?:$|[/._-])"
)
_PASSWORD = rb"<input\b[^<>]{0,1000}\btype\s*=\s*[\"']?password\b"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def is_redirect(reply: Reply) -> bool:
    """Whether *reply* sends the reader to another page."""
    return reply.status in _REDIRECTS


def destination(reply: Reply) -> str:
    """Return where a redirect leads, as an absolute URL; empty where it does not say."""
    location = reply.header("location")
    if not location:
        return ""
    try:
        return urljoin(reply.url, location)
    except ValueError:
        return ""


def is_login_url(url: str) -> bool:
    """Whether host or path of *url* have a word of logins in them.

    >>> is_login_url("https://id.example.com/oauth2/authorize"), is_login_url("https://a.test/blog")
    (True, False)
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(re.search(_LOGIN, f"{parts.hostname or ''}/{parts.path}", re.IGNORECASE))


def has_password_field(reply: Reply) -> bool:
    """Whether the page asks for a password."""
    return re.search(_PASSWORD, reply.body, re.IGNORECASE) is not None
