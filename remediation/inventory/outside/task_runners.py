"""Task (`dotenv:` in a Taskfile), mise (`_.file`), Kustomize (`envs`), Serverless (`useDotenv`).

https://taskfile.dev/reference/schema, https://mise.jdx.dev/environments/,
https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/secretgenerator/,
https://www.serverless.com/framework/docs/environment-variables.
"""

import re
from collections.abc import Iterator

from yaml.nodes import Node

from ..mentions.yaml_nodes import documents, entries, every, get, items, line_of, text_of
from .base import EnvUse, beside, names_env_file
from .tree import Tree

KIND = "task runner"

# File name -> the keys whose values are .env files, and what is done with them.
_FILES = (
    (re.compile(r"(?:^|/)[Tt]askfile(?:\.dist)?\.ya?ml$"), ("dotenv",), "gives it to its tasks"),
    (re.compile(r"(?:^|/)kustomization\.ya?ml$"), ("envs", "env"), "makes a secret of it"),
)
_SERVERLESS = re.compile(r"(?:^|/)serverless\.ya?ml$")
_MISE = re.compile(r"(?:^|/)(?:\.?mise(?:\.[\w-]+)?\.toml|\.config/mise/config\.toml)$")
_MISE_FILE = re.compile(r"^\s*_\.file\s*=\s*(.+)$|^\s*file\s*=\s*(.+)$", re.MULTILINE)
_REMEDY = "start it with `hushflake config run -- …`, and take the setting out"


def reads(path: str) -> bool:
    return bool(
        any(pattern.search(path) for pattern, _keys, _does in _FILES)
        or _SERVERLESS.search(path)
        or _MISE.search(path)
    )


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    if _MISE.search(path):
        yield from _mise(path, text)
        return
    for document in documents(text):
        if _SERVERLESS.search(path):
            node = get(document, "useDotenv")
            if text_of(node).lower() == "true" and node is not None:
                for written in (".env", ".env.*"):
                    yield _use(path, line_of(node), written, "loads it")
        for pattern, keys, does in _FILES:
            if pattern.search(path):
                for node in _named(document, keys):
                    written = re.sub(r"\{\{[^}]*\}\}", "*", text_of(node))
                    if names_env_file(written):
                        yield _use(path, line_of(node), written, does)


def _named(document: Node, keys: tuple[str, ...]) -> Iterator[Node]:
    for node in every(document):
        for key, value in entries(node):
            if text_of(key) in keys:
                yield from (one for one in (value, *items(value)) if text_of(one))


def _mise(path: str, text: str) -> Iterator[EnvUse]:
    for number, line in enumerate(text.splitlines(), start=1):
        match = _MISE_FILE.match(line)
        for written in re.findall(r"[\"']([^\"']{1,200})[\"']", match[0]) if match else ():
            if names_env_file(written):
                yield _use(path, number, written, "puts it into the shell of the folder")


def _use(path: str, line: int, written: str, does: str) -> EnvUse:
    return EnvUse(path, line, KIND, written, beside(path, written), None, does, _REMEDY)
