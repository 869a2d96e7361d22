"""Metrics: which aggregates they are of, each over the rows of its own table."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from ...language.errors import compilation, unsupported
from ..dialect import parse_expression
from .columns import names_of
from .model import Expression, Key, Model

Leaf = Callable[[str, exp.Expr, tuple[Key, ...]], exp.Expr]
Resolved = Leaf


@dataclass
class Metrics:
    """Takes metrics apart into aggregates.

    Attributes:
        leaf: Given a table, an aggregate over its rows and what is being defined, returns what
            stands for it.
    """

    model: Model
    leaf: Leaf

    def apart(self, home: str | None, tree: exp.Expr, taken: tuple[Key, ...]) -> exp.Expr:
        """Return an expression over metrics, and aggregates, with its leaves replaced.

        Args:
            home: The table whose metric it is; None for a derived one, or one of a query.
            tree: It is used up.
            taken: Metrics that are being defined.
        """
        holder = exp.Paren(this=tree)
        self._walk(holder, home, taken)
        return holder

    def _walk(self, node: exp.Expr, home: str | None, taken: tuple[Key, ...]) -> None:
        for child in list(node.iter_expressions()):
            if isinstance(child, exp.Window):
                raise unsupported("window function metrics")
            if isinstance(child, exp.Query | exp.SemanticView):
                raise unsupported("subqueries in expressions of a semantic view")
            if isinstance(child, exp.AggFunc | exp.WithinGroup):
                table = home or self._table_of(child)
                child.replace(self.leaf(table, child.copy(), taken))
            elif isinstance(child, exp.Column) and isinstance(child.this, exp.Identifier):
                child.replace(self._metric(child, home, taken))
            else:
                self._walk(child, home, taken)

    def _metric(self, column: exp.Column, home: str | None, taken: tuple[Key, ...]) -> exp.Expr:
        table, name = names_of(column)
        item = self.model.expressions.get((table or home, name))
        if item is None and table is None:
            found = [each for each in self.model.expressions.values() if each.name == name]
            item = found[0] if len(found) == 1 and home is None else None
        shown = f"{table}.{name}" if table else name
        if item is None or item.sort != "METRIC":
            message = f"'{shown}' is no metric, and stands in no aggregate"
            raise compilation(message, 10237, "42601")
        return self.of(item, taken)

    def of(self, item: Expression, taken: tuple[Key, ...] = ()) -> exp.Expr:
        """Return a metric, its leaves replaced."""
        if item.key in taken:
            raise compilation(f"'{item.label}' refers to itself", 10235, "42601")
        if item.unsupported:
            raise unsupported(f"{item.unsupported}, which {item.label} has,")
        return self.apart(item.table, parse_expression(item.text), (*taken, item.key))

    def _table_of(self, node: exp.Expr) -> str:
        """The table of an aggregate that stands by itself: the finest of those that it names."""
        tables = set()
        for column in node.find_all(exp.Column):
            table, name = names_of(column)
            tables.add(table or self.model.named(None, name).table)
        for table in sorted(filter(None, tables)):
            if table in self.model.tables and all(
                self.model.path(table, str(other)) is not None for other in tables
            ):
                return table
        raise compilation("an aggregate that names no table of the view", 10236, "42601")


def arguments(node: exp.Expr, change: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """Return an aggregate with each of its arguments replaced, as far as it names columns."""
    for child in list(node.iter_expressions()):
        own = isinstance(node, exp.WithinGroup) and isinstance(child, exp.AggFunc)
        if own or isinstance(child, exp.Distinct | exp.Order | exp.Ordered):
            arguments(child, change)
        elif isinstance(child, exp.Column) or child.find(exp.Column) is not None:
            child.replace(change(child.copy()))
    return node


def over(model: Model, home: str, tree: exp.Expr, resolved: Resolved) -> exp.Expr:
    """Return a metric's expression over the rows of `home`.

    Args:
        resolved: Given the table, an expression over its rows and what is being defined, returns
            the expression with its names replaced.
    """

    def leaf(table: str, node: exp.Expr, taken: tuple[Key, ...]) -> exp.Expr:
        if table != home:
            raise unsupported("an aggregate of metrics of several tables")
        return arguments(node, lambda each: resolved(home, each, taken))

    return Metrics(model, leaf).apart(home, tree, ())
