"""An object as a value, and what differs between two: what kinds make, and plans are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from .errors import Position
from .values import Key, OperationClass, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """The fields of an object, normalised: equal specs are equal objects."""

    comment: str = ""


SpecT = TypeVar("SpecT", bound=Spec)


@dataclass(frozen=True, slots=True)
class Resource:
    """An object as it is declared, as it is in the account, or as it was applied.

    Attributes:
        key: Kind and full name.
        spec: Its fields, an instance of its kind's `spec_type`.
        references: Keys of the objects that must exist before it.
        protect: Never dropped, whatever is asked.
        at: Where it is declared; no part of equality.
        entity: The entity that it was expanded from.
        told: Fields that a SHOW does not tell, and another query did.
        owner: The role that owns it, as it is spelled in SQL; "": not managed, or not told.
    """

    key: Key
    spec: Spec
    references: tuple[Key, ...] = field(default=(), compare=False)
    protect: bool = field(default=False, compare=False)
    at: Position | None = field(default=None, compare=False, repr=False)
    entity: str | None = field(default=None, compare=False)
    told: frozenset[str] = field(default=frozenset(), compare=False)
    owner: str = field(default="", compare=False)

    def referring_to(self, references: tuple[Key, ...]) -> "Resource":
        """The same with other references; `dataclasses.replace` takes ten times as long."""
        return Resource(
            self.key,
            self.spec,
            references,
            self.protect,
            self.at,
            self.entity,
            self.told,
            self.owner,
        )


# Everything that is declared, or that is there.
Resources = Mapping[Key, Resource]


class Expanded(NamedTuple):
    """An object that `Kind.expand` makes of a definition."""

    name: str
    spec: Spec
    references: tuple[Key, ...]


class Mistake(NamedTuple):
    """What is wrong with a definition; `field` places it in the file."""

    field: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Change:
    """One typed difference between what is wanted and what is there; one operation of a plan.

    Attributes:
        action: The template that spells it: `templates/sql/<kind>/<action>.sql.j2`.
        part: What within the object it touches ("column NAME"), "" for the object itself.
        reason: One line for the reader: what changes from what to what.
        payload: What the template is given beside `name`.
        severity: safe; rebuild (locks, rewrites, or an index is gone for a while); loss.
        always: Runs once the operations that it depends on have ended, even if one failed.
        by_hand: The line when the change takes back what was done by hand; "": `reason`.
    """

    action: str
    reason: str
    payload: Payload = field(default_factory=dict)
    severity: OperationClass = "safe"
    part: str = ""
    always: bool = False
    by_hand: str = ""

    @property
    def identity(self) -> tuple[str, str, str]:
        """Equal for the same change seen against another state: tells ours from drift."""
        return (self.action, self.part, repr(sorted(self.payload.items(), key=lambda kv: kv[0])))
