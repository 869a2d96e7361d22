"""Keep the inventory as it was before, for the report at the end."""

import json

from ...files import write_atomically
from ...inventory.collect import collect
from ...inventory.document import FORMAT, fields
from ...wording import counted
from ..step import Context, Done, Look

ORDER = 20
NAME = "inventory"
TITLE = "Take the inventory"
BEFORE = "before.json"


def look(context: Context) -> Look:
    found = collect([context.top])
    through, reads = found.progress()
    secret = sum(key.secret for key in found.read_keys)
    lines = [
        (
            f"{counted(len(found.read_keys), 'key')}, {secret} of them secret, "
            f"in {counted(reads, 'read')}"
        ),
        f"{counted(through, 'read')} through the accessor already",
    ]
    lines += [f"defaults differ: {key.name}" for key in found.read_keys if key.conflicting]
    return Look(lines)


def act(context: Context) -> Done:
    document = {"format": FORMAT, **fields(collect([context.top]))}
    write_atomically(context.folder / BEFORE, json.dumps(document, indent=2).encode())
    return Done()
