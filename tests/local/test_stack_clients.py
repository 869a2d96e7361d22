"""`stack exec`, `stack start --print` and `--write-connection`: clients that know no host."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.cli.stack_clients import connection_entry, connections_file, write_connection
from hushflake.local.language.errors import LocalStackUsageError
from hushflake.local.server.process import lifecycle

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a stack in it."""
    folder = tmp_path_factory.mktemp("place")
    try:
        lifecycle.ensure_running(folder / ".hushflake")
        yield folder
    finally:
        lifecycle.stop(folder / ".hushflake")


@pytest.fixture
def here(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path / "snowflake"))
    return place


def endpoint_of(folder: Path) -> lifecycle.Endpoint:
    return lifecycle.ensure_running(folder / ".hushflake")


BY_NAME = "snowflake.connector.connect(connection_name='hushflake')"
BY_ACCOUNT = (
    "snowflake.connector.connect(account='local', user='x', "
    "password=os.environ['SNOWFLAKE_PASSWORD'])"
)


@pytest.mark.parametrize("how", [BY_NAME, BY_ACCOUNT], ids=["by name", "by account"])
def test_a_program_reaches_the_stack(here: Path, how: str) -> None:
    program = (
        "import os, snowflake.connector\n"
        f"with {how} as c:\n"
        "    print(c.cursor().execute('SELECT 40 + 2, CURRENT_ROLE()').fetchone())\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "hushflake.cli.main", "stack", "exec", "--role", "ACCOUNTADMIN",
         "--", sys.executable, "-c", program],
        cwd=here, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout == "(42, 'ACCOUNTADMIN')\n", done.stderr


def test_exec_returns_the_code_and_leaves_other_accounts_alone(here: Path) -> None:
    program = (
        "import sys, snowflake.connector as s\n"
        "try: s.connect(account='other', user='u', password='p', login_timeout=1,\n"
        "               host='127.0.0.1', port=9, protocol='http')\n"
        "except s.Error: sys.exit(7)\n"
    )
    assert main(["stack", "exec", "--", sys.executable, "-c", program]) == 7


def test_another_sitecustomize_runs_too(here: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os\nos.environ['SEEN'] = 'yes'\n")
    done = subprocess.run(
        [sys.executable, "-m", "hushflake.cli.main", "stack", "exec", "--", sys.executable, "-c",
         "import os; print(os.environ.get('SEEN'))"],
        cwd=here, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout == "yes\n", done.stderr


@pytest.mark.parametrize("form", ["dbt", "sqlalchemy", "snowpark", "snow", "env"])
def test_what_is_printed_names_the_stack_and_no_token(
    here: Path, form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["stack", "start", "--print", form]) == 0
    out = capfd.readouterr().out
    endpoint = endpoint_of(here)
    assert str(endpoint.port) in out
    assert endpoint.token not in out
    assert str(endpoint.token_file) in out


def test_the_printed_variables_work_in_a_shell(
    here: Path, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["stack", "start", "--print", "env"]) == 0
    script = tmp_path / "variables.sh"
    script.write_text(capfd.readouterr().out)
    done = subprocess.run(
        ["sh", "-c", f'. {script}; printf %s "$SNOWFLAKE_PASSWORD"'],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == endpoint_of(here).token


def test_a_written_connection_works_and_others_stay(here: Path, tmp_path: Path) -> None:
    path = tmp_path / "snowflake" / "connections.toml"
    path.parent.mkdir()
    kept = '# mine\n[prod]\naccount = "acme"\n\n[hushflake]\naccount = "old"\n\n[dev]\nuser = "u"\n'
    path.write_text(kept)
    for _ in range(2):
        assert main(["stack", "start", "--write-connection"]) == 0
    text = path.read_text()
    held = tomllib.loads(text)
    assert (held["prod"], held["dev"]) == ({"account": "acme"}, {"user": "u"})
    assert text.startswith("# mine\n")
    assert text.count("[hushflake]") == 1
    assert endpoint_of(here).token not in text
    assert path.stat().st_mode & 0o77 == 0
    program = (
        "import snowflake.connector as s; print(s.connect(connection_name='hushflake').account)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout == "local\n", done.stderr


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("[prod\n", "a", "is not TOML"),
        ("hushflake = {account = 'x'}\n", "hushflake", "is not TOML"),
        ("", "a b", "its name has letters"),
    ],
)
def test_a_file_that_is_left(here: Path, tmp_path: Path, text: str, name: str, said: str) -> None:
    path = tmp_path / "connections.toml"
    path.write_text(text)
    entry = connection_entry(endpoint_of(here), {}, name)
    with pytest.raises(LocalStackUsageError, match=said):
        write_connection(path, name, entry)
    assert path.read_text() == text


def test_a_port_is_kept_and_one_that_is_taken_is_refused(tmp_path: Path, capsys: Capture) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = ["stack", "start", "--project", str(tmp_path), "--format", "json"]
        (tmp_path / "hushflake.yaml").write_text("project: p\n")
        try:
            assert main([*arguments, "--port", str(port)]) == 3
            assert "choose another one: hushflake stack start --port N" in capsys.readouterr().err
            taken.close()
            for _ in range(2):
                assert main(arguments) == 0
                assert json.loads(capsys.readouterr().out)["port"] == port
                lifecycle.stop(tmp_path / ".hushflake")
        finally:
            lifecycle.stop(tmp_path / ".hushflake")


def test_the_file_is_the_one_that_clients_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SNOWFLAKE_HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert connections_file() == tmp_path / ".snowflake/connections.toml"
    configured = tmp_path / (
        "Library/Application Support" if sys.platform == "darwin" else ".config"
    )
    (configured / "snowflake").mkdir(parents=True)
    assert connections_file() == configured / "snowflake/connections.toml"
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / ".snowflake").symlink_to(tmp_path / "dotfiles")
    # What a link leads to is written; the link stays.
    assert connections_file() == tmp_path / "dotfiles/connections.toml"
