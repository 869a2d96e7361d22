"""docker-compose files: https://docs.docker.com/reference/compose-file/services/#environment."""

import re
from collections.abc import Iterator

from yaml.nodes import Node

from .base import How, Mention
from .yaml_nodes import documents, entries, every, get, items, line_of, text_of

KIND = "docker-compose"

_NAME = re.compile(
    r"(?:^|/)(?:docker-)?compose(?:[.\-_][^/]*)?\.ya?ml$|(?:^|/)docker-stack[^/]*\.ya?ml$"
)
# $NAME and ${NAME…}, also where one stands in the default of another; `$$` is a dollar sign.
_VARIABLE = re.compile(r"\$(?:\$|\{?([A-Za-z_][A-Za-z0-9_]*))")


def reads(path: str) -> bool:
    return _NAME.search(path) is not None


def mentions(text: str) -> Iterator[Mention]:
    for document in documents(text):
        for _name, service in entries(get(document, "services") or document):
            yield from environment(get(service, "environment"))
            yield from environment(get(service, "build", "args"))
        yield from interpolated(document)


def interpolated(document: Node) -> Iterator[Mention]:
    """Yield the variables that Compose puts into a document: into values, and not into keys.

    https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md
    """
    keys = {id(key) for node in every(document) for key, _value in entries(node)}
    for node in every(document):
        if id(node) not in keys:
            for found in _VARIABLE.finditer(text_of(node)):
                if found[1]:
                    yield Mention(found[1], line_of(node), "taken")


def environment(node: Node | None) -> Iterator[Mention]:
    """A mapping NAME: value, or a list of `NAME=value` and `NAME`; no value takes the host's."""
    for key, value in entries(node):
        how: How = "set" if text_of(value) or not text_of(key) else "taken"
        yield Mention(text_of(key), line_of(key), how)
    for item in items(node):
        name, equals, _value = text_of(item).partition("=")
        if name:
            yield Mention(name.strip(), line_of(item), "set" if equals else "taken")
