"""What every object kind shares: reading CREATE, ALTER and DROP, answering SHOW and DESCRIBE.

A file in this folder is a kind: it has `KIND`, an instance of a class below. Nothing else names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ...engine.catalogue import ACCOUNT_ID, HOLDER, Change, Object
from ...language.errors import (
    SqlError,
    exists_already,
    missing,
    not_allowed,
    syntax,
    unsupported,
)
from ...language.lexer import position
from ...language.names import Name
from ...language.parser import Parser
from ...language.results import DDL, SHOW, Column, Result
from ...language.types import TEXT, TIMESTAMP_LTZ, DataType
from ...sessions import temporary
from ...sessions.call import Call
from ...sessions.session import Session
from ..references import followed, read_restrict, referring
from .future_grants import add_future_grants
from .readers import Reader
from .showing import TERSE_COLUMNS, Scope, common_row, filtered
from .tagging import set_tags

LEVELS = ("account", "database", "schema")


@dataclass(frozen=True)
class Mode:
    """How an object is created."""

    replace: bool = False
    alter: bool = False
    if_not_exists: bool = False
    modifiers: frozenset[str] = frozenset()

    @property
    def temporary(self) -> bool:
        """Whether the object is the session's own."""
        return "TEMPORARY" in self.modifiers


class Kind:
    """An object kind. The attributes say what most kinds need; the methods are for the rest."""

    name: ClassVar[str]
    plural: ClassVar[str]
    level: ClassVar[str] = "schema"
    modifiers: ClassVar[frozenset[str]] = frozenset()
    or_alter: ClassVar[bool] = False
    # Property -> what reads its value, for CREATE and for ALTER … SET.
    properties: ClassVar[Mapping[str, Reader]] = {}
    show_columns: ClassVar[tuple[tuple[str, DataType], ...]] = ()
    describe_columns: ClassVar[tuple[tuple[str, DataType], ...]] = ()
    # What a role that does not own an object may do with ALTER: privilege -> the words that follow.
    altered_with: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = {}
    # Privileges on the account whose holders can name every object of the kind in ALTER and DESCRIBE.
    overseers: ClassVar[tuple[str, ...]] = ()
    # Roles are listed whoever asks; of most kinds only what the role may use.
    listed_for_all: ClassVar[bool] = False
    # Whether CASCADE or RESTRICT may follow the name in DROP.
    drop_cascades: ClassVar[bool] = False

    # --- CREATE -----------------------------------------------------------------------------------

    def create(self, call: Call, mode: Mode) -> Result:
        """Run CREATE; the kind's keywords are consumed."""
        parser = call.parser
        mode = replace(mode, if_not_exists=read_if_not_exists(parser, mode))
        name = parser.name()
        body = self.read_body(call, mode)
        parser.end()
        return self.store(call.session, name, mode, body)

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        """Consume what follows the name and return the object's body."""
        read = call.parser.properties({**self.properties, "COMMENT": Parser.string})
        comment = read.pop("COMMENT", None)
        return {"properties": self.checked(read), "comment": comment}

    def checked(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Return the properties when they fit together; fail otherwise."""
        return properties

    def store(self, session: Session, name: Name, mode: Mode, body: dict[str, Any]) -> Result:
        """Add the object, or change the one that is there as the mode says."""
        parent, shown = self.place_of(session, name, mode)
        existing = session.engine.catalogue.find(self.name, parent, name.last)
        if existing is not None and mode.if_not_exists:
            return status(f"{name.last} already exists, statement succeeded.")
        if existing is None or mode.replace:
            self.require_create(session, parent, name)
        with session.transaction.ddl() as change:
            if existing is None:
                item = change.add(self.name, parent, name.last, body)
                add_future_grants(session, change, item)
                self.created(session, change, item, None)
            elif mode.replace:
                self.require_same_kind(session, existing, name)
                session.identity.require_ownership(existing)
                self.dropped(session, change, existing)
                change.drop(existing)
                item = change.add(self.name, parent, name.last, body)
                add_future_grants(session, change, item)
                self.created(session, change, item, existing)
            elif mode.alter:
                self.require_same_kind(session, existing, name)
                session.identity.require_ownership(existing)
                item = change.put(self.altered(existing, body))
            else:
                raise exists_already(shown)
        return status(f"{self.title} {name.last} successfully created.")

    def altered(self, existing: Object, body: dict[str, Any]) -> Object:
        """Return the object as CREATE OR ALTER leaves it: what is absent is unset."""
        return replace(
            existing,
            body={
                **{key: value for key, value in body.items() if value is not None},
                "owner": existing.owner,
                **{key: existing.body[key] for key in ("state", "tags") if key in existing.body},
            },
        )

    def created(self, session: Session, change: Change, item: Object, old: Object | None) -> None:
        """Do what creating the object means for the data."""

    def dropped(self, session: Session, change: Change, item: Object) -> None:
        """Do what dropping the object means for the data."""

    def require_same_kind(self, session: Session, existing: Object, name: Name) -> None:
        """Fail when the name belongs to an object of another kind in the same namespace."""
        if existing.kind != self.name:
            raise SqlError(
                f"SQL compilation error:\nObject found is of type '{existing.kind}', "
                f"not specified type '{self.name}'.",
                2203,
                "42710",
            )

    def require_create(self, session: Session, parent: int, name: Name) -> None:
        """Fail unless the role may create such an object there."""
        holder = session.engine.catalogue.get(parent) if parent else None
        if holder is not None and holder.kind == HOLDER:
            # Whoever may use a schema may have temporary objects in it.
            # https://docs.snowflake.com/en/sql-reference/sql/create-table
            return
        if holder is not None and session.identity.privileges.owns(session.identity.roles, holder):
            return
        session.identity.require(f"CREATE {self.name}", holder)

    # --- names ------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """The kind as messages write it."""
        return self.name.capitalize()

    def parent_of(self, session: Session, name: Name) -> tuple[int, str]:
        """Return the id of the holder of a new name, and the name in full."""
        if self.level == "account":
            return ACCOUNT_ID, name.last
        if self.level == "database":
            holder = (
                session.names.find_database(name.schema)
                if name.schema
                else session.names.current_database(f"CREATE {self.name}")
            )
            return holder.id, f"{holder.name}.{name.last}"
        schema = session.names.find_schema(name.database, name.schema, f"CREATE {self.name}")
        if schema.body.get("system"):
            raise not_allowed("SCHEMA", schema.name)
        return schema.id, f"{session.engine.catalogue.full_name(schema)}.{name.last}"

    def place_of(self, session: Session, name: Name, mode: Mode) -> tuple[int, str]:
        """Return the id of what holds a new object, and the name in full."""
        parent, shown = self.parent_of(session, name)
        return (session.temporary.holder_of(parent) if mode.temporary else parent), shown

    def find(self, session: Session, name: Name) -> Object:
        """Return the object that a statement names."""
        if self.level == "account":
            return session.names.find_account(self.name, name)
        if self.level == "database":
            holder = (
                session.names.find_database(name.schema)
                if name.schema
                else session.names.current_database()
            )
            found = session.engine.catalogue.find(self.name, holder.id, name.last)
            if found is None or not session.names.may_see(found):
                raise missing(self.name, str(name))
            return found
        found = session.names.find(self.name, name)
        self.require_same_kind(session, found, name)
        return found

    def find_dropped(self, session: Session, name: Name) -> Object:
        """Return the object that DROP names."""
        return self.find(session, name)

    # --- DROP -------------------------------------------------------------------------------------

    def drop(self, call: Call) -> Result:
        """Run DROP; the kind's keywords are consumed."""
        parser = call.parser
        if_exists = parser.accept("IF", "EXISTS")
        name = parser.name()
        restrict = self.drop_cascades and read_restrict(parser)
        parser.end()
        session = call.session
        try:
            item = self.find_dropped(session, name)
        except SqlError as error:
            if if_exists and error.code == 2003:
                return status(
                    f"Drop statement executed successfully ({name.last} already dropped)."
                )
            raise
        session.identity.require_ownership(item)
        if item.body.get("system"):
            raise not_allowed(item.kind, item.name)
        if restrict and (tables := referring(session, item)):
            # A warning, not an error: https://docs.snowflake.com/en/sql-reference/sql/drop-table
            return status(
                f"{item.name} was not dropped: foreign keys of {', '.join(tables)} refer to it."
            )
        with session.transaction.ddl() as change:
            self.dropped(session, change, item)
            change.drop(item)
        return status(f"{item.name} successfully dropped.")

    # --- ALTER ------------------------------------------------------------------------------------

    def alter(self, call: Call) -> Result:
        """Run ALTER; the kind's keywords are consumed."""
        parser = call.parser
        if_exists = parser.accept("IF", "EXISTS")
        name = parser.name()
        session = call.session
        try:
            item = self.find_overseen(session, name)
        except SqlError as error:
            if if_exists and error.code == 2003:
                return status("Statement executed successfully.")
            raise
        self.require_alter(call, item)
        self.alter_item(call, item)
        return status("Statement executed successfully.")

    def read_name(self, parser: Parser) -> Name:
        """Consume the name of an object, of a routine with the types of its arguments."""
        return parser.name()

    def find_overseen(self, session: Session, name: Name) -> Object:
        """Return the object that ALTER or DESCRIBE names."""
        with session.identity.overseeing(*self.overseers):
            return self.find(session, name)

    def require_alter(self, call: Call, item: Object) -> None:
        """Fail unless the role may alter the object as what follows the name says."""
        for privilege, forms in self.altered_with.items():
            if call.session.identity.allows(privilege, item) and any(
                call.parser.looking_at(*words) for words in forms
            ):
                return
        call.session.identity.require_ownership(item)

    def alter_item(self, call: Call, item: Object) -> None:
        """Consume and run what follows the name in ALTER."""
        parser, session = call.parser, call.session
        if parser.accept("RENAME", "TO"):
            rename(session, self, item, parser)
        elif parser.looking_at("SET", "TAG") or parser.looking_at("UNSET", "TAG"):
            with session.transaction.ddl() as change:
                change.put(set_tags(session, item, parser))
        elif parser.accept("SET"):
            self.alter_set(call, item)
        elif parser.accept("UNSET"):
            self.alter_unset(call, item)
        else:
            raise parser.unexpected()

    @property
    def alterable(self) -> Mapping[str, Reader]:
        """The properties that ALTER changes."""
        return self.properties

    def alter_set(self, call: Call, item: Object) -> None:
        """Consume and run the properties of ALTER … SET."""
        read = call.parser.properties({**self.alterable, "COMMENT": Parser.string})
        call.parser.end()
        if not read:
            raise call.parser.unexpected()
        comment = read.pop("COMMENT", item.body.get("comment"))
        merged = self.checked({**item.body.get("properties", {}), **read})
        with call.session.transaction.ddl() as change:
            change.put(item.with_body(properties=merged, comment=comment))

    def alter_unset(self, call: Call, item: Object) -> None:
        """Consume and run the names of ALTER … UNSET."""
        parser = call.parser
        names = [parser.accept_any([*self.alterable, "COMMENT"])]
        while parser.accept(","):
            names.append(parser.accept_any([*self.alterable, "COMMENT"]))
        if None in names:
            raise parser.unexpected()
        parser.end()
        kept = {
            key: value for key, value in item.body.get("properties", {}).items() if key not in names
        }
        comment = None if "COMMENT" in names else item.body.get("comment")
        with call.session.transaction.ddl() as change:
            change.put(item.with_body(properties=self.checked(kept), comment=comment))

    # --- SHOW, DESCRIBE ---------------------------------------------------------------------------

    def listed(self, session: Session, scope: Scope) -> list[Object]:
        """Return the objects that SHOW lists, in its order."""
        catalogue = session.engine.catalogue
        if scope.parents is None:
            return catalogue.of_kind(self.name)
        return [
            item for parent in scope.parents for item in catalogue.children(parent.id, self.name)
        ] + session.temporary.children(scope.parents, self.name)

    def show(self, session: Session, scope: Scope) -> Result:
        """Run SHOW."""
        shown = TERSE_COLUMNS if scope.terse else self.show_columns
        columns = [Column(name, kind) for name, kind in shown]
        listed = self.listed(session, scope)
        if scope.history:
            columns.append(Column("dropped_on", TIMESTAMP_LTZ))
            listed += self._dropped(session, scope)
        if not self.listed_for_all:
            listed = session.names.visible(listed)
        rows = []
        for item in filtered(session, listed, scope):
            row = self.show_row(session, item)
            rows.append([row.get(column.name) for column in columns])
        return Result(columns, rows, SHOW)

    def _dropped(self, session: Session, scope: Scope) -> list[Object]:
        """Return what UNDROP can bring back."""
        places = None if scope.parents is None else {parent.id for parent in scope.parents}
        dropped = session.engine.catalogue.of_kind(self.name, dropped=True)
        return [item for item in dropped if places is None or item.parent in places]

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        """Return the columns of an object's row in SHOW, by their names."""
        row = common_row(session, item)
        properties = item.body.get("properties", {})
        row.update({key.lower(): value for key, value in properties.items()})
        return row

    def describe(self, session: Session, item: Object, what: str) -> Result:
        """Run DESCRIBE; kinds without columns of their own answer with their row of SHOW."""
        columns = [Column(name, kind) for name, kind in self.describe_columns or self.show_columns]
        row = self.show_row(session, item)
        return Result(columns, [[row.get(column.name) for column in columns]], SHOW)

    def ddl(self, session: Session, item: Object) -> str:
        """Return the statement that makes the object, for GET_DDL."""
        raise unsupported(f"GET_DDL of a {self.name.lower()}")


def status(text: str) -> Result:
    """Return the answer of a statement that changed something."""
    return Result([Column("status", TEXT)], [[text]], DDL)


def read_if_not_exists(parser: Parser, mode: Mode) -> bool:
    """Consume IF NOT EXISTS, which OR REPLACE and OR ALTER exclude."""
    token = parser.here
    if not parser.accept("IF", "NOT", "EXISTS"):
        return False
    if mode.replace or mode.alter:
        raise syntax(token.text, *position(parser.sql, token.start))
    return True


def rename(session: Session, kind: Kind, item: Object, parser: Parser) -> None:
    """Run ALTER … RENAME TO, the keywords consumed."""
    name = parser.name()
    parser.end()
    parent, shown = kind.parent_of(session, name)
    if temporary.is_temporary(session.engine.catalogue, item):
        parent = session.temporary.holder_of(parent)
    taken = session.engine.catalogue.find(kind.name, parent, name.last)
    if taken is not None and taken.id != item.id:
        raise exists_already(shown)
    holder = session.engine.catalogue.get(parent)
    with session.transaction.ddl() as change:
        if kind.name == "TABLE" and holder is not None:
            path = (*session.engine.catalogue.path(holder), name.last)
            for table in followed(session.engine.catalogue, item, path):
                change.put(table)
                item = table if table.id == item.id else item
        change.put(replace(item, parent=parent, name=name.last))
