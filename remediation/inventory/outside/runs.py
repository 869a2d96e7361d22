"""Whether the scripts of a repository start a program with the values of a store."""

import re

from .commands import commands
from .tree import Tree

_SCRIPTS = re.compile(
    r"(?:^|/)(?:[Mm]akefile|GNUmakefile|\.?[Jj]ustfile|Procfile[^/]*|package\.json|[Tt]askfile\.ya?ml"
    r"|[^/]+\.(?:mk|just|sh|bash|zsh))$"
)
# What a command of a program is told by, wherever it stands in its words.
_PROGRAMS = {
    "compose": (("docker", "compose"), ("docker-compose",), ("podman-compose",)),
}


def runs_in_a_store(tree: Tree, program: str) -> bool:
    """Say whether scripts start a program under `hushflake config run` or the like, and never bare.

    Args:
        tree: The files of the repository.
        program: A name of `_PROGRAMS`.
    """
    if program not in tree.facts:
        tree.facts[program] = _look(tree, program)
    return bool(tree.facts[program])


def _look(tree: Tree, program: str) -> bool:
    wrapped = False
    for path in tree.paths:
        text = (tree.text(path) or "") if _SCRIPTS.search(path) else ""
        if program not in text:
            continue
        # The scripts of a package.json stand in quotes.
        for command in commands(text.replace('"', "\n") if path.endswith(".json") else text):
            if _runs(command.words, program):
                if not command.wrapped:
                    return False
                wrapped = True
    return wrapped


def _runs(words: tuple[str, ...], program: str) -> bool:
    return any(
        words[at : at + len(name)] == name
        for name in _PROGRAMS[program]
        for at in range(len(words))
    )
