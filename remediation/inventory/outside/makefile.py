"""Makefiles: `include .env`, and recipes. https://www.gnu.org/software/make/manual/html_node/Include.html"""

import re
from collections.abc import Iterator

from .base import EnvUse, Lines, beside, names_env_file
from .commands import commands, constants, path_of
from .in_commands import Place, uses_in
from .programs import unknown
from .tree import Tree

KIND = "Makefile"

_NAME = re.compile(r"(?:^|/)(?:[Mm]akefile(?:\.[\w-]+)?|GNUmakefile)$|\.(?:mk|mak)$")
_INCLUDE = re.compile(r"^(?:-include|sinclude|include)[ \t]+(.+)$", re.MULTILINE)
_EXPORTS_ALL = re.compile(r"^(?:export[ \t]*(?:#.*)?|\.EXPORT_ALL_VARIABLES[ \t]*:.*)$", re.M)
_EXPORTS = re.compile(r"^export[ \t]+([A-Za-z_][\w \t]*)$", re.MULTILINE)
_READ = re.compile(r"\$[({]([A-Za-z_]\w*)|\$\$\{?([A-Za-z_]\w*)")
_LONGEST = 2000
_REMEDY = "start make with `hushflake config run -- make …`, and take the `include` out"


def reads(path: str) -> bool:
    return _NAME.search(path) is not None


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    known, lines = constants(text), Lines(text)
    recipes = _recipes(text)
    found = [one for line, recipe in recipes for one in commands(recipe, line)]
    for match in _INCLUDE.finditer(text):
        for word in match[1].partition("#")[0].split():
            written = path_of(word, known)
            if names_env_file(written):
                # A recipe's program gets all that is exported.
                program = unknown(found) if _EXPORTS_ALL.search(text) else ""
                keys = None if program else frozenset(_names(text)) or None
                does = f"gives it to `{program}`" if program else "includes it"
                yield EnvUse(
                    path, lines.at(match.start()), KIND, written, beside(path, written), keys,
                    does, _REMEDY,
                )  # fmt: skip
    yield from uses_in(found, Place(path, KIND, at_home=True), known)


def _names(text: str) -> Iterator[str]:
    for match in _READ.finditer(text):
        yield match[1] or match[2]
    for names in _EXPORTS.findall(text):
        yield from names.split()


def _as_shell(recipe: str) -> str:
    """Return a recipe as the shell gets it, with variables of Make as some of its own."""
    return re.sub(r"\$\(([A-Za-z_]\w*)\)", r"${\1}", recipe).replace("$$", "$")


def _recipes(text: str) -> list[tuple[int, str]]:
    """Return (first line, commands) of each recipe, as the shell gets them."""
    found: list[tuple[int, str]] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        first = at
        while at < len(lines) and (
            lines[at].startswith("\t") or (at > first and lines[at - 1].endswith("\\"))
        ):
            at += 1
        if at > first:
            found.append((first + 1, _as_shell("\n".join(lines[first:at]))))
        else:
            shell = re.search(r"\$\(shell[ \t]+(.*)\)", lines[at][:_LONGEST])
            if shell:
                found.append((at + 1, shell[1]))
            at += 1
    return found
