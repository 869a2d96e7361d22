"""The assistants: one file each, its class named by `HOST`. The folder is the registry.

`host(name)` imports the one that is asked for; `names` imports none.
"""

import os
from importlib import import_module

from ..host import Host


def names() -> list[str]:
    """Return the names of the assistants, as on the command line."""
    files = {file.partition(".")[0] for folder in __path__ for file in os.listdir(folder)}
    return sorted(file.replace("_", "-") for file in files if not file.startswith("_"))


def host(name: str) -> Host:
    """Return the assistant of a name.

    Raises:
        KeyError: There is none.
    """
    if name not in names():
        raise KeyError(name)
    found: Host = import_module(f"{__name__}.{name.replace('-', '_')}").HOST
    return found
