"""The proxy that the process environment names: HTTPS_PROXY, ALL_PROXY, NO_PROXY.

Only the environment of the process decides, never a project. As in most clients, a lower-case
variable counts before its upper-case twin, and what is on the loopback interface is never reached
through a proxy. Plain http is allowed on the loopback interface alone, so HTTP_PROXY is not used.
"""

import base64
import os
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from ..errors import ConfigError

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_NAMES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_PORT = 80  # of a proxy whose URL names none


class Proxy(NamedTuple):
    """An HTTP proxy that connects by CONNECT. Never printed with its credentials."""

    variable: str  # that names it
    host: str
    port: int
    authorization: str  # the value of Proxy-Authorization, or ""

    def __repr__(self) -> str:
        return f"Proxy({self.variable})"


def proxy_for(host: str, port: int, environ: Mapping[str, str] | None = None) -> Proxy | None:
    """The proxy through which a host is reached over https; None where it is reached directly.

    Raises:
        ConfigError: The variable names no HTTP proxy.
    """
    environ = os.environ if environ is None else environ
    if host in LOOPBACK:
        return None
    variable = next((name for name in _NAMES if environ.get(name, "").strip()), None)
    if variable is None or _is_excepted(host, port, environ):
        return None
    return _parsed(variable, environ[variable].strip())


def _parsed(variable: str, text: str) -> Proxy:
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        name, port = parts.hostname, parts.port
        credentials = [unquote(part or "") for part in (parts.username, parts.password)]
    except ValueError:
        name = None
    if not name or not _HOST.fullmatch(name) or not text.isprintable():
        # The text is not shown: it may hold a password.
        raise ConfigError(f"{variable}: not the URL of a proxy; write http://HOST:PORT")
    if parts.scheme != "http":
        raise ConfigError(
            f"{variable}: {ascii(parts.scheme[:20])[1:-1]}:// is a kind of proxy that hushflake "
            "cannot use; write http://HOST:PORT, or except the host with NO_PROXY"
        )
    authorization = ""
    if parts.username is not None:
        pair = ":".join(credentials).encode("utf-8", "surrogatepass")
        authorization = "Basic " + base64.b64encode(pair).decode("ascii")
    return Proxy(variable, name, port or _PORT, authorization)


def _is_excepted(host: str, port: int, environ: Mapping[str, str]) -> bool:
    """Whether NO_PROXY excepts a host: `*`, names, domains with or without a dot, addresses."""
    text = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    return any(_matches(entry.strip().lower(), host.lower(), port) for entry in text.split(","))


def _matches(entry: str, host: str, port: int) -> bool:
    if entry in {"", "*"}:
        return entry == "*"
    if "/" in entry:
        return _is_inside(entry, host)
    name, colon, digits = entry.rpartition(":")
    if colon and digits.isdecimal() and ":" not in name.strip("[]"):
        if int(digits) != port:
            return False
        entry = name
    entry = entry.strip("[]").removeprefix("*").lstrip(".")
    return host == entry or host.endswith(f".{entry}")


def _is_inside(network: str, host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
