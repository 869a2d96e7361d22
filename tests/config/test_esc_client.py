"""Our client against the fake ESC, and the vendor's SDK against the same fake."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fake_esc import FakeEsc, shapes
from pulumi_esc_sdk import esc_client as sdk
from pulumi_esc_sdk import models
from pulumi_esc_sdk.exceptions import ApiException
from urllib3.exceptions import HTTPError

from hushflake.config.errors import ConfigError, ConfigSourceError
from hushflake.config.esc import http
from hushflake.config.esc.client import EscClient
from hushflake.config.esc.environment import Environment
from hushflake.config.esc.errors import EscError, StaleDefinitionError
from hushflake.config.esc.http import Host, Timeouts
from hushflake.config.esc.values import leaves

PROD = Environment("acme", "shop", "prod")
CANARY = "canary-" + "7f3a" * 4
YAML = f"""
imports: [base]
values:
  db:
    password: {{fn::secret: {CANARY}}}
    url: postgres://${{db.user}}@host
    user: shop
    value: {{value: deep, other: {{fn::secret: {CANARY}2}}}}
  nothing: null
  flags: [true, 1.50, "yes", yes]
  environmentVariables:
    DB_URL: ${{db.url}}
    NUMBER: 7
    EMPTY: null
    TOKEN: {{fn::secret: {CANARY}}}
