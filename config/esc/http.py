"""HTTP exchanges with one fixed host: bounded in time and size, never redirected.

Only the standard library: importing it costs a tenth of what the vendor's SDK costs.
"""

import http.client
import random
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from ..errors import ConfigError
from .connection import ProxyRefusalError, connected
from .errors import EscError, UnusableWayError, needed_approval
from .proxy import LOOPBACK, Proxy, proxy_for

# Answers after which the same safe call may succeed.
TRANSIENT = {429, 500, 502, 503, 504}
ATTEMPTS = 4
FIRST_PAUSE = 0.2  # seconds; doubled after each try, a random share of it is waited
LONGEST_PAUSE = 5.0
MAX_BODY = 16 * 2**20  # bytes
SOURCE = {"X-Pulumi-Source": "hushflake"}  # who asks, for the logs of Pulumi
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
    def parse(cls, url: str, what: str = "the ESC address") -> "Host":
        """Read a base URL. https only, except on the loopback interface."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ConfigError(f"{what} is not a URL; https://api.pulumi.com is") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            raise ConfigError(
                f"{parts.scheme or 'no scheme'}: {what} has to be a full URL such as "
                "https://api.pulumi.com, without a user name"
            )
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ConfigError(
                f"http://{parts.hostname}: plain http would show the access token on the way; "
                "use https"
            )
        return cls(parts.scheme == "https", parts.hostname, port, parts.path.rstrip("/"))

    @property
    def proxy(self) -> Proxy | None:
        """The proxy that the process environment names for it."""
        return proxy_for(self.name, self.port_number) if self.secure else None

    @property
    def usual_port(self) -> int:
        """The port of its scheme."""
        return 443 if self.secure else 80

    @property
    def port_number(self) -> int:
        """The port to connect to."""
        return self.port or self.usual_port


class Http:
    """Calls to one host with one Authorization header.

    `authorization` is asked at each call: the token behind it may have been renewed. `headers` go
    with every call.
    """

    def __init__(
        self,
        url: str,
        authorization: Callable[[], str],
        timeouts: Timeouts,
        agent: str,
        *,
        headers: Mapping[str, str] | None = None,
        what: str = "the ESC address",
    ) -> None:
        self.host = Host.parse(url, what)
        self._headers = dict(headers or {})
        self._authorization = authorization
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
            ConfigError: There is no token, or the proxy cannot be used.
        """
        target = self.host.prefix + path + (f"?{urlencode(query)}" if query else "")
        sent = {"User-Agent": self._agent, "Accept": "application/json"}
        if authorization := self._authorization():
            sent["Authorization"] = authorization
        sent |= {**self._headers, **(headers or {})}
        deadline = time.monotonic() + self._timeouts.total
        pause = FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            wait = random.uniform(0, pause)  # noqa: S311 - jitter, no secret
            try:
                answer = self._exchange(subject, method, target, body, sent, deadline)
            except UnusableWayError:
                raise
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
        if answer.status == 403 and (advice := needed_approval(answer.body, subject)):
            raise EscError(subject, advice, status=403)
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
        proxy = self.host.proxy
        connection = http.client.HTTPConnection(self.host.name, self.host.port_number)
        connection.default_port = self.host.usual_port  # that the header Host leaves out
        try:
            connection.sock = connected(
                self.host.name,
                self.host.port_number,
                secure=self.host.secure,
                proxy=proxy,
                deadline=deadline,
                connect_timeout=self._timeouts.connect,
                read_timeout=self._timeouts.read,
            )
            connection.request(method, target, body=body, headers=dict(headers))
            response = connection.getresponse()
            content = response.read(MAX_BODY + 1)
            if len(content) > MAX_BODY:
                raise EscError(subject, f"the answer is larger than {MAX_BODY >> 20} MiB")
            if response.length:
                # `read(n)` does not say so itself when fewer bytes came than were announced.
                raise EscError(
                    subject, "the connection was cut in the middle of the answer", out_of_reach=True
                )
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, named, content)
        except EscError:
            raise
        except ProxyRefusalError as error:
            raise UnusableWayError(subject, str(error)) from None
        except ssl.SSLCertVerificationError:
            raise UnusableWayError(
                subject,
                f"its certificate is not trusted{_through(proxy)}; if an authority of your own "
                "signed it, name that with SSL_CERT_FILE",
            ) from None
        except Exception as error:
            # OSError, HTTPException and what a malformed answer makes of their code. Their texts
            # may quote what was sent or received; their type says enough.
            how = "no answer in time" if isinstance(error, TimeoutError) else "no connection"
            kind = "" if isinstance(error, TimeoutError) else f" ({type(error).__name__})"
            raise EscError(subject, f"{how}{_through(proxy)}{kind}", out_of_reach=True) from None
        finally:
            connection.close()


def _through(proxy: Proxy | None) -> str:
    return f" through the proxy of {proxy.variable}" if proxy else ""


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


def header(scheme: str, token: Any) -> str:
    """The value of an Authorization header.

    Raises:
        EscError: The token is none. It is not shown.
    """
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise EscError("access token", "PULUMI_ACCESS_TOKEN is empty or not a token")
    return f"{scheme} {token}"
