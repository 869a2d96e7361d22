"""A project or repository decides no host and no credential, whatever its files say."""

import dataclasses
import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml
from canaries import Canaries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hushflake.config import Secret
from hushflake.config.project.section import _LISTS, _NUMBERS, _STRINGS, _TABLES
from hushflake.deploy import rest
from hushflake.deploy.credentials import connector_arguments
from hushflake.deploy.errors import MistakeError
from hushflake.deploy.plan_checks import Rule
from hushflake.deploy.rest import RestError
from hushflake.deploy.session import Session
from hushflake.schema.errors import SchemaError
from hushflake.schema.marker import ProjectYaml, Targets
from hushflake.schema.project import find_project
from hushflake.schema.settings import StackYaml, load_stack
from hushflake.sync.errors import NotionError
from hushflake.sync.lag import looked
from hushflake.sync.notion.api import NotionApi

ENTITY = """
entity: THINGS
schema: S
description: Things
key: [id]
fields: {id: {type: string(64), required: true}, name: {type: string(64)}}
embedding: {text: "{name}", model: e5-base-v2}
notion:
  data_source: 1f0b0000000000000000000000000000
  fields: {name: {property: Name, type: title}}
"""
LOCAL = {"connection": "local", "database": "D"}
# Everything that asks an account, each with what it needs to come that far.
COMMANDS = [
    ["plan"],
    ["apply", "--yes"],
    ["destroy", "--yes"],
    ["drift"],
    ["capture", "out.json"],
    ["history"],
    ["rollback", "1", "--yes"],
    ["load"],
    ["embed"],
    ["search", "things"],
    ["sql", "SELECT 1"],
    ["related", "THINGS", "1"],
    ["ask", "how many things"],
    ["status"],
    ["sync", "notion", "--once"],
    ["sync", "conflicts", "list"],
    ["mcp"],
]


def project(folder: Path, stack: dict[str, Any] | str) -> Path:
    """Make a schema project whose stack `dev` is what `stack` says."""
    root = folder / "project"
    for name in ("entities", "objects", "stacks"):
        (root / name).mkdir(parents=True)
    (root / "hushflake.yaml").write_text("project: hostile\n")
    (root / "entities" / "things.yaml").write_text(ENTITY)
    (root / "objects" / "schemas.yaml").write_text("- {kind: schema, name: S}\n")
    text = stack if isinstance(stack, str) else yaml.safe_dump(stack)
    (root / "stacks" / "dev.yaml").write_text(text)
    return root


def connections(canaries: Canaries) -> dict[str, object]:
    """Return hostile `connection:` mappings by name."""
    host = {"account": "acme", "user": "me", "host": "127.0.0.1", "port": canaries.port}
    plain = {**host, "protocol": "http"}
    key = str(canaries.key_file)
    url = canaries.url("/token")
    return {
        "host": plain,
        "account": {"account": f"127.0.0.1:{canaries.port}/", "user": "me"},
        "token file": {**plain, "authenticator": "oauth", "token_file_path": key},
        "key file": {**plain, "authenticator": "SNOWFLAKE_JWT", "private_key_file": key},
        "key path": {**plain, "private_key_path": key},
        "oauth": {
            **plain,
            "authenticator": "oauth_client_credentials",
            "oauth_client_id": "x",
            "oauth_token_request_url": url,
        },
        "browser": {
            "account": "acme",
            "authenticator": "oauth_authorization_code",
            "oauth_authorization_url": url,
        },
        "okta": {"account": "acme", "user": "me", "authenticator": url},
        "proxy": {"account": "acme", "proxy_host": "127.0.0.1", "proxy_port": canaries.port},
        "no checks": {"account": "acme", "insecure_mode": True, "disable_ocsp_checks": True},
        "region": {"account": "acme", "user": "me", "region": "evil.example"},
        "named, and a host": {"name": "dev", "host": "127.0.0.1", "port": canaries.port},
        "another case": {"name": "dev", "HOST": "127.0.0.1", "Port": canaries.port},
        "a path as a name": "../../etc/passwd",
    }


