"""A source of `hushflake.config` as a target: it is read, written and read back by itself."""

from collections.abc import Collection, Mapping
from typing import Any

from hushflake.config.settings import SOURCES, STORES, Settings, source_options
from hushflake.config.sources.base import Source, StaleSourceError
from hushflake.config.sources.installed import installed
from hushflake.config.sources.stores import opened

from ...errors import RemediationError
from .base import StaleTargetError, TargetOptions, advised

# A person waits: more patience than a program that starts.
_PATIENCE: dict[str, Any] = {"connect_timeout": 5.0, "read_timeout": 15.0, "total_timeout": 60.0}
# Whether a store is ours -> where it is configured.
_NAMED = {True: ("stores", STORES), False: ("sources", SOURCES)}


class StoreTarget:
    """A store of ours, or, without a scheme, the source of an installed package."""

    def __init__(self, scheme: str, name: str, options: TargetOptions) -> None:
        self.options = options
        self.ours = bool(scheme)
        self.text = f"{scheme}:{name}" if scheme else name
        settings = Settings(**_PATIENCE, source_options=source_options({}))
        source: Source = opened(self.text, settings) if scheme else installed(name, settings)
        if not hasattr(source, "write"):
            raise RemediationError(f"--to {self.text}: can be read only; choose another target")
        self.source: Any = source

    def refused(self, keys: Collection[str]) -> dict[str, str]:
        asked = getattr(self.source, "refused", None)
        return {} if asked is None else dict(asked(keys))

    def read(self, keys: Collection[str]) -> dict[str, str]:
        held = self.source.held(create=self.options.create)
        return {key: held[key] for key in keys if key in held}

    def write(self, values: Mapping[str, str]) -> str:
        try:
            return str(self.source.write(values, self.options.plain))
        except StaleSourceError:
            raise StaleTargetError from None

    def advice(self, keys: Collection[str]) -> str:
        return advised(self.arguments(keys), _NAMED[self.ours][1], self.text)

    def arguments(self, _keys: Collection[str]) -> dict[str, object]:
        return {_NAMED[self.ours][0]: [self.text]}
