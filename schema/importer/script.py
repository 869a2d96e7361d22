"""A script as it is read, statement by statement: what it declared so far, and where it stands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from sqlglot.errors import SqlglotError

from ..errors import SchemaError
from ..kinds import all_kinds
from ..names import QualifiedName
from ..sql.tokens import tokens
from ..types import parse_type
from . import grants, objects, programs, search
from .alter import alter
from .head import Definition, Reader, read_head
from .properties import property_readers
from .statements import Kept, Known, keep, meant
from .tables import read_table, read_view
from .where import Where, level_of, variables_in, with_variables

READERS: Final[dict[str, Reader]] = {
    "table": read_table,
    "view": read_view,
    **objects.READERS,
    **programs.READERS,
    **search.READERS,
    **property_readers(),
}
READ_ERRORS: Final = (SchemaError, SqlglotError, ValueError, LookupError, TypeError)
_Identity = tuple[str, str]


@dataclass(slots=True)
class Script:
    """What a script declares.

    Attributes:
        where: What its session stands in.
        read_count: How many statements were read.
        owners: What GRANT OWNERSHIP says, as a stack has it: `kind NAME` -> role.
    """

    where: Where
    read_count: int = 0
    owners: dict[str, str] = field(default_factory=dict)
    _found: dict[_Identity, Definition] = field(default_factory=dict)
    _others: list[Definition] = field(default_factory=list)
    _known: Known = field(default_factory=dict)
    _kept_as: dict[str, Kept] = field(default_factory=dict)

    def read(self, statement: str) -> None:
        """Take in a statement.

        Raises:
            READ_ERRORS: It is left.
        """
        first = statement.split(None, 1)[0].upper()
        if first == "USE":
            self.where = self.where.after_use(self.where.filled(statement))
        elif first == "SET":
            self.where = self.where.after_set(statement)
        elif first in ("CREATE", "ALTER", "GRANT"):
            self._declare(self.where.filled(statement), first)
            self.read_count += 1
        else:
            raise ValueError(f"{first} declares nothing")

    def _declare(self, statement: str, first: str) -> None:
        read: Callable[[str], Iterator[Definition]]
        read = {"CREATE": self._create, "ALTER": self._alter, "GRANT": self._grant}[first]
        try:
            definitions = list(read(statement))
        except READ_ERRORS:
            definitions = [self._kept(statement)]
        for definition in definitions:
            self._add(definition, statement)

    def _kept(self, statement: str) -> Definition:
        kept = keep(statement, self.where, self._known, self._labels())
        if kept.name:
            self._kept_as[kept.name] = kept
            self.where = self.where.after_create(kept.kind, QualifiedName.parse(kept.name))
        return kept.definition

    def _create(self, statement: str) -> Iterator[Definition]:
        head = read_head(statement, READERS, self.where)
        yield from READERS[head.kind](head)
        self.where = self.where.after_create(head.kind, head.name)

    def _alter(self, statement: str) -> Iterator[Definition]:
        yield from alter(statement, self.where, self._declared)

    def _grant(self, statement: str) -> Iterator[Definition]:
        member = grants.role_of_user(statement)
        if member is not None:
            user = self._declared("user", member[0])
            if user is None:
                raise ValueError("what the script does not declare")
            role = str(member[1].sql)
            if role not in user.get("roles", ()):
                user["roles"] = [*user.get("roles", ()), role]
            return
        for found in grants.read_grant(statement, self.where):
            if found.get("privileges") != ["OWNERSHIP"]:
                yield found
                continue
            kind, name = next(iter(found["on"].items())) if "to" in found else ("", "")
            if kind not in all_kinds() or not all_kinds()[kind].has_owner:
                raise ValueError("it is not stated in a stack who owns that")
            if not self._reaches(found) or variables_in(f"{name} {found['to']}"):
                raise ValueError("a stack states owners of what is declared, by their names")
            self.owners[f"{kind} {name}"] = found["to"]

    def _declared(self, kind: str, name: QualifiedName) -> Definition | None:
        return self._found.get((kind, self.where.short(name, level_of(kind))))

    def _labels(self) -> set[str]:
        return {name for kind, name in self._found if kind == "statement"}

    def _add(self, definition: Definition, statement: str) -> None:
        """The last definition of an object counts, as CREATE OR REPLACE has it."""
        if definition["kind"] == "grant" and not self._reaches(definition):
            definition = self._kept(statement)
        if "name" not in definition:
            if definition not in self._others:
                self._others.append(definition)
            return
        self._needs_kept(definition, statement)
        kind = definition["kind"]
        name = definition["name"]
        types = [parse_type(str(a["type"])).family for a in definition.get("arguments", ())]
        overload = f"({', '.join(types)})" if kind in ("function", "procedure") else ""
        self._found[kind, f"{name}{overload}"] = definition
        if kind != "statement":
            full = self.where.full(QualifiedName.parse(name), level_of(kind))
            self._known[full.sql] = f"{kind} {name}{overload}"

    def _needs_kept(self, definition: Definition, statement: str) -> None:
        """A definition comes after the statements that make what it names."""
        names = (text for group, text in tokens(statement) if group == "name")
        found = (
            {meant(text, self.where, self._kept_as) for text in names} if self._kept_as else set()
        )
        labels = {self._kept_as[name].definition["name"] for name in found if name is not None}
        needed = [f"statement {label}" for label in sorted(labels - {definition["name"]})]
        if needed:
            definition["depends_on"] = [*definition.get("depends_on", ()), *needed]

    @property
    def kept(self) -> tuple[tuple[str, str], ...]:
        """Kind and name of what statements make."""
        return tuple((k.kind, self.where.short(QualifiedName.parse(k.name), "account"))
                     for k in self._kept_as.values())  # fmt: skip

    def _reaches(self, grant: Definition) -> bool:
        """Whether a grant is on what the script declares: others no definition reaches."""
        on = grant.get("on")
        if not isinstance(on, dict):
            return True
        if "in" in on:
            name = QualifiedName.parse(on["in"])
            return name.last == self.where.cut or self._holds(name)
        ((kind, name),) = on.items()
        full = self.where.full(QualifiedName.parse(name), level_of(kind))
        there = self._known.get(QualifiedName(full.parts).sql, "")
        return there.startswith(f"{kind} ") or (
            kind in ("database", "schema") and self._holds(QualifiedName.parse(name))
        )

    def _holds(self, container: QualifiedName) -> bool:
        """Whether the script declares something in it, or it itself."""
        if container.last == self.where.cut:
            return True
        full = {self.where.full(container, level).sql for level in ("account", "database")}
        return any(
            name in full or any(name.startswith(f"{one}.") for one in full) for name in self._known
        )

    def finished(self) -> list[Definition]:
        """Every definition, with the containers that the script uses and does not make."""
        self._open_roles()
        found = [*self._found.values(), *self._others]
        return [*self._containers(found), *found]

    def _open_roles(self) -> None:
        """What a statement grants to a role is no declared grant: the role must not lose it."""
        for definition in self._found.values():
            if definition["kind"] != "statement":
                continue
            words = [text.upper() for _, text in tokens(definition["create"])]
            for before, name in pairwise(words):
                role = self._found.get(("role", name)) if before in ("TO", "ROLE") else None
                if role is not None and words[0] == "GRANT":
                    role["grants"] = "additive"

    def _containers(self, found: list[Definition]) -> Iterator[Definition]:
        wanted: dict[_Identity, None] = {}
        for definition in found:
            level = level_of(definition["kind"])
            if "name" not in definition or level == "account" or definition["kind"] == "statement":
                continue
            parent = QualifiedName.parse(definition["name"]).parts[:-1]
            schema = parent if level == "schema" else ()
            database = parent[: len(parent) - (level == "schema")]
            if database and database[-1] != self.where.cut:
                wanted["database", database[-1].sql] = None
            if schema and schema[-1].text != "PUBLIC":
                wanted["schema", QualifiedName(schema).sql] = None
        for kind, name in sorted(wanted):
            if (kind, name) not in self._found:
                yield {"kind": kind, "name": str(name)}


def reason_of(error: BaseException) -> str:
    """One line of what went wrong."""
    return with_variables(str(getattr(error, "message", None) or str(error).split("\n")[0]))
