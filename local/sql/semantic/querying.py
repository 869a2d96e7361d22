"""SELECT … FROM SEMANTIC_VIEW(view METRICS … DIMENSIONS … FACTS … WHERE …).

https://docs.snowflake.com/en/sql-reference/constructs/semantic_view

Metrics are computed over the rows of their own table, and put side by side by the dimensions. What
the view defines is worked out with the privileges of its owner, row by row; what the query writes
(expressions over dimensions, the condition) with those of who asks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from ...engine.catalogue import Object
from ...language.errors import compilation, unsupported
from ..context import Context
from ..identifiers import fold_identifiers, name_of
from .columns import names_of
from .metrics import Metrics, arguments
from .model import Expression, Key, Model, too_fine
from .reading import model_of
from .rows import Rows

_SORTS = {"dimensions": "DIMENSION", "metrics": "METRIC", "facts": "FACT"}


def rewrite_semantic(tree: exp.Expr, context: Context) -> None:
    """Replace every SEMANTIC_VIEW(…) by the query that it stands for.

    Raises:
        SqlError: No such view, no SELECT on it, or it does not define what is asked for.
    """
    for table in list(tree.find_all(exp.Table)):
        if not isinstance(table.this, exp.SemanticView):
            continue
        named = table.this.this
        fold_identifiers(named)
        name = name_of(named)
        view = context.find("SEMANTIC VIEW", name)
        context.require("SELECT", view, str(name))
        found = exp.Subquery(this=query_of(context, view, asked_for(table.this)))
        for key in ("alias", "joins", "pivots", "sample", "laterals"):
            if table.args.get(key):
                found.set(key, table.args[key])
        table.replace(found)


@dataclass
class Asked:
    """What a query asks of a view: (sort, expression, name of its column), and the condition."""

    items: list[tuple[str, exp.Expr, str]] = field(default_factory=list)
    where: exp.Expr | None = None

    def of(self, *sorts: str) -> list[exp.Expr]:
        return [tree for sort, tree, _ in self.items if sort in sorts]


def asked_for(node: exp.SemanticView) -> Asked:
    """Return what stands in SEMANTIC_VIEW(…), its columns in the order of the clauses."""
    found = Asked(where=node.args.get("where"))
    for clause, values in node.args.items():
        for value in values or () if clause in _SORTS else ():
            inner = value.unalias()
            folded = inner.copy()
            fold_identifiers(folded)
            shown = folded.name if isinstance(folded, exp.Column) else ""
            alias = value.args.get("alias") if isinstance(value, exp.Alias) else None
            if alias is not None:
                fold_identifiers(alias)
                shown = alias.name
            shown = shown or inner.sql(dialect="snowflake").upper()
            found.items.append((_SORTS[clause], inner, shown))
    return found


def query_of(context: Context, view: Object, asked: Asked, *, inside: bool = False) -> exp.Select:
    """Return the query, for who asks, that a question to a view stands for.

    Args:
        inside: It is the view's own: what is private may be named.
    """
    return _Query(context, view, model_of(view), inside=inside).select(asked)


class _Query:
    def __init__(self, context: Context, view: Object, model: Model, *, inside: bool) -> None:
        self.context, self.view, self.model, self.inside = context, view, model, inside
        self._rows: dict[str, Rows] = {}
        self._leaves: dict[str, dict[str, tuple[str, exp.Expr]]] = {}

    def select(self, asked: Asked) -> exp.Select:
        items = [each for item in asked.items for each in self._expanded(*item)]
        asked = Asked(items, asked.where)
        if not items:
            message = "SEMANTIC_VIEW needs METRICS, DIMENSIONS or FACTS"
            raise compilation(message, 10238, "42601")
        for tree in (*asked.of("DIMENSION", "METRIC", "FACT"), *filter(None, [asked.where])):
            if tree.find(exp.Query, exp.Window) is not None:
                raise unsupported("subqueries and window functions in SEMANTIC_VIEW(…)")
            if not self.inside:
                for column in tree.find_all(exp.Column):
                    self.model.named(*names_of(column))
        if asked.of("FACT") and asked.of("METRIC"):
            message = "FACTS and METRICS cannot both be in one SEMANTIC_VIEW clause"
            raise compilation(message, 10239, "42601")
        found = self._of_metrics(asked) if asked.of("METRIC") else self._of_rows(asked)
        for rows in self._rows.values():
            rows.define()
        return found

    def _expanded(
        self, sort: str, tree: exp.Expr, shown: str
    ) -> Iterator[tuple[str, exp.Expr, str]]:
        """Yield an item, or for `table.*` each that the table has."""
        if not (isinstance(tree, exp.Column) and isinstance(tree.this, exp.Star)):
            if isinstance(tree, exp.Star):
                raise compilation("'*' needs the name of a table before it", 10240, "42601")
            yield sort, tree, shown
            return
        table = tree.args["table"].copy()
        fold_identifiers(table)
        for item in self.model.expressions.values():
            if (item.table, item.sort) == (table.name, sort) and not item.private:
                yield sort, exp.column(item.name, table=table.name, quoted=True), item.name

    def _at(self, base: str) -> Rows:
        if base not in self._rows:
            self._rows[base] = Rows(self.context, self.view, self.model, base)
        return self._rows[base]

    def _items(self, trees: Sequence[exp.Expr]) -> list[Expression]:
        columns = [column for tree in trees for column in tree.find_all(exp.Column)]
        return [self._row_level(column) for column in columns]

    def _row_level(self, column: exp.Column) -> Expression:
        table, name = names_of(column)
        found = self.model.expressions.get((table, name)) if self.inside else None
        item = found or self.model.named(table, name)
        if item.sort == "METRIC":
            message = f"the metric {item.label} can only be in METRICS"
            raise compilation(message, 10241, "42601")
        return item

    def _put(self, tree: exp.Expr, base: str) -> exp.Expr:
        """Return an expression of the query over the rows of `base`."""
        holder = exp.Paren(this=tree.copy())
        for column in list(holder.find_all(exp.Column)):
            column.replace(self._at(base).of(self._row_level(column)))
        return holder

    # --- dimensions and facts ---------------------------------------------------------------------

    def _of_rows(self, asked: Asked) -> exp.Select:
        trees = [tree for _, tree, _ in asked.items]
        conditions = [asked.where] if asked.where is not None else []
        tables = {item.table for item in self._items([*trees, *conditions])}
        if asked.of("FACT") and asked.of("DIMENSION") and len(tables) > 1:
            message = "the FACTS and DIMENSIONS of one query must be of one logical table"
            raise compilation(message, 10242, "42601")
        base = self._finest([table for table in tables if table is not None])
        select = exp.Select(
            expressions=[
                exp.alias_(self._put(tree, base), shown, quoted=True)
                for _, tree, shown in asked.items
            ]
        )
        select = self._from(select, base, asked.where)
        return select if asked.of("FACT") else select.distinct(copy=False)

    def _finest(self, tables: list[str]) -> str:
        for base in sorted(tables):
            if all(self.model.path(base, other) is not None for other in tables):
                return base
        if not tables:
            raise compilation("SEMANTIC_VIEW names no dimension or fact", 10238, "42601")
        first, *rest = sorted(tables)
        raise too_fine(rest[0] if rest else first, first)

    def _from(self, select: exp.Select, base: str, where: exp.Expr | None) -> exp.Select:
        if where is not None:
            select = select.where(self._put(where, base), copy=False)
        return select.from_(self._at(base).table(), copy=False)

    # --- metrics ----------------------------------------------------------------------------------

    def _of_metrics(self, asked: Asked) -> exp.Select:
        dimensions = [tree for sort, tree, _ in asked.items if sort == "DIMENSION"]
        finals: list[tuple[exp.Expr | int, str]] = []
        for sort, tree, shown in asked.items:
            place = sum(isinstance(held, int) for held, _ in finals)
            finals.append((place if sort == "DIMENSION" else self._metric(tree), shown))
        bases = list(self._leaves)
        if not bases:
            raise compilation("METRICS holds nothing that is aggregated", 10237, "42601")
        parts = {base: self._grouped(base, dimensions, asked.where) for base in bases}
        several = len(bases) > 1 and bool(dimensions)
        source = "$d" if several else f"$a:{bases[0]}"
        select = exp.Select(
            expressions=[
                exp.alias_(
                    exp.column(f"$d{held}", table=source, quoted=True)
                    if isinstance(held, int)
                    else held,
                    shown,
                    quoted=True,
                )
                for held, shown in finals
            ]
        )
        first, *others = bases
        if several:
            select = select.from_(_named(self._every(bases, dimensions, asked.where), source))
            others = bases
        else:
            select = select.from_(_named(parts[first], source))
        for base in others:
            name = f"$a:{base}"
            on = [
                exp.NullSafeEQ(
                    this=exp.column(f"$d{place}", table=source, quoted=True),
                    expression=exp.column(f"$d{place}", table=name, quoted=True),
                )
                for place in range(len(dimensions))
            ]
            kind = {"join_type": "left", "on": exp.and_(*on)} if on else {"join_type": "cross"}
            select = select.join(_named(parts[base], name), **kind, copy=False)
        return select

    def _metric(self, tree: exp.Expr) -> exp.Expr:
        return Metrics(self.model, self._leaf).apart(None, tree.copy(), ())

    def _leaf(self, table: str, node: exp.Expr, taken: tuple[Key, ...]) -> exp.Expr:
        rows = self._at(table)
        if taken:
            found = arguments(node, lambda each: rows.within(table, each, taken))
        else:
            found = self._put(node, table)
        held = self._leaves.setdefault(table, {})
        name = held.setdefault(found.sql(), (f"$m{len(held)}", found))[0]
        return exp.column(name, table=f"$a:{table}", quoted=True)

    def _grouped(
        self, base: str, dimensions: Sequence[exp.Expr], where: exp.Expr | None
    ) -> exp.Select:
        keys = [self._put(tree, base) for tree in dimensions]
        named = [exp.alias_(key.copy(), f"$d{i}", quoted=True) for i, key in enumerate(keys)]
        named += [exp.alias_(v.copy(), n, quoted=True) for n, v in self._leaves[base].values()]
        select = exp.Select(expressions=named)
        if keys:
            select = select.group_by(*keys, copy=False)
        return self._from(select, base, where)

    def _every(
        self, bases: Sequence[str], dimensions: Sequence[exp.Expr], where: exp.Expr | None
    ) -> exp.Expr:
        """Return the query of all values of the dimensions that any of the tables has."""
        found: exp.Expr | None = None
        for base in bases:
            keys = [self._put(tree, base) for tree in dimensions]
            named = [exp.alias_(key, f"$d{i}", quoted=True) for i, key in enumerate(keys)]
            part = self._from(exp.Select(expressions=named).distinct(copy=False), base, where)
            found = part if found is None else exp.Union(this=found, expression=part, distinct=True)
        assert found is not None
        return found


def _named(query: exp.Expr, name: str) -> exp.Subquery:
    alias = exp.TableAlias(this=exp.to_identifier(name, quoted=True))
    return exp.Subquery(this=query, alias=alias)
