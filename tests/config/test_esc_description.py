"""Our client is held to the published OpenAPI description of ESC, as the vendor's SDK has it.

The SDK's client is generated from that description (pulumi/esc-sdk, sdk/swagger.yaml): each of its
operations says which request it makes and which statuses are answered. The newest SDK is in the
lock, so a description that changes fails here.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from fake_esc import FakeEsc
from pulumi_esc_sdk import esc_client as sdk
from pulumi_esc_sdk.api.esc_api import EscApi
from pulumi_esc_sdk.models import CreateEnvironment

from hushflake.config.esc.client import SESSION, EscClient
from hushflake.config.esc.environment import Environment
from hushflake.config.esc.errors import EscError, StaleDefinitionError

PROD = Environment("acme", "shop", "prod")
PINNED = PROD._replace(version="stable")
NAMES = {"org_name": "acme", "project_name": "shop", "env_name": "prod"}
YAML = "values: {a: b}\n"
ID = "session-1"

# Operation -> our call of it, and the arguments that the SDK's takes.
Ours = Callable[[EscClient], object]
USED: dict[str, tuple[Ours, dict[str, Any]]] = {
    "open_environment": (lambda our: our.open(PROD), NAMES | {"duration": f"{SESSION}s"}),
    "open_environment_at_version": (
        lambda our: our.open(PINNED),
        NAMES | {"version": "stable", "duration": f"{SESSION}s"},
    ),
    "read_open_environment": (lambda our: our.read(PROD, ID), NAMES | {"open_session_id": ID}),
    "create_environment": (
        lambda our: our.create(PROD),
        {
            "org_name": "acme",
            "create_environment": CreateEnvironment(project="shop", name="prod"),
        },
    ),
    "get_environment": (lambda our: our.definition(PROD), NAMES),
    "update_environment_yaml": (lambda our: our.patch(PROD, YAML, "tag"), NAMES | {"body": YAML}),
}
NOT_USED = {
    "check_environment_yaml": "a definition is judged when it is saved",
    "list_environments": "an environment is named, never looked for",
    "read_open_environment_property": "everything is read at once",
    "clone_environment": "an environment is copied by a person",
    "decrypt_environment": "what is read is opened, which the service audits",
    "delete_environment": "nothing is deleted",
    "get_environment_at_version": "a version is opened, and never edited",
    "get_environment_e_tag": "comes with the definition",
    **dict.fromkeys(
        (
            "create_environment_revision_tag",
            "delete_environment_revision_tag",
            "get_environment_revision_tag",
            "list_environment_revision_tags",
            "list_environment_revisions",
            "update_environment_revision_tag",
        ),
        "a tag is resolved by the service; people move it with `pulumi env version tag`",
    ),
    **dict.fromkeys(
        (
            "create_environment_tag",
            "delete_environment_tag",
            "get_environment_tag",
            "list_environment_tags",
            "update_environment_tag",
        ),
        "labels of environments say nothing to a program",
    ),
}


def operations() -> set[str]:
    return {
        name.removeprefix("_").removesuffix("_serialize")
        for name in dir(EscApi)
        if name.startswith("_") and name.endswith("_serialize")
    }


def statuses(operation: str) -> set[int]:
    """The statuses that the description lists, from the generated method."""
    source = textwrap.dedent(inspect.getsource(getattr(EscApi, operation).__wrapped__))
    (found,) = (
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_response_types_map"
    )
    assert found is not None
    return {int(status) for status in ast.literal_eval(found)}


def test_every_operation_is_used_or_left_out_for_a_reason() -> None:
    assert operations() == USED.keys() | NOT_USED.keys()


@pytest.fixture
def recorded(esc: FakeEsc) -> FakeEsc:
    """Whatever is asked is answered with 404, and its request kept."""
    esc.fault(status=404, times=10)
    return esc


@pytest.mark.parametrize("operation", USED)
def test_each_request_is_as_described(recorded: FakeEsc, client: EscClient, operation: str) -> None:
    ours, arguments = USED[operation]
    with pytest.raises(EscError):
        ours(client)
    method, target, headers = recorded.requests[0]
    theirs = sdk.default_client(host=recorded.url, access_token=recorded.token).esc_api
    # It would choose one of the types that the description lists.
    theirs.api_client.select_header_accept = ", ".join
    serialize = getattr(theirs, f"_{operation}_serialize")
    how = dict.fromkeys(("_request_auth", "_content_type", "_headers"))
    wanted = serialize(**arguments, **how, _host_index=0)
    assert method == wanted[0]
    path = wanted[1].removeprefix(recorded.url)
    assert urlsplit(target).path == urlsplit(path).path
    assert dict(parse_qsl(urlsplit(target).query)) == dict(parse_qsl(urlsplit(path).query))
    assert headers["Authorization"] == wanted[2]["Authorization"] == f"token {recorded.token}"
    if "Content-Type" in wanted[2]:
        assert headers["Content-Type"] == wanted[2]["Content-Type"]
    described = set(re.split(r", *", wanted[2]["Accept"]))
    assert headers["Accept"] in described, "an answer of another type could not be read"


@pytest.mark.parametrize("operation", USED)
def test_each_status_that_is_described_is_an_error_that_says_so(
    esc: FakeEsc, client: EscClient, operation: str
) -> None:
    ours, _ = USED[operation]
    described = statuses(operation)
    assert described & {200, 204}
    for status in sorted(described - {200, 204}):
        esc.fault(status=status, times=4)
        with pytest.raises(EscError) as info:
            ours(client)
        assert info.value.status == status
        assert f"(HTTP {status})" in str(info.value)
        assert "unexpected" not in str(info.value)
        if operation == "update_environment_yaml" and status == 409:
            assert isinstance(info.value, StaleDefinitionError)
        esc.faults.clear()


def test_a_write_carries_the_tag_that_the_description_leaves_out(
    recorded: FakeEsc, client: EscClient
) -> None:
    """The service compares the header ETag (pulumi/esc, `UpdateEnvironmentWithProject`)."""
    described = inspect.signature(EscApi._update_environment_yaml_serialize).parameters
    assert not any("tag" in name.lower() for name in described)
    with pytest.raises(EscError):
        client.patch(PROD, YAML, "tag-that-was-read")
    assert recorded.requests[0][2]["ETag"] == "tag-that-was-read"
