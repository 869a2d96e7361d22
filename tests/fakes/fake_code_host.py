"""GitHub's and GitLab's comments of one request, and GitHub's identity tokens, over HTTP.

Held against the descriptions of the two services:
https://docs.github.com/en/rest/issues/comments, https://docs.github.com/en/rest/users/users,
https://docs.github.com/en/actions/reference/security/oidc, https://docs.gitlab.com/api/notes/.
"""

import base64
import hmac
import json
import re
import time
from typing import Any

from fake_http import FakeHttp

JOB = "github-actions[bot]"
# Where comments are, and how one is changed.
_LAB = (r"/projects/7/merge_requests/5/notes(?:/(\d+))?", "PUT")
_HUB = (r"/repos/org/repo/issues/(?:5/comments|comments/(\d+))", "PATCH")


class CodeHost(FakeHttp):
    """One request with its comments.

    Attributes:
        secret: What signs identity tokens.
        comments: Number, author and text, in the order of their writing.
        tokens: Who a token belongs to; None for that of a job of GitHub.
        read_only: Tokens that may not write, as a job's for a request from a fork.
    """

    def __init__(self, secret: str = "secret") -> None:
        super().__init__()
        self.secret = secret
        self.comments: list[dict[str, Any]] = []
        self.tokens: dict[str, str | None] = {}
        self.read_only: set[str] = set()

    def refusal(self, status: int) -> Any:
        return {"message": f"HTTP {status}"}

    def say(self, author: str, text: str) -> None:
        self.comments.append({"id": len(self.comments) + 1, "author": author, "body": text})

    def identity(self, audience: str, *, seconds: float = 300) -> str:
        """An identity token of the job, as JSON Web Token."""
        now = time.time()
        claims = {
            "iss": self.url,
            "sub": "repo:org/repo:environment:prod",
            "aud": audience,
            "iat": now,
            "exp": now + seconds,
        }
        text = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
        return f"{text}.{_base64(hmac.digest(self.secret.encode(), text.encode(), 'sha256'))}"

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: Any
    ) -> tuple[int, Any, dict[str, str]]:
        return *self._said(method, path, query, body, headers), {}

    def _said(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: Any
    ) -> tuple[int, Any]:
        bearer = headers.get("authorization", "")[len("Bearer ") :]
        if path == "/identity":
            right = bearer == "request-token" and query["api-version"] == "2"
            return (200, {"value": self.identity(query["audience"])}) if right else (401, {})
        lab = path.startswith("/api/v4/")
        if bearer not in self.tokens:
            return 401, {"message": "Bad credentials"}
        author = self.tokens[bearer]
        path = path.removeprefix("/api/v4")
        if path == "/user":
            name = "username" if lab else "login"
            return (200, {name: author}) if author else (403, {"message": "not accessible"})
        if method != "GET" and bearer in self.read_only:
            return 403, {"message": "Resource not accessible by integration"}
        return self._comment(method, path, query, body, author or JOB, lab=lab)

    def _comment(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        body: dict[str, Any],
        author: str,
        *,
        lab: bool,
    ) -> tuple[int, Any]:
        pattern, update = _LAB if lab else _HUB
        found = re.fullmatch(pattern, path)
        if found is None:
            return 404, {"message": "Not Found"}
        if method == "GET":
            size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
            some = self.comments[(page - 1) * size : page * size]
            return 200, [_shown(comment, lab=lab) for comment in some]
        if len(body["body"]) > 65_536:
            return 422, {"message": "Body is too long (maximum is 65536 characters)"}
        if method == "POST" and found[1] is None:
            self.say(author, body["body"])
            return 201, _shown(self.comments[-1], lab=lab)
        if method == update and found[1] is not None:
            comment = self.comments[int(found[1]) - 1]
            comment["body"] = body["body"]
            return 200, _shown(comment, lab=lab)
        return 404, {"message": "Not Found"}


def _shown(comment: dict[str, Any], *, lab: bool) -> dict[str, Any]:
    names = ("author", "username") if lab else ("user", "login")
    return {
        "id": comment["id"],
        "body": comment["body"],
        names[0]: {names[1]: comment["author"]},
    }


def _part(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
