"""The knowledge base of one stack: its entities, and a session with the account.

with open_base(project, "local") as base:
    base.session.query("SELECT 1")
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from hushflake.deploy.errors import StatementError
from hushflake.deploy.session import Session, Trace, connect
from hushflake.deploy.stacks import stack_of
from hushflake.schema.compile import compile_stack
from hushflake.schema.model import Entity
from hushflake.schema.names import Identifier
from hushflake.schema.project import Project, Stack
from hushflake.schema.state import Desired

from .access import Access
from .errors import UnknownEntityError

# Whoever looks for rows that are not there is told how to get them there.
TAG = "hushflake knowledge"


def _entity(entities: Mapping[str, Entity], name: str) -> Entity:
    found = entities.get(name.upper()) or entities.get(name)
    if found is None:
        raise UnknownEntityError(name, sorted(entities))
    return found


def _chosen(entities: Mapping[str, Entity], wanted: tuple[str, ...]) -> tuple[Entity, ...]:
    if not wanted:
        return tuple(entities.values())
    found = (_entity(entities, name) for name in wanted)
    return tuple({entity.name: entity for entity in found}.values())


@dataclass(frozen=True)
class Base:
    """An open knowledge base.

    Attributes:
        project: Where the definitions are.
        stack: The settings of the stack.
        desired: The compiled stack.
        session: The session with its account; for one thread.
        hidden: Names of entities that are left out, because the session may not read them.
        access: What the session may read.
    """

    project: Project
    stack: Stack
    desired: Desired
    session: Session
    hidden: frozenset[str] = frozenset()
    access: Access = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "access", Access(self.session, self.stack))

    @property
    def entities(self) -> dict[str, Entity]:
        """Every entity by its name."""
        return {n: e for n, e in self.desired.entities.items() if n not in self.hidden}

    def entity(self, name: str) -> Entity:
        """Return an entity by its name, in any case.

        Raises:
            UnknownEntityError: The project has none of that name.
        """
        return _entity(self.entities, name)

    def chosen(self, names: Iterable[str] = ()) -> tuple[Entity, ...]:
        """Return the named entities, or all of them."""
        return _chosen(self.entities, tuple(names))

    def use_role(self, role: str) -> None:
        """Work with a role of the account from now on, and with a warehouse that it may use.

        A session keeps its warehouse when the role changes, whether the new role may use it or not.

        Raises:
            BadNameError: Not an identifier.
            StatementError: The session's user does not hold the role.
        """
        self.session.use_role(Identifier.parse(role).text)
        self.access.forget()
        current = self.session.query("SELECT CURRENT_WAREHOUSE() AS NAME")[0]["NAME"]
        seen = [str(row["name"]) for row in self.session.query("SHOW WAREHOUSES")]
        for name in sorted(seen, key=lambda name: name != current):
            # SHOW also lists what a role may only monitor: trying is the way to know.
            with suppress(StatementError):
                self.session.use_warehouse(name)
                return

    def without(self, names: Iterable[str]) -> "Base":
        """Return the same base and session without some entities."""
        return replace(self, hidden=self.hidden | frozenset(names))

    def fork(self) -> "Base":
        """Return the same base with a session of its own, for another thread."""
        return replace(self, session=self.session.fork())


@dataclass(frozen=True)
class Definitions:
    """What is known of a knowledge base without its account.

    Attributes:
        project: Where the definitions are.
        stack: The settings of the stack.
        desired: The compiled stack.
    """

    project: Project
    stack: Stack
    desired: Desired

    @property
    def entities(self) -> dict[str, Entity]:
        """Every entity by its name."""
        return dict(self.desired.entities)

    def chosen(self, names: Iterable[str] = ()) -> tuple[Entity, ...]:
        """Return the named entities, in any case of letters, or all of them.

        Raises:
            UnknownEntityError: The project has none of that name.
        """
        return _chosen(self.entities, tuple(names))

    def connect(self, trace: Trace | None = None) -> Base:
        """Return the base, with a session with the account that the caller closes.

        Raises:
            DeployError: No session.
        """
        session = connect(self.project, self.stack.name, trace=trace, tag=TAG, lasting=True)
        return Base(self.project, self.stack, self.desired, session)


def read_definitions(project: Project, stack_name: str) -> Definitions:
    """Compile a stack.

    Raises:
        SchemaError: Mistakes in the definitions.
        MistakeError: The shipped project against an account without having been named.
    """
    stack = stack_of(project, stack_name)
    return Definitions(project, stack, compile_stack(project, stack))


@contextmanager
def open_base(project: Project, stack_name: str, *, trace: Trace | None = None) -> Iterator[Base]:
    """Compile a stack, connect to its account, and close the session at the end.

    Raises:
        SchemaError: Mistakes in the definitions.
        DeployError: No session.
    """
    base = read_definitions(project, stack_name).connect(trace)
    with base.session:
        yield base
