"""The comment that a CI job keeps: one, its own, where the service says."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_code_host import JOB, CodeHost

from hushflake.deploy.ci import identity
from hushflake.deploy.ci.api import ServiceError
from hushflake.deploy.ci.comments import keep_comment, service_of_job
from hushflake.deploy.errors import ConnectError, MistakeError

ABOUT = ("project", "prod")


@pytest.fixture
def host() -> Iterator[CodeHost]:
    with CodeHost() as host:
        host.tokens = {"job-token": None, "personal": "ada", "lab-token": "bot"}
        yield host


@pytest.fixture
def github(host: CodeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CodeHost:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 5}}))
    monkeypatch.delenv("GITLAB_CI", raising=False)
    for name, value in {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": host.url,
        "GITHUB_REPOSITORY": "org/repo",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_TOKEN": "job-token",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{host.url}/identity?api-version=2",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
    }.items():
        monkeypatch.setenv(name, value)
    return host


@pytest.fixture
def gitlab(host: CodeHost, monkeypatch: pytest.MonkeyPatch) -> CodeHost:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    for name, value in {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": f"{host.url}/api/v4",
        "CI_PROJECT_ID": "7",
        "CI_MERGE_REQUEST_IID": "5",
        "GITLAB_TOKEN": "lab-token",
    }.items():
        monkeypatch.setenv(name, value)
    return host


def keeps_one(host: CodeHost, author: str) -> None:
    for number in range(130):
        host.say("somebody", f"comment {number}")
    assert keep_comment(service_of_job(), ABOUT, "first") == "posted"
    host.say("somebody", "thanks")
    assert keep_comment(service_of_job(), ABOUT, "second") == "updated"
    assert keep_comment(service_of_job(), ("project", "dev"), "other stack") == "posted"
    ours = [comment for comment in host.comments if comment["author"] == author]
    assert [comment["body"].partition("\n")[2] for comment in ours] == ["second", "other stack"]


def test_one_comment_per_stack_on_github(github: CodeHost) -> None:
    keeps_one(github, JOB)


def test_one_comment_per_stack_on_gitlab(gitlab: CodeHost) -> None:
    keeps_one(gitlab, "bot")


def test_a_personal_token_is_of_its_person(
    github: CodeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "personal")
    keeps_one(github, "ada")


def test_a_comment_that_somebody_else_wrote_with_our_mark_stays_theirs(github: CodeHost) -> None:
    keep_comment(service_of_job(), ABOUT, "first")
    copied = github.comments[0]["body"]
    github.comments[0]["author"] = "mallory"
    assert keep_comment(service_of_job(), ABOUT, "second") == "posted"
    assert github.comments[0]["body"] == copied


@pytest.mark.parametrize("status", [302, 401, 404, 500])
def test_a_refusal_names_no_token(github: CodeHost, status: int) -> None:
    github.status = status
    with pytest.raises(ServiceError, match=rf"GitHub: no comment: .* HTTP {status}") as caught:
        keep_comment(service_of_job(), ABOUT, "text")
    assert "job-token" not in str(caught.value)
    # A redirect is not followed: the token stays with the host that the service named.
    assert len(github.requests) == (1 if status < 500 else 4)


def test_a_silent_service(github: CodeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")
    with pytest.raises(ServiceError, match=r"127\.0\.0\.1: no connection"):
        keep_comment(service_of_job(), ABOUT, "text")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("GITHUB_API_URL", "http://example.org", "https"),
        ("GITHUB_API_URL", "file:///etc/passwd", "https"),
        ("GITHUB_REPOSITORY", "org/repo/../other", "OWNER/NAME"),
        ("GITHUB_REPOSITORY", "org/repo?x=", "OWNER/NAME"),
        ("GITHUB_EVENT_PATH", "/nowhere", "no pull request"),
        ("GITHUB_TOKEN", "", "GITHUB_TOKEN is not set"),
        ("GITHUB_ACTIONS", "", "no job of GitHub Actions or GitLab CI"),
    ],
)
def test_a_job_that_cannot_comment(
    github: CodeHost, monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(MistakeError, match=message):
        service_of_job()
    assert github.requests == []


def test_a_push_is_no_pull_request(github: CodeHost, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text('{"ref": "refs/heads/main"}')
    with pytest.raises(MistakeError, match="no pull request"):
        service_of_job()


def test_a_job_without_a_merge_request(gitlab: CodeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI_MERGE_REQUEST_IID")
    with pytest.raises(MistakeError, match="merge_request_event"):
        service_of_job()


def test_an_identity_token_is_for_one_account(
    github: CodeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {"authenticator": "WORKLOAD_IDENTITY", "workload_identity_provider": "OIDC"}
    assert identity.is_wanted(wanted)
    assert not identity.is_wanted({**wanted, "token": "given"})
    assert not identity.is_wanted({**wanted, "workload_identity_provider": "AWS"})
    claims = identity.job_token("MY_ORG-ACCOUNT").split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert told["aud"] == "https://my-org-account.snowflakecomputing.com"
    github.status = 403
    with pytest.raises(ConnectError, match="workload identity"):
        identity.job_token("A")
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    with pytest.raises(ConnectError, match="id-token: write"):
        identity.job_token("A")
