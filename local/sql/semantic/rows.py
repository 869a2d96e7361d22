"""The rows that metrics are computed of: those of one table, with what they refer to beside them.

All of it is read with the privileges of the view's owner. A row has what the tables have to which
it refers, and aggregates of the rows that refer to it.
"""

import secrets
from collections.abc import Sequence

from sqlglot import exp

from ...engine.catalogue import Object
from ...language.errors import compilation, invalid_identifier, unsupported
from ..context import Context
from ..dialect import parse_expression, write
from ..expanding import expanding
from ..stored import columns_of
from .columns import names_of
from .metrics import over
from .model import Expression, Key, Model, Relationship, too_fine

RESERVED = "$c"


class Rows:
    """What a query reads of one table of a semantic view.

    Attributes:
        base: The table whose rows they are.
        name: Under which the query around it finds them.
    """

    def __init__(self, context: Context, view: Object, model: Model, base: str) -> None:
        self.context, self.view, self.model, self.base = context, view, model, base
        # Nobody guesses it: the rows hold what is private, and what only the owner may read.
        self.name = f"$rows:{secrets.token_hex(16)}"
        self._columns: dict[str, tuple[str, exp.Expr]] = {}
        self._scope = Joined(self, base)
        self.scopes = 1

    def column(self, value: exp.Expr) -> exp.Expr:
        """Return the column, in the query around, of a value of each row."""
        text = value.sql()
        if text not in self._columns:
            self._columns[text] = (f"{RESERVED}{len(self._columns) + 1}", value)
        return exp.column(self._columns[text][0], table=self.name, quoted=True)

    def of(self, item: Expression) -> exp.Expr:
        """Return the column of a fact or a dimension."""
        assert item.table is not None
        if self.model.path(self.base, item.table) is None:
            raise too_fine(item.table, self.base)
        return self.column(self._scope.value(item, ()))

    def within(self, home: str, tree: exp.Expr, taken: tuple[Key, ...]) -> exp.Expr:
        """Return the column of an expression of the view over a row of `home`."""
        return self.column(self._scope.resolved(home, tree, taken))

    def table(self) -> exp.Table:
        """Return what stands in the query around for the rows."""
        return exp.Table(this=exp.to_identifier(self.name, quoted=True))

    def define(self) -> None:
        """Translate what the query around reads, all of its columns being known."""
        inner = self.context.within(self.view)
        select = self._scope.select(
            [exp.alias_(value, name, quoted=True) for name, value in self._columns.values()]
            or [exp.alias_(exp.Literal.number(1), "$one", quoted=True)]
        )
        with expanding(self.view), self.context.session.names.within(self.view.parent):
            tree = inner.translate(select)
            self.context.relations[self.name] = write(tree)
        self.context.shapes[self.name] = inner.columns
        self.context.reads |= inner.reads


