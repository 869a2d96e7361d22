"""Pytest plugin of the run-time library.

- The fixture `config_overrides({...})`: values for the rest of the test.
- What a test or its fixtures set with `set_config_override` is taken away when the test ends.
- Test mode: unless `HUSHFLAKE_MODE` says otherwise, tests run with `HUSHFLAKE_MODE=test`, so that
  no test reaches a network through configuration (ini option `hushflake_mode`, empty: leave it).
- Strict mode (ini option `hushflake_strict`): a test that reads a key which is neither declared
  nor overridden fails, even if it swallows the error. `[tool.hushflake.keys]` declares keys, and
  `[tool.hushflake.config] declared`, service classes and the generated class of keys do.
"""

import os
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from .reading import strict
from .settings import MODE

if TYPE_CHECKING:
    Overrides = Callable[[Mapping[str, str | None]], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini options."""
    parser.addini("hushflake_mode", "HUSHFLAKE_MODE during tests; empty leaves it", default="test")
    parser.addini(
        "hushflake_strict", "fail tests that read undeclared keys", type="bool", default=False
    )


def pytest_configure(config: pytest.Config) -> None:
    """Set the mode, and the declared keys in strict mode."""
    mode = config.getini("hushflake_mode")
    if mode and not os.environ.get(MODE):
        os.environ[MODE] = mode
        config.add_cleanup(_unset_mode)
    if config.getini("hushflake_strict"):
        from .control import configure
        from .declared.raw import names
        from .fields.known import registered_services
        from .project.section import load

        services = registered_services().values()
        keys = [field.key for service in services for field in service.fields()]
        project = load(config.rootpath)
        strict.declare((*(project.declared or ()), *names(project.keys), *keys))
        configure(mode="test")  # an application that configures nothing is held to it as well


def _unset_mode() -> None:
    os.environ.pop(MODE, None)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Take away what a test and its fixtures have set; what stood before the test stays."""
    del item
    stood = dict(overrides.standing()) if (overrides := _overrides()) else {}
    try:
        return (yield)
    finally:
        if overrides := _overrides():
            overrides.restore_standing(stood)


def _overrides() -> Any:
    """The module that holds overrides, if anything has imported it yet."""
    return sys.modules.get(f"{__package__}.overrides")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test that read an undeclared key, whatever it did with the error."""
    del item
    strict.violations.clear()
    result = yield
    if strict.violations:
        keys = ", ".join(dict.fromkeys(strict.violations))
        pytest.fail(f"read undeclared keys: {keys} (hushflake_strict)", pytrace=False)
    return result


@pytest.fixture
def config_overrides() -> "Iterator[Overrides]":
    """A function that overrides keys until the test ends, for every thread; None hides a key."""
    from .overrides import config_overrides as overrides

    with ExitStack() as stack:
        yield lambda values: stack.enter_context(overrides(values, all_threads=True))
