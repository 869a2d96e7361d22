"""Running the server on a transport."""

import gc
from typing import Final
from urllib.parse import urlsplit

from hushflake.terminal.write import say

from .client_config import url_of
from .logs import log_to_stderr
from .server import build
from .service import Service

# The largest arguments that fit their schema are a fraction of it.
_MOST_BYTES: Final = 262_144
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def run_stdio(service: Service) -> None:
    """Serve one client over standard input and output until it hangs up."""
    log_to_stderr()
    server = build(service)
    _collect_garbage()
    server.run("stdio")


def run_http(service: Service, host: str, port: int, public_url: str | None = None) -> None:
    """Serve over streamable HTTP at `http://host:port/mcp` until interrupted.

    Args:
        host: Where to listen.
        port: 0: any that is free.
        public_url: How clients reach it, when something in front of it speaks TLS.
    """
    import socket

    import uvicorn
    from mcp.server.transport_security import TransportSecuritySettings

    from .connections import MOST_OF_A_HEAD, PatientProtocol
    from .refusals import Refusals

    log_to_stderr()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=512)
    taken = listener.getsockname()[1]
    own = url_of(host, taken)
    names = LOOPBACK if host in LOOPBACK else (host,)
    parts = [urlsplit(url) for url in (*(url_of(name, taken) for name in names), public_url) if url]
    # A page in a browser could reach this port under a name of its own: DNS rebinding.
    security = TransportSecuritySettings(
        allowed_hosts=[part.netloc for part in parts],
        allowed_origins=[f"{part.scheme}://{part.netloc}" for part in parts],
    )
    application = build(service, public_url or own).streamable_http_app(
        host=host,
        stateless_http=True,
        max_request_body_size=_MOST_BYTES,
        transport_security=security,
    )
    _collect_garbage()
    say(f"Serving {own}", err=True, fit=False)  # uvicorn logs no address
    config = uvicorn.Config(
        Refusals(application, service.audit),
        http=PatientProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=MOST_OF_A_HEAD,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _collect_garbage() -> None:
    """From here on; what was loaded to serve stays out of it."""
    gc.freeze()
    gc.enable()
