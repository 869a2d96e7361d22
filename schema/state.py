"""States as values: what is wanted (`Desired`), what is there or was applied (`State`).

Both serialise to plain JSON: the journal stores the applied state, `capture` writes a snapshot.
"""

import hashlib
import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .codec import spec_from_plain, spec_to_plain
from .kinds import kind_named
from .kinds.reading import Scope
from .resource import Resource
from .scope import scope_of
from .values import Key

if TYPE_CHECKING:
    from .errors import SchemaError
    from .model import Entity

FORMAT = "hushflake.snapshot/1"


@dataclass(frozen=True, slots=True)
class State:
    """Objects as they are in an account, or as they were applied last.

    Attributes:
        account: What identifies the account (organisation, account, region); "" when unknown.
        resources: By key.
        dropped: What is gone and UNDROP can bring back, as far as it was asked.
    """

    account: str = ""
    resources: Mapping[Key, Resource] = field(default_factory=dict)
    dropped: frozenset[Key] = frozenset()

    @classmethod
    def of(cls, resources: Iterable[Resource], account: str = "") -> "State":
        return cls(account, {resource.key: resource for resource in resources})

    def fingerprint(self) -> str:
        """SHA-256 over the account and everything in it that was read."""
        text = json.dumps(self.to_plain(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_plain(self) -> dict[str, Any]:
        """The JSON document `hushflake.snapshot/1`."""
        dropped = {"dropped": [list(key) for key in sorted(self.dropped)]} if self.dropped else {}
        return {
            "format": FORMAT,
            "account": self.account,
            **dropped,
            "objects": [
                {
                    "kind": resource.key.kind,
                    "name": resource.key.name,
                    "spec": spec_to_plain(resource.spec),
                    "references": [list(key) for key in resource.references],
                    "protect": resource.protect,
                    **({"entity": resource.entity} if resource.entity else {}),
                    **({"told": sorted(resource.told)} if resource.told else {}),
                    **({"owner": resource.owner} if resource.owner else {}),
                }
                for _, resource in sorted(self.resources.items())
            ],
        }

    @classmethod
    def from_plain(
        cls, document: Mapping[str, Any], wanted: Container[Key] | None = None
    ) -> "State":
        """Read the document back. Objects of a kind that is not installed are left out.

        Args:
            document: As `to_plain` makes it.
            wanted: Keys of the objects to read; all of them when absent.

        Raises:
            KeyError, ValueError: not a document of this format.
        """
        if document.get("format") != FORMAT:
            raise ValueError(f"format is {document.get('format')!r}, not {FORMAT!r}")
        resources = [
            Resource(
                Key(item["kind"], item["name"]),
                spec_from_plain(kind_named(item["kind"]).spec_type, item["spec"]),
                tuple(Key(*pair) for pair in item.get("references", ())),
                item.get("protect", False),
                entity=str(item["entity"]) if item.get("entity") else None,
                told=frozenset(item.get("told", ())),
                owner=str(item.get("owner", "")),
            )
            for item in document["objects"]
            if wanted is None or Key(item["kind"], item["name"]) in wanted
        ]
        return cls(
            document.get("account", ""),
            {resource.key: resource for resource in resources},
            frozenset(Key(*pair) for pair in document.get("dropped", ())),
        )


@dataclass(frozen=True, slots=True)
class Desired:
    """A compiled stack: every object that it should have.

    Attributes:
        resources: By key, in an order in which each comes after what it refers to.
        entities: The entities by name, for search, loading and documentation.
        notes: What was left out on this stack, and why.
        account_admin: Whether what needs an account administrator may be touched.
        warnings: What is allowed, and hardly meant.
        shared: Objects of the account that several stacks of the project use.
    """

    project: str
    stack: str
    resources: Mapping[Key, Resource] = field(default_factory=dict)
    entities: Mapping[str, "Entity"] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    account_admin: bool = True
    warnings: tuple["SchemaError", ...] = ()
    shared: frozenset[Key] = frozenset()

    def state(self, account: str = "") -> State:
        """What a complete apply of this leaves: the journal's last applied state."""
        return State(account, self.resources)

    def scope(self, last_applied: State | None = None, unsure: Container[Key] = ()) -> Scope:
        """What introspection must look at to plan this; see `scope_of`."""
        return scope_of(self.resources, last_applied.resources if last_applied else {}, unsure)
