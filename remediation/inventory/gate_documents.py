"""What `inventory --check` says of the documents that are written of the declared keys."""

from collections.abc import Iterator
from pathlib import Path

from hushflake.lint_plugin.settings import Settings

from ..keys.generate import generated
from ..keys.table import declared_table
from .model import Inventory


def outdated(inventory: Inventory, settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the path, relative to the root, and the words of each document that is out of date.

    Raises:
        RemediationError: The documents cannot be made.
    """
    if not settings.generated:
        return
    table = declared_table(settings, [field.key for field in inventory.declared])
    for one in generated(settings, table, settings.generated):
        path = settings.relative(str(Path(one.path)))
        if one.state == "created":
            yield path, "is not there: `hushflake config codegen` writes it"
        elif one.state == "changed":
            why = f"{one.objection}; " if one.objection else ""
            yield path, f"{why}is not what `hushflake config codegen` writes: run it"
