"""A store of `config/sources/stores/` as a target: it is read, written and read back by itself."""

from collections.abc import Collection, Mapping
from typing import ClassVar, cast

from hushflake.config.settings import Settings
from hushflake.config.sources.stores import WritableStore, opened
from hushflake.config.sources.stores.base import StaleStoreError

from .base import StaleTargetError, TargetOptions


class StoreTarget:
    """Base of the targets that are stores; a subclass names the scheme."""

    USAGE: ClassVar[str]
    SCHEME: ClassVar[str]

    def __init__(self, name: str, options: TargetOptions) -> None:
        # A person waits: more patience than a program that starts.
        settings = Settings(connect_timeout=5.0, read_timeout=15.0)
        self.text = f"{self.SCHEME}:{name}"
        self.options = options
        self.store = cast("WritableStore", opened(self.text, settings))

    def refused(self, _keys: Collection[str]) -> dict[str, str]:
        return {}

    def read(self, keys: Collection[str]) -> dict[str, str]:
        held = self.store.held(create=self.options.create)
        return {key: held[key] for key in keys if key in held}

    def write(self, values: Mapping[str, str]) -> None:
        try:
            self.store.write(values, self.options.plain)
        except StaleStoreError:
            raise StaleTargetError from None

    def advice(self, _keys: Collection[str]) -> str:
        return f'configure(stores=["{self.text}"]) in the accessor module reads them from there'
