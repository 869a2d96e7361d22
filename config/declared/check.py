"""Everything that is missing or wrong, at once: for the start of a program.

check_config(Keys)              # a class of declared keys
check_config(Keys, Billing)     # and a service class
check_config()                  # what `configure(keys=Keys)` was given
"""

import contextlib
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from ..errors import ConfigCheckError, ConfigError, ConfigSourceError, Problem
from ..fields.parts import ServiceError
from ..fields.services import Service
from ..reading import process
from ..reading.cells import ABSENT
from . import aliases
from .key import DeclaredKey
from .typed import ConfigKeys, declared_in
from .values import typed

Checked = type[ConfigKeys] | ConfigKeys | type[Service]


def check_config(*declarations: Checked) -> None:
    """Load all sources and check every declared key, before the first request needs one.

    It blocks while the sources are loaded: an asynchronous program calls it in a thread.

    Args:
        declarations: Classes of declared keys, and service classes. None: what
            `configure(keys=…)` was given.

    Raises:
        ConfigCheckError: Names every key that is missing or wrong, and no value.
        ConfigError: Nothing is declared.
        PolicyError: The mode forbids what was found.
    """
    problems = tuple(_problems(declarations, sys._getframe(1)))
    if problems:
        raise ConfigCheckError(problems)


def config_problems(*declarations: Checked) -> list[Problem]:
    """What `check_config` would raise, as a list; empty when all is well.

    For callers that report problems in a way of their own, such as system checks of Django.

    Raises:
        ConfigError: Nothing is declared.
        PolicyError: The mode forbids what was found.
    """
    return list(_problems(declarations, sys._getframe(1)))


def _problems(declarations: tuple[Checked, ...], frame: FrameType) -> list[Problem]:
    active = process.current()
    if active is not None:
        active.loaded_table()
    given: tuple[Any, ...] = declarations
    if not given and active is not None and active.settings.keys:
        given = (active.settings.keys,)
    if not given:
        raise ConfigError(
            "check_config: nothing is declared; give it the class that `hushflake config codegen` "
            "writes, or a service class, or that class to configure(keys=…)"
        )
    mode = process.mode()
    found: list[Problem] = []
    for each in given:
        if isinstance(each, type) and issubclass(each, Service):
            found += _of_service(each, mode, frame)
        else:
            for key in declared_in(each):
                found += of_key(key, mode, frame)
                _note(key, frame)
    return list(dict.fromkeys(found))


def _note(key: DeclaredKey, frame: FrameType) -> None:
    """Warn of a value that is set under an earlier name."""
    if key.deprecated_aliases:
        with contextlib.suppress(ConfigError):
            aliases.text_of(key, frame)


def of_key(key: DeclaredKey, mode: str, frame: FrameType) -> Iterator[Problem]:
    """What is wrong with one declared key in a mode; nothing is wrong with a pattern."""
    if key.is_pattern:
        return
    try:
        text, alias = aliases.lookup(key, frame)
    except ConfigError as error:
        yield _refused(key.name, error)
        return
    if alias is not None and alias.has_ended(aliases.today()):
        yield Problem(key.name, "invalid", aliases.told(alias, key.name))
    elif text is not ABSENT:
        yield from _of_text(key, text)
    elif key.is_asked_in(mode):
        yield Problem(key.name, "missing", _missing(key))


def _of_text(key: DeclaredKey, text: str) -> Iterator[Problem]:
    try:
        typed(key)(text)
    except ValueError as error:  # InvalidError, whose words hold no value
        yield Problem(key.name, "invalid", str(error))


def _refused(key: str, error: ConfigError) -> Problem:
    is_source = isinstance(error, ConfigSourceError)
    reason = error.explanation.removeprefix(f"{key}: ")
    return Problem(key, "unreachable" if is_source else "invalid", reason)


def _missing(key: DeclaredKey) -> str:
    about = "; ".join(filter(None, [key.description, key.owner and f"owner: {key.owner}"]))
    return f"is missing ({about})" if about else "is missing"


def _of_service(service: type[Service], mode: str, frame: FrameType) -> Iterator[Problem]:
    from ..fields.loading import loaded

    _, failure = loaded(service, frame)
    if isinstance(failure, ServiceError):
        keys = {field.key: field.declared for field in service.fields()}
        for name in failure.missing:
            if keys[name].is_asked_in(mode):
                yield Problem(name, "missing", _missing(keys[name]))
        yield from (Problem(name, "invalid", reason) for name, reason in failure.invalid)
    elif isinstance(failure, ConfigError):
        yield _refused(failure.explanation.partition(":")[0], failure)
    elif failure is not None:
        raise failure
