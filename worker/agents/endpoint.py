"""Asks a model endpoint for its list of models, for `doctor`. Any HTTP answer shows that it is there.

No key is ever part of what it returns.
"""

from __future__ import annotations

import http.client
import ipaddress
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from shared.settings import ModelProfile

_PATIENCE_S: Final = 5.0
_NO_KEY: Final = frozenset({401, 403})


def ask_for_models(profile: ModelProfile, api_key: str) -> tuple[bool, str]:
    """Return whether GET base_url/models was answered, and a sentence about it."""
    request = urllib.request.Request(  # noqa: S310 - the settings allow only http and https
        f"{profile.base_url.rstrip('/')}/models", headers={"Authorization": f"Bearer {api_key}"} if api_key else {}
    )
    handlers = [urllib.request.ProxyHandler({})] if _private(profile.base_url) else []
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=_PATIENCE_S) as answer:
            return True, f"answers ({answer.status})"
    except urllib.error.HTTPError as error:
        if error.code in _NO_KEY:
            return False, f"refuses the key ({error.code})"
        return True, f"answers ({error.code} to GET /models)"
    except (urllib.error.URLError, OSError, http.client.HTTPException, ValueError) as error:
        return False, f"does not answer: {getattr(error, 'reason', error)}"


def _private(url: str) -> bool:
    """Tell whether a URL's host is on this machine or its own network: never asked through a proxy."""
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local"))
    return address.is_private or address.is_loopback or address.is_link_local
