"""One HTTP exchange with one fixed host: bounded in time and size, never redirected.

Only the standard library: importing it costs a tenth of what the vendor's SDK costs.
"""

import http.client
import io
import random
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from ..errors import ConfigError
from .errors import EscError

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# Answers after which the same safe call may succeed.
TRANSIENT = {429, 500, 502, 503, 504}
ATTEMPTS = 4
FIRST_PAUSE = 0.2  # seconds; doubled after each try, a random share of it is waited
LONGEST_PAUSE = 5.0
MAX_BODY = 16 * 2**20  # bytes
MAX_POSITIONS = 10  # of the diagnostics of a refusal


class Timeouts(NamedTuple):
    """Seconds: to connect, between two pieces of an answer, and for a call with its repeats."""

    connect: float = 1.0
    read: float = 3.0
    total: float = 10.0


class Answer(NamedTuple):
    """A response with a status below 300."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    def __repr__(self) -> str:
        return f"Answer(status={self.status}, {len(self.body)} bytes)"


class Host(NamedTuple):
    """Where the service is: from configuration alone, never from an answer."""

    secure: bool
    name: str
    port: int | None
    prefix: str

    @classmethod
    def parse(cls, url: str) -> "Host":
        """Read a base URL. https only, except on the loopback interface."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ConfigError("the ESC address is not a URL; https://api.pulumi.com is") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            raise ConfigError(
                f"{parts.scheme or 'no scheme'}: the ESC address has to be a full URL such as "
                "https://api.pulumi.com, without a user name"
            )
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ConfigError(
                f"http://{parts.hostname}: plain http would show the access token on the way; "
                "use https"
            )
        return cls(parts.scheme == "https", parts.hostname, port, parts.path.rstrip("/"))


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


class _TimedSocket:
    """What `http.client` uses of a socket, with a deadline over everything.

    A socket's own timeout starts again with each byte: a server that sends a byte now and then
    would hold the caller for hours.
    """

    def __init__(self, sock: socket.socket, deadline: float, read_timeout: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._read_timeout = read_timeout

    def _arm(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(min(left, self._read_timeout))

    def sendall(self, data: Any) -> None:
        self._arm()
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock.makefile("rb", buffering=0), self._arm))

    def close(self) -> None:
        self._sock.close()


class Http:
    """Calls to one host with one access token."""

    def __init__(self, url: str, token: str, timeouts: Timeouts, agent: str) -> None:
        self.host = Host.parse(url)
        if not token or not token.isascii() or not token.isprintable():
            raise EscError("access token", "PULUMI_ACCESS_TOKEN is empty or not a token")
        self._token = token
        self._timeouts = timeouts
        self._agent = agent

    def call(
        self,
        subject: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        safe: bool,
    ) -> Answer:
        """Make a call; one that is `safe` to repeat is repeated while there is time.

        Raises:
            EscError: No answer in time, or a status of 300 and above.
        """
        target = self.host.prefix + path + (f"?{urlencode(query)}" if query else "")
        sent = {"Authorization": f"token {self._token}", "User-Agent": self._agent}
        sent |= {"Accept": "application/json", "X-Pulumi-Source": "hushflake", **(headers or {})}
        deadline = time.monotonic() + self._timeouts.total
        pause = FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            wait = random.uniform(0, pause)  # noqa: S311 - jitter, no secret
            try:
                answer = self._exchange(subject, method, target, body, sent, deadline)
            except EscError:
                if not safe or attempt == ATTEMPTS or time.monotonic() + wait >= deadline:
                    raise
            else:
                if answer.status not in TRANSIENT or not safe or attempt == ATTEMPTS:
                    return self._judged(subject, answer)
                wait = max(wait, _retry_after(answer))
                if time.monotonic() + wait >= deadline:
                    return self._judged(subject, answer)
            time.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)
        raise AssertionError("the last attempt returns or raises")

    @staticmethod
    def _judged(subject: str, answer: Answer) -> Answer:
        if answer.status < 300:
            return answer
        raise EscError(subject, status=answer.status, positions=_positions(answer))

    def _exchange(
        self,
        subject: str,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
        deadline: float,
    ) -> Answer:
        left = deadline - time.monotonic()
        kind = http.client.HTTPSConnection if self.host.secure else http.client.HTTPConnection
        connection = kind(
            self.host.name, self.host.port, timeout=max(0.01, min(left, self._timeouts.connect))
        )
        try:
            connection.connect()
            connection.sock = _TimedSocket(connection.sock, deadline, self._timeouts.read)
            connection.request(method, target, body=body, headers=dict(headers))
            response = connection.getresponse()
            content = response.read(MAX_BODY + 1)
            if len(content) > MAX_BODY:
                raise EscError(subject, f"the answer is larger than {MAX_BODY >> 20} MiB")
            if response.length:
                # `read(n)` does not say so itself when fewer bytes came than were announced.
                raise EscError(subject, "the connection was cut in the middle of the answer")
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, named, content)
        except TimeoutError:
            raise EscError(subject, "no answer in time") from None
        except EscError:
            raise
        except Exception as error:
            # OSError, HTTPException and what a malformed answer makes of their code. Their texts
            # may quote what was sent or received; their type says enough.
            raise EscError(subject, f"no connection ({type(error).__name__})") from None
        finally:
            connection.close()


def _retry_after(answer: Answer) -> float:
    """Seconds that the service asks to wait (the date form of the header is not used by it)."""
    asked = answer.headers.get("retry-after", "")
    return float(asked) if asked.isdecimal() else 0.0


def _positions(answer: Answer) -> tuple[tuple[int, int], ...]:
    """Where the diagnostics of a refusal point to. Their texts may quote values: left out."""
    import json

    try:
        found = json.loads(answer.body)["diagnostics"][:MAX_POSITIONS]
        begins = [item["range"]["begin"] for item in found if item.get("range")]
        positions = [(int(begin["line"]), int(begin["column"])) for begin in begins]
    except Exception:  # an answer of any shape; without positions the status says enough
        return ()
    return tuple(place for place in positions if min(place) > 0 and max(place) < 10**7)
