"""Asks a source, and lets nothing out but what it holds or an error without a value.

A source answers with anything: its own errors quote what it read, its values may be no text. Here
is where that ends, for our sources and for those of other packages.
"""

from ..errors import ConfigError, ConfigSourceError, bare
from .base import Loaded, Source


def asked(source: Source) -> tuple[Loaded | None, ConfigError | None]:
    """What a source holds, or why it cannot be used."""
    try:
        return _judged(source, source.load()), None
    except ConfigError as error:
        return None, bare(error)
    except Exception as error:
        return None, ConfigSourceError(failed(source.name, error))


def failed(name: str, error: Exception) -> str:
    """Say that a source failed. The message of its error is left out: it may hold a value."""
    return f"source {name}: it fails ({type(error).__name__})"


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