NAMES = ["host", "account", "token file", "key file", "key path", "oauth", "browser", "okta",
         "proxy", "no checks", "region", "named, and a host", "another case",
         "a path as a name"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_stack_sends_no_credential_anywhere(
    name: str, canaries: Canaries, tmp_path: Path
) -> None:
    stack = {"connection": connections(canaries)[name], "database": "D"}
    ran = canaries.run(
        "plan", "--stack", "dev", folder=project(tmp_path, stack), codes=(2,), given=b""
    )
    assert "stacks/dev.yaml:" in ran.stderr
    assert "connections.toml" in ran.stderr or "remove it" in ran.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_no_command_follows_a_stack(words: list[str], canaries: Canaries, tmp_path: Path) -> None:
    stack = {"connection": connections(canaries)["host"], "database": "D"}
    ran = canaries.run(
        *words, "--stack", "dev", folder=project(tmp_path, stack), codes=(2,),
        environment={"NOTION_API_KEY": canaries.tokens["NOTION_TOKEN"]},
    )  # fmt: skip
    assert "a project may not set 'host'" in ran.stderr


def test_a_named_connection_is_the_users_and_is_said(canaries: Canaries, tmp_path: Path) -> None:
    """The line comes before anything is sent; here nobody listens at the user's own host."""
    (canaries.home / ".snowflake").mkdir()
    (canaries.home / ".snowflake" / "connections.toml").write_text(
        '[dev]\naccount = "mine"\nuser = "ME"\nhost = "127.0.0.1"\nport = 1\n'
        'protocol = "http"\nlogin_timeout = 1\n'
    )
    root = project(tmp_path, {"connection": {"name": "dev", "role": "R"}, "database": "D"})
    ran = canaries.run("plan", "--stack", "dev", folder=root, codes=(3,))
    first = ran.stderr.splitlines()[0]
    assert first == "Stack dev: account mine, host 127.0.0.1:1, user ME (connection dev)"


def repository(folder: Path, section: str, **files: str) -> Path:
    """Make a repository whose pyproject.toml says `section`."""
    root = folder / "repository"
    root.mkdir()
    (root / "pyproject.toml").write_text(f"[tool.hushflake.config]\n{section}\n")
    (root / "app.py").write_text("import os\nKEY = os.environ['SOME_KEY']\n")
    for name, text in files.items():
        (root / name).write_text(text)
    return root


CONFIG = [
    ["config", "doctor"],
    ["config", "list"],
    ["config", "get", "SOME_KEY"],
    ["config", "set", "--plain", "A", "b"],
    ["config", "run", "--", "true"],
    ["config", "audit"],
]


@pytest.mark.parametrize("words", CONFIG, ids=lambda words: words[1])
@pytest.mark.parametrize("user", [{}, {"PULUMI_BACKEND_URL": "https://api.pulumi.com"}], ids=len)
def test_a_repository_does_not_choose_where_the_pulumi_token_goes(
    words: list[str], user: dict[str, str], canaries: Canaries, tmp_path: Path
) -> None:
    root = repository(tmp_path, f'esc = "a/b/c"\nesc-url = "{canaries.url()}"')
    ran = canaries.run(*words, folder=root, codes=(2,), environment=user)
    assert "set PULUMI_BACKEND_URL in your environment" in ran.stderr


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ('audit-dir = "{files}/trail"', "leads out of the repository"),
        ('audit-dir = "../trail"', "leads out of the repository"),
        ('audit-dir = "link/trail"', "leads out of the repository"),
        ('dotenv = "{key}"\nmode = "development"', "leads out of the repository"),
        ('esc = "a/b/../../../../x"', "is named organisation/project/env"),
        ('esc = "a/b/c%2f.."', "is named organisation/project/env"),
        ('esc = "a/b/c?x=1"', "is named organisation/project/env"),
        ('keyring = "gh:github.com"\nkeyring-keys = ["user"]', "HUSHFLAKE_KEYRING="),
        ('audit-key = "SNOWFLAKE_PASSWORD"', "must contain AUDIT"),
        ("x = " + "[" * 5_000, "nested too deeply"),
        ("x = " + "1" * 5_000, "pyproject.toml"),
    ],
)
def test_a_repository_reaches_nothing_outside(
    section: str, message: str, canaries: Canaries, tmp_path: Path
) -> None:
    """Two commands stand for all: they share one reader of the file."""
    section = section.format(files=canaries.files, key=canaries.key_file)
    root = repository(tmp_path, section)
    (root / "link").symlink_to(canaries.files)
    for words in (CONFIG[1], CONFIG[4]):
        assert message in canaries.run(*words, folder=root, codes=(2,)).stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["repository"]


