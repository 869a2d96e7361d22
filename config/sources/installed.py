"""Sources of other packages, found by their entry point.

`NAME`, or `NAME:ARGUMENT`, where a package has several sources of one kind to offer. What such a
source does is bounded by us: its time, the shape of its answer, the text of its errors.
"""

import inspect
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import ConfigError, ConfigSourceError, PolicyError
from ..secret_names import looks_secret
from . import options
from .asking import failed
from .base import Hidden, Loaded, Source, StaleSourceError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from ..settings import Settings

T = TypeVar("T")

GROUP = "hushflake.config_sources"
MAX_TEXT = 300  # characters of a message that another package wrote
# The narrower kinds first. The text of each was written for people.
_DOCUMENTED = (PolicyError, StaleSourceError, ConfigSourceError)


class Installed:
    """A source of another package."""

    def __init__(self, name: str, source: Source, given: options.Options, timeout: float) -> None:
        self._source = source
        self.name = name
        self.place = dict(given.own)
        self.remote = bool(getattr(source, "remote", True))
        own = (_seconds(source, "timeout"), _seconds(source, "refresh_seconds"))
        self.timeout = given.timeout or own[0] or timeout
        self.refresh_seconds = given.refresh_seconds or own[1]

    def load(self) -> Loaded:
        """What it holds, copied into a `Loaded` that is whole."""
        return in_our_words(self.name, self._load)

    def _load(self) -> Loaded:
        loaded = self._source.load()
        values = Hidden(loaded.values)
        return Loaded(
            values,
            frozenset(name for name in loaded.secrets if name in values),
            {str(name): tuple(map(str, found)) for name, found in loaded.ambiguous.items()},
            {str(name): str(fact) for name, fact in loaded.facts.items()},
            _positive(loaded.expires_in),
            frozenset(name for name in loaded.files if name in values),
        )


class InstalledWritable(Installed):
    """A source of another package that can also keep values."""

    def held(self, *, create: bool) -> Mapping[str, str]:
        """What it holds; of a source that can make its own place, also where there is none yet."""
        own: Any = getattr(self._source, "held", None)
        if own is None:
            return self._in_time(self.load).values
        return Hidden(self._in_time(lambda: own(create=create)))

    def write(self, values: Mapping[str, str], plain: Collection[str], /) -> str:
        """Keep values, read them back, and return the revision that holds them."""
        writer: Any = self._source
        revision = self._in_time(lambda: writer.write(values, plain))
        held = self._in_time(self.load).values
        wrong = sorted(key for key, value in values.items() if held.get(key) != value)
        if wrong:
            raise ConfigSourceError(
                f"source {self.name}: {', '.join(wrong)} came back changed; they stay saved"
            )
        return str(revision or "")[:MAX_TEXT]

    def _in_time(self, call: Callable[[], T]) -> T:
        from .patience import NoAnswerError, in_time

        try:
            return in_time(self, lambda: in_our_words(self.name, call), self.timeout)
        except NoAnswerError:
            failure = f"source {self.name}: no answer within {self.timeout:g} seconds"
        raise ConfigSourceError(failure, out_of_reach=True)


def split(text: str) -> tuple[str, str]:
    """Return the name of the entry point, and the argument behind the colon."""
    name, _, argument = text.partition(":")
    return name, argument


def known() -> list[str]:
    """The names of all entry points; nothing of them is imported."""
    from importlib.metadata import entry_points

    return sorted({entry.name for entry in entry_points(group=GROUP)})


def installed(text: str, settings: "Settings") -> Source:
    """The source that an installed package registers under this name.

    Raises:
        ConfigError: There is none.
        ConfigSourceError: Its factory fails.
    """
    from importlib.metadata import entry_points

    name, argument = split(text)
    given = options.of(settings.source_options, name, text)
    _register(given)
    for entry in entry_points(group=GROUP, name=name):
        make = partial(_made, entry, settings, argument, given)
        source = in_our_words(text, make)
        kind = InstalledWritable if hasattr(source, "write") else Installed
        return kind(text, source, given, settings.total_timeout)
    names = ", ".join(known()) or "none"
    raise ConfigError(f"sources: no installed package brings a source {name!r} (known: {names})")


def _made(
    entry: "EntryPoint",
    settings: "Settings",
    argument: str,
    given: options.Options,
) -> Source:
    factory: Callable[..., Source] = entry.load()
    if _takes_all(factory):
        return factory(settings, argument, given.own)
    if argument or given.own:
        raise ConfigError("takes no argument and no options")
    return factory(settings)


def in_our_words(name: str, call: Callable[[], T]) -> T:
    """Return what a call into another package returns.

    Raises:
        ConfigError: A documented error, with its text on one line and without what we know to be
            secret; of any other exception the type.
    """
    failure: ConfigError
    try:
        return call()
    except ConfigError as error:
        kind = next((kind for kind in _DOCUMENTED if isinstance(error, kind)), None)
        if kind is None and type(error) is not ConfigError:
            failure = failed(name, error)
        else:
            failure = (kind or ConfigError)(f"source {name}: {_said(error)}")
            if isinstance(failure, ConfigSourceError) and isinstance(error, ConfigSourceError):
                failure = type(failure)(str(failure), out_of_reach=error.out_of_reach)
    except Exception as error:
        failure = failed(name, error)
    raise failure


def _said(error: ConfigError) -> str:
    from ..censor.redact import Redactor

    text = Redactor()(str(error))[:MAX_TEXT]
    return text if text.isprintable() else ascii(text)


def _takes_all(factory: Any) -> bool:
    """Whether a factory takes the settings, an argument and options, and not the settings alone."""
    try:
        inspect.signature(factory).bind(None, "", {})
    except (TypeError, ValueError):
        return False
    return True


def _register(given: options.Options) -> None:
    """An option may be a token, which a message of the package must not show."""
    from ..censor.redact import register

    for name, value in given.own.items():
        if isinstance(value, str) and looks_secret(name):
            register(value, sure=True)


def _seconds(source: Source, name: str) -> float | None:
    return _positive(getattr(source, name, None))


def _positive(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    return None
