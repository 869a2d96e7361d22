"""Types of the columns and simple expressions of a query, from the catalogue.

DuckDB knows fewer types than Snowflake: a VARIANT is its JSON, a TIMESTAMP_TZ its TIMESTAMPTZ. What
the names lose is found out here before the tables are replaced: every expression whose type is
certain carries it in `meta["type"]`.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ..language.errors import SqlError, invalid_identifier, unsupported
from ..language.types import (
    BOOLEAN,
    NUMBER,
    TEXT,
    VARIANT,
    DataType,
)
from ..sessions.session import Session
from .expression_types import KEY, kind_of, type_of

if TYPE_CHECKING:
    from ..language.names import Name

_FLATTEN = {
    "SEQ": NUMBER,
    "KEY": TEXT,
    "PATH": TEXT,
    "INDEX": NUMBER,
    "VALUE": VARIANT,
    "THIS": VARIANT,
}
_STREAM = {"METADATA$ACTION": TEXT, "METADATA$ISUPDATE": BOOLEAN, "METADATA$ROW_ID": TEXT}
Columns = dict[str, tuple[DataType | None, bool]]


@dataclass
class Scope:
    """What the names of a SELECT can mean."""

    sources: dict[str, Columns] = field(default_factory=dict)
    parent: "Scope | None" = None

    def find(self, table: str | None, name: str) -> tuple[DataType | None, bool] | None:
        """Return type and nullability of a column, None when it is not certain which it is."""
        if table is not None:
            source = self.sources.get(table)
            if source is not None:
                return source.get(name)
        else:
            held = [source[name] for source in self.sources.values() if name in source]
            if len(held) == 1:
                return held[0]
            if held:
                return None
        return self.parent.find(table, name) if self.parent is not None else None

    def differs_in_case(self, table: str | None, name: str) -> bool:
        """Tell whether a name is that of no column, but for its case."""
        sources = [self.sources.get(table, {})] if table is not None else self.sources.values()
        names = {held for source in sources for held in source}
        if name in names:
            return False
        if any(held.upper() == name.upper() for held in names):
            return True
        return self.parent is not None and self.parent.differs_in_case(table, name)


def _refuse_mixed(
    node: exp.SetOperation, place: int, kind: DataType | None, other: DataType | None
) -> None:
    """Refuse a column that is a TIMESTAMP_TZ in one query and may be something else in the other."""
    bases = {held.base for held in (kind, other) if held is not None}
    if "TIMESTAMP_TZ" not in bases or (kind is not None and other is not None and len(bases) == 1):
        return
    unknown = node.this if kind is None else node.expression if other is None else None
    columns = unknown.selects if isinstance(unknown, exp.Query) else []
    if place < len(columns) and isinstance(columns[place].unalias().unnest(), exp.Null):
        return
    raise unsupported(
        f"a set operation whose column {place + 1} is a TIMESTAMP_TZ in one query alone: cast it in both"
    )


class Inference:
    """Walks a query, whose identifiers are folded, from the outside in."""

    def __init__(
        self, session: Session, view: Any = None, relations: dict[str, Columns] | None = None
    ) -> None:
        self.session = session
        self.view = view
        self.relations = relations or {}

    def whole(self, tree: exp.Expr, scope: Scope) -> Columns:
        """Mark a query or an expression; return the columns of a query."""
        if isinstance(tree, exp.Query) and not isinstance(tree, exp.Table):
            return self.query(tree, self.relations, scope if scope.sources else None)
        if isinstance(tree, exp.Values):
            return self._values(tree, scope, {})
        self._mark(tree, scope, {})
        return {}

    def query(self, node: exp.Expr, ctes: dict[str, Columns], parent: Scope | None) -> Columns:
        """Mark the expressions of a query and return its columns."""
        with_ = node.args.get("with_")
        if with_ is not None:
            ctes = dict(ctes)
            for cte in with_.expressions:
                found = self.query(cte.this, ctes, parent)
                ctes[cte.alias] = _renamed(found, cte.args.get("alias"))
        if isinstance(node, exp.Subquery):
            return self.query(node.this, ctes, parent)
        if isinstance(node, exp.SetOperation):
            left = self.query(node.this, ctes, parent)
            right = self.query(node.expression, ctes, parent)
            merged: Columns = {}
            for place, ((name, (kind, nullable)), (other, _)) in enumerate(
                zip(left.items(), right.values(), strict=False)
            ):
                if kind != other:
                    _refuse_mixed(node, place, kind, other)
                merged[name] = (kind if kind == other else None, nullable)
            return merged
        if isinstance(node, exp.Select):
            return self._select(node, ctes, parent)
        return {}

    def _select(self, node: exp.Select, ctes: dict[str, Columns], parent: Scope | None) -> Columns:
        scope = Scope(parent=parent)
        from_ = node.args.get("from_")
        sources = [from_.this] if from_ is not None else []
        joins = node.args.get("joins") or []
        outer = any(join.side for join in joins)
        for source in sources + [join.this for join in joins] + (node.args.get("laterals") or []):
            self.source(source, scope, ctes, nullable=outer)
        found: Columns = {}
        # A name that the SELECT list gives can be used in the rest of it, if no column has it.
        named: Columns = {}
        aliases = Scope({"": named}, parent=scope)
        for item in node.expressions:
            self._mark(item, aliases, ctes)
            if isinstance(item, exp.Star):
                excluded = {each.name for each in item.args.get("except_") or []}
                for columns in scope.sources.values():
                    found.update(
                        {name: kind for name, kind in columns.items() if name not in excluded}
                    )
            elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                found.update(scope.sources.get(item.table, {}))
            else:
                inner = item.this if isinstance(item, exp.Alias) else item
                held = (
                    aliases.find(inner.table or None, inner.name)
                    if isinstance(inner, exp.Column)
                    else None
                )
                found[item.alias_or_name] = held or (inner.meta.get(KEY), True)
                if scope.find(None, item.alias_or_name) is None:
                    named[item.alias_or_name] = found[item.alias_or_name]
        for key, value in node.args.items():
            if key in {"expressions", "from_", "with_"} or value is None:
                continue
            for part in value if isinstance(value, list) else [value]:
                if key == "joins":
                    self._mark(part.args.get("on"), aliases, ctes)
                elif isinstance(part, exp.Expr) and key != "laterals":
                    self._mark(part, aliases, ctes)
        return found

    def source(
        self, node: exp.Expr, scope: Scope, ctes: dict[str, Columns], *, nullable: bool
    ) -> None:
        """Add the columns of what stands in FROM to a scope."""
        alias = node.alias
        columns: Columns = {}
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            for moment in ("when", "changes"):
                self._mark(node.args.get(moment), scope, ctes)
            alias = alias or node.name
            if not node.args.get("db") and node.name in ctes:
                columns = ctes[node.name]
            else:
                columns = self._table(node)
        elif isinstance(node, exp.Subquery):
            columns = self.query(node.this, ctes, scope)
        elif isinstance(node, exp.Values):
            columns = self._values(node, scope, ctes)
        elif isinstance(node, exp.Lateral | exp.TableFromRows):
            inner = node.this
            name = str(getattr(inner, "this", "")).upper()
            if isinstance(inner, exp.Explode) or name == "FLATTEN":
                columns = {key: (kind, True) for key, kind in _FLATTEN.items()}
            elif name.endswith("SPLIT_TO_TABLE"):
                columns = {"SEQ": (NUMBER, True), "INDEX": (NUMBER, True), "VALUE": (TEXT, True)}
            self._mark(inner, scope, ctes)
        for join in node.args.get("joins") or []:
            self.source(join.this, scope, ctes, nullable=nullable)
            self._mark(join.args.get("on"), scope, ctes)
        columns = _renamed(columns, node.args.get("alias"))
        if nullable:
            columns = {name: (kind, True) for name, (kind, _) in columns.items()}
        scope.sources[alias] = columns

    def _values(self, node: exp.Values, scope: Scope, ctes: dict[str, Columns]) -> Columns:
        """Return the columns of VALUES: of a type when all rows agree in it."""
        rows = []
        for row in node.expressions:
            values = row.expressions if isinstance(row, exp.Tuple) else [row]
            for value in values:
                self._mark(value, scope, ctes)
            rows.append([None if isinstance(v, exp.Null) else (v.meta.get(KEY), v) for v in values])
        return {
            f"COLUMN{place}": (_common([held[0] for held in column if held is not None]), True)
            for place, column in enumerate(zip(*rows, strict=False), 1)
        }

    def _table(self, node: exp.Table) -> Columns:
        from .context import Context
        from .identifiers import name_of
        from .stored import columns_of, find_relation

        name: Name = name_of(node)
        if name.schema == "INFORMATION_SCHEMA":
            return {}
        context = Context(self.session, behalf=self.view)
        try:
            item = find_relation(context, name)
        except SqlError:
            return {}
        extra: Columns = {}
        if item.kind == "STREAM":
            source = self.session.engine.catalogue.get(int(item.body["source"]))
            if source is None:
                return {}
            item = source
            extra = {key: (kind, False) for key, kind in _STREAM.items()}
        return {column.name: (column.type, column.nullable) for column in columns_of(item)} | extra

    def _mark(self, node: Any, scope: Scope, ctes: dict[str, Columns]) -> None:
        """Mark an expression and all below it; nested queries are walked on their own."""
        if not isinstance(node, exp.Expr):
            return
        if isinstance(node, exp.Query) and not isinstance(node, exp.Table):
            columns = self.query(node, ctes, scope)
            if columns:
                node.meta[KEY] = next(iter(columns.values()))[0]
            return
        if isinstance(node, exp.Lambda):
            _mark_arguments(node)
        for child in node.iter_expressions():
            self._mark(child, scope, ctes)
        kind = self._type(node, scope)
        if kind is not None:
            node.meta[KEY] = kind

    def _type(self, node: exp.Expr, scope: Scope) -> DataType | None:
        if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
            found = scope.find(node.table or None, node.name)
            if found is None and scope.differs_in_case(node.table or None, node.name):
                # DuckDB would find it: it does not tell names apart by case.
                raise invalid_identifier(node.name)
            return found[0] if found is not None else None
        return type_of(node)


def _mark_arguments(node: exp.Lambda) -> None:
    """Mark the uses of a lambda's arguments: an element of an array is a VARIANT."""
    names = {argument.name for argument in node.expressions}
    for used in node.this.find_all(exp.Identifier):
        if used.name in names and not isinstance(used.parent, exp.Column | exp.Dot):
            used.meta[KEY] = VARIANT


