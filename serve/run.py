"""Running the server on a transport."""

import sys

from .server import Service, build


def run_stdio(service: Service) -> None:
    """Serve one client over standard input and output until it hangs up."""
    build(service).run("stdio")


def run_http(service: Service, host: str, port: int) -> None:
    """Serve over streamable HTTP at `http://host:port/mcp` until interrupted."""
    import socket

    import uvicorn

    listener = socket.create_server((host, port))
    taken = listener.getsockname()[1]
    url = f"http://{host}:{taken}/mcp"
    application = build(service, url).streamable_http_app(host=host, stateless_http=True)
    print(f"Serving {url}", file=sys.stderr, flush=True)  # noqa: T201
    config = uvicorn.Config(application, log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])
