"""What tests of stores share: a store of a name, what it holds, a value that no output may show."""

from typing import Any

from hushflake.config.settings import Settings
from hushflake.config.sources.stores import opened

CANARY = "canary-" + "store-value"
HUNDRED = {f"KEY_{number}": f"value-{number}" for number in range(100)}


def store(text: str, **settings: Any) -> Any:
    return opened(text, Settings(**{"connect_timeout": 5.0, "read_timeout": 10.0, **settings}))


def loaded(text: str) -> dict[str, str]:
    return dict(store(text).load().values)
