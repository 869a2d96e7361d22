"""What an object kind is: one file that holds everything about it, except its templates.

A kind declares its spec (a frozen dataclass, whose annotations say what YAML may hold and what
each name refers to), how it is read back, and what differs. All of it is pure.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Generic

from ..names import QualifiedName
from ..plan import Operations
from ..resource import Change, Expanded, Mistake, Resource, Resources, Spec, SpecT
from ..sql.queries import complete_names
from ..stack import Stack
from ..values import Key, Level, OperationClass, Payload, Row, Value
from .grantable import note
from .reading import Answer, Query, Scope

__all__ = [
    "Answer", "Change", "Expanded", "Key", "Kind", "KindT", "Level", "Mistake", "OperationClass",
    "Operations", "Payload", "Query", "Resource", "Resources", "Row", "Scope", "Spec", "SpecT",
    "Value",
]  # fmt: skip


class Kind(Generic[SpecT]):
    """One Snowflake object kind.

    Subclass it in `schema/kinds/<name>.py`, set the class variables, and the folder is the
    registry. Installed packages add kinds through the entry point group `hushflake.kinds`.
    """

    name: ClassVar[str]
    level: ClassVar[Level]
    spec_type: type[SpecT]
    # Lower order: created earlier and dropped later among objects that do not depend on each other.
    order: ClassVar[int] = 50
    drop_class: ClassVar[OperationClass] = "safe"
    # Whether DROP is refused, or takes something along, while something still uses it.
    held_by_use: ClassVar[bool] = False
    # Whether the operation `replace` keeps what was granted on the object (COPY GRANTS, ALTER).
    replace_keeps_grants: ClassVar[bool] = True
    # Actions that only prepare or end another change of the object; a folded plan leaves them out.
    in_passing: ClassVar[frozenset[str]] = frozenset()
    # What a reader calls such an object, when the kind's name is not it ("search service").
    spoken: ClassVar[str] = ""
    # How a plan calls it that such an object is gone without our doing.
    gone_by_hand: ClassVar[str] = "was dropped by hand"
    # Action -> the action that takes back what its statements had begun when one is refused; sent
    # whatever had been begun, and no harm where there is nothing to take back.
    put_back: ClassVar[Mapping[str, str]] = {}
    # Fields whose text is searched for the names of other objects.
    query_fields: ClassVar[tuple[str, ...]] = ()
    # Whether names in those fields are completed: Snowflake takes the session's schema, not the
    # object's, for the unqualified ones.
    completes_names: ClassVar[bool] = False
    # Whether `check` also serves for a definition of which some fields could not be read: it looks
    # at fields by themselves, or at names alone.
    checks_apart: ClassVar[bool] = False
    # What YAML is bound to when that is not the spec itself; `expand` makes specs of it.
    yaml_type: ClassVar[type[Any] | None] = None

    # What can be granted on an object of the kind (`CREATE …`: for any kind of object); none: it
    # cannot be named by a grant.
    privileges: ClassVar[tuple[str, ...]] = ()
    # What GRANT calls all of them in a schema or database, as YAML writes it: `tables`. "": ALL and
    # FUTURE do not know them.
    plural: ClassVar[str] = ""
    # Whether the name of an object of the account takes the stack's `account_prefix`.
    has_prefix: ClassVar[bool] = True
    # Whether objects of the kind have an owner that GRANT OWNERSHIP changes.
    has_owner: ClassVar[bool] = True

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "name" in cls.__dict__:
            note(cls.name, cls.privileges, cls.plural)

    # The folder that holds `<kind>/<action>.sql.j2` of a kind from another package.
    templates: ClassVar[Path | None] = None

    def full_name(self, name: str, spec: SpecT) -> str:
        """The name as it identifies the object: functions add their argument types."""
        return name

    def normalise(self, spec: SpecT) -> SpecT:
        """The spec with computed fields filled in, as it would be read back."""
        return spec

    def expand(self, declared: Any, resources: Mapping[Key, Resource]) -> Iterator[Expanded]:
        """For a kind with `yaml_type`: the objects that a definition stands for, once everything
        else is known (`all: tables` becomes one grant a table)."""
        raise NotImplementedError

    def with_names(
        self, declared: Any, complete: Callable[[str, QualifiedName], QualifiedName]
    ) -> Any:
        """For a kind with `yaml_type`: the definition with the names that `expand` reads itself
        spelled as on the stack; `complete` takes the kind and the name that it names."""
        return declared

    def completed(self, spec: SpecT, full_name: Callable[[str], str | None]) -> SpecT:
        """The spec with the names of declared objects in its queries completed by `full_name`."""
        texts: dict[str, Any] = {
            field: complete_names(getattr(spec, field), full_name) for field in self.query_fields
        }
        return replace(spec, **texts) if texts else spec

    def fit(self, spec: SpecT, stack: Stack) -> tuple[SpecT, tuple[str, ...]]:
        """The spec without options that the stack's edition does not have, and what was said."""
        return spec, ()

    def left_out(self, spec: SpecT, stack: Stack) -> str:
        """Why the object cannot be on this stack and is left out; "" when it can."""
        return ""

    def needs_account_admin(self, spec: SpecT) -> str:
        """What of it only an account administrator may do, and the way without one; "" when the
        owner may. It is left out, and never removed, on a stack with `account_admin: false`."""
        return ""

    def check(self, name: str, spec: SpecT, stack: Stack) -> Iterator[Mistake]:
        """What is wrong with a definition beyond its shape."""
        return iter(())

    def merged(self, left: SpecT, right: SpecT) -> SpecT | None:
        """Two definitions of one object that `expand` made as one; None: only one may be."""
        return None

    def check_together(self, resources: Resources) -> Iterator[tuple[Resource, Mistake]]:
        """What is wrong between objects: once for everything that is declared."""
        return iter(())

    def queries(self, scope: Scope) -> Iterable[Query]:
        """The statements that read every object of this kind in `scope`: their number must not
        grow with the number of objects (policies, procedures and the like excepted)."""
        raise NotImplementedError

    def needs_own_query(self, spec: SpecT) -> bool:
        """Whether it holds what only a query for this object tells: `Scope.singly` names it."""
        return False

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        """Turn the rows into resources, normalised as the loader normalises YAML."""
        raise NotImplementedError

    def create(self, name: str, spec: SpecT) -> Payload:
        """What `create.sql.j2` is given."""
        raise NotImplementedError

    def summary(self, spec: SpecT) -> str:
        """What a reader wants to know of an object that comes or goes, beside its name."""
        return ""

    def attached_to(self, spec: SpecT) -> Key | None:
        """The one object that it is an attachment of, and is shown with: a grant on a table."""
        return None

    def label(self, spec: SpecT) -> str:
        """What to call it in a list of its kind; "": the last part of its name."""
        return ""

    def dropped_queries(self, scope: Scope) -> Iterable[Query]:
        """The statements that list what UNDROP can bring back; asked only when an object that
        was applied is gone. None: objects of this kind do not come back."""
        return ()

    def read_dropped(self, answers: Sequence[Answer]) -> Iterator[Key]:
        """The objects among the rows of `dropped_queries` that are dropped."""
        return iter(())

    def drop(self, name: str, spec: SpecT) -> Payload:
        """What `drop.sql.j2` is given."""
        return {}

    def difference(self, name: str, desired: SpecT, actual: SpecT) -> Iterator[Change]:
        """The changes that turn `actual` into `desired`, in the order in which they must run."""
        raise NotImplementedError

    def notes(self, name: str, desired: SpecT, actual: SpecT) -> Iterator[str]:
        """What the reader of a plan should know about an object that is there."""
        return iter(())

    def after_create(self, name: str, spec: SpecT) -> Iterator[Change]:
        """Operations that follow the creation (resume a task)."""
        return iter(())

    def given_away(self, spec: SpecT) -> SpecT:
        """The object as GRANT OWNERSHIP leaves it: a task is suspended and out of its graph."""
        return spec

    def arrange(self, operations: Operations, desired: Resources, actual: Resources) -> None:
        """Change the operations of a whole plan in place, for what one object cannot know (a task
        graph is suspended before it changes and resumed afterwards)."""

    def is_surplus(self, resource: Resource, desired: Mapping[Key, Resource]) -> bool:
        """Whether an object that is there but not declared, and was never applied by us, is to
        be removed all the same (grants of a role that is managed authoritatively)."""
        return False


KindT = Kind[Any]