def _common(kinds: list[DataType | None]) -> DataType | None:
    """Return the type that values of one column have, None when it is not certain."""
    known = [kind for kind in kinds if kind is not None]
    if not known or len(known) != len(kinds) or len({kind.base for kind in known}) != 1:
        return None
    if known[0].base == "NUMBER":
        scale = max(kind.scale or 0 for kind in known)
        whole = max((kind.precision or 38) - (kind.scale or 0) for kind in known)
        return DataType("NUMBER", min(38, whole + scale), scale)
    return known[0]


def _renamed(columns: Columns, alias: Any) -> Columns:
    names = [each.name for each in alias.args.get("columns") or []] if alias is not None else []
    if not names:
        return columns
    return dict(zip(names, columns.values(), strict=False))


def infer(
    tree: exp.Expr,
    session: Session,
    view: Any = None,
    sources: dict[str, Columns] | None = None,
    relations: dict[str, Columns] | None = None,
) -> Columns:
    """Mark the expressions of a query and return what is known of its columns.

    Args:
        tree: The query, or an expression.
        session: Whose names count.
        view: The view or function that it stands in.
        sources: What the names in an expression mean.
        relations: The columns of what is read under names of the translation's own.
    """
    return Inference(session, view, relations).whole(tree, Scope(dict(sources or {})))


def given_kinds(tree: exp.Expr, columns: Columns) -> list[DataType | None]:
    """Return the types of what a marked query gives, in order, or of an expression alone.

    Args:
        tree: The query, or an expression, that `infer` has marked.
        columns: What it returned.

    Returns:
        None for a type that is not certain; nothing where the columns cannot be counted.
    """
    query = tree.unnest() if isinstance(tree, exp.Subquery) else tree
    if isinstance(query, exp.Select):
        items = [item.unalias() for item in query.expressions]
        stars = [
            item if isinstance(item, exp.Star) else item.this for item in items if item.is_star
        ]
        if not stars:
            return [kind_of(item) for item in items]
        if any(key != "except_" and star.args.get(key) for star in stars for key in star.args):
            return []
    elif not isinstance(query, exp.Query | exp.Values):
        return [kind_of(query)]
    return [kind for kind, _ in columns.values()]


def columns_by_source(nodes: list[exp.Expr], session: Session) -> dict[str, Columns]:
    """Return the columns of tables and subqueries, whose identifiers are folded, by their names."""
    scope, inference = Scope(), Inference(session)
    for node in nodes:
        inference.source(node, scope, {}, nullable=False)
    return scope.sources
