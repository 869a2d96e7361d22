"""Sources of other packages: named, with options, bounded in time, and written to."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from packages import install

import hushflake.config as hc
from hushflake.cli.main import main
from hushflake.config.project.section import load
from hushflake.config.reading import process
from hushflake.config.sources.base import Loaded

# One module for all tests: what it does stands in its options.
STORE = """
import time
from hushflake.config.errors import ConfigSourceError
from hushflake.config.sources.base import Loaded, StaleSourceError

ASKED, KEPT = [], {}

class Store:
    remote = True

    def __init__(self, argument, options):
        self.name, self.options = argument, options

    def load(self):
        ASKED.append(self.name)
        time.sleep(self.options.get("sleep", 0))
        if "error" in self.options:
            raise eval(self.options["error"])(self.options.get("token", ""))
        held = {"ARGUMENT": self.name, **self.options.get("values", {})}
        return Loaded(
            {**held, **KEPT.get(self.name, {})}, frozenset({"TOKEN"}),
            expires_in=self.options.get("life"),
        )

    def write(self, values, plain):
        if self.options.get("stale"):
            raise StaleSourceError("somebody else was faster")
        if not self.options.get("forgets"):
            KEPT.setdefault(self.name, {}).update(values)
        return f"revision {len(values)}"

def make(settings, argument, options):
    return Store(argument, options)

class Reader:
    name = "reader"
    remote = True
    timeout = 0.2

    def load(self):
        time.sleep(30)

def old(settings):
    return Reader()
"""
TOKEN = "canary-" + "of-an-option"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of the installed package."""
    entries = {"shop": "shop_source:make", "old": "shop_source:old"}
    monkeypatch.syspath_prepend(str(install(tmp_path / "site", "shop_source", STORE, entries)))
    monkeypatch.delitem(sys.modules, "shop_source", raising=False)
    import shop_source  # type: ignore[import-not-found]

    return shop_source


def test_several_sources_of_one_package_with_options(shop: Any) -> None:
    hc.configure(
        sources=["shop:one", "shop:two"],
        source_options={
            "shop": {"values": {"BOTH": "shop", "LEVEL": "shop"}},
            "shop:two": {"values": {"ONLY": "two"}},
        },
    )
    assert hc.get_config_value("ARGUMENT") == "one"
    assert hc.get_config_value("BOTH") == "shop"
    assert hc.get_config_value("ONLY") == "two"
    names = [source["name"] for source in hc.describe()["sources"]]
    assert names == ["environment", "shop:one", "shop:two"]


def test_the_variables_win(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUSHFLAKE_SOURCES", "shop:three")
    monkeypatch.setenv("HUSHFLAKE_SOURCE_OPTIONS", '{"shop": {"values": {"A": "variable"}}}')
    hc.configure(sources=["shop:one"], source_options={"shop": {"values": {"A": "code"}}})
    assert (hc.get_config_value("ARGUMENT"), hc.get_config_value("A")) == ("three", "variable")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"shop": "x"}, "must be"),
        ({"shop": {1: "x"}}, "names of options must be strings"),
        ({"shop": {"timeout": 0}}, "shop: timeout must be a number of seconds above 0"),
        ({"shop": {"refresh_seconds": TOKEN}}, "refresh_seconds must be a number"),
        ({"old": {"a": 1}}, "source old: takes no argument and no options"),
    ],
)
def test_options_that_cannot_be_used_are_told(shop: Any, given: Any, reason: str) -> None:
    with pytest.raises(hc.ConfigError, match=reason) as caught:
        hc.configure(sources=["old"], source_options=given)
    assert TOKEN not in str(caught.value)


def test_a_variable_that_is_no_json_is_told_and_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUSHFLAKE_SOURCE_OPTIONS", f"token={TOKEN}")
    with pytest.raises(hc.ConfigError, match="HUSHFLAKE_SOURCE_OPTIONS: must be a JSON") as caught:
        hc.configure()
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("error", ["ValueError", "KeyError", "ConfigSourceError", "SystemExit"])
def test_whatever_it_raises_is_an_error_of_the_source_without_a_secret(
    shop: Any, error: str
) -> None:
    options = {"shop": {"error": error, "token": TOKEN}}
    hc.configure(sources=["shop:one"], source_options=options)
    if error == "SystemExit":
        with pytest.raises(SystemExit):
            hc.get_config_value("A")
        return
    with pytest.raises(hc.ConfigSourceError, match="A: cannot be looked up: source shop") as caught:
        hc.get_config_value("A")
    found = caught.value
    assert TOKEN not in f"{found!r} {found.__cause__!r} {found.__context__!r}"


