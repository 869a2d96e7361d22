"""Procfiles, which honcho, foreman and `heroku local` start with `.env` beside them.

https://honcho.readthedocs.io/en/latest/using_procfiles.html
"""

import re
from collections.abc import Iterator

from .base import EnvUse, beside
from .commands import Command, commands, constants
from .in_commands import Place, uses_in
from .programs import unknown
from .shell_script import keys_read
from .tree import Tree

KIND = "Procfile"

_NAME = re.compile(r"(?:^|/)Procfile(?:\.[\w-]+)?$")
_LINE = re.compile(r"^([A-Za-z0-9_-]+):[ \t]*(.+)$", re.MULTILINE)
_REMEDY = "start it with `hushflake config run -- honcho start`, and take the keys out"


def reads(path: str) -> bool:
    return _NAME.search(path) is not None


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    found: list[Command] = []
    for number, line in enumerate(text.splitlines(), start=1):
        match = _LINE.match(line)
        if match is None:
            continue
        own = list(commands(match[2], number))
        found += own
        names = frozenset(key for one in keys_read(path, match[2], KIND) for key in one.keys or ())
        program = unknown(own)
        if names or program:
            does = f"gives it to `{program}`" if program else f"starts `{match[1]}` with it"
            yield EnvUse(
                path, number, KIND, ".env", beside(path, ".env"), None if program else names, does,
                _REMEDY, implied=True,
            )  # fmt: skip
    yield from uses_in(found, Place(path, KIND, at_home=True), constants(text))
