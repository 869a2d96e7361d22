"""Pulumi ESC environment definitions: https://www.pulumi.com/docs/esc/environments/syntax/."""

from collections.abc import Iterator

from .base import How, Mention
from .yaml_nodes import documents, entries, every, get, line_of

KIND = "Pulumi ESC"


def reads(path: str) -> bool:
    """Any YAML file may be one: its `values` with `environmentVariables` tell."""
    return path.endswith((".yaml", ".yml"))


def mentions(text: str) -> Iterator[Mention]:
    """Yield the variables that the environment gives a program."""
    # The usual file of another kind is told by its bytes, without parsing it.
    if "environmentVariables" not in text or "values" not in text:
        return
    for document in documents(text):
        for key, value in entries(get(document, "values", "environmentVariables")):
            is_secret = any(get(node, "fn::secret") is not None for node in every(value))
            how: How = "secret" if is_secret else "set"
            yield Mention(str(key.value), line_of(key), how)