def test_one_that_never_answers_is_not_waited_for(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FROM_ENVIRONMENT", "e")
    hc.configure(sources=["old"])
    began = time.monotonic()
    assert hc.get_config_value("FROM_ENVIRONMENT") == "e"
    with pytest.raises(hc.ConfigSourceError, match=r"source old: no answer within 0.2 seconds"):
        hc.get_config_value("A")
    with pytest.raises(hc.ConfigSourceError):
        hc.refresh()
    assert time.monotonic() - began < 5
    left = [each for each in threading.enumerate() if each.name == "hushflake-source"]
    assert len(left) == 1, "one that was left behind is not asked again"


def refreshed_in_the_background() -> None:
    active = process.current()
    assert active is not None
    active.refresh(everything=False)


def test_a_time_to_live_of_its_own(shop: Any) -> None:
    options = {"shop:slow": {"refresh_seconds": 7000}, "shop:fast": {"refresh_seconds": 50}}
    hc.configure(sources=["shop:slow", "shop:fast", "shop:usual"], source_options=options)
    hc.preload()
    shop.ASKED.clear()
    active = process.current()
    assert active is not None
    assert 0 < active.due_in() <= 50
    refreshed_in_the_background()
    assert shop.ASKED == ["usual"]
    hc.refresh()
    assert shop.ASKED == ["usual", "slow", "fast", "usual"]


def test_values_of_a_lease_are_asked_for_before_it_ends_and_not_served_after(shop: Any) -> None:
    options: dict[str, Any] = {"values": {"A": "leased"}, "life": 1.2}
    hc.configure(sources=["shop:one"], source_options={"shop": options}, miss_seconds=900)
    assert hc.get_config_value("A") == "leased"
    active = process.current()
    assert active is not None
    assert active.due_in() < 1.2
    if active.worker is not None:
        active.worker.stop()
    active.sources[0 - 1]._source.options = {"error": "ConnectionError"}  # type: ignore[attr-defined]
    refreshed_in_the_background()
    assert hc.get_config_value("A") == "leased"
    assert active.due_in() > 0.2, "one that does not answer is not hurried"
    time.sleep(1.3)
    refreshed_in_the_background()
    with pytest.raises(hc.ConfigSourceError, match="ConnectionError"):
        hc.get_config_value("A")


# -- writing --------------------------------------------------------------------------------


def saved(monkeypatch: pytest.MonkeyPatch, value: str, *arguments: str) -> int:
    import io

    stdin = io.TextIOWrapper(io.BytesIO(value.encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    return main(["config", "set", *arguments])


def test_config_set_writes_to_it(
    shop: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert saved(monkeypatch, TOKEN, "API_TOKEN", "--secret", "--to", "shop:one") == 0
    said = "shop:one: API_TOKEN saved, version revision 1, read back unchanged"
    assert said in capsys.readouterr().out
    assert main(["config", "list", "--store", "shop:one", "--format", "json"]) == 0
    names = json.loads(capsys.readouterr().out)["names"]
    assert {"key": "API_TOKEN", "source": "shop:one", "secret": False} in names


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"stale": True}, "somebody else saved in between; nothing was written"),
        ({"forgets": True}, "API_TOKEN came back changed"),
        ({"sleep": 30, "timeout": 0.2}, "no answer within 0.2 seconds"),
        ({"error": "ValueError", "token": TOKEN}, "it fails (ValueError)"),
    ],
)
def test_what_goes_wrong_when_writing_is_told(
    shop: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: Mapping[str, Any],
    reason: str,
) -> None:
    monkeypatch.setenv("HUSHFLAKE_SOURCE_OPTIONS", json.dumps({"shop": options}))
    assert saved(monkeypatch, TOKEN, "API_TOKEN", "--secret", "--to", "shop:one") in (2, 3)
    printed = capsys.readouterr()
    assert reason in printed.err
    assert TOKEN not in printed.out + printed.err


def test_one_that_cannot_be_written_is_no_target(
    shop: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert saved(monkeypatch, "x", "A", "--to", "old:") == 2
    assert "--to old: can be read only" in capsys.readouterr().err
    assert saved(monkeypatch, "x", "A", "--to", "none:x") == 2
    assert "shop:NAME" in capsys.readouterr().err


# -- whose word counts ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "variable", "value"),
    [
        ('sources = ["shop:theirs"]\n', "HUSHFLAKE_SOURCES", "shop:theirs"),
        (
            "[tool.hushflake.config.source.shop]\nhost = 'theirs.example'\n",
            "HUSHFLAKE_SOURCE_OPTIONS",
            '{"shop": {"host": "theirs.example"}}',
        ),
    ],
)
def test_a_repository_chooses_no_argument_and_no_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str, variable: str, value: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.hushflake.config]\n{section}")
    with pytest.raises(hc.PolicyError, match=variable):
        load(tmp_path).permitted()
    monkeypatch.setenv(variable, value.replace("theirs", "others"))
    with pytest.raises(hc.PolicyError, match=variable):
        load(tmp_path).permitted()
    monkeypatch.setenv(variable, value)
    load(tmp_path).permitted()


def test_an_application_s_own_settings_may_hold_options(tmp_path: Path) -> None:
    text = "[tool.hushflake.config.source.shop]\nhost = 'ours.example'\ntimeout = 3\n"
    (tmp_path / "pyproject.toml").write_text(text)
    options = load(tmp_path).arguments["source_options"]
    assert options == {"shop": {"host": "ours.example", "timeout": 3}}
    assert "ours" not in repr(options)
    (tmp_path / "pyproject.toml").write_text("[tool.hushflake.config]\nsource = {shop = 1}\n")
    with pytest.raises(hc.ConfigError, match=r"source in .* must be a table of tables"):
        load(tmp_path)


def test_the_import_is_the_same_with_fifty_sources_installed(tmp_path: Path) -> None:
    program = (
        "import sys; before = set(sys.modules)\n"
        "import hushflake.config as hc\n"
        "hc.get_config_value('A')\n"
        "hc.configure()\n"
        "hc.get_config_value('A')\n"
        "print(sorted(set(sys.modules) - before))"
    )

    def modules(folder: Path) -> str:
        done = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{program}"],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    for number in range(50):
        install(tmp_path / "fifty", f"many_{number}", "", {f"s{number}": f"many_{number}:make"})
    (tmp_path / "none").mkdir()
    found = modules(tmp_path / "fifty")
    assert found == modules(tmp_path / "none")
    assert "importlib.metadata" not in found


def test_what_a_source_returns_is_not_shown() -> None:
    assert "5" not in repr(Loaded({"A": "5"}, expires_in=3))
