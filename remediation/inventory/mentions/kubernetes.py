"""Kubernetes manifests: https://kubernetes.io/docs/reference/kubernetes-api/, EnvVar, ConfigMap."""

from collections.abc import Iterator

from yaml.nodes import MappingNode, Node

from .base import How, Mention
from .yaml_nodes import documents, entries, every, get, items, line_of, text_of

KIND = "Kubernetes"


def reads(path: str) -> bool:
    """Any YAML file may be one: its `apiVersion` and `kind` tell."""
    return path.endswith((".yaml", ".yml"))


def mentions(text: str) -> Iterator[Mention]:
    # The usual file of another kind is told by its bytes, without parsing it.
    if "apiVersion" not in text or "kind" not in text:
        return
    for document in documents(text):
        if get(document, "apiVersion") is None or get(document, "kind") is None:
            continue
        for node in every(document):
            if isinstance(node, MappingNode):
                yield from _object(node)
                yield from _container(get(node, "env"))


def _object(node: Node) -> Iterator[Mention]:
    """The keys of a ConfigMap or Secret, which `envFrom` makes variables of."""
    kind = text_of(get(node, "kind"))
    if kind not in {"ConfigMap", "Secret"}:
        return
    for part in ("data", "stringData"):
        for key, _value in entries(get(node, part)):
            if text_of(key).replace("_", "").isalnum():
                yield Mention(text_of(key), line_of(key), "secret" if kind == "Secret" else "set")


def _container(env: Node | None) -> Iterator[Mention]:
    for item in items(env):
        name = get(item, "name")
        if name is None:
            continue
        source = get(item, "valueFrom")
        is_secret = get(source, "secretKeyRef") is not None
        how: How = "secret" if is_secret else "taken" if source is not None else "set"
        yield Mention(text_of(name), line_of(name), how)
