"""A small HTTP proxy that connects by CONNECT, on the loopback interface, in this process.

    with ConnectProxy({"esc.test:443": ("127.0.0.1", port)}) as proxy:
        environ["HTTPS_PROXY"] = proxy.url()

It reaches only the hosts that it is given. `heads` records what clients sent before the tunnel.
"""

import base64
import contextlib
import socket
import threading
from collections.abc import Mapping
from typing import Self


class ConnectProxy:
    """The proxy; a context manager. `credentials` are `user:password`, or "" for none.

    `answer` is sent instead of making a tunnel, and the connection is left open.
    """

    def __init__(
        self, hosts: Mapping[str, tuple[str, int]], credentials: str = "", answer: bytes = b""
    ) -> None:
        self.hosts = hosts
        self.credentials = credentials
        self.answer = answer
        self.heads: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def url(self, credentials: str = "") -> str:
        at = f"{credentials}@" if credentials else ""
        return f"http://{at}127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for sock in self._open:
            sock.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            text = head.decode("latin-1")
            self.heads.append(text)
            answer, target = self._judged(text)
            client.sendall(answer)
            if target is None:
                if not self.answer:
                    client.close()
                return
            server = socket.create_connection(target)
            self._open.append(server)
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()

    def _judged(self, head: str) -> tuple[bytes, tuple[str, int] | None]:
        if self.answer:
            return self.answer, None
        method, name, _ = head.split(" ", 2)
        wanted = base64.b64encode(self.credentials.encode()).decode()
        if self.credentials and f"Proxy-Authorization: Basic {wanted}\r\n" not in head:
            return b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", None
        if method != "CONNECT" or name not in self.hosts:
            return b"HTTP/1.1 403 Forbidden\r\nX-Canary: in-the-answer\r\n\r\n", None
        return b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n", self.hosts[name]


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
