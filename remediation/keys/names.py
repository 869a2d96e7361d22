"""Names of attributes for keys."""

import keyword
import re
from collections.abc import Collection

# Names of types: an attribute with one of them would hide it from the annotations below it.
_TYPES = frozenset(
    {"bool", "bytes", "date", "datetime", "dict", "float", "int", "list", "str", "time"}
    | {"timedelta", "tuple"}
)


def attribute_name(key: str, taken: Collection[str]) -> str:
    """Return the name of an attribute for a key, none of `taken`."""
    name = re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_") or "key"
    if not name[0].isalpha():
        name = f"key_{name}"
    if keyword.iskeyword(name) or name in _TYPES:
        name += "_"
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free
