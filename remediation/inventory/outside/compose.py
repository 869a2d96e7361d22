"""Docker Compose: `.env` beside the file or in the working folder, `env_file`, `include`.

https://github.com/compose-spec/compose-spec, chapters 05, 08, 09, 12 and 14, and
https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/. Any YAML
file may be one (`docker compose -f local.yml`): its `services` show it.
"""

import re
from collections.abc import Iterator

from yaml.nodes import MappingNode, Node

from ..mentions.base import Mention
from ..mentions.compose import environment, interpolated
from ..mentions.yaml_nodes import documents, entries, get, items, line_of, text_of
from .base import EnvUse, Holds, beside, from_anywhere
from .runs import runs_in_a_store
from .tree import Tree

KIND = "Docker Compose"

_SERVICES = re.compile(r"^[\"']?services[\"']?[ \t]*:", re.MULTILINE)
# Of Compose and of Docker's client: https://docs.docker.com/compose/how-tos/environment-variables/envvars/
_OWN = frozenset({"COMPOSE_*", "DOCKER_*", "BUILDKIT_*"})
_RUNNING = "start it with `hushflake config run -- docker compose up`, and take the keys out"
_PASSING = (
    "let the program in the container read the store, or name the keys under `environment` and "
    "start it with `hushflake config run -- docker compose up`; then take `env_file` out"
)


def reads(path: str) -> bool:
    return path.endswith((".yml", ".yaml"))


def uses(path: str, text: str, tree: Tree) -> Iterator[EnvUse]:
    if _SERVICES.search(text) is None:
        return
    documents_here = [one for one in documents(text) if _is_compose(one)]
    holds: Holds = "never" if documents_here and runs_in_a_store(tree, "compose") else "always"
    for document in documents_here:
        for name, service in entries(get(document, "services")):
            for file, line in _env_files(get(service, "env_file")):
                does = f"gives it to the container of `{text_of(name)}` (env_file)"
                yield _use(path, line, file, None, does, _PASSING, beside(path, file))
        for key, line in _taken(document):
            does = f"takes ${{{key}}} from it"
            yield _implicit(path, line, frozenset({key}), does, holds)
        if documents_here[0] is document:
            yield _implicit(path, 1, _OWN, "is set up by it", holds)
        yield from _included(path, document)


def _is_compose(document: Node) -> bool:
    services = [service for _name, service in entries(get(document, "services"))]
    return any(
        get(one, word) is not None
        for one in services
        for word in ("image", "build", "extends", "env_file", "environment", "command")
    )


def _taken(document: Node) -> list[tuple[str, int]]:
    """Return (key, line) of what Compose takes from its environment, which the file is a part of.

    That is what it puts in the place of `${KEY}`, and names without a value.
    """
    found: list[Mention] = list(interpolated(document))
    for _name, service in entries(get(document, "services")):
        found += environment(get(service, "environment"))
        found += environment(get(service, "build", "args"))
    for section in ("secrets", "configs"):
        for _name, one in entries(get(document, section)):
            node = get(one, "environment")
            if node is not None:
                found.append(Mention(text_of(node), line_of(node), "taken"))
    lines: dict[str, int] = {}
    for mention in found:
        if mention.how == "taken" and mention.key:
            lines.setdefault(mention.key, mention.line)
    return list(lines.items())


def _env_files(node: Node | None) -> Iterator[tuple[str, int]]:
    """One path, a list of paths, or a list of {path, required}."""
    if node is not None and text_of(node):
        yield _written(text_of(node)), line_of(node)
    for item in items(node):
        path = text_of(item) or text_of(get(item, "path"))
        if path:
            yield _written(path), line_of(item)


def _included(path: str, document: Node) -> Iterator[EnvUse]:
    """The files of other projects: `include: [{path, project_directory, env_file}]`."""
    for item in items(get(document, "include")):
        if isinstance(item, MappingNode):
            for file, line in _env_files(get(item, "env_file")):
                does = "takes the variables of the included project from it"
                yield _use(path, line, file, None, does, _RUNNING, beside(path, file))


def _written(path: str) -> str:
    return re.sub(r"\$\{[^}]{0,400}+\}|\$\w+", "*", path)


def _implicit(
    path: str, line: int, keys: frozenset[str], does: str, holds: Holds
) -> EnvUse:  # fmt: skip
    files = from_anywhere(path, ".env")
    return EnvUse(path, line, KIND, ".env", files, keys, does, _RUNNING, holds, implied=True)


def _use(
    path: str,
    line: int,
    file: str,
    keys: frozenset[str] | None,
    does: str,
    remedy: str,
    files: tuple[str, ...],
) -> EnvUse:
    return EnvUse(path, line, KIND, file, files, keys, does, remedy)
