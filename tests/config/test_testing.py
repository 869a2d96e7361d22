"""Overrides in tests and tasks, and the pytest plugin in a suite of its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from fake_esc import FakeEsc

import hushflake.config as hc
from hushflake.config.reading import access

pytest_plugins = ["pytester"]


def read() -> str | None:
    return hc.get_config_value("KEY")


def test_overrides_nest_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "real")
    with hc.config_overrides({"KEY": "outer", "MORE": "m"}):
        assert [read(), read()] == ["outer", "outer"]
        with hc.config_overrides({"KEY": None}):
            assert read() is None
            assert not hc.has_config_value("KEY")
            with pytest.raises(hc.MissingConfigError):
                hc.require_config_value("KEY")
            with hc.config_overrides({"KEY": ""}):
                assert read() == ""
                assert hc.require_config_value("MORE") == "m"
        assert read() == "outer"
    assert read() == "real"


def test_overrides_end_with_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEY", raising=False)
    with pytest.raises(ZeroDivisionError), hc.config_overrides({"KEY": "x"}):
        raise ZeroDivisionError
    assert read() is None


@pytest.mark.parametrize("values", [{"KEY": 1}, {1: "KEY"}, {"KEY": b"x"}])
def test_overrides_are_strings(values: dict[str, str]) -> None:
    with pytest.raises(TypeError), hc.config_overrides(values):
        pass
    assert read() is None


def test_tasks_do_not_see_each_other() -> None:
    async def task(value: str) -> list[str | None]:
        with hc.config_overrides({"KEY": value}):
            first = read()
            await asyncio.sleep(0.01)
            return [
                first,
                read(),
                await asyncio.to_thread(read),
                await asyncio.create_task(inner()),
            ]

    async def inner() -> str | None:
        return read()

    async def all_of_them() -> list[list[str | None]]:
        return await asyncio.gather(*(task(str(number)) for number in range(5)))

    assert asyncio.run(all_of_them()) == [[str(number)] * 4 for number in range(5)]
    assert read() is None


def test_threads_do_not_see_each_other_unless_asked() -> None:
    barrier = threading.Barrier(4)

    def thread(number: int) -> bool:
        with hc.config_overrides({"KEY": str(number)}):
            barrier.wait(5)
            same = read() == str(number)
            barrier.wait(5)
            return same

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(thread, range(4)))
        with hc.config_overrides({"KEY": "mine"}):
            assert pool.submit(read).result() is None
        with hc.config_overrides({"KEY": "ours"}, all_threads=True):
            assert pool.submit(read).result() == "ours"
            with hc.config_overrides({"KEY": "mine"}):
                assert (read(), pool.submit(read).result()) == ("mine", "ours")
    assert read() is None


async def overriding(value: str, **how: Any) -> AsyncIterator[None]:
    """A fixture or dependency with `yield`, as frameworks take one."""
    with hc.config_overrides({"KEY": value}, **how):
        yield


@pytest.mark.parametrize("all_threads", [False, True])
def test_a_generator_may_end_in_another_task(all_threads: bool) -> None:
    async def both() -> list[str | None]:
        generator = overriding("mine", all_threads=all_threads)
        tasks = asyncio.get_running_loop()
        # Two tasks, each with a copy of this context of its own.
        await tasks.create_task(anext_of(generator))
        seen = [read()]
        await tasks.create_task(anext_of(generator))
        return [*seen, read()]

    async def anext_of(generator: AsyncIterator[None]) -> None:
        async for _ in generator:
            assert read() == "mine"
            break

    assert asyncio.run(both()) == ["mine" if all_threads else None, None]
    assert (read(), access._layer) == (None, None)


def test_a_generator_that_ends_elsewhere_ends_for_all_who_saw_it() -> None:
    generators = [contextmanager(overriding_now)(str(number)) for number in range(3)]
    here = copy_context()
    for generator in generators:
        here.run(generator.__enter__)
    derived = here.copy()
    assert (here.run(read), derived.run(read)) == ("2", "2")
    # Not in the order in which they began, and each in a context of its own.
    for generator, left in ((generators[1], "2"), (generators[2], "0")):
        copy_context().run(generator.__exit__, None, None, None)
        assert (here.run(read), derived.run(read)) == (left, left)
    derived.run(hc.set_config_override, "KEY", "set")  # belongs to the block that still runs
    assert here.run(read) == "set"
    here.run(generators[0].__exit__, None, None, None)
    assert (here.run(read), derived.run(read), access._layer) == (None, None, None)


def overriding_now(value: str) -> Iterator[None]:
    with hc.config_overrides({"KEY": value}):
        yield


ANYIO = """
    import pytest
    import hushflake.config as hc

    pytestmark = pytest.mark.anyio

    @pytest.fixture(params=["asyncio"], scope="module")
    def anyio_backend(request):
        return request.param

    @pytest.fixture
    async def key():
        with hc.config_overrides({"KEY": "from the fixture"}):
            yield

    @pytest.fixture(scope="module")
    async def module():
        with hc.config_overrides({"MODULE": "m"}, all_threads=True):
            yield

    async def test_it(key, module):
        assert hc.get_config_value("KEY") == "from the fixture"
        assert hc.get_config_value("MODULE") == "m"

    async def test_it_ends(module):
        assert (hc.get_config_value("KEY"), hc.get_config_value("MODULE")) == (None, "m")