class Joined:
    """A table and those that it refers to, joined as they are needed."""

    def __init__(self, rows: Rows, base: str, number: int = 0) -> None:
        self.rows, self.model, self.base, self.number = rows, rows.model, base, number
        self._joins: dict[str, Relationship] = {}

    def alias(self, table: str) -> str:
        """Return what stands for a table; it is joined when it is not yet."""
        path = self.model.path(self.base, table)
        if path is None:
            raise too_fine(table, self.base)
        for link in path:
            self._joins.setdefault(link.to, link)
        return self._shown(table)

    def _shown(self, table: str) -> str:
        return f"{table}${self.number}"

    def value(self, item: Expression, taken: tuple[Key, ...]) -> exp.Expr:
        """Return a fact or a dimension, worked out over the joined tables."""
        assert item.table is not None
        if item.key in taken:
            raise compilation(f"'{item.label}' refers to itself", 10235, "42601")
        self.alias(item.table)
        return self.resolved(item.table, parse_expression(item.text), (*taken, item.key))

    def resolved(self, home: str, tree: exp.Expr, taken: tuple[Key, ...]) -> exp.Expr:
        """Return an expression over a row of `home` with its names replaced."""
        holder = exp.Paren(this=tree)
        self._walk(holder, home, taken)
        return holder

    def _walk(self, node: exp.Expr, home: str, taken: tuple[Key, ...]) -> None:
        for child in list(node.iter_expressions()):
            if isinstance(child, exp.AggFunc | exp.WithinGroup):
                child.replace(self._aggregate(child, home, taken))
            elif isinstance(child, exp.Column) and isinstance(child.this, exp.Identifier):
                child.replace(self._named(child, home, taken))
            elif isinstance(child, exp.Query | exp.SemanticView):
                raise unsupported("subqueries in expressions of a semantic view")
            else:
                self._walk(child, home, taken)

    def _named(self, column: exp.Column, home: str, taken: tuple[Key, ...]) -> exp.Expr:
        table, name = names_of(column)
        table = table or home
        item = self.model.expressions.get((table, name))
        if item is not None and (table != home or item.key not in taken):
            if item.sort == "METRIC":
                return self._counted(table, column.copy(), home)
            return self.value(item, taken)
        if table != home:
            raise invalid_identifier(f"{table}.{name}")
        held = self.rows.context.session.engine.catalogue.get(self.model.tables[home].item)
        if held is None or name not in {each.name for each in columns_of(held)}:
            raise invalid_identifier(f"{home}.{name}")
        return exp.column(name, table=self.alias(home), quoted=True)

    def _aggregate(self, node: exp.Expr, home: str, taken: tuple[Key, ...]) -> exp.Expr:
        tables = {names_of(column)[0] or home for column in node.find_all(exp.Column)} - {home}
        finer = [table for table in tables if self.model.path(table, home)]
        if len(finer) != 1:
            message = f"an expression over a row of '{home}' aggregates no table that refers to it"
            raise compilation(message, 10236, "42601")
        return self._counted(finer[0], node.copy(), home)

    def _counted(self, table: str, tree: exp.Expr, home: str) -> exp.Expr:
        """Return an aggregate of the rows of `table` that refer to the row of `home`."""
        path = self.model.path(table, home)
        if not path:
            raise too_fine(table, home)
        self.rows.scopes += 1
        inner = Joined(self.rows, table, self.rows.scopes)
        value = over(self.model, table, tree, inner.resolved)
        link = path[-1]
        outer, within = self.alias(home), inner.alias(link.table)
        return exp.Subquery(
            this=inner.select([value]).where(_equal(link, within, outer), copy=False)
        )

    def select(self, values: Sequence[exp.Expr]) -> exp.Select:
        """Return the query of these values of the joined tables."""
        select = exp.Select(expressions=list(values)).from_(self._table(self.base), copy=False)
        for to, link in self._joins.items():
            on = _equal(link, self._shown(link.table), self._shown(to))
            select = select.join(self._table(to), on=on, join_type="left", copy=False)
        return select

    def _table(self, name: str) -> exp.Expr:
        catalogue = self.rows.context.session.engine.catalogue
        item = catalogue.get(self.model.tables[name].item)
        if item is None or item.dropped is not None:
            raise compilation(f"the table of '{name}' does not exist", 2003, "42S02")
        database, schema, last = catalogue.path(item)
        alias = exp.TableAlias(this=exp.to_identifier(self._shown(name), quoted=True))
        parts = {"this": last, "db": schema, "catalog": database}
        named = {key: exp.to_identifier(part, quoted=True) for key, part in parts.items()}
        return exp.Table(**named, alias=alias)


def _equal(link: Relationship, left: str, right: str) -> exp.Expr:
    return exp.and_(
        *(
            exp.EQ(
                this=exp.column(one, table=left, quoted=True),
                expression=exp.column(other, table=right, quoted=True),
            )
            for one, other in zip(link.columns, link.to_columns, strict=True)
        )
    )
