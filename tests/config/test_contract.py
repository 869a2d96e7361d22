"""The accessors are held against `os.getenv`, `os.environ[…]` and `in os.environ` themselves."""

import copy
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hushflake.config as hc

PAIRS: list[tuple[Callable[..., Any], Callable[..., Any]]] = [
    (os.getenv, hc.get_config_value),
    (lambda key: os.getenv(key, "fallback"), lambda key: hc.get_config_value(key, "fallback")),
    (lambda key: os.environ[key], hc.require_config_value),
    (lambda key: key in os.environ, hc.has_config_value),
]


def outcome(read: Callable[[Any], Any], key: Any) -> tuple[str, Any]:
    """What a read did, in a form that can be compared: its value, or its error."""
    try:
        return "value", read(key)
    except KeyError as error:
        return "KeyError", error.args
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize(
    "key",
    ["SET", "EMPTY", "NOPE", "set", "", "a\0b", "UNDECODABLE", 3, None, b"SET", "\ud800", ("a",)],
    ids=ascii,
)
@pytest.mark.parametrize(("theirs", "ours"), PAIRS, ids=["get", "default", "require", "has"])
def test_reads_like_the_environment(
    theirs: Callable[..., Any],
    ours: Callable[..., Any],
    key: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SET", "value")
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.setenv("UNDECODABLE", "\udcff\udcfe")
    for _ in range(3):  # the first read of a key takes another way than the next
        assert outcome(ours, key) == outcome(theirs, key)


def test_an_unhashable_key_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        hc.get_config_value(["NOPE"])  # type: ignore[call-overload]


@given(key=st.text(max_size=8), value=st.one_of(st.none(), st.text(max_size=8)))
@settings(max_examples=200, deadline=None)
def test_any_key_and_value(key: str, value: str | None) -> None:
    with mock.patch.dict(os.environ):
        try:
            if value is not None:
                os.environ[key] = value
        except (ValueError, OSError, UnicodeEncodeError):
            pass
        for theirs, ours in PAIRS:
            assert outcome(ours, key) == outcome(theirs, key)


@pytest.mark.parametrize("default", [None, 0, "", [], 2.5, b"x", object], ids=repr)
def test_the_default_comes_back_untouched(default: Any) -> None:
    for _ in range(2):
        assert hc.get_config_value("HUSHFLAKE_TEST_NOPE", default) is default


def test_keyword_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SET", "value")
    assert hc.get_config_value(key="SET") == "value"
    assert hc.get_config_value(key="HUSHFLAKE_TEST_NOPE", default="d") == "d"
    assert hc.require_config_value(key="SET") == "value"
    assert hc.has_config_value(key="SET")


def test_late_changes_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> tuple[str | None, bool]:
        return hc.get_config_value("LATE"), hc.has_config_value("LATE")

    monkeypatch.delenv("LATE", raising=False)
    assert read() == (None, False)
    monkeypatch.setenv("LATE", "one")
    assert [read(), read()] == [("one", True)] * 2
    monkeypatch.setenv("LATE", "two")
    assert [read(), read()] == [("two", True)] * 2
    with mock.patch.dict(os.environ, {"LATE": "three"}, clear=True):
        assert read() == ("three", True)
    assert read() == ("two", True)
    with mock.patch("os.environ", {"LATE": "four"}):
        assert read() == ("four", True)
        assert hc.require_config_value("LATE") == "four"
    with mock.patch("os.environ", {}):
        assert read() == (None, False)
        with pytest.raises(KeyError):
            hc.require_config_value("LATE")
    assert read() == ("two", True)
    monkeypatch.delenv("LATE")
    assert [read(), read()] == [(None, False)] * 2


def test_a_missing_key_is_a_key_error() -> None:
    with pytest.raises(hc.MissingConfigError) as caught:
        hc.require_config_value("HUSHFLAKE_TEST_NOPE")
    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, hc.ConfigError)
    assert caught.value.args == ("HUSHFLAKE_TEST_NOPE",)
    assert caught.value.explanation.startswith("HUSHFLAKE_TEST_NOPE: not set")


@pytest.mark.parametrize("key", ["HUSHFLAKE_TEST_NOPE", "it's", "", "two\nlines"])
def test_the_error_is_that_of_the_environment_to_the_letter(key: str) -> None:
    def raised(read: Callable[[str], str]) -> KeyError:
        try:
            raise ValueError("is being handled")
        except ValueError:
            with pytest.raises(KeyError) as caught:
                read(key)
        return caught.value

    ours, theirs = raised(hc.require_config_value), raised(os.environ.__getitem__)
    assert str(ours) == str(theirs) == repr(key)
    assert ours.args == theirs.args == (key,)
    assert ours.__cause__ is theirs.__cause__ is None
    assert ours.__suppress_context__ is theirs.__suppress_context__ is True
    assert not getattr(ours, "__notes__", [])
    assert f"{ours}" == f"{theirs}"
    assert pickle.loads(pickle.dumps(ours)).args == (key,)
    assert copy.copy(ours).args == (key,)
    with pytest.raises(KeyError, match=f"^{re.escape(repr(key))}$"):
        hc.require_config_value(key)


def test_an_uncaught_one_ends_in_its_own_name() -> None:
    """What differs, as documented: the class is one of ours."""
    program = "import hushflake.config as hc; hc.require_config_value('HUSHFLAKE_TEST_NOPE')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last == "hushflake.config.errors.MissingConfigError: 'HUSHFLAKE_TEST_NOPE'"
    assert "During handling" not in done.stderr


def run_python(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_importing_is_cheap_and_imports_nothing_of_others() -> None:
    loaded = run_python(
        "import sys; before = set(sys.modules); import hushflake.config;"
        "print(*sorted(set(sys.modules) - before))"
    ).split()
    ours = {name for name in loaded if name.startswith("hushflake")}
    assert {name.split(".")[1] for name in ours if "." in name} == {"config"}
    foreign = {name.split(".")[0] for name in set(loaded) - ours}
    assert foreign <= set(sys.stdlib_module_names)
    # The dear ones of the standard library stay out as well.
    dear = {"json", "urllib", "http", "ssl", "logging", "asyncio", "dataclasses", "inspect"}
    assert not foreign & dear


def test_unconfigured_it_starts_no_thread_and_writes_no_file() -> None:
    printed = run_python(
        "import os, threading, tempfile\n"
        "os.chdir(tempfile.mkdtemp())\n"
        "import hushflake.config as hc\n"
        "hc.get_config_value('HOME'); hc.has_config_value('NOPE')\n"
        "print(threading.active_count(), os.listdir())"
    )
    assert printed.strip() == "1 []"
