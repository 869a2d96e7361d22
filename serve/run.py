"""Running the server on a transport."""

from typing import Final
from urllib.parse import urlsplit

from hushflake.terminal.write import say

from .server import Service, build

# The largest arguments that fit their schema are a fraction of it.
_MOST_BYTES: Final = 262_144


def run_stdio(service: Service) -> None:
    """Serve one client over standard input and output until it hangs up."""
    build(service).run("stdio")


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

    listener = socket.create_server((host, port))
    taken = listener.getsockname()[1]
    own = f"http://{host}:{taken}/mcp"
    parts = [urlsplit(url) for url in (own, public_url) if url]
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
    say(f"Serving {own}", err=True)  # uvicorn logs no address
    config = uvicorn.Config(application, log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])
