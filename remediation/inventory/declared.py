"""Where a code base declares its keys, and what it declares of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hushflake.config.declared.key import DeclaredKey
from hushflake.lint_plugin.declared.keys import TABLE, DeclaredKeys
from hushflake.lint_plugin.declared.place import place_in
from hushflake.lint_plugin.reading import LARGEST_TEXT, read
from hushflake.lint_plugin.settings import Settings

from ..dotenv.find import is_template
from .mentions import esc_environment
from .model import Inventory, Named

# `table`: [tool.hushflake.keys]; `files`: ESC definitions, templates of .env files and service
# classes, as found.
Origin = Literal["table", "files", "nothing"]


@dataclass(frozen=True)
class Declared:
    """The declared keys and their places.

    Attributes:
        origin: What declares them.
        keys: What is declared.
        files: The files that declare, relative to the root.
        places: Name -> (path relative to the root, line, column), of what files declare.
        text: The text of pyproject.toml, where its table declares them.
    """

    origin: Origin
    keys: DeclaredKeys
    files: tuple[str, ...]
    places: Mapping[str, tuple[str, int, int]] = field(default_factory=dict)
    text: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        """What declares them, in words."""
        return TABLE if self.origin == "table" else ", ".join(self.files)

    def place(self, name: str) -> tuple[str, int, int]:
        """Return where a key is declared: path relative to the root, line and column."""
        if name in self.places:
            return self.places[name]
        path, line, column = place_in(self.files[0], self.text, name).rsplit(":", 2)
        return path, int(line), int(column)


def is_declaring(named: Named) -> bool:
    """Say whether a mention stands in a file whose purpose is to name every key."""
    return named.kind == esc_environment.KIND or is_template_place(named)


def is_template_place(named: Named) -> bool:
    """Say whether a mention stands in a template of a .env file."""
    return is_template(named.path.rpartition("/")[2])


def declared_of(inventory: Inventory, settings: Settings) -> Declared:
    """Return what declares the keys of a code base.

    `[tool.hushflake.keys]` where it is there, and else all Pulumi ESC definitions and templates of
    .env files together. Service classes declare the keys of their fields in either case.
    """
    if settings.keys:
        return _of_table(inventory, settings)
    rows = {field.key.name: field.key for field in reversed(inventory.declared)}
    places = _places(inventory)
    for key in inventory.keys:
        for named in _declaring(key.named):
            # What such a file says of a key is its name, and whether it is a secret.
            secret = True if named.how == "secret" else None
            rows.setdefault(key.name, DeclaredKey(key.name, secret=secret, required=False))
            places.setdefault(key.name, (named.path, named.line, 1))
    found = {named.path for key in inventory.keys for named in _declaring(key.named)}
    files = sorted(found | {field.path for field in inventory.declared})
    return Declared("files" if rows else "nothing", DeclaredKeys(rows), tuple(files), places)


def _declaring(named: Iterable[Named]) -> list[Named]:
    # A name that is only taken, as in `URL=${HOST}`, is declared by nobody.
    return [each for each in named if is_declaring(each) and each.how != "taken"]


def _places(inventory: Inventory) -> dict[str, tuple[str, int, int]]:
    return {
        field.key.name: (field.path, field.line, field.column)
        for field in reversed(inventory.declared)
    }


def _of_table(inventory: Inventory, settings: Settings) -> Declared:
    name = "pyproject.toml"
    try:
        text = read(str(Path(settings.root, name)), LARGEST_TEXT).decode("utf-8", "replace")
    except OSError:
        text = ""
    rows = {field.key.name: field.key for field in reversed(inventory.declared)}
    places = {key: place for key, place in _places(inventory).items() if key not in settings.keys}
    return Declared("table", DeclaredKeys({**rows, **settings.keys}), (name,), places, text)
