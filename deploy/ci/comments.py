"""The comment of a pull request (GitHub) or merge request (GitLab) that a CI job keeps up to date.

Where it goes is what the CI service itself says in the job's variables: no project decides that.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from hushflake.config import get_config_value

from ..errors import MistakeError
from .api import Api, ServiceError, variable

_PAGE: Final = 100
# A request with more comments than this gets a second one of ours; nobody reads that far.
_MOST_PAGES: Final = 30
# The token of a job belongs to no user, and is refused where others learn their name:
# https://docs.github.com/en/rest/users/users
_GITHUB_JOB: Final = "github-actions[bot]"


@dataclass(frozen=True)
class Service:
    """Where the comments of one request are, and how this service spells it.

    Attributes:
        name: GitHub or GitLab.
        api: Signed by the job's token.
        comments: Path of the request's comments.
        one: Path of a single comment, up to its number.
        update: Method that changes a comment.
        order: Query that lists the oldest first, where that is not the rule.
        needs: What a token must be allowed, for a message.
    """

    name: str
    api: Api
    comments: str
    one: str
    update: str
    order: dict[str, str]
    needs: str


def service_of_job() -> Service:
    """Return the service whose CI job this process runs in, and the request it runs for.

    Raises:
        MistakeError: No such job, none of a request, no token, or an address that is no https.
    """
    if get_config_value("GITHUB_ACTIONS"):
        return _github()
    if get_config_value("GITLAB_CI"):
        return _gitlab()
    raise MistakeError(
        "--comment: this is no job of GitHub Actions or GitLab CI: run it in one, or post the "
        "output of --format markdown yourself"
    )


def keep_comment(service: Service, about: tuple[str, ...], text: str) -> str:
    """Post a comment, or update the one that was posted about the same before.

    Args:
        service: Where to.
        about: What tells this comment from others of ours: project and stack.
        text: Markdown.

    Returns:
        `posted` or `updated`.

    Raises:
        ServiceError: The service refused, or did not answer.
    """
    marker = f"<!-- hushflake {hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]} -->"
    body = {"body": f"{marker}\n{text}"}
    try:
        return _keep(service, marker, body)
    except ServiceError as error:
        needs = f"; {service.needs}" if error.status in (401, 403, 404) else ""
        raise ServiceError(f"{service.name}: no comment: {error}{needs}", error.status) from None


def _keep(service: Service, marker: str, body: dict[str, str]) -> str:
    own = _own_name(service)
    for comment in _comments(service):
        # Whoever can comment can write our marker: what another account wrote is not ours to keep.
        number = comment.get("id")
        ours = _author(comment) == own and str(comment.get("body", "")).startswith(marker)
        if ours and isinstance(number, int):
            service.api.ask(service.update, f"{service.one}/{number}", body=body)
            return "updated"
    service.api.ask("POST", service.comments, body=body)
    return "posted"


def _github() -> Service:
    repository = variable("GITHUB_REPOSITORY")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII):
        raise MistakeError("GITHUB_REPOSITORY: expected OWNER/NAME")
    try:
        event = json.loads(Path(variable("GITHUB_EVENT_PATH")).read_text(encoding="utf-8"))
        number = int((event.get("pull_request") or event.get("issue"))["number"])
    except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        raise MistakeError(
            "--comment: this job runs for no pull request: run it `on: pull_request`"
        ) from None
    base = f"/repos/{repository}/issues"
    return Service(
        "GitHub",
        Api("GITHUB_API_URL", "GITHUB_TOKEN"),
        f"{base}/{number}/comments",
        f"{base}/comments",
        "PATCH",
        {},
        "the job needs `permissions: {pull-requests: write}`",
    )


def _gitlab() -> Service:
    if not get_config_value("CI_MERGE_REQUEST_IID"):
        raise MistakeError(
            "--comment: this job runs for no merge request: its rule must say "
            '`if: $CI_PIPELINE_SOURCE == "merge_request_event"`'
        )
    project = quote(variable("CI_PROJECT_ID"), safe="")
    path = f"/projects/{project}/merge_requests/{quote(variable('CI_MERGE_REQUEST_IID'), safe='')}"
    return Service(
        "GitLab",
        Api("CI_API_V4_URL", "GITLAB_TOKEN"),
        f"{path}/notes",
        f"{path}/notes",
        "PUT",
        {"sort": "asc", "order_by": "created_at"},
        "GITLAB_TOKEN must be an access token of the project with the scope `api`",
    )


def _own_name(service: Service) -> str:
    try:
        return _author({"user": service.api.ask("GET", "/user")})
    except ServiceError as error:
        if error.status == 403 and service.name == "GitHub":
            return _GITHUB_JOB
        raise


def _author(comment: dict[str, Any]) -> str:
    user = comment.get("user") or comment.get("author")
    name = user.get("login") or user.get("username") if isinstance(user, dict) else None
    return str(name or "")


def _comments(service: Service) -> Iterator[dict[str, Any]]:
    """The comments, the oldest first."""
    for page in range(1, _MOST_PAGES + 1):
        query = {"per_page": str(_PAGE), "page": str(page), **service.order}
        found = service.api.ask("GET", service.comments, query=query)
        if not isinstance(found, list):
            raise ServiceError(f"{service.name}: an answer that is no list of comments")
        yield from (item for item in found if isinstance(item, dict))
        if len(found) < _PAGE:
            return
