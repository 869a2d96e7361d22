"""The inventory as Python: one typed service class a group, to load and check all keys at once."""

import re
from collections.abc import Iterator

from hushflake.config.declared.types import fits

from ..keys.names import attribute_name
from ..keys.source import string
from .model import Inventory, Key

# Type in the inventory -> annotation. What only the code can take apart stays a text.
_ANNOTATIONS = {
    "int": "int",
    "float": "float",
    "bool": "bool",
    "list": "tuple[str, ...]",
    "path": "Path",
    "decimal": "Decimal",
}
# Words of `config.convert` for a boolean.
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
# Names that a service class has itself.
_TAKEN = frozenset({"load", "fields", "prefix"})
_WIDTH = 100


def render(inventory: Inventory) -> str:
    """Return the source of a module with a service class for each group of keys."""
    groups: dict[str, list[Key]] = {}
    for key in inventory.read_keys:
        groups.setdefault(key.group, []).append(key)
    classes = ["\n".join(_class(group, groups[group])) for group in sorted(groups)]
    body = "\n\n\n".join(classes)
    lines = [
        '"""Written by `hushflake inventory --format services`: what the code reads, as types."""',
        "",
    ]
    standard = [
        f"from {module} import {name}"
        for module, name in (("decimal", "Decimal"), ("pathlib", "Path"))
        if re.search(rf"\b{name}\b", body)
    ]
    if standard:
        lines += [*standard, ""]
    names = [name for name in ("Secret", "Service", "setting") if re.search(rf"\b{name}\b", body)]
    if names:
        lines.append(f"from hushflake.config import {', '.join(names)}")
    return "\n".join(lines) + (f"\n\n\n{body}\n" if body else "\n")


def _class(group: str, keys: list[Key]) -> Iterator[str]:
    yield f"class {_class_name(group)}(Service):"
    yield f'    """{group}: {len(keys)} {"key" if len(keys) == 1 else "keys"}."""'
    yield ""
    taken: set[str] = set(_TAKEN)
    for key in keys:
        name = attribute_name(key.name, taken)
        taken.add(name)
        yield from _field(name, key)


def _class_name(group: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", group)
    name = "".join(word[:1].upper() + word[1:] for word in words) + "Config"
    return name if name[0].isalpha() else f"Group{name}"


def _field(name: str, key: Key) -> Iterator[str]:
    annotation = "Secret" if key.secret else _ANNOTATIONS.get(key.type, "str")
    default, remark = _default(key, annotation)
    if default == "None":
        annotation += " | None"
    arguments = [] if name.upper() == key.name else [string(key.name)]
    if arguments and default is not None:
        arguments.append(f"default={default}")
    if arguments:
        value = f" = setting({', '.join(arguments)})"
    else:
        value = f" = {default}" if default is not None else ""
    line = f"    {name}: {annotation}{value}"
    if not remark:
        yield line
    elif len(line) + len(remark) + 4 <= _WIDTH:
        yield f"{line}  # {remark}"
    else:
        yield f"    # {remark}"
        yield line


def _default(key: Key, annotation: str) -> tuple[str | None, str]:
    """Return the default as source, None for a required key, and a remark about it."""
    remark = f"read as {key.type}" if key.type not in _ANNOTATIONS and key.type != "str" else ""
    if key.conflicting:
        return "None", f"defaults differ: {' '.join(key.shown_default.split())}"
    if key.defaults:
        literal = _literal(key.defaults[0].value, annotation) if len(key.defaults) == 1 else None
        if literal is not None:
            return literal, remark
        shown = " ".join(key.shown_default.split())
        return "None", f"default in the code: {shown}"
    return (None if key.required else "None"), remark


def _literal(value: str | None, annotation: str) -> str | None:
    """Return a default in the type of its field, None when it is no value of that type."""
    if value is None or annotation == "Secret":
        return None
    try:
        if annotation in {"int", "float"}:
            return repr({"int": int, "float": float}[annotation](value))
    except ValueError:
        return None
    if annotation == "bool":
        word = value.strip().lower()
        return "True" if word in _TRUE else "False" if word in _FALSE else None
    if annotation in {"Path", "Decimal"}:
        return f"{annotation}({string(value)})" if fits(annotation.lower(), value) else None
    if annotation.startswith("tuple"):
        items = [item.strip() for item in value.split(",") if item.strip()]
        return f"({', '.join(map(string, items))}{',' if len(items) == 1 else ''})"
    return string(value)
