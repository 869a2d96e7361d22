"""GitHub workflows and actions: https://docs.github.com/actions/reference/workflow-syntax."""

import re
from collections.abc import Iterator

from yaml.nodes import MappingNode

from .base import How, Mention
from .yaml_nodes import documents, entries, every, get, line_of, text_of

KIND = "GitHub workflow"

_NAME = re.compile(r"(?:^|/)\.github/(?:workflows/[^/]+|actions/.*action)\.ya?ml$|^action\.ya?ml$")
# A context begins an expression: `steps.set-env.outputs.x` and `needs.env.result` are no such one.
_CONTEXT = re.compile(
    r"(?<![\w.\-'\"])(secrets|vars|env)(?:\.|\[\s*['\"])([A-Za-z_][A-Za-z0-9_]*)", re.IGNORECASE
)
# Up to the next beginning: from each to the end takes a time that grows with the square.
_EXPRESSION = re.compile(r"\$\{\{((?:[^}$]|\}(?!\})|\$(?!\{\{))*+)\}\}")


def reads(path: str) -> bool:
    return _NAME.search(path) is not None


def mentions(text: str) -> Iterator[Mention]:
    for document in documents(text):
        for node in every(document):
            if isinstance(node, MappingNode):
                for key, value in entries(get(node, "env")):
                    secret = "secrets." in text_of(value)
                    yield Mention(text_of(key), line_of(key), "secret" if secret else "set")
            for expression in _EXPRESSION.finditer(text_of(node)):
                for context, name in _CONTEXT.findall(expression[1]):
                    how: How = "secret" if context.lower() == "secrets" else "taken"
                    yield Mention(name, line_of(node), how)
