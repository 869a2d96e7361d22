"""Sources of other packages, found by their entry point."""

from typing import TYPE_CHECKING

from ..errors import ConfigError, ConfigSourceError, PolicyError
from .asking import failed
from .base import Hidden, Loaded, Source

if TYPE_CHECKING:
    from ..settings import Settings

GROUP = "hushflake.config_sources"
MAX_TEXT = 300  # characters of a message that another package wrote


class Installed:
    """A source of another package. What it raises is told in our words.

    The text of a documented error (`ConfigSourceError`, `PolicyError`) is kept, because a person
    wrote it for this; of any other error only the type is.
    """

    def __init__(self, name: str, source: Source) -> None:
        self._source = source
        self.name = name
        self.remote = bool(getattr(source, "remote", True))

    def load(self) -> Loaded:
        """What it holds, copied into a `Loaded` that is whole."""
        failure: ConfigError
        try:
            loaded = self._source.load()
            values = Hidden(loaded.values)
            return Loaded(
                values,
                frozenset(name for name in loaded.secrets if name in values),
                {str(name): tuple(map(str, found)) for name, found in loaded.ambiguous.items()},
                {str(name): str(fact) for name, fact in loaded.facts.items()},
            )
        except PolicyError as error:
            failure = PolicyError(self._said(error))
        except ConfigSourceError as error:
            failure = ConfigSourceError(self._said(error))
        except Exception as error:
            failure = ConfigSourceError(failed(self.name, error))
        raise failure

    def _said(self, error: ConfigError) -> str:
        """The text of a documented error on one line, without what we know to be secret."""
        from ..redact import Redactor

        text = Redactor()(str(error))[:MAX_TEXT]
        return f"source {self.name}: {text if text.isprintable() else ascii(text)}"


def installed(name: str, settings: "Settings") -> Source:
    """The source that an installed package registers under this name.

    Raises:
        ConfigError: There is none.
        ConfigSourceError: Its factory fails.
    """
    from importlib.metadata import entry_points

    failure = ""
    for entry in entry_points(group=GROUP, name=name):
        try:
            return Installed(name, entry.load()(settings))
        except Exception as error:
            failure = failed(name, error)
            break
    if failure:
        raise ConfigSourceError(failure)
    known = ", ".join(sorted(entry.name for entry in entry_points(group=GROUP))) or "none"
    raise ConfigError(f"sources: no installed package brings a source {name!r} (known: {known})")