"""


def test_async_fixtures_of_anyio(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(ANYIO)
    pytester.runpytest_subprocess("-q", "-p", "anyio").assert_outcomes(passed=2)


def test_overrides_stay_over_a_refresh_and_a_configuration(prod: FakeEsc) -> None:
    with hc.config_overrides({"ONLY_ESC": "override"}):
        hc.configure(esc="acme/shop/prod")
        assert hc.get_config_value("ONLY_ESC") == "override"
        assert hc.get_config_value("API_TOKEN") == "esc-token-value"
        hc.refresh()
        assert hc.get_config_value("ONLY_ESC") == "override"
    assert hc.get_config_value("ONLY_ESC") == "from-esc"
    sources = {record["source"] for record in hc.audit_snapshot() if record["key"] == "ONLY_ESC"}
    assert sources == {"override", "esc"}


@pytest.fixture
def clean() -> Iterator[None]:
    yield
    hc.reset_config_overrides()


@pytest.mark.usefixtures("clean")
def test_what_is_set_stays_until_it_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "real")
    hc.set_config_override("KEY", "set")
    with ThreadPoolExecutor(1) as pool:
        assert (read(), pool.submit(read).result(), asyncio.run(asyncio.to_thread(read))) == (
            ("set",) * 3
        )
    hc.set_config_override("KEY", "again")
    assert hc.require_config_value("KEY") == "again"
    hc.set_config_override("KEY", None)
    assert not hc.has_config_value("KEY")
    hc.set_config_override("MORE", "m")
    hc.remove_config_override("KEY")
    assert (read(), hc.get_config_value("MORE")) == ("real", "m")
    hc.remove_config_override("NEVER_SET")
    hc.reset_config_overrides()
    assert not hc.has_config_value("MORE")
    # Reads are as fast as they were: no layer is left.
    assert access._layer is None


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("all_threads", [False, True])
def test_what_is_set_in_a_block_ends_with_it(all_threads: bool) -> None:
    hc.set_config_override("KEY", "below")
    with hc.config_overrides({"KEY": "block"}, all_threads=all_threads):
        hc.set_config_override("KEY", "set")
        hc.set_config_override("MORE", "m")
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(read).result() == ("set" if all_threads else "below")
        with hc.config_overrides({"KEY": "inner"}):
            assert read() == "inner"
        assert (read(), hc.get_config_value("MORE")) == ("set", "m")
        hc.remove_config_override("KEY")
        assert read() == "below"
    assert (read(), hc.get_config_value("MORE")) == ("below", None)


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(("key", "value"), [("KEY", 1), (1, "x"), ("KEY", b"x")])
def test_what_is_set_is_a_string(key: str, value: str) -> None:
    with pytest.raises(TypeError):
        hc.set_config_override(key, value)
    assert read() is None


@pytest.mark.usefixtures("clean")
def test_readers_and_writers_do_not_disturb_each_other() -> None:
    ended = threading.Event()

    def write() -> None:
        for number in range(2_000):
            hc.set_config_override("KEY", "x")
            hc.set_config_override(f"KEY_{number % 50}", "x")
            hc.remove_config_override("KEY")
        ended.set()

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write) for _ in range(2)]
        while not ended.is_set():
            assert read() in (None, "x")
            hc.describe()
        for writer in writers:
            writer.result()


def test_setting_and_removing_is_in_the_trail(prod: FakeEsc) -> None:
    hc.configure(esc="acme/shop/prod")
    access.base().counters.take_events()
    hc.set_config_override("KEY", "x")
    hc.remove_config_override("KEY")
    hc.remove_config_override("KEY")
    hc.set_config_override("MORE", "x")
    hc.reset_config_overrides()
    events, _ = access.base().counters.take_events()
    told = [(event["key"], event.get("removed", False)) for event in events]
    assert told == [("KEY", False), ("KEY", True), ("MORE", False), ("MORE", True)]
    assert "'x'" not in str(events)


SUITE = """
    import os, threading
    from concurrent.futures import ThreadPoolExecutor
    import pytest
    import hushflake.config as hc

    def test_fixture(config_overrides):
        config_overrides({"KEY": "one"})
        config_overrides({"KEY": "two", "HOME": None})
        assert hc.get_config_value("KEY") == "two"
        assert not hc.has_config_value("HOME")
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(hc.get_config_value, "KEY").result() == "two"

    def test_ends():
        assert hc.get_config_value("KEY") is None

    hc.set_config_override("STANDS", "s")

    @pytest.fixture
    def fixture():
        hc.set_config_override("KEY", "from the fixture")

    def test_set(fixture):
        assert hc.get_config_value("KEY") == "from the fixture"
        hc.set_config_override("STANDS", None)
        assert hc.get_config_value("STANDS") is None

    def test_set_ends():
        assert hc.get_config_value("KEY") is None
        assert hc.get_config_value("STANDS") == "s"

    def test_set_in_the_fixture(config_overrides):
        config_overrides({"KEY": "one"})
        hc.set_config_override("KEY", "two")
        assert hc.get_config_value("KEY") == "two"

    def test_set_in_the_fixture_ends():
        assert hc.get_config_value("KEY") is None

    def test_mode():
        assert os.environ["HUSHFLAKE_MODE"] == "test"
        hc.configure(mode="production", esc="acme/shop/prod", esc_url="http://127.0.0.1:1")
        assert hc.describe()["mode"] == "test"
        assert hc.get_config_value("NOPE", 1) == 1