@pytest.mark.parametrize(
    "key",
    ["LD_PRELOAD", "HTTPS_PROXY", "SNOWFLAKE_HOST", "ZDOTDIR", "_JAVA_OPTIONS", "OPENSSL_CONF"],
)
def test_a_repositorys_env_file_does_not_steer_a_program(
    key: str, canaries: Canaries, tmp_path: Path
) -> None:
    section = f'mode = "development"\ndotenv = ".env"\nexport = ["{key}", "PATH", "PLAIN"]'
    root = repository(tmp_path, section, **{".env": f"{key}=evil\nPATH=./evil\nPLAIN=x\n"})
    run = ["config", "run", "--", "/bin/sh", "-c", "echo $PLAIN-$PATH"]
    for words in (run, [*run[:2], "--all", *run[2:]]):
        ran = canaries.run(*words, folder=root, codes=(2,))
        assert f"say --export {key}" in ran.stderr
    ran = canaries.run(*run[:2], "--export", key, *run[2:], folder=root, codes=(0,))
    # What the user's environment holds, no file changes.
    assert ran.stdout.startswith("x-")
    assert "evil" not in ran.stdout


@pytest.mark.parametrize(
    "url", ["http://example.com", "ftp://x", "example.com", "http://[::", "https://x:y"]
)
def test_the_notion_token_goes_over_https(url: str, canaries: Canaries, tmp_path: Path) -> None:
    ran = canaries.run(
        "sync", "notion", "--once", folder=project(tmp_path, LOCAL), codes=(2,),
        environment={"NOTION_API_KEY": canaries.tokens["NOTION_TOKEN"], "NOTION_BASE_URL": url},
    )  # fmt: skip
    assert "is not an https address" in ran.stderr


class Redirecting:
    """A server that sends whoever asks to another port, and keeps what it was asked."""

    def __init__(self, status: int, target: str) -> None:
        self._answer = (
            f"HTTP/1.1 {status} X\r\nLocation: {target}\r\nContent-Length: 2\r\n"
            "Content-Type: application/json\r\nConnection: close\r\n\r\n{}"
        ).encode()
        self.asked = 0

    def __enter__(self) -> str:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        # A bare close does not wake `accept`, and its thread would answer for whichever socket
        # is given the same number next.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                talk, _ = self._listener.accept()
                with talk:
                    talk.recv(65536)
                    self.asked += 1
                    talk.sendall(self._answer)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_client_of_ours_follows_a_redirect(status: int, canaries: Canaries) -> None:
    server = Redirecting(status, canaries.url("/elsewhere"))
    with server as url:
        api = NotionApi(Secret(canaries.tokens["NOTION_TOKEN"]), url)
        with pytest.raises(NotionError):
            api.data_source("1" * 32)
        api.close()
        session = cast(Session, SimpleNamespace(rest_access=lambda: (url, "a-token")))
        with pytest.raises(RestError):
            rest.post(session, "/api/v2/x", {})
    assert server.asked == 2
    assert canaries.touched() == []


def test_a_session_token_goes_over_https() -> None:
    session = cast(Session, SimpleNamespace(rest_access=lambda: ("http://example.com", "t")))
    with pytest.raises(RestError, match="plain http would show"):
        rest.post(session, "/api/v2/x", {})


@pytest.mark.parametrize(
    "identity", ["../users/me", "a/b", "..", ".", "a?b", "a#b", "%2", "a\\b", ""]
)
def test_an_id_leads_to_no_other_object(identity: str, canaries: Canaries) -> None:
    api = NotionApi(Secret("t"), canaries.url("").rstrip("/"))
    for call in (
        lambda: api.data_source(identity),
        lambda: api.query(identity),
        lambda: api.page(identity),
        lambda: api.update(identity, {}),
        lambda: api.put_body(identity, ""),
        lambda: list(api.items("1" * 32, identity)),
    ):
        with pytest.raises(NotionError, match="is not a Notion id"):
            call()
    api.close()
    assert canaries.touched() == []


@pytest.mark.parametrize("place", [".hushflake", ".hushflake/sync", ".hushflake/mcp-audit.jsonl"])
def test_local_data_follows_no_link(place: str, canaries: Canaries, tmp_path: Path) -> None:
    root = project(tmp_path, LOCAL)
    link = root / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(canaries.files / "made" if "." in link.name else canaries.files)
    for words in (["plan"], ["search", "x"], ["mcp"]):
        ran = canaries.run(*words, "--stack", "local", folder=root, codes=(2,))
        assert "remove the link" in ran.stderr


@pytest.mark.parametrize("place", [".gitignore", "sync/local.json", "searches/local.txt"])
def test_local_data_waits_for_nothing(place: str, canaries: Canaries, tmp_path: Path) -> None:
    root = project(tmp_path, LOCAL)
    pipe = root / ".hushflake" / place
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    for words in (["status"], ["search", "x"]):
        ran = canaries.run(*words, "--stack", "local", folder=root, codes=(2,))
        assert "not a regular file" in ran.stderr
    with pytest.raises(SchemaError, match="not a regular file"):
        looked(find_project(root, root), "dev")


