"""START WITH … CONNECT BY, as a recursive table expression.

https://docs.snowflake.com/en/sql-reference/constructs/connect-by
"""

from sqlglot import exp

from ..language.errors import compilation, unsupported

_PARENT, _ROWS = "CONNECT$PARENT", "CONNECT$ROWS"


def connect(tree: exp.Expr) -> None:
    """Replace every CONNECT BY in a tree.

    Raises:
        SqlError: It stands over more than one table, or holds a form that is not read here.
    """
    for select in list(tree.find_all(exp.Select)):
        if select.args.get("connect") is not None:
            _Hierarchy(select).replace()


class _Hierarchy:
    """One SELECT with CONNECT BY."""

    def __init__(self, select: exp.Select) -> None:
        self.select = select
        self.clause: exp.Connect = select.args["connect"]
        from_ = select.args.get("from_")
        if from_ is None or select.args.get("joins") or select.args.get("laterals"):
            raise unsupported("CONNECT BY over more than one table")
        self.source = from_.this
        if self.clause.args.get("nocycle") or any(
            part.find(exp.Select) for part in self._conditions() if part is not None
        ):
            raise unsupported("CONNECT BY with NOCYCLE or a subquery")
        self.alias = self.source.alias_or_name
        quoted = self.source.args.get("alias") or self.source.this
        named = quoted.this if isinstance(quoted, exp.TableAlias) else quoted
        self.quoted = bool(isinstance(named, exp.Identifier) and named.args.get("quoted"))
        self.first: list[exp.Expr] = [exp.alias_(exp.Literal.number(1), "LEVEL", quoted=True)]
        more = exp.Add(this=_of_parent("LEVEL"), expression=exp.Literal.number(1))
        self.next: list[exp.Expr] = [exp.alias_(more, "LEVEL", quoted=True)]

    def _conditions(self) -> list[exp.Expr | None]:
        return [self.clause.args.get("start"), self.clause.args.get("connect")]

    def replace(self) -> None:
        """Read the rows of the SELECT from a recursive table expression."""
        select = self.select
        for root in list(select.find_all(exp.ConnectByRoot)):
            root.replace(self._kept(root.this, None))
        for item in list(select.find_all(exp.Anonymous)):
            if str(item.this).upper() == "SYS_CONNECT_BY_PATH":
                if len(item.expressions) != 2:
                    raise compilation("SYS_CONNECT_BY_PATH takes two arguments", 938, "22023")
                item.replace(self._kept(*item.expressions))
        self._leave_out()
        start, following = self._conditions()
        assert following is not None
        select.set("connect", None)
        first = exp.select(_star(self.alias, self.quoted), *self.first).from_(self.source.copy())
        if start is not None:
            first = first.where(start)
        again = exp.select(_star(self.alias, self.quoted), *self.next).from_(self.source.copy())
        parent = exp.to_table(f'"{_ROWS}"')
        parent.set("alias", exp.TableAlias(this=exp.to_identifier(_PARENT, quoted=True)))
        again = again.join(parent, on=self._joined(following))
        rows = exp.Union(this=first, expression=again, distinct=False)
        made = exp.CTE(this=rows, alias=exp.TableAlias(this=exp.to_identifier(_ROWS, quoted=True)))
        inner = exp.select("*").from_(exp.to_table(f'"{_ROWS}"'))
        inner.set("with_", exp.With(expressions=[made], recursive=True))
        select.args["from_"].set(
            "this", inner.subquery(exp.to_identifier(self.alias, quoted=self.quoted))
        )

    def _kept(self, value: exp.Expr, separator: exp.Expr | None) -> exp.Expr:
        """Carry a value along the hierarchy; return the column that holds it."""
        name = f"CONNECT${len(self.first)}"
        first: exp.Expr = value.copy()
        following: exp.Expr = _of_parent(name)
        if separator is not None:
            first = exp.DPipe(this=separator.copy(), expression=value.copy())
            step = exp.DPipe(this=_of_parent(name), expression=separator.copy())
            following = exp.DPipe(this=step, expression=self._own(value.copy()))
            # The first row decides the type of the column.
            first = exp.cast(first, "VARCHAR")
        self.first.append(exp.alias_(first, name, quoted=True))
        self.next.append(exp.alias_(following, name, quoted=True))
        # In brackets it is no column: its header is the text of the call.
        return exp.paren(exp.column(name, quoted=True), copy=False)

    def _own(self, value: exp.Expr) -> exp.Expr:
        """Let the columns of an expression be those of the row itself."""
        for column in [value, *value.find_all(exp.Column)]:
            if isinstance(column, exp.Column) and not column.table:
                column.set("table", exp.to_identifier(self.alias, quoted=self.quoted))
        return value

    def _joined(self, condition: exp.Expr) -> exp.Expr:
        """Return the condition between a row and its parent."""
        holder = exp.Paren(this=condition.copy())
        for prior in list(holder.find_all(exp.Prior)):
            column = prior.this
            if not isinstance(column, exp.Column):
                raise unsupported("PRIOR of an expression")
            column.set("table", exp.to_identifier(_PARENT, quoted=True))
            prior.replace(column)
        for column in list(holder.find_all(exp.Column)):
            if column.table:
                continue
            if column.name.upper() == "LEVEL":
                more = exp.Add(this=_of_parent("LEVEL"), expression=exp.Literal.number(1))
                column.replace(exp.paren(more))
            else:
                column.set("table", exp.to_identifier(self.alias, quoted=self.quoted))
        return holder

    def _leave_out(self) -> None:
        """Let `*` mean the columns of the table."""
        hidden = [each.alias for each in self.first]
        for item in self.select.expressions:
            star = item.this if isinstance(item, exp.Column) else item
            if isinstance(star, exp.Star):
                given = star.args.get("except_") or []
                names = [exp.to_identifier(name, quoted=True) for name in hidden]
                star.set("except_", [*given, *names])


def _of_parent(name: str) -> exp.Column:
    return exp.column(name, table=exp.to_identifier(_PARENT, quoted=True), quoted=True)


def _star(alias: str, quoted: bool) -> exp.Expr:
    return exp.Column(this=exp.Star(), table=exp.to_identifier(alias, quoted=quoted))
