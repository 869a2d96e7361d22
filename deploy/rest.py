"""Requests to the account's REST API with the session that is open already.

The session's token is read at the last moment and goes into the header alone.
"""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from .errors import DeployError
from .session import Session

_CONNECTION = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


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


def post(
    session: Session, path: str, body: dict[str, Any], timeout: float = 60.0
) -> dict[str, Any]:
    """Send a JSON body and return the JSON answer.

    Args:
        session: Open; its token signs the request.
        path: Of the API, from `/api/v2`.
        body: What to send.
        timeout: Seconds until a silent server counts as gone.

    Raises:
        RestError: Refused, no answer, or an answer that is no JSON object.
    """
    url, token = session.rest_access()
    parts = urlsplit(url)
    connection = _CONNECTION[parts.scheme](parts.hostname or "", parts.port, timeout=timeout)
    headers = {
        "Authorization": f'Snowflake Token="{token}"',
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": "hushflake",
    }
    try:
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise RestError(f"{parts.hostname}{path}: no answer ({type(error).__name__})") from None
    finally:
        connection.close()
    return _object(path, answer.status, text)


def _object(path: str, status: int, text: bytes) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
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
