"""Where a model's endpoint sends what it is given: the sentence that a person must have read. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate  # by this name lupdate finds the texts


def host_of(base_url: str) -> str:
    """Return the host in a URL, '' when there is none."""
    try:
        parts = urlsplit(base_url.strip())
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in ("http", "https") else ""


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine. A name that only might resolve to it is not."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def where_screenshots_go(base_url: str) -> str:
    """Return the sentence about an endpoint; '' while there is no host in it."""
    host = host_of(base_url)
    if not host:
        return ""
    if is_loopback(host):
        return translate("hosts", "Screenshots of your phone stay on this machine.")
    return translate("hosts", "Screenshots of your phone will be sent to %1.").replace("%1", host)


def is_open_wire(base_url: str) -> bool:
    """Tell whether others on the way can read what is sent: plain http to another machine."""
    host = host_of(base_url)
    return bool(host) and base_url.strip().lower().startswith("http:") and not is_loopback(host)
