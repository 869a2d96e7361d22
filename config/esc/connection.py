"""A connection to one host, directly or through a proxy, with a deadline over everything.

A socket's own timeout starts again with each byte: a server that sends a byte now and then would
hold the caller for hours.
"""

import io
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

from ..errors import ConfigError
from .proxy import Proxy

MAX_HEAD = 64 * 1024  # bytes of a proxy's answer


class ProxyRefusalError(ConfigError):
    """The proxy does not connect. Its text says what to do, and holds nothing of the answer."""


class _TimedReader(io.RawIOBase):
    """The bytes of an answer, each wait for more bounded by the time that is left."""

    def __init__(self, raw: Any, arm: Callable[[], None]) -> None:
        self._raw = raw
        self._arm = arm

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._arm()
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()


class TimedSocket:
    """What `http.client` uses of a socket, with a deadline over everything."""

    def __init__(self, sock: socket.socket, deadline: float, read_timeout: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._read_timeout = read_timeout

    def _arm(self) -> None:
        self._sock.settimeout(min(left(self._deadline), self._read_timeout))

    def sendall(self, data: Any) -> None:
        """Send everything in time."""
        self._arm()
        self._sock.sendall(data)

    def receive(self, size: int) -> bytes:
        """What comes next, at most `size` bytes."""
        self._arm()
        return self._sock.recv(size)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """A file to read the answer from."""
        return io.BufferedReader(_TimedReader(self._sock.makefile("rb", buffering=0), self._arm))

    def close(self) -> None:
        """Let go of the socket."""
        self._sock.close()


def left(deadline: float) -> float:
    """Seconds until a deadline.

    Raises:
        TimeoutError: It has passed.
    """
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def connected(
    host: str,
    port: int,
    *,
    secure: bool,
    proxy: Proxy | None,
    deadline: float,
    connect_timeout: float,
    read_timeout: float,
) -> TimedSocket:
    """Connect, through the proxy if there is one, and agree on TLS where it is `secure`.

    Certificates are checked against the system's authorities, or those of `SSL_CERT_FILE` and
    `SSL_CERT_DIR`, which OpenSSL reads.

    Raises:
        ProxyRefusalError: The proxy does not connect.
        OSError: No connection, or a certificate that is not trusted; TimeoutError is one of them.
    """
    nearest = (proxy.host, proxy.port) if proxy else (host, port)
    sock = socket.create_connection(nearest, timeout=min(left(deadline), connect_timeout))
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if proxy:
            _tunnel(TimedSocket(sock, deadline, read_timeout), host, port, proxy)
        if secure:
            sock = _encrypted(sock, host, deadline)
        return TimedSocket(sock, deadline, read_timeout)
    except BaseException:
        sock.close()
        raise


def _tunnel(sock: TimedSocket, host: str, port: int, proxy: Proxy) -> None:
    name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {name} HTTP/1.1", f"Host: {name}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    sock.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    head = bytearray()
    # Byte by byte: what follows the head belongs to TLS.
    while not head.endswith(b"\r\n\r\n"):
        piece = sock.receive(1)
        if not piece or len(head) > MAX_HEAD:
            raise ProxyRefusalError(f"the proxy of {proxy.variable} gives no answer of a proxy")
        head += piece
    version, _, rest = bytes(head).partition(b" ")
    status = rest[:3]
    if not version.startswith(b"HTTP/1.") or not status.isdigit():
        raise ProxyRefusalError(f"the proxy of {proxy.variable} gives no answer of a proxy")
    if status == b"407":
        raise ProxyRefusalError(
            f"the proxy of {proxy.variable} asks for credentials it accepts; write "
            "http://USER:PASSWORD@HOST:PORT"
        )
    if not status.startswith(b"2"):
        raise ProxyRefusalError(
            f"the proxy of {proxy.variable} does not connect (HTTP {status.decode()}); allow the "
            "host there, or except it with NO_PROXY"
        )


def _encrypted(sock: socket.socket, host: str, deadline: float) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    secure = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    try:
        secure.settimeout(left(deadline))  # of the handshake as a whole
        secure.do_handshake()
    except BaseException:
        secure.close()  # `sock` is empty since it was wrapped
        raise
    return secure
