"""Which source answers: order, modes, names, policy."""

import os
import subprocess
import sys
from pathlib import Path
from typing import ClassVar
from unittest import mock

import pytest
from fake_esc import FakeEsc

import hushflake.config as hc

PROD = "acme/shop/prod"
FAST = {"connect_timeout": 0.3, "read_timeout": 0.3, "total_timeout": 0.6}


@pytest.fixture(autouse=True)
def both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTH", "from-environment")
    monkeypatch.setenv("ONLY_ENVIRONMENT", "from-environment")


@pytest.mark.parametrize("mode", ["production", "development"])
@pytest.mark.parametrize(
    ("order", "winner"), [("first", "from-environment"), ("fallback", "from-esc")]
)
def test_first_and_fallback(prod: FakeEsc, mode: str, order: str, winner: str) -> None:
    hc.configure(mode=mode, esc=PROD, environment=order)
    assert hc.get_config_value("BOTH") == winner
    assert hc.get_config_value("ONLY_ESC") == "from-esc"
    assert hc.get_config_value("ONLY_ENVIRONMENT") == "from-environment"
    assert hc.get_config_value("NOPE", "d") == "d"
    assert hc.require_config_value("API_TOKEN") == "esc-token-value"
    assert hc.has_config_value("ONLY_ESC")
    assert not hc.has_config_value("NOPE")
    with pytest.raises(hc.MissingConfigError):
        hc.require_config_value("NOPE")


@pytest.mark.parametrize("mode", ["production", "development", "test"])
def test_deny(prod: FakeEsc, mode: str) -> None:
    hc.configure(mode=mode, esc=PROD, environment="deny", environment_keys=["DECLARED", "OK_*"])
    if mode != "test":
        assert hc.get_config_value("BOTH") == "from-esc"
    for read in (hc.get_config_value, hc.require_config_value, hc.has_config_value):
        with pytest.raises(hc.PolicyError, match="ONLY_ENVIRONMENT: only the process environment"):
            read("ONLY_ENVIRONMENT")
    with pytest.raises(hc.PolicyError):
        hc.get_config_value("ONLY_ENVIRONMENT", "never the default")
    assert hc.get_config_value("NOPE", "d") == "d"
    assert not hc.has_config_value("NOPE")
    with pytest.raises(hc.MissingConfigError):
        hc.require_config_value("NOPE")
    # Declared and bootstrap keys may come from it.
    with mock.patch.dict(os.environ, {"DECLARED": "1", "OK_2": "2"}):
        hc.refresh()
        assert hc.get_config_value("DECLARED") == "1"
        assert hc.get_config_value("OK_2") == "2"
        assert hc.get_config_value("PULUMI_ACCESS_TOKEN") == prod.token


