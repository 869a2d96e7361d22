"""Environments with revisions; secrets become ciphertext when a definition is saved."""

import base64
import hashlib
import itertools
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import yaml

from .evaluate import DefinitionError, Evaluator, compose, items, range_of, scalar

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Kept:
    """An environment: all its revisions, the first one empty."""

    created: str
    texts: list[str] = field(default_factory=lambda: [""])
    tags: dict[str, int] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        return hashlib.sha256(f"{len(self.texts)}:{self.texts[-1]}".encode()).hexdigest()[:16]

    def revision(self, version: str | None) -> int:
        if version in {None, "latest"}:
            return len(self.texts)
        number = self.tags.get(str(version)) or int(str(version))
        if not 1 <= number <= len(self.texts):
            raise KeyError(version)
        return number


class Store:
    """`organisation/project/name` -> environment, and the sessions opened on them."""

    def __init__(self) -> None:
        self.environments: dict[str, Kept] = {}
        # Session -> its environment: properties and expressions.
        self.sessions: dict[str, dict[str, Any]] = {}
        # What `fn::open::NAME` gives for its inputs, as a `Value`.
        self.providers: dict[str, Callable[[Any], dict[str, Any]]] = {}
        self.secrets: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def create(self, name: str) -> Kept:
        if name in self.environments:
            raise FileExistsError(name)
        kept = self.environments[name] = Kept(datetime.now(UTC).isoformat())
        return kept

    def save(self, name: str, text: str) -> int:
        """Check, encrypt, and keep as the newest revision; returns its number."""
        kept = self.environments[name]
        encrypted = self.encrypted(text)
        self.evaluate(name, encrypted)
        kept.texts.append(encrypted)
        return len(kept.texts)

    def encrypted(self, text: str) -> str:
        """The text with the raw argument of every `fn::secret` replaced by its ciphertext."""
        places: list[tuple[int, int, str]] = []
        self._secrets(compose(text), places)
        for begin, end, plain in sorted(places, reverse=True):
            cipher = base64.b64encode(b"esc-" + secrets.token_bytes(12)).decode()
            self.secrets[cipher] = plain
            text = f"{text[:begin]}{{ciphertext: {cipher}}}{text[end:]}"
        return text

    def decrypted(self, text: str) -> str:
        document = yaml.safe_load(text)

        def open_up(node: Any) -> Any:
            if isinstance(node, dict):
                if set(node) == {"fn::secret"} and isinstance(node["fn::secret"], dict):
                    return {"fn::secret": self.secrets[node["fn::secret"]["ciphertext"]]}
                return {name: open_up(inner) for name, inner in node.items()}
            return [open_up(inner) for inner in node] if isinstance(node, list) else node

        return yaml.safe_dump(open_up(document)) if document else ""

    def _secrets(self, node: yaml.Node, places: list[tuple[int, int, str]]) -> None:
        if isinstance(node, yaml.SequenceNode):
            for inner in node.value:
                self._secrets(inner, places)
        elif isinstance(node, yaml.MappingNode):
            for name, inner in items(node).items():
                if name == "fn::secret" and isinstance(inner, yaml.ScalarNode):
                    if not isinstance(scalar(inner), str) or "${" in inner.value:
                        raise DefinitionError("secret values must be string literals", inner)
                    places.append((inner.start_mark.index, inner.end_mark.index, inner.value))
                else:
                    self._secrets(inner, places)

    def evaluate(self, name: str, text: str) -> dict[str, Any]:
        return self.evaluator(name, text).properties()

    def evaluator(self, name: str, text: str) -> Evaluator:
        organization = name.split("/")[0]

        def load(path: str) -> str:
            kept = self.environments.get(f"{organization}/{path}")
            if kept is None:
                raise DefinitionError(f"unknown environment {path}", compose(""))
            return kept.texts[-1]

        return Evaluator(name, text, load, self.secrets.__getitem__, self.providers)

    def open(self, name: str, version: str | None = None) -> str:
        kept = self.environments[name]
        evaluator = self.evaluator(name, kept.texts[kept.revision(version) - 1])
        session = f"session-{next(self._numbers)}"
        self.sessions[session] = {
            "properties": evaluator.properties(),
            "exprs": evaluator.expressions(),
        }
        return session


def diagnostics(name: str, error: DefinitionError) -> list[dict[str, Any]]:
    return [{"summary": error.summary, "range": range_of(name, error.node)}]
