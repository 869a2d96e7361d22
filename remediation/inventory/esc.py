"""The inventory as a Pulumi ESC environment definition: what is still to be filled in.

Rules of the format: https://www.pulumi.com/docs/esc/environments/syntax/. Keys stand in groups
below `values`, and `environmentVariables` refers to them, so that a program started under ESC
sees the names that its code reads. A secret and a key without a default stand in comments: a
placeholder would be a value, and hide the absence that the code and `config doctor` look for.
"""

import json
import re
from collections.abc import Iterable

from ..errors import RemediationError
from .model import Inventory, Key

# What an earlier version wrote in the place of a secret; `dotenv retire` still overwrites it.
PLACEHOLDER = "<fill in: {}>"
# Top-level names below `values` that mean something to ESC itself.
RESERVED = frozenset(
    {"environmentVariables", "files", "pulumiConfig", "policyConfig", "imports", "context"}
)
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def render(inventory: Inventory) -> str:
    """Return the YAML of the definition.

    Raises:
        RemediationError: A service group has a name that ESC keeps for itself.
    """
    groups: dict[str, list[Key]] = {}
    for key in inventory.read_keys:
        groups.setdefault(_property(key.group), []).append(key)
    some = any(_value(key) is not None for key in inventory.read_keys)
    lines = [
        "# Written by `hushflake inventory --format esc`: the keys that the code reads.",
        "# Save it with: pulumi env edit ORGANISATION/PROJECT/ENVIRONMENT",
        "# Keys in comments have no value yet: fill them in, and remove the # here and below",
        "# environmentVariables.",
        "values:" if some else "values: {}",
    ]
    variables: list[str] = []
    for group in sorted(groups):
        entries = [line for key in groups[group] for line in _entry(key)]
        filled = [key for key in groups[group] if _value(key) is not None]
        # A mapping of comments alone would be null.
        lines.append(f"  {group}:" if filled else f"  # {group}:")
        lines += [f"    {line}" if filled or line.startswith("#") else line for line in entries]
        for key in groups[group]:
            hidden = "" if _value(key) is not None else "# "
            variables.append(f"    {hidden}{_quoted_name(key.name)}: {_reference(group, key)}")
    if variables:
        filled_in = any(not line.startswith("    #") for line in variables)
        lines += [
            "  environmentVariables:" if filled_in else "  # environmentVariables:",
            *variables,
        ]
    return "\n".join(lines) + "\n"


def _property(group: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_]+", "_", group).strip("_").lower()
    if name in {reserved.lower() for reserved in RESERVED} or not _PLAIN_NAME.fullmatch(name):
        raise RemediationError(
            f"service group {group!r}: Pulumi ESC keeps this name for itself, or cannot hold it; "
            "choose another in [tool.hushflake] service-groups"
        )
    return name


def _value(key: Key) -> str | None:
    """Return the value of a key as YAML, None when there is nothing to write."""
    if key.secret:
        return None
    if not key.conflicting and len(key.defaults) == 1 and key.defaults[0].value is not None:
        # In a plain string `${` would refer to a value and `$$` means a dollar sign.
        return _quoted(key.defaults[0].value.replace("$", "$$"))
    return None


def _entry(key: Key) -> Iterable[str]:
    value = _value(key)
    reader = f"  # read by {', '.join(key.readers)}" if key.readers else ""
    if value is not None:
        yield f"{_quoted_name(key.name)}: {value}{reader}"
        return
    if key.secret:
        yield f'# {_quoted_name(key.name)}: {{fn::secret: ""}}{reader}'
        return
    why = (
        f"defaults differ: {key.shown_default}"
        if key.conflicting
        else "required, no default"
        if key.required
        else "no default in the code"
    )
    yield f"# {_quoted_name(key.name)}: {_one_line(why)}{reader}"


def _reference(group: str, key: Key) -> str:
    plain = _PLAIN_NAME.fullmatch(key.name)
    return _quoted(f"${{{group}.{key.name}}}" if plain else f"${{{group}[{_quoted(key.name)}]}}")


def _quoted_name(name: str) -> str:
    # `no`, `on` and `y` are booleans to YAML 1.1, and a number is no name.
    is_word = _PLAIN_NAME.fullmatch(name) and len(name) > 3 and name.lower() not in _YAML_WORDS
    return name if is_word else _quoted(name)


_YAML_WORDS = frozenset({"true", "false", "null", "yes", "off"})


def _quoted(text: str) -> str:
    """Return a double-quoted YAML scalar: JSON's escapes are a part of YAML's."""
    return json.dumps(text)


def _one_line(text: str) -> str:
    return " ".join(text.split())
