"""just: `set dotenv-load`, `dotenv-filename`, `dotenv-path`. https://just.systems/man/en/settings.html"""

import re
from collections.abc import Iterator

from .base import EnvUse, Lines, beside, from_anywhere
from .commands import commands, constants
from .in_commands import Place, uses_in
from .programs import unknown
from .tree import Tree

KIND = "justfile"

_NAME = re.compile(r"(?:^|/)\.?[Jj]ustfile$|\.just$")
_SETTING = re.compile(
    r"^set[ \t]+dotenv-(load|filename|path|required)(?:[ \t]*:=[ \t]*(.+?))?[ \t]*(?:#.*)?$", re.M
)
_READ = re.compile(
    r"""env(?:_var)?(?:_or_default)?\([ \t]*["']([A-Za-z_]\w*)|\$\{?([A-Za-z_]\w*)"""
)
_INSERTED = re.compile(r"\{\{[^{}\n]*\}\}")
_REMEDY = "start just with `hushflake config run -- just …`, and take the setting out"


def reads(path: str) -> bool:
    return _NAME.search(path) is not None


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    settings = {match[1]: match for match in _SETTING.finditer(text)}
    recipes = [(at, line) for at, line in enumerate(text.split("\n"), 1) if line[:1] in (" ", "\t")]
    found = [one for at, line in recipes for one in commands(_INSERTED.sub("${x}", line), at)]
    loads = {name: match for name, match in settings.items() if match[2] != "false"}
    if loads:
        match = next(iter(loads.values()))
        value = (loads["path"] if "path" in loads else loads["filename"])[2] if (
            "path" in loads or "filename" in loads
        ) else ".env"  # fmt: skip
        written = (value or ".env").strip("\"' ")
        program = unknown(found)
        names = frozenset(one[0] or one[1] for one in _READ.findall(text))
        does = f"gives it to `{program}`" if program else "loads it"
        # A file name is looked for in the folder of the file and above, a path below it.
        files = beside(path, written) if "path" in loads else from_anywhere(path, written)
        yield EnvUse(
            path, Lines(text).at(match.start()), KIND, written, files,
            None if program else names or None, does, _REMEDY,
            implied="required" not in loads,
        )  # fmt: skip
    yield from uses_in(found, Place(path, KIND, at_home=True), constants(text))
