"""What goes wrong when configuration is read. No error of this part ever carries a value."""

from typing import TypeVar

E = TypeVar("E", bound=BaseException)


def bare(error: E) -> E:
    """Return `error` without what led to it: causes hold the bytes that were read, and frames too.

    Raise it outside of the `except` that caught it, or Python ties it to its cause again.
    """
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


class ConfigError(Exception):
    """Base of every error of `hushflake.config`; `explanation` is the line a user reads."""

    exit_code = 2

    @property
    def explanation(self) -> str:
        """What is wrong, in words: the text of the error, unless that belongs to a contract."""
        return str(self)


class MissingConfigError(ConfigError, KeyError):
    """A required key that no source holds.

    To the letter the `KeyError` of `os.environ[key]`: `args == (key,)`, the text is `repr(key)`,
    and no cause. It has no note (PEP 678) either, which `pytest.raises(match=…)` would see.
    """

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    @property
    def explanation(self) -> str:
        return f"{self.key}: not set in any configuration source"


class AmbiguousNameError(ConfigError):
    """A name that two paths of one source derive: which of them is meant cannot be told."""

    def __init__(self, name: str, paths: tuple[str, ...]) -> None:
        self.name = name
        self.paths = paths
        super().__init__(name, paths)

    def __str__(self) -> str:
        return (
            f"{self.name}: {' and '.join(self.paths)} both derive this name; "
            "read the one that is meant by its dotted path"
        )


class ConfigSourceError(ConfigError):
    """A source that is unreachable, refuses us or answers nonsense: not the same as missing."""

    exit_code = 3


class PolicyError(ConfigError):
    """A read or a source that the configured mode forbids."""


class UndeclaredKeyError(PolicyError):
    """Strict mode: a test read a key that nothing declares."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)

    def __str__(self) -> str:
        return (
            f"{self.key}: read but not declared; declare it in [tool.hushflake.config] "
            "declared, in a service class, or override it in the test"
        )