@pytest.mark.parametrize("name", ["pyproject.toml", "app/config.py", "app"])
def test_no_file_of_the_user_comes_into_a_repository(
    name: str, canaries: Canaries, tmp_path: Path
) -> None:
    """`config init` writes what it read, and more: of a link that would be a file of the user."""
    root = repository(tmp_path, "")
    own = canaries.home / "connections.toml"
    own.write_text("[dev]\naccount = 'of-the-user'\n", encoding="utf-8")
    (root / name).unlink(missing_ok=True)
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).symlink_to(canaries.home if name == "app" else own)
    before = sorted(path.name for path in canaries.home.iterdir())
    canaries.run("config", "init", "app/config.py", "--force", folder=root, codes=(2,))
    assert (root / name).is_symlink()
    assert own.read_text(encoding="utf-8") == "[dev]\naccount = 'of-the-user'\n"
    assert sorted(path.name for path in canaries.home.iterdir()) == before


def test_every_key_of_a_projects_files_was_looked_at() -> None:
    """A new one belongs here once it is clear that it names no host, file, command or credential.

    Callers, audit file and address of the MCP server, the port of webhooks and the address of
    Notion come from the command line and the environment; no file of a project has a key for them.
    """
    marker = {item.name for item in dataclasses.fields(ProjectYaml)}
    assert marker == {
        "project",
        "description",
        "renamed_from",
        "dbt",
        "external",
        "shared",
        "evaluation",
    }
    assert {item.name for item in dataclasses.fields(Targets)} == {
        "recall_at_10",
        "ndcg_at_10",
        "mrr",
        "nothing",
        "p95_ms",
    }
    rule = {item.name for item in dataclasses.fields(Rule)} - {"path"}  # not from YAML
    assert rule == {"name", "refuse", "owner", "exceptions"}
    assert {item.name for item in dataclasses.fields(StackYaml)} == {
        "connection",
        "database",
        "edition",
        "account_admin",
        "account_prefix",
        "variables",
        "overrides",
        "expected_use",
        "budget_usd",
        "embedder",
        "search_index",
        "journal_schema",
        "deploy_warehouse",
        "production",
        "cortex_search",
        "semantic_views",
        "owners",
        "search_inherits_policies",
        "settings",
    }
    # `last-known` is left out by commands; `source` counts where the environment says the same.
    assert {*_STRINGS, *_NUMBERS, *_LISTS, *_TABLES} == {
        "last-known",
        "source",
        "audit-max-bytes",
        "mode",
        "esc",
        "environment",
        "audit-dir",
        "audit",
        "audit-key",
        "service",
        "dotenv",
        "keyring",
        "environment-keys",
        "keyring-keys",
        "stores",
        "sources",
        "declared",
        "export",
        "secrets",
        "services",
    }


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["account", "host", "port", "protocol", "user", "authenticator", "token_file_path", "name",
     "role", "warehouse", "database", "schema", "password", "token", "Host", "proxy_host"]
) | st.text(max_size=12)  # fmt: skip


@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(connection=ANY | st.dictionaries(KEYS, ANY, max_size=4), raw=st.text(max_size=60))
def test_whatever_a_stack_says_it_decides_role_warehouse_database_schema(
    connection: object, raw: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The connector's arguments without the project's, and with it, differ in these four alone."""
    root = project(tmp_path_factory.mktemp("fuzz"), yaml.safe_dump(
        {"database": "D", "connection": connection}
    ))  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNOWFLAKE_HOME", str(root))
        for name, value in (("ACCOUNT", "mine"), ("USER", "ME"), ("PASSWORD", "p" * 9)):
            patch.setenv(f"SNOWFLAKE_{name}", value)
        mine = connector_arguments(None, "x")
        # A user's mistake, and nothing else, may be what comes of it.
        with suppress(SchemaError, MistakeError):
            stack = load_stack(find_project(root), "dev")
            theirs = mine if stack.is_local else connector_arguments(stack.connection, "x")
            changed = {key for key in {*mine, *theirs} if mine.get(key) != theirs.get(key)}
            assert changed <= {"role", "warehouse", "database", "schema"}
        # Any text at all in place of the file.
        (root / "stacks" / "dev.yaml").write_text(raw, encoding="utf-8")
        with suppress(SchemaError):
            load_stack(find_project(root), "dev")