def test_a_denied_key_is_denied_as_soon_as_the_environment_holds_it(
    prod: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    hc.configure(esc=PROD, environment="deny")
    assert hc.get_config_value("LATER") is None
    monkeypatch.setenv("LATER", "x")
    with pytest.raises(hc.PolicyError):
        hc.get_config_value("LATER")


@pytest.mark.parametrize("mode", ["development", "test"])
def test_late_changes_are_seen(prod: FakeEsc, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    hc.configure(mode=mode, esc=PROD)

    def read() -> str | None:
        return hc.get_config_value("LATE")

    assert read() is None
    monkeypatch.setenv("LATE", "1")
    assert [read(), read()] == ["1", "1"]
    with mock.patch.dict(os.environ, {"LATE": "2"}):
        assert [read(), read()] == ["2", "2"]
    with mock.patch("os.environ", {"LATE": "3"}):
        assert [read(), read()] == ["3", "3"]
    monkeypatch.delenv("LATE")
    assert [read(), read()] == [None, None]


def test_production_sees_what_is_set_later_and_keeps_what_was(
    prod: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    hc.configure(esc=PROD)
    assert hc.get_config_value("BOTH") == "from-environment"
    assert hc.get_config_value("LATE") is None
    monkeypatch.setenv("LATE", "set later")
    monkeypatch.setenv("BOTH", "changed later")
    assert hc.get_config_value("LATE") == "set later"
    assert hc.get_config_value("BOTH") == "from-environment"
    hc.refresh()
    assert hc.get_config_value("BOTH") == "changed later"


def test_test_mode_uses_no_network(prod: FakeEsc) -> None:
    hc.configure(mode="test", esc=PROD)
    hc.preload()
    hc.refresh()
    assert hc.get_config_value("ONLY_ESC") is None
    assert prod.requests == []


def test_variables_override_the_arguments(prod: FakeEsc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUSHFLAKE_MODE", "development")
    monkeypatch.setenv("HUSHFLAKE_ESC", PROD)
    monkeypatch.setenv("HUSHFLAKE_ENVIRONMENT", "fallback")
    hc.configure(mode="production", esc="acme/shop/other", environment="deny")
    assert hc.get_config_value("BOTH") == "from-esc"
    told = hc.describe()
    assert (told["mode"], told["esc"], told["environment"]) == ("development", PROD, "fallback")


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "prod"},
        {"environment": "last"},
        {"esc": "just-a-name"},
        {"audit": "lines"},
        {"environment_keys": "ONE"},
        {"refresh_seconds": 9000},
        {"miss_seconds": 0},
    ],
    ids=str,
)
def test_a_wrong_argument_is_told(wrong: dict[str, object]) -> None:
    with pytest.raises(hc.ConfigError, match=next(iter(wrong))):
        hc.configure(**wrong)  # type: ignore[arg-type]


def test_nested_values_have_three_names(prod: FakeEsc) -> None:
    hc.configure(esc=PROD)
    for name in ("db.password", "DB_PASSWORD", "db_password"):
        assert hc.get_config_value(name) == "esc-password"
    for name in ("db.poolSize", "DB_POOL_SIZE", "db_pool_size"):
        assert hc.get_config_value(name) == "5"
    assert hc.get_config_value("db.hosts[1]") == hc.get_config_value("DB_HOSTS_1") == "b"
    assert hc.get_config_value("environmentVariables.ONLY_ESC") == "from-esc"
    # Case matters, and a map is no value.
    assert hc.get_config_value("Db_Password") is None
    assert hc.get_config_value("db") is None


def test_a_name_that_two_paths_derive_is_an_error_when_read(prod: FakeEsc) -> None:
    prod.save(
        PROD, "values: {a: {bC: '1', b_c: '2'}, a_b: {d: '3'}, A_B_D: '4', x: {y: '5'}, x_y: '6'}"
    )
    hc.configure(esc=PROD)
    hc.preload()
    for name in ("A_B_C", "a_b_c"):
        for read in (hc.get_config_value, hc.require_config_value, hc.has_config_value):
            with pytest.raises(hc.AmbiguousNameError, match=r"a\.bC and a\.b_c"):
                read(name)
    assert hc.get_config_value("a.bC") == "1"
    # A name that is somebody's own is exact, and never ambiguous.
    assert hc.get_config_value("A_B_D") == "4"
    assert hc.get_config_value("x_y") == "6"
    assert set(hc.describe()["ambiguous"]) == {"A_B_C", "a_b_c", "a_b_d", "X_Y"}


def test_the_environment_settles_an_ambiguous_name(
    prod: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    prod.save(PROD, "values: {a: {bC: '1', b_c: '2'}}")
    monkeypatch.setenv("A_B_C", "mine")
    hc.configure(esc=PROD)
    assert hc.get_config_value("A_B_C") == "mine"


def test_shadowed_keys_are_described_without_their_values(
    prod: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONLY_ESC", "from-esc")
    hc.configure(esc=PROD)
    hc.preload()
    told = hc.describe()
    assert told["shadowed"] == [
        {"key": "BOTH", "used": "environment", "hidden": "esc", "same": False},
        {"key": "ONLY_ESC", "used": "environment", "hidden": "esc", "same": True},
    ]
    assert [source["name"] for source in told["sources"]] == ["environment", "esc"]
    assert "from-e" not in str(told)


def test_a_dotenv_file_is_for_development_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.env"
    file.write_text("FROM_FILE=1\nBOTH=from-file\n", encoding="utf-8")
    hc.configure(mode="development", dotenv=file)
    assert hc.get_config_value("FROM_FILE") == "1"
    assert hc.get_config_value("BOTH") == "from-environment"
    monkeypatch.delenv("BOTH")
    assert hc.get_config_value("BOTH") == "from-file"
    hc.configure(mode="test", dotenv=file)
    assert hc.get_config_value("FROM_FILE") is None
    with pytest.raises(hc.PolicyError, match=r"settings\.env: a \.env file is not loaded"):
        hc.configure(mode="production", dotenv=file)
    # The accessor module is the same everywhere: naming a file that is not there is no mistake.
    hc.configure(mode="production", dotenv=tmp_path / "none.env")
    assert hc.get_config_value("FROM_FILE") is None


def test_a_dotenv_file_that_somebody_else_loaded_stops_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("LOADED_A=1\nLOADED_B=secret-of-b\n", encoding="utf-8")
    hc.configure()
    hc.preload()
    monkeypatch.setenv("LOADED_A", "1")
    monkeypatch.setenv("LOADED_B", "secret-of-b")
    with pytest.raises(hc.PolicyError, match="was loaded into the process") as caught:
        hc.refresh()
    assert "secret-of-b" not in str(caught.value)
    hc.configure(mode="development")
    hc.preload()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/self/environ")
def test_a_process_that_was_started_with_the_values_did_not_load_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8000\n", encoding="utf-8")
    program = "import hushflake.config as hc; hc.configure(); print(hc.get_config_value('PORT'))"
    command = [sys.executable, "-c", program]
    given = {**os.environ, "PORT": "8000"}
    done = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "8000\n")
    command[-1] = "import os; os.environ['PORT'] = '8000'; " + program
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "was loaded into the process" in done.stderr


def test_overrides_of_the_configuration_win(prod: FakeEsc) -> None:
    hc.configure(esc=PROD, overrides={"BOTH": "override", "ONLY_ESC": ""})
    assert hc.get_config_value("BOTH") == "override"
    assert hc.get_config_value("ONLY_ESC") == ""


PLUGIN = """
from hushflake.config import get_config_value
from hushflake.config.sources.base import Loaded
class Vault:
    name = "vault"
    remote = True
    def load(self):
        # Reading while it is being asked: only the process environment is there.
        assert get_config_value("ONLY_ENVIRONMENT") == "from-environment"
        assert get_config_value("ONLY_ESC") is None
        return Loaded({"FROM_VAULT": "v", "ONLY_ESC": "never"}, frozenset({"FROM_VAULT"}))
def make(settings):
    return Vault()
"""


def test_an_installed_package_adds_a_source(
    prod: FakeEsc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vault_source.py").write_text(PLUGIN, encoding="utf-8")
    info = tmp_path / "vault_source-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: vault-source\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[hushflake.config_sources]\nvault = vault_source:make\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    hc.configure(esc=PROD, sources=["vault"])
    assert hc.get_config_value("FROM_VAULT") == "v"
    assert hc.get_config_value("ONLY_ESC") == "from-esc"
    with pytest.raises(hc.ConfigError, match="known: vault"):
        hc.configure(sources=["volt"])


def test_the_keyring_is_asked_for_declared_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import keyring
    from keyring.backend import KeyringBackend

    class InMemory(KeyringBackend):
        priority = 1
        held: ClassVar = {("app", "FROM_KEYRING"): "ring", ("app", "OTHER"): "never asked for"}

        def get_password(self, service: str, username: str) -> str | None:
            return self.held.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            raise NotImplementedError

    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())  # type: ignore[no-untyped-call]
    try:
        hc.configure(keyring="app", keyring_keys=["FROM_KEYRING", "ABSENT"])
        assert hc.get_config_value("FROM_KEYRING") == "ring"
        assert hc.get_config_value("OTHER") is None
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize("mode", ["production", "development"])
def test_esc_out_of_reach(prod: FakeEsc, mode: str, caplog: pytest.LogCaptureFixture) -> None:
    prod.fault(status=503, times=99)
    hc.configure(mode=mode, esc=PROD, **FAST)  # type: ignore[arg-type]
    assert hc.get_config_value("BOTH") == "from-environment"
    if mode == "production":
        # Missing and unknown are different things: no default for a key that may be set.
        with pytest.raises(hc.ConfigSourceError, match="NOPE: cannot be looked up: Pulumi ESC"):
            hc.get_config_value("NOPE", "default")
        with pytest.raises(hc.ConfigSourceError):
            hc.preload()
    else:
        assert hc.get_config_value("NOPE", "default") == "default"
        assert "going on without it" in caplog.text


@pytest.mark.parametrize("url", ["s3://bucket", "file://~", "azblob://x"])
def test_the_address_of_a_state_backend_is_not_that_of_esc(
    prod: FakeEsc, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    hc.configure(esc=PROD, esc_url=prod.url)
    assert hc.get_config_value("ONLY_ESC") == "from-esc"


@pytest.mark.parametrize("mode", ["production", "development"])
def test_a_source_that_is_configured_wrongly_does_not_hide_the_others(
    prod: FakeEsc, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "http://esc.example.org")
    hc.configure(mode=mode, esc=PROD)
    assert hc.get_config_value("BOTH") == "from-environment"
    if mode == "production":
        with pytest.raises(hc.ConfigError, match=r"NOPE: .*plain http would show the access token"):
            hc.get_config_value("NOPE")
    else:
        assert hc.get_config_value("NOPE", "default") == "default"


def test_no_token_is_told(esc: FakeEsc) -> None:
    hc.configure(esc=PROD, esc_url=esc.url)
    with pytest.raises(hc.ConfigSourceError, match="set PULUMI_ACCESS_TOKEN"):
        hc.get_config_value("NOPE")


def test_importing_and_configuring_reach_nothing(prod: FakeEsc) -> None:
    program = (
        "import sys, threading, hushflake.config as hc\n"
        f"hc.configure(esc={PROD!r}, audit_dir='trail')\n"
        "import os; print(threading.active_count(), os.listdir())\n"
        "print({'ssl', 'http', 'json'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:1] == ["1 []"]
    assert prod.requests == []
