"""Asks a source, and lets nothing out but what it holds or an error without a value.

A source answers with anything: its own errors quote what it read, its values may be no text. Here
is where that ends, for our sources and for those of other packages.
"""

from ..errors import ConfigError, ConfigSourceError, bare
from .base import Loaded, Source

# Of the standard library, and what means nothing else. `OSError` does: clients of HTTP derive
# their refusals from it.
_NO_ANSWER = (ConnectionError, TimeoutError)


def asked(source: Source) -> tuple[Loaded | None, ConfigError | None]:
    """What a source holds, or why it cannot be used. One with a `timeout` is not waited for."""
    seconds = getattr(source, "timeout", None)
    try:
        if not isinstance(seconds, int | float):
            return _judged(source, source.load()), None
        from .patience import NoAnswerError, in_time

        try:
            return _judged(source, in_time(source, source.load, seconds)), None
        except NoAnswerError:
            failure = f"source {source.name}: no answer within {seconds:g} seconds"
            return None, ConfigSourceError(failure, out_of_reach=True)
    except ConfigError as error:
        return None, bare(error)
    except Exception as error:
        return None, failed(source.name, error)


def failed(name: str, error: Exception) -> ConfigSourceError:
    """Say that a source failed. The message of its error is left out: it may hold a value."""
    return ConfigSourceError(
        f"source {name}: it fails ({type(error).__name__})",
        out_of_reach=isinstance(error, _NO_ANSWER),
    )


def _judged(source: Source, loaded: object) -> Loaded:
    """Raise what a read would trip over later, when nobody knows any more where it came from."""
    if not isinstance(loaded, Loaded):
        raise ConfigSourceError(f"source {source.name}: it returned no Loaded")
    for key, value in loaded.values.items():
        if not (isinstance(key, str) and isinstance(value, str)):
            raise ConfigSourceError(
                f"source {source.name}: it has a name or a value that is not text"
            )
        if source.remote and not (_is_unicode(key) and _is_unicode(value)):
            raise ConfigSourceError(f"source {source.name}: a value of it is not Unicode text")
    return loaded


def _is_unicode(text: str) -> bool:
    # The process environment holds surrogates for bytes that are no UTF-8; nothing else may.
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