"""


def test_the_plugin(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess("-q")
    result.assert_outcomes(passed=7)


STRICT = """
    import pytest
    import hushflake.config as hc

    def test_declared():
        assert hc.get_config_value("DECLARED") is None
        assert hc.get_config_value("APP_ANY", "d") == "d"

    def test_overridden(config_overrides):
        config_overrides({"UNDECLARED": "x"})
        assert hc.get_config_value("UNDECLARED") == "x"

    def test_undeclared():
        hc.get_config_value("UNDECLARED")

    def test_swallowed():
        try:
            hc.get_config_value("UNDECLARED", "d")
        except Exception:
            pass

    def test_after_configure():
        hc.configure(environment_keys=["FROM_PLATFORM"])
        hc.get_config_value("FROM_PLATFORM")
        hc.get_config_value("UNDECLARED_TOO")

    def test_declared_afterwards():
        hc.get_config_value("DECLARED")
"""


def test_strict_mode_fails_tests_that_read_undeclared_keys(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(STRICT)
    pytester.makepyprojecttoml(
        '[tool.hushflake.config]\ndeclared = ["DECLARED", "APP_*"]\n'
        "[tool.pytest.ini_options]\nhushflake_strict = true\n"
    )
    result = pytester.runpytest_subprocess("-q", "-p", "no:randomly")
    result.assert_outcomes(passed=3, failed=3)
    result.stdout.fnmatch_lines(["*read undeclared keys: UNDECLARED (hushflake_strict)*"])


BY_CLASSES = """
import pytest
from hushflake.config import (
    ConfigKeys, MissingConfigError, Service, ServiceError, Typed, get_config_value, setting
)

class Billing(Service):
    currency: str = setting("BILLING_CURRENCY", default="EUR", aliases=["OLD_CURRENCY"])

class Keys(ConfigKeys):
    port: Typed[int] = Typed("TYPED_PORT", "int", default=1, aliases={"OLD_PORT": None})

def test_the_table_declares():
    get_config_value("FROM_TABLE")
    get_config_value("EARLIER")
    get_config_value("PATTERN_X")

def test_a_service_class_declares_what_it_reads():
    assert Billing.load().currency == "EUR"

