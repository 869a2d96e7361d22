"""Where the identity token of this process comes from: `HUSHFLAKE_OIDC`.

`file:PATH`: a projected service account token of Kubernetes, or any other file that is kept fresh.
`github`: the token service of GitHub Actions, for jobs with `id-token: write`.
`env:NAME`: a variable, as GitLab's `id_tokens` sets one.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from .. import regular
from ..errors import ConfigError, ConfigSourceError
from .errors import EscError
from .exchange import audience
from .http import Http, Timeouts, header

OIDC = "HUSHFLAKE_OIDC"
REQUEST_URL, REQUEST_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_MAX_BYTES = 1 << 16


def identity(text: str, organization: str, timeouts: Timeouts) -> Callable[[], str]:
    """What gives an identity token whenever one is needed.

    Raises:
        ConfigError: The text names no known origin.
    """
    kind, _, rest = text.partition(":")
    if text == "github":
        return lambda: from_github(audience(organization), timeouts)
    if kind == "file" and rest:
        return lambda: read_token(Path(rest), OIDC)
    if kind == "env" and rest:
        return lambda: _from_variable(rest)
    raise ConfigError(f"{OIDC}: {text[:200]!r}: write file:PATH, env:NAME or github")


def read_token(path: Path, variable: str) -> str:
    """The token in a file, which is read again each time: the platform replaces it.

    Raises:
        ConfigSourceError: There is none.
    """
    try:
        data, wrong = regular.read(path, _MAX_BYTES)
    except OSError as error:
        data, wrong = b"", f"cannot be read: {error.strerror}"
    token = data.strip().decode("ascii", "replace")
    if not wrong and not (token and token.isprintable() and "\ufffd" not in token):
        wrong = "holds no token"
    if wrong:
        raise ConfigSourceError(f"{variable}: {path}: {wrong}")
    return token


def _from_variable(name: str) -> str:
    token = os.environ.get(name, "").strip()
    if not token:
        raise ConfigSourceError(f"{OIDC}: the variable {name} holds no token")
    return token


def from_github(audience: str, timeouts: Timeouts) -> str:
    """Ask GitHub Actions. A job is given the address and the token to ask with as variables.

    Args:
        audience: Whom the token is for.
        timeouts: Of the call.

    Raises:
        ConfigSourceError: The job may not have one, or no answer.
    """
    url, token = os.environ.get(REQUEST_URL), os.environ.get(REQUEST_TOKEN)
    if not url or not token:
        raise ConfigSourceError(
            "GitHub Actions gives no identity token to this job; let the workflow say "
            "permissions: {id-token: write}"
        )
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    service = Http(base, lambda: header("bearer", token), timeouts, "hushflake")
    subject = "identity token of GitHub Actions"
    query = {**dict(parse_qsl(parts.query)), "audience": audience}
    answer = service.call(subject, "GET", parts.path, query=query, safe=True)
    try:
        found = json.loads(answer.body.decode("utf-8"))["value"]
    except (ValueError, RecursionError, KeyError, TypeError):
        found = None
    if not isinstance(found, str) or not found:
        raise EscError(subject, "the answer holds no token")
    return found
