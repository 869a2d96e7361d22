"""Requests to the CI service that this process runs in, at the address that its variables name."""

import json
from collections.abc import Mapping
from typing import Any

from hushflake.config import get_config_value
from hushflake.config.errors import ConfigError
from hushflake.config.esc.errors import EscError
from hushflake.config.esc.http import Http, Timeouts, header

from ..errors import DeployError, MistakeError

_TIMEOUTS = Timeouts(5.0, 15.0, 60.0)


class ServiceError(DeployError):
    """The CI service refused a request, or did not answer.

    Attributes:
        status: HTTP status; None when no answer came.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def variable(name: str) -> str:
    """Return a variable of the job.

    Raises:
        MistakeError: It is not set.
    """
    value = get_config_value(name)
    if not value:
        raise MistakeError(f"{name} is not set: pass it to the step, or to the job")
    return value


class Api:
    """An API below the address in a variable of the job: https, or this machine.

    Raises:
        MistakeError: A variable is not set, or holds no such address.
    """

    def __init__(self, address: str, token: str) -> None:
        """
        Args:
            address: Name of the variable that holds the address.
            token: Name of the variable that holds the token.
        """
        secret = variable(token)
        try:
            self._http = Http(
                variable(address),
                lambda: header("Bearer", secret),
                _TIMEOUTS,
                "hushflake",
                what=address,
            )
        except ConfigError as error:
            raise MistakeError(str(error)) from None

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Any:
        """Send a request; all but POST are repeated after a fault. No redirect is followed.

        Args:
            method: Of HTTP.
            path: Below the address.
            query: Its parameters.
            body: Sent as JSON; None for no body.

        Raises:
            ServiceError: Refused, no answer, or one that is no JSON.
        """
        try:
            answer = self._http.call(
                path,
                method,
                path,
                query=query,
                body=None if body is None else json.dumps(body).encode(),
                headers={"Content-Type": "application/json"},
                safe=method != "POST",
            )
            return json.loads(answer.body)
        except EscError as error:
            host = self._http.host.name
            if error.status is None:
                raise ServiceError(f"{host}: {error.reason}") from None
            raise ServiceError(f"{host}: HTTP {error.status}", error.status) from None
        except (ConfigError, ValueError, RecursionError):
            raise ServiceError(f"{self._http.host.name}: an answer that is no JSON") from None