def test_typed_keys_are_declared():
    assert Keys().port == 1
    get_config_value("OLD_PORT")

def test_shipped_examples_declare_nothing():
    get_config_value("OPENAI_API_KEY")
"""


def test_what_declares_keys_in_strict_mode(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BY_CLASSES)
    pytester.makepyprojecttoml(
        "[tool.hushflake.keys]\n'PATTERN_*' = 'str'\n"
        "FROM_TABLE = {deprecated-aliases = ['EARLIER']}\n"
        "[tool.pytest.ini_options]\nhushflake_strict = true\n"
    )
    result = pytester.runpytest_subprocess("-q", "-p", "no:randomly")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*OPENAI_API_KEY: read but not declared*"])


def test_strict_mode_without_pytest() -> None:
    hc.configure(mode="test", declared=["A*"])
    assert hc.get_config_value("ANY") is None
    with pytest.raises(hc.UndeclaredKeyError, match="OTHER: read but not declared"):
        hc.get_config_value("OTHER")
    assert issubclass(hc.UndeclaredKeyError, hc.PolicyError)
    from hushflake.config.reading import strict

    strict.violations.clear()  # this very test would fail for it


def test_exports(prod: FakeEsc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    monkeypatch.setenv("BOTH", "from-environment")
    hc.configure(esc="acme/shop/prod", audit_dir=tmp_path / "trail")
    with pytest.MonkeyPatch.context() as patched:
        for key in ("API_TOKEN", "ONLY_ESC"):
            patched.setenv(key, "")
            patched.delenv(key)
        exported = hc.export_to_environment(["API_TOKEN", "ONLY_ESC", "BOTH", "NOPE"])
        assert exported == ["API_TOKEN", "ONLY_ESC"]
        assert os.environ["API_TOKEN"] == "esc-token-value"
        assert os.environ["BOTH"] == "from-environment"
        assert "NOPE" not in os.environ
    records = [record for record in hc.audit_snapshot() if record["source"] == "export:esc"]
    assert {record["key"] for record in records} == {"API_TOKEN", "ONLY_ESC"}
    with pytest.raises(hc.ConfigError, match="names each environment variable exactly"):
        hc.export_to_environment(["AWS_*"])
    hc.unconfigure()
    assert hc.export_to_environment(["API_TOKEN"]) == []


@pytest.mark.parametrize("order", ["first", "fallback"])
def test_an_exported_key_is_still_read_from_its_source(
    prod: FakeEsc, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    import os

    for key in ("API_TOKEN", "ONLY_ESC"):
        monkeypatch.setenv(key, "")
        monkeypatch.delenv(key)
    hc.configure(esc="acme/shop/prod", environment=order)
    assert hc.get_config_value("API_TOKEN") == "esc-token-value"  # its cell exists before
    assert hc.export_to_environment(["API_TOKEN", "ONLY_ESC"]) == ["API_TOKEN", "ONLY_ESC"]
    assert hc.export_to_environment(["API_TOKEN"]) == []
    prod.save(
        "acme/shop/prod", "values: {environmentVariables: {API_TOKEN: rotated, ONLY_ESC: same}}"
    )
    hc.refresh()
    assert hc.get_config_value("API_TOKEN") == "rotated"
    assert os.environ["API_TOKEN"] == "esc-token-value"
    assert "API_TOKEN" in hc.export_to_environment(["API_TOKEN", "ONLY_ESC"])
    assert os.environ["API_TOKEN"] == "rotated"
    # What the program sets itself is the environment's own.
    os.environ["API_TOKEN"] = "mine"
    expected = "mine" if order == "first" else "rotated"
    hc.refresh()
    assert hc.get_config_value("API_TOKEN") == expected
    prod.save("acme/shop/prod", "values: {}")
    hc.refresh()
    assert hc.get_config_value("ONLY_ESC") is None, "its source holds it no longer"


def test_what_the_environment_held_before_an_export_stays_its_own(
    prod: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONLY_ESC", "from-esc")  # the same value, given by the deployment
    hc.configure(esc="acme/shop/prod", environment="fallback")
    assert hc.export_to_environment(["ONLY_ESC"]) == []
    prod.save("acme/shop/prod", "values: {}")
    hc.refresh()
    assert hc.get_config_value("ONLY_ESC") == "from-esc"
