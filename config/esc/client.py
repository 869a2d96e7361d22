"""Client of the Pulumi ESC REST API: open, read, list, get and patch definitions.

Paths, headers and shapes: OpenAPI description of Pulumi's esc-sdk (`sdk/swagger.yaml`).
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from ..errors import ConfigError
from .errors import EscError, StaleDefinitionError
from .http import Answer, Http, Timeouts

DEFAULT_URL = "https://api.pulumi.com"
MAX_PAGES = 1000
_ORGANIZATION = re.compile(r"[a-zA-Z0-9-_]{1,40}")
_NAME = re.compile(r"(?!\.\.?$)[a-zA-Z0-9-_.]{1,100}")


class Environment(NamedTuple):
    """The name of an ESC environment: organisation, project, name and perhaps a version."""

    organization: str
    project: str
    name: str
    version: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Environment":
        """Read `org/project/env` or `org/project/env@version`."""
        plain, _, version = text.partition("@")
        parts = plain.split("/")
        if (
            len(parts) != 3
            or not _ORGANIZATION.fullmatch(parts[0])
            or not all(_NAME.fullmatch(part) for part in parts[1:])
            or ("@" in text and not _NAME.fullmatch(version))
        ):
            raise ConfigError(f"{text}: an ESC environment is named organisation/project/env")
        return cls(parts[0], parts[1], parts[2], version or None)

    def __str__(self) -> str:
        version = f"@{self.version}" if self.version else ""
        return f"{self.organization}/{self.project}/{self.name}{version}"


class Definition(NamedTuple):
    """The YAML of an environment as saved: secrets are ciphertext."""

    yaml: str
    etag: str
    revision: str


class EscClient:
    """Calls to ESC, each bounded in time and size; safe ones are repeated with jitter."""

    def __init__(
        self, token: str, *, url: str = DEFAULT_URL, timeouts: Timeouts | None = None
    ) -> None:
        self._http = Http(url, token, timeouts or Timeouts(), "hushflake")

    def open(self, environment: Environment, duration: str = "2h0m0s") -> str:
        """Open a session on an environment and return its id.

        Opening writes nothing, so it is repeated like a read. `duration` is in Go's spelling.
        """
        version = f"/versions/{quote(environment.version)}" if environment.version else ""
        answer = self._call(
            environment, "POST", f"{version}/open", query={"duration": duration}, safe=True
        )
        session = _json(environment, answer).get("id")
        if not isinstance(session, str) or not session:
            raise EscError(str(environment), "the answer to opening it holds no session")
        return session

    def read(self, environment: Environment, session: str) -> dict[str, Any]:
        """The evaluated properties of an open session: name -> `{value, secret?, trace}`."""
        answer = self._call(environment, "GET", f"/open/{quote(session, safe='')}", safe=True)
        # Numbers stay the digits that were sent: `1e5` must not come back as `100000.0`.
        properties = _json(environment, answer, exact_numbers=True).get("properties") or {}
        if not isinstance(properties, dict):
            raise EscError(str(environment), "its properties are not a map")
        return properties

    def read_property(self, environment: Environment, session: str, path: str) -> dict[str, Any]:
        """One evaluated value of an open session, by its path (`db.hosts[0]`)."""
        answer = self._call(
            environment,
            "GET",
            f"/open/{quote(session, safe='')}",
            query={"property": path},
            safe=True,
        )
        return _json(environment, answer, exact_numbers=True)

    def list(self, organization: str) -> Iterator[Environment]:
        """Every environment of an organisation that the token may see, page by page."""
        token, seen = "", set()
        for _ in range(MAX_PAGES):
            answer = self._http.call(
                organization,
                "GET",
                f"/api/esc/environments/{quote(organization, safe='')}",
                query={"continuationToken": token} if token else None,
                safe=True,
            )
            page = _json(organization, answer)
            for item in page.get("environments") or ():
                owner = item.get("organization") or organization
                yield Environment(owner, item["project"], item["name"])
            token = page.get("nextToken") or ""
            if not token:
                return
            if token in seen:
                raise EscError(organization, "its list of environments turns in a circle")
            seen.add(token)

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

    def definition(self, environment: Environment) -> Definition:
        """The saved YAML with the tag that `patch` needs."""
        headers = {"Accept": "application/x-yaml"}
        answer = self._call(environment, "GET", "", headers=headers, safe=True)
        try:
            text = answer.body.decode("utf-8")
        except UnicodeDecodeError:
            raise EscError(str(environment), "its definition is not UTF-8") from None
        return Definition(
            text, answer.headers.get("etag", ""), answer.headers.get("pulumi-esc-revision", "")
        )

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
        return answer.headers.get("pulumi-esc-revision", "")

    def check(self, organization: str, yaml: str) -> None:
        """Let ESC judge a definition without saving it; an EscError says where it is wrong."""
        self._http.call(
            f"{organization} (check)",
            "POST",
            f"/api/esc/environments/{quote(organization, safe='')}/yaml/check",
            body=yaml.encode(),
            headers={"Content-Type": "application/x-yaml"},
            safe=True,
        )

    def _call(self, environment: Environment, method: str, tail: str, **how: Any) -> Answer:
        path = "/".join(quote(part, safe="") for part in environment[:3])
        return self._http.call(
            str(environment), method, f"/api/esc/environments/{path}{tail}", **how
        )


def _json(subject: object, answer: Answer, *, exact_numbers: bool = False) -> dict[str, Any]:
    number = str if exact_numbers else None
    try:
        found = json.loads(answer.body, parse_int=number, parse_float=number)
    except ValueError:
        # The text of the error quotes nothing, but its `doc` is the whole body.
        raise EscError(str(subject), "the answer is not JSON") from None
    if not isinstance(found, dict):
        raise EscError(str(subject), "the answer is not a JSON object")
    return found
