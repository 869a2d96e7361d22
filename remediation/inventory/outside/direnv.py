"""direnv: `dotenv`, `source_env` and plain sourcing in `.envrc`. https://direnv.net/man/direnv-stdlib.1.html"""

from collections.abc import Iterator

from .base import EnvUse, beside
from .commands import Command, commands, constants, path_of
from .in_commands import Place, uses_in
from .tree import Tree

KIND = "direnv"

_OWN = frozenset({"dotenv", "dotenv_if_exists", "source_env", "source_env_if_exists"})
_REMEDY = 'write `eval "$(pulumi env open ENVIRONMENT --format shell)"` into .envrc instead'


def reads(path: str) -> bool:
    return path.rpartition("/")[2] == ".envrc"


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    known = constants(text)
    others: list[Command] = []
    for command in commands(text):
        if command.program not in _OWN:
            others.append(command)
            continue
        for word in command.words[1:] or (".env",):
            written = path_of(word, known)
            yield EnvUse(
                path, command.line, KIND, written, beside(path, written), None,
                "puts it into the shell of the folder", _REMEDY,
            )  # fmt: skip
    yield from uses_in(others, Place(path, KIND, at_home=True), known)
