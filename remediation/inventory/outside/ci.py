"""Pipelines: steps that read a .env file, or write one. GitHub, GitLab, CircleCI, Azure, Bitbucket.

A pipeline has the files that git tracks, and those that it writes itself: of an untracked .env file
it reads nothing.
"""

import re
from collections.abc import Iterator

from yaml.nodes import MappingNode, Node

from ..mentions.yaml_nodes import documents, entries, every, items, line_of, text_of
from .base import EnvUse
from .commands import Command, commands, constants
from .in_commands import Place, files_written, uses_in
from .tree import Tree

KIND = "pipeline"

_NAME = re.compile(
    r"(?:^|/)\.github/(?:workflows/[^/]+|actions/.+)\.ya?ml$|^action\.ya?ml$"
    r"|(?:^|/)(?:\.gitlab-ci|azure-pipelines|bitbucket-pipelines|cloudbuild|buildspec|\.travis)[^/]*\.ya?ml$"
    r"|(?:^|/)\.circleci/[^/]+\.ya?ml$"
)
_SCRIPTS = frozenset(
    {
        "run",
        "script",
        "before_script",
        "after_script",
        "command",
        "commands",
        "bash",
        "inlineScript",
    }
)
_WRITING = "nothing, while what reads the file there gets its values from secrets of the pipeline"


def reads(path: str) -> bool:
    return _NAME.search(path) is not None


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    if "env" not in text:
        return
    found: list[Command] = []
    for document in documents(text):
        for node in _scripts(document):
            # A block begins in the line below its key.
            first = line_of(node) + (getattr(node, "style", None) in {"|", ">"})
            found += commands(text_of(node), first)
    known, place = constants(text), Place(path, KIND)
    own = dict(files_written(found, known))
    for one in uses_in(found, place, known):
        if one.file not in own:
            yield EnvUse(**{**vars(one), "holds": "tracked"})
    for written, line in own.items():
        files, does = place.files(written), "writes one of its own"
        yield EnvUse(path, line, KIND, written, files, None, does, _WRITING, "never")


def _scripts(document: Node) -> Iterator[Node]:
    for node in every(document):
        if isinstance(node, MappingNode):
            for key, value in entries(node):
                if text_of(key) in _SCRIPTS:
                    yield from (one for one in (value, *items(value)) if text_of(one))
