"""Requests to the account's REST API with the session that is open already.

The session's token is read at the last moment and goes into the header alone.
"""

import http.client
import json
import weakref
from typing import Any, Final
from urllib.parse import urlsplit

from . import loopback
from .errors import DeployError
from .session import Session

_CONNECTION: Final[dict[str, type[http.client.HTTPConnection]]] = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}


_MOST_BYTES: Final = 64 * 2**20  # of an answer


class RestError(DeployError):
    """The REST API refused a request, or did not answer.

    Attributes:
        status: HTTP status; 0 when no answer came.
        code: Snowflake's error code, if it gave one.
        request_id: What Snowflake's support asks for.
    """

    def __init__(self, message: str, status: int = 0, code: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.request_id = request_id


class Rest:
    """Requests over connections that are kept open: a handshake costs more than an answer.

    `post` may be called by several threads at once; `renew` only by the session's own.
    """

    def __init__(self, session: Session, timeout: float = 60.0) -> None:
        """
        Args:
            session: Open; its token signs the requests.
            timeout: Seconds until a silent server counts as gone.
        """
        self._session = session
        self._timeout = timeout
        self._idle: list[http.client.HTTPConnection] = []
        # Whoever forgets `close` leaves no socket behind.
        weakref.finalize(self, _close, self._idle)
        self.renew()

    def renew(self) -> None:
        """Take the session's token anew, after it was renewed."""
        self._url, self._token = self._session.rest_access()

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a JSON body and return the JSON answer.

        Args:
            path: Of the API, from `/api/v2`.
            body: What to send; sent again on a new connection when a kept one was closed.

        Raises:
            RestError: Refused, no answer, or an answer that is not a JSON object.
        """
        try:
            status, text = self._send(path, json.dumps(body))
        except (OSError, http.client.HTTPException) as error:
            host = urlsplit(self._url).hostname
            raise RestError(f"{host}{path}: no answer ({type(error).__name__})") from None
        return _object(path, status, text)

    def close(self) -> None:
        """Close the connections."""
        _close(self._idle)

    def _send(self, path: str, body: str) -> tuple[int, bytes]:
        try:
            kept = self._idle.pop()
        except IndexError:
            return self._sent_over(self._connection(), path, body)
        try:
            return self._sent_over(kept, path, body)
        except (ConnectionError, http.client.BadStatusLine):
            # The server closes what is idle for long; it has not seen the request.
            return self._sent_over(self._connection(), path, body)

    def _sent_over(
        self, connection: http.client.HTTPConnection, path: str, body: str
    ) -> tuple[int, bytes]:
        headers = {
            "Authorization": f'Snowflake Token="{self._token}"',
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "hushflake",
        }
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            text = answer.read(_MOST_BYTES + 1)
            if len(text) > _MOST_BYTES:
                raise RestError(f"{path}: the answer is larger than {_MOST_BYTES >> 20} MiB")
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return answer.status, text

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._url)
        if parts.scheme == "http" and parts.hostname not in loopback.NAMES:
            raise RestError(f"{parts.hostname}: plain http would show the session's token")
        return _CONNECTION[parts.scheme](parts.hostname or "", parts.port, timeout=self._timeout)


def _close(connections: list[http.client.HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


def post(
    session: Session, path: str, body: dict[str, Any], timeout: float = 60.0
) -> dict[str, Any]:
    """Send one JSON body and return the JSON answer; see `Rest.post`.

    Raises:
        RestError: Refused, no answer, or an answer that is not a JSON object.
    """
    rest = Rest(session, timeout)
    try:
        return rest.post(path, body)
    finally:
        rest.close()


def _object(path: str, status: int, text: bytes) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    # A redirect is an answer like any other: it is not followed.
    if not isinstance(document, dict) or 300 <= status < 400:
        raise RestError(f"{path}: HTTP {status}, and no JSON object", status)
    if status >= 400:
        message = str(document.get("message") or "refused")
        raise RestError(
            f"{path}: HTTP {status}: {message}",
            status,
            str(document.get("code") or document.get("error_code") or ""),
            str(document.get("request_id") or ""),
        )
    return document
