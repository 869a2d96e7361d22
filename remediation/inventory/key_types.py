"""Declared types in the words of the inventory."""

_TYPES = {
    **{kind: kind for kind in ("int", "float", "decimal", "bool", "path", "url", "json")},
    **dict.fromkeys(("list", "tuple"), "list"),
    "dict": "json",
}


def inventory_type(declared: str) -> str:
    """Return what the inventory calls a declared type, "" where it has no name for it."""
    return _TYPES.get(declared.partition("[")[0], "")