"""


@pytest.fixture
def prod(esc: FakeEsc) -> FakeEsc:
    esc.save("acme/default/base", "values: {db: {user: base, port: 5432}}")
    esc.save(str(PROD), YAML)
    return esc


@pytest.fixture
def theirs(esc: FakeEsc) -> sdk.EscClient:
    return sdk.default_client(host=esc.url, access_token=esc.token)


def read(client: EscClient, environment: Environment = PROD) -> dict[str, tuple[str | None, bool]]:
    session = client.open(environment)
    found = leaves(client.read(environment, session))
    return {leaf.dotted: (leaf.text, leaf.secret) for leaf in found}


def test_opening_and_reading(prod: FakeEsc, client: EscClient) -> None:
    assert read(client) == {
        "db.user": ("shop", False),
        "db.port": ("5432", False),
        "db.password": (CANARY, True),
        "db.url": ("postgres://shop@host", False),
        "db.value.value": ("deep", False),
        "db.value.other": (CANARY + "2", True),
        "nothing": (None, False),
        "flags[0]": ("true", False),
        "flags[1]": ("1.5", False),
        "flags[2]": ("yes", False),
        "flags[3]": ("yes", False),
        "environmentVariables.DB_URL": ("postgres://shop@host", False),
        "environmentVariables.NUMBER": ("7", False),
        "environmentVariables.EMPTY": ("", False),
        "environmentVariables.TOKEN": (CANARY, True),
    }


def test_the_vendors_sdk_reads_the_same(prod: FakeEsc, theirs: sdk.EscClient) -> None:
    environment, values, raw = theirs.open_and_read_environment(*PROD[:3])
    assert values["environmentVariables"]["DB_URL"] == "postgres://shop@host"
    assert values["environmentVariables"]["NUMBER"] == 7
    # Its plain values lose a map that has a key `value`; the typed ones keep it.
    assert values["db"] == "deep"
    assert environment.properties["db"].value["password"]["secret"] is True
    # Ours, from the bytes that it received.
    found = {leaf.dotted: leaf.text for leaf in leaves(json.loads(raw)["properties"])}
    assert found["db.value.other"] == CANARY + "2"


def test_the_vendors_sdk_reads_one_property_and_lists_all_pages(
    prod: FakeEsc, theirs: sdk.EscClient
) -> None:
    opened = theirs.open_environment(*PROD[:3])
    value, plain = theirs.read_open_environment_property(*PROD[:3], opened.id, "db.url")
    assert plain == "postgres://shop@host"
    assert not value.secret
    for number in range(8):
        prod.save(f"acme/pages/env{number}", "")
    page = theirs.list_environments("acme")
    listed = list(page.environments)
    while page.next_token:
        page = theirs.list_environments("acme", page.next_token)
        listed += page.environments
    names = [found.name for found in listed if found.project == "pages"]
    assert names == [f"env{number}" for number in range(8)]


def test_both_get_the_definition_and_its_revisions(
    prod: FakeEsc, client: EscClient, theirs: sdk.EscClient
) -> None:
    definition = client.definition(PROD)
    assert CANARY not in definition.yaml
    assert "ciphertext" in definition.yaml
    assert (definition.revision, bool(definition.etag)) == ("2", True)
    raw = theirs.esc_api.get_environment_without_preload_content(*PROD[:3])
    assert raw.data.decode() == definition.yaml
    assert raw.headers["ETag"] == definition.etag
    assert [found.number for found in theirs.list_environment_revisions(*PROD[:3])] == [2, 1]


def test_patching_needs_the_newest_tag(
    prod: FakeEsc, client: EscClient, theirs: sdk.EscClient
) -> None:
    definition = client.definition(PROD)
    changed = definition.yaml.replace("user: shop", "user: till")
    assert client.patch(PROD, changed, definition.etag) == "3"
    assert read(client)["db.url"] == ("postgres://till@host", False)
    assert read(client)["db.password"] == (CANARY, True)
    with pytest.raises(StaleDefinitionError):
        client.patch(PROD, changed, definition.etag)
    with pytest.raises(ApiException) as caught:
        theirs.esc_api.update_environment_yaml(
            *PROD[:3], changed, _headers={"ETag": definition.etag}
        )
    assert caught.value.status == 409


def test_a_version_can_be_opened(prod: FakeEsc, client: EscClient) -> None:
    prod.save(str(PROD), "values: {environmentVariables: {DB_URL: newer}}")
    assert read(client)["environmentVariables.DB_URL"][0] == "newer"
    older = Environment.parse("acme/shop/prod@2")
    assert read(client, older)["environmentVariables.DB_URL"][0] == "postgres://shop@host"


def test_creating_twice_is_a_conflict(client: EscClient, theirs: sdk.EscClient) -> None:
    client.create(PROD)
    with pytest.raises(EscError) as caught:
        client.create(PROD)
    assert caught.value.status == 409
    with pytest.raises(ApiException) as refused:
        theirs.create_environment(*PROD[:3])
    assert refused.value.status == 409


def test_a_bad_definition_is_refused_with_its_place_and_without_its_text(
    prod: FakeEsc, client: EscClient, theirs: sdk.EscClient
) -> None:
    bad = f"values:\n  a: {CANARY}\n  b: ${{nowhere}}\n"
    with pytest.raises(EscError) as caught:
        client.patch(PROD, bad, client.definition(PROD).etag)
    assert caught.value.positions == ((3, 6),)
    assert "line 3 column 6" in str(caught.value)
    assert theirs.check_environment_yaml("acme", bad).diagnostics


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503])
def test_a_status_is_an_error_of_ours_that_carries_no_value(
    prod: FakeEsc, client: EscClient, status: int
) -> None:
    prod.fault(status=status, times=99, body=f'{{"message": "{CANARY}"}}'.encode())
    with pytest.raises(EscError) as caught:
        client.open(PROD)
    error = caught.value
    assert isinstance(error, ConfigSourceError)
    assert error.status == status
    assert "acme/shop/prod" in str(error)
    assert f"HTTP {status}" in str(error)
    assert CANARY not in repr(error) + str(error)
    assert prod.token not in repr(error) + str(error)
    assert error.__cause__ is None
    # Only what may pass by itself is tried again.
    assert (len(prod.requests) > 1) == (status in {429, 500, 502, 503})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "UnauthorizedException"),
        (403, "ForbiddenException"),
        (404, "NotFoundException"),
        (409, "ApiException"),
        (429, "ApiException"),
        (500, "ServiceException"),
        (503, "ServiceException"),
    ],
)
def test_the_vendors_sdk_sees_the_same_status(
    prod: FakeEsc, theirs: sdk.EscClient, status: int, kind: str
) -> None:
    prod.fault(status=status)
    with pytest.raises(ApiException) as caught:
        theirs.open_environment(*PROD[:3])
    assert type(caught.value).__name__ == kind
    assert caught.value.status == status


@pytest.mark.parametrize("fault", [{"hang": 2.0}, {"cut": 5}])
def test_the_vendors_sdk_sees_slow_and_cut_connections(
    prod: FakeEsc, theirs: sdk.EscClient, fault: dict[str, Any]
) -> None:
    prod.fault(**fault, times=9)
    with pytest.raises(HTTPError):
        theirs.esc_api.open_environment(*PROD[:3], _request_timeout=(0.3, 0.3))


def test_the_fake_refuses_by_itself(prod: FakeEsc, client: EscClient) -> None:
    def status(environment: Environment, using: EscClient = client) -> Any:
        with pytest.raises(EscError) as caught:
            using.open(environment)
        return caught.value.status

    prod.save("acme/shop/closed", "")
    prod.forbidden.add("acme/shop/closed")
    assert status(Environment("acme", "shop", "nope")) == 404
    assert status(Environment("acme", "shop", "closed")) == 403
    assert status(PROD, EscClient("pul-wrong", url=prod.url)) == 401


def test_an_environment_that_needs_an_approval_says_how_to_ask_for_it(
    prod: FakeEsc, client: EscClient
) -> None:
    prod.gated = {(str(PROD), "open"), (str(PROD), "update")}
    definition = client.definition(PROD)
    with pytest.raises(EscError, match=r"`pulumi env open-request acme/shop/prod`") as info:
        client.open(PROD)
    assert info.value.status == 403
    with pytest.raises(EscError, match=r"`pulumi env set --draft acme/shop/prod PATH VALUE`"):
        client.patch(PROD, definition.yaml, definition.etag)
    assert client.definition(PROD) == definition
    prod.gated.clear()
    prod.forbidden.add(str(PROD))
    with pytest.raises(EscError, match="lacks the permission"):
        client.open(PROD)


@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"status": 429, "headers": {"Retry-After": "0"}}, {"cut": 5}]
)
def test_a_passing_failure_is_tried_again(
    prod: FakeEsc, client: EscClient, fault: dict[str, Any]
) -> None:
    prod.fault(**fault, times=2)
    assert read(client)["db.user"] == ("shop", False)


def test_a_write_is_never_repeated(prod: FakeEsc, client: EscClient) -> None:
    definition = client.definition(PROD)
    prod.fault(status=503, method="PATCH", times=9)
    with pytest.raises(EscError):
        client.patch(PROD, definition.yaml, definition.etag)
    assert prod.calls("PATCH") == 1


def test_a_wait_longer_than_the_time_left_is_not_waited(prod: FakeEsc, client: EscClient) -> None:
    prod.fault(status=429, times=9, headers={"Retry-After": "3600"})
    with pytest.raises(EscError, match="429"):
        client.open(PROD)
    assert len(prod.requests) == 1


@pytest.mark.parametrize("fault", [{"hang": 30.0}, {"drip": 0.2}])
def test_slow_connections_end_in_time(
    prod: FakeEsc, client: EscClient, fault: dict[str, Any]
) -> None:
    prod.fault(**fault, times=9)
    begun = time.monotonic()
    with pytest.raises(EscError, match="no answer in time"):
        client.open(PROD)
    assert time.monotonic() - begun < 10  # a third of what the server takes


def test_an_answer_cut_short_is_no_answer(prod: FakeEsc, client: EscClient) -> None:
    session = client.open(PROD)
    prod.fault(cut=40, times=9)
    with pytest.raises(EscError, match="cut in the middle"):
        client.read(PROD, session)


@pytest.fixture
def nobody() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_no_server_is_an_error_of_ours(nobody: int) -> None:
    client = EscClient("t", url=f"http://127.0.0.1:{nobody}", timeouts=Timeouts(0.2, 0.2, 0.6))
    with pytest.raises(EscError, match="ConnectionRefusedError"):
        client.open(PROD)


def test_a_redirect_is_not_followed(prod: FakeEsc, client: EscClient) -> None:
    with FakeEsc() as elsewhere:
        prod.fault(status=307, headers={"Location": f"{elsewhere.url}/api/esc"})
        with pytest.raises(EscError, match="HTTP 307"):
            client.open(PROD)
        assert elsewhere.requests == []


def test_an_answer_without_end_is_refused(
    prod: FakeEsc, client: EscClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 64)
    session = client.open(PROD)
    with pytest.raises(EscError, match="larger than"):
        client.read(PROD, session)


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"\xff\xfe"])
def test_an_answer_that_is_not_json_is_malformed(
    prod: FakeEsc, client: EscClient, body: bytes
) -> None:
    prod.fault(status=200, body=body)
    with pytest.raises(EscError, match="JSON"):
        client.open(PROD)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.pulumi.com",
        "api.pulumi.com",
        "ftp://localhost",
        "https://u@h",
        "http://10.0.0.1",
    ],
)
def test_a_host_that_would_leak_the_token_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        Host.parse(url)


def test_hosts() -> None:
    assert Host.parse("https://api.pulumi.com") == (True, "api.pulumi.com", None, "")
    assert Host.parse("http://[::1]:8/x/") == (False, "::1", 8, "/x")


@pytest.mark.parametrize("name", ["a/b", "a/b/c/d", "a/../c", "a/b/c@", "", "a b/c/d"])
def test_a_wrong_environment_name_is_told(name: str) -> None:
    with pytest.raises(ConfigError, match="organisation/project/env"):
        Environment.parse(name)


# Fields that the service sends and the description leaves out.
MORE = {"EnvironmentDiagnostics": {"code", "message"}}


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (shapes.ENVIRONMENT, "Environment"),
        (shapes.CONTEXT, "EvaluatedExecutionContext"),
        (shapes.VALUE, "Value"),
        (shapes.TRACE, "Trace"),
        (shapes.RANGE, "Range"),
        (shapes.POS, "Pos"),
        (shapes.DIAGNOSTIC, "EnvironmentDiagnostic"),
        (shapes.DIAGNOSTICS, "EnvironmentDiagnostics"),
        (shapes.ERROR, "Error"),
        (shapes.OPENED, "OpenEnvironment"),
        (shapes.ORG_ENVIRONMENT, "OrgEnvironment"),
        (shapes.ORG_ENVIRONMENTS, "OrgEnvironments"),
        (shapes.REVISION, "EnvironmentRevision"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_the_shapes_of_the_fake_are_those_of_the_published_description(
    check: shapes.Check, name: str
) -> None:
    """The SDK's models are generated from the OpenAPI description: same fields, same required."""
    fields = getattr(models, name).model_fields
    theirs = {field.alias or own: field for own, field in fields.items()}
    theirs.pop("additional_properties", None)
    ours = shapes.SHAPES[check]()
    more = MORE.get(name, set())
    assert set(ours) - more == set(theirs)
    for field in set(ours) - more:
        if (name, field) != ("Value", "value"):  # described as required; nulls come without it
            assert ours[field][0] == theirs[field].is_required(), field


def test_the_fake_holds_its_own_answers_to_the_shapes() -> None:
    with pytest.raises(shapes.ShapeError, match="trace is required"):
        shapes.VALUE({"value": "x"}, "answer")
    with pytest.raises(shapes.ShapeError, match="not in the description"):
        shapes.VALUE({"value": "x", "trace": {}, "more": 1}, "answer")
    with pytest.raises(shapes.ShapeError, match="str"):
        shapes.VALUE({"value": {"inner": "no Value"}, "trace": {}}, "answer")
