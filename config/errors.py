"""What goes wrong when configuration is read. No error of this part ever carries a value."""

from typing import Literal, NamedTuple, TypeVar

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


class InvalidConfigError(ConfigError, ValueError):
    """A value that is not of the declared type of its key; the reason is what would be one."""

    def __init__(self, key: str, reason: str) -> None:
        self.key = key
        self.reason = reason
        super().__init__(key, reason)

    def __str__(self) -> str:
        return f"{self.key} {self.reason}"


class Problem(NamedTuple):
    """What is wrong with one key. It never holds a value.

    Attributes:
        key: The key, or a service class whose own check refuses its values.
        kind: `missing`, `invalid` or `unreachable`.
        reason: Goes on after the key: `is missing`, `must be a whole number`.
    """

    key: str
    kind: Literal["missing", "invalid", "unreachable"]
    reason: str

    def __str__(self) -> str:
        return f"{self.key} {self.reason}"


class ConfigCheckError(ConfigError):
    """Everything that is missing or wrong, by key, and no value."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        if all(problem.kind == "unreachable" for problem in problems):
            self.exit_code = ConfigSourceError.exit_code
        super().__init__(problems)

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys that have no value."""
        return tuple(each.key for each in self.problems if each.kind == "missing")

    @property
    def invalid(self) -> tuple[tuple[str, str], ...]:
        """The keys whose value is wrong, each with what would be right."""
        return tuple((each.key, each.reason) for each in self.problems if each.kind == "invalid")

    def __str__(self) -> str:
        # A store that is away is named once for all its keys; each missing key is a line.
        keys: dict[tuple[str, str], list[str]] = {}
        for problem in self.problems:
            own = problem.key if problem.kind == "missing" else ""
            keys.setdefault((problem.reason, own), []).append(problem.key)
        lines = (f"{', '.join(names)} {reason}" for (reason, _), names in keys.items())
        return "\n  ".join(["configuration that is missing or wrong:", *lines])


class BuildTimeError(MissingConfigError):
    """A required key that has no value while an image is built: its sources are not asked then."""

    def __str__(self) -> str:
        return (
            f"{self.key}: has no value while an image is built (HUSHFLAKE_MODE=build asks no "
            "source); read it when the program runs and not when it is imported, give it a "
            f"default, or set the variable {self.key} for the build"
        )

    @property
    def explanation(self) -> str:
        return str(self)


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
    """A source that is unreachable, refuses us or answers nonsense: not the same as missing.

    `out_of_reach` says that nobody answered, or that whoever did asks to come back: the values are
    still there, and values from before are still right. A refusal (no permission, no such secret)
    is not that.
    """

    exit_code = 3

    def __init__(self, *args: object, out_of_reach: bool = False) -> None:
        super().__init__(*args)
        self._out_of_reach = out_of_reach

    @property
    def out_of_reach(self) -> bool:
        """Whether the source gave no answer, as opposed to a refusal."""
        return self._out_of_reach


class PolicyError(ConfigError):
    """A read or a source that the configured mode forbids."""


class UndeclaredKeyError(PolicyError):
    """Strict mode: a test read a key that nothing declares."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)

    def __str__(self) -> str:
        return (
            f"{self.key}: read but not declared; declare it in [tool.hushflake.keys] or in a "
            "service class, or override it in the test"
        )
