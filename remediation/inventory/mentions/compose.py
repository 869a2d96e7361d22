"""docker-compose files: https://docs.docker.com/reference/compose-file/services/#environment."""

import re
from collections.abc import Iterator

from yaml.nodes import Node

from .base import EnvFileUse, How, Mention
from .yaml_nodes import documents, entries, every, get, items, line_of, text_of

KIND = "docker-compose"

_NAME = re.compile(
    r"(?:^|/)(?:docker-)?compose(?:[.\-_][^/]*)?\.ya?ml$|(?:^|/)docker-stack[^/]*\.ya?ml$"
)
# $NAME, ${NAME}, ${NAME:-default}; `$$` is a dollar sign.
_VARIABLE = re.compile(r"\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)[^}]*\}|([A-Za-z_][A-Za-z0-9_]*))")


def reads(path: str) -> bool:
    return _NAME.search(path) is not None


def mentions(text: str) -> Iterator[Mention | EnvFileUse]:
    for document in documents(text):
        for _name, service in entries(get(document, "services") or document):
            yield from _environment(get(service, "environment"))
            yield from _environment(get(service, "build", "args"))
            yield from _env_files(get(service, "env_file"))
        for node in every(document):
            for found in _VARIABLE.finditer(text_of(node)):
                name = found[1] or found[2]
                if name:
                    yield Mention(name, line_of(node), "taken")


def _environment(node: Node | None) -> Iterator[Mention]:
    """A mapping NAME: value, or a list of `NAME=value` and `NAME`; no value takes the host's."""
    for key, value in entries(node):
        how: How = "set" if text_of(value) or not text_of(key) else "taken"
        yield Mention(text_of(key), line_of(key), how)
    for item in items(node):
        name, equals, _value = text_of(item).partition("=")
        if name:
            yield Mention(name.strip(), line_of(item), "set" if equals else "taken")


def _env_files(node: Node | None) -> Iterator[EnvFileUse]:
    """One path, a list of paths, or a list of {path, required}."""
    if node is not None and text_of(node):
        yield EnvFileUse(text_of(node), line_of(node))
    for item in items(node):
        path = text_of(item) or text_of(get(item, "path"))
        if path:
            yield EnvFileUse(path, line_of(item))
