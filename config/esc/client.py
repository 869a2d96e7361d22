"""Client of the Pulumi ESC REST API: open, read, create, get and patch definitions.

Paths, headers and shapes: OpenAPI description of Pulumi's esc-sdk (`sdk/swagger.yaml`).
"""

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar
from urllib.parse import quote

from ..errors import ConfigError, bare
from .environment import Environment
from .errors import EscError, StaleDefinitionError
from .http import SOURCE, Answer, Http, Timeouts, header

DEFAULT_URL = "https://api.pulumi.com"
SESSION = 7200  # seconds that a session is opened for, as the vendor's command line does
# What an opened environment holds beside them.
_BESIDE_PROPERTIES = {"exprs", "schema", "executionContext", "properties"}
# More of an identifier than any service sends.
_IDENTIFIER = re.compile(r"[!-~]{1,500}")


class Definition(NamedTuple):
    """The YAML of an environment as saved: secrets are ciphertext."""

    yaml: str
    etag: str
    revision: str


P = ParamSpec("P")
R = TypeVar("R")
Call = Callable[Concatenate["EscClient", P], R]


def sealed(call: "Call[P, R]") -> "Call[P, R]":
    """Let nothing out of a call but its result or a ConfigError that holds nothing of the answer.

    An answer of any shape ends here: whatever trips over it has the answer in its arguments, its
    causes and its frames.
    """

    @wraps(call)
    def wrapper(self: "EscClient", /, *args: P.args, **kwargs: P.kwargs) -> R:
        failure: ConfigError
        try:
            return call(self, *args, **kwargs)
        except ConfigError as error:
            failure = bare(error)
        except Exception as error:
            kind = type(error).__name__
            failure = EscError(str(args[0]), f"the answer cannot be used ({kind})")
        raise failure

    return wrapper


class EscClient:
    """Calls to ESC, each bounded in time and size; safe ones are repeated with jitter."""

    def __init__(
        self,
        token: str | Callable[[], str],
        *,
        url: str = DEFAULT_URL,
        timeouts: Timeouts | None = None,
    ) -> None:
        """Make no call yet. `token` is the access token, or what gives it for each call."""

        def authorization() -> str:
            return header("token", token if isinstance(token, str) else token())

        if isinstance(token, str):
            authorization()  # refuses now what is none
        self._http = Http(url, authorization, timeouts or Timeouts(), "hushflake", headers=SOURCE)

    @sealed
    def open(self, environment: Environment, duration: str = f"{SESSION}s") -> str:
        """Open a session on an environment and return its id.

        Opening writes nothing, so it is repeated like a read. `duration` is in Go's spelling.
        """
        version = f"/versions/{quote(environment.version)}" if environment.version else ""
        answer = self._call(
            environment, "POST", f"{version}/open", query={"duration": duration}, safe=True
        )
        session = _json(environment, answer).get("id")
        if not isinstance(session, str) or not _IDENTIFIER.fullmatch(session):
            raise EscError(str(environment), "the answer to opening it holds no session")
        return session

    @sealed
    def read_whole(self, environment: Environment, session: str) -> dict[str, Any]:
        """An open session: its `properties`, and beside them what they were evaluated from."""
        answer = self._call(environment, "GET", f"/open/{quote(session, safe='')}", safe=True)
        # Numbers stay the digits that were sent: `1e5` must not come back as `100000.0`.
        found = _json(environment, answer, exact_numbers=True)
        properties = found.get("properties")
        if properties is None and not set(found) - _BESIDE_PROPERTIES:
            return found | {"properties": {}}  # an empty environment
        if not isinstance(properties, dict):
            raise EscError(str(environment), "its properties are not a map")
        return found

    def read(self, environment: Environment, session: str) -> dict[str, Any]:
        """The evaluated properties of an open session: name -> `{value, secret?, trace}`."""
        properties: dict[str, Any] = self.read_whole(environment, session)["properties"]
        return properties

    @sealed
    def create(self, environment: Environment) -> None:
        """Create an empty environment. Status 409 in the error: it exists."""
        body = json.dumps({"project": environment.project, "name": environment.name})
        self._http.call(
            str(environment),
            "POST",
            f"/api/esc/environments/{quote(environment.organization, safe='')}",
            body=body.encode(),
            headers={"Content-Type": "application/json"},
            safe=False,
        )

    @sealed
    def definition(self, environment: Environment) -> Definition:
        """The saved YAML with the tag that `patch` needs."""
        headers = {"Accept": "application/x-yaml"}
        answer = self._call(environment, "GET", "", headers=headers, safe=True)
        try:
            text = answer.body.decode("utf-8")
        except UnicodeDecodeError:
            raise EscError(str(environment), "its definition is not UTF-8") from None
        return Definition(text, _header(answer, "etag"), _header(answer, "pulumi-esc-revision"))

    @sealed
    def patch(self, environment: Environment, yaml: str, etag: str) -> str:
        """Save a definition if it is still the one with `etag`; returns the new revision.

        Never repeated by itself. ESC compares the request header `ETag`, not `If-Match`.

        Raises:
            StaleDefinitionError: Somebody else saved in between.
            EscError: Refused; `positions` say where.
        """
        headers = {"Content-Type": "application/x-yaml", "ETag": etag}
        try:
            answer = self._call(
                environment, "PATCH", "", body=yaml.encode(), headers=headers, safe=False
            )
        except EscError as error:
            if error.status == 409:
                raise StaleDefinitionError(str(environment), status=409) from None
            raise
        return _header(answer, "pulumi-esc-revision")

    def _call(self, environment: Environment, method: str, tail: str, **how: Any) -> Answer:
        path = "/".join(quote(part, safe="") for part in environment[:3])
        return self._http.call(
            str(environment), method, f"/api/esc/environments/{path}{tail}", **how
        )


def _header(answer: Answer, name: str) -> str:
    """A header that is sent back or shown; "" for one that is no identifier."""
    text = answer.headers.get(name, "")
    return text if _IDENTIFIER.fullmatch(text) else ""


def _json(subject: object, answer: Answer, *, exact_numbers: bool = False) -> dict[str, Any]:
    """Read a JSON object: strict UTF-8, no key twice, no NaN."""
    number = str if exact_numbers else None
    try:
        found = json.loads(
            answer.body.decode("utf-8"),
            parse_int=number,
            parse_float=number,
            parse_constant=_no_constant,
            object_pairs_hook=_unique,
        )
    except (ValueError, RecursionError):
        # The text of the error quotes nothing, but its `doc` is the whole body: see `sealed`.
        raise EscError(str(subject), "the answer is not JSON") from None
    if not isinstance(found, dict):
        raise EscError(str(subject), "the answer is not a JSON object")
    return found


def _no_constant(_text: str) -> None:
    raise ValueError


def _unique(pairs: "list[tuple[str, Any]]") -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError  # which of the two is meant cannot be known
    return made
