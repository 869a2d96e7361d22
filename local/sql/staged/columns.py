"""`$1`, `$1:path` and METADATA$… in a SELECT from staged files, as columns of a relation.

https://docs.snowflake.com/en/user-guide/querying-stage
https://docs.snowflake.com/en/user-guide/querying-metadata
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...language.errors import compilation, unsupported
from ...language.types import NUMBER, TEXT, TIMESTAMP_LTZ, TIMESTAMP_NTZ, VARIANT, DataType
from ..expression_types import KEY
from .location import Location, parse_location

METADATA: dict[str, DataType] = {
    "METADATA$FILENAME": TEXT,
    "METADATA$FILE_ROW_NUMBER": NUMBER,
    "METADATA$FILE_CONTENT_KEY": TEXT,
    "METADATA$FILE_LAST_MODIFIED": TIMESTAMP_NTZ,
    "METADATA$START_SCAN_TIME": TIMESTAMP_LTZ,
}
_MOST_COLUMNS = 10_000


@dataclass(frozen=True)
class Source:
    """A place in a stage that a SELECT reads.

    Attributes:
        node: The table of the tree.
        location: The place.
        form: Name of a file format, None when none is given.
        pattern: Of PATTERN.
    """

    node: exp.Table
    location: Location
    form: str | None
    pattern: str | None


def sources(tree: exp.Expr) -> Iterator[tuple[exp.Select, Source]]:
    """Yield every SELECT that reads staged files, with its source."""
    for select in list(tree.find_all(exp.Select)):
        from_ = select.args.get("from_")
        node = from_.this if from_ is not None else None
        found = source_of(node) if isinstance(node, exp.Table) else None
        if found is None:
            continue
        if select.args.get("joins") or select.args.get("laterals"):
            raise unsupported("a join with staged files: load them into a table")
        yield select, found


def source_of(node: exp.Table) -> Source | None:
    """Return the place in a stage that a table of a tree means, None when it is another table."""
    inner = node.this
    if isinstance(inner, exp.Var) or (isinstance(inner, exp.Literal) and inner.is_string):
        text = str(inner.this)
    else:
        return None
    if not text.startswith("@"):
        return None
    form, pattern = node.args.get("format"), node.args.get("pattern")
    if isinstance(form, exp.Table):
        name: str | None = form.sql(dialect="snowflake")
    else:
        name = str(form.this) if form is not None else None
    return Source(
        node, parse_location(text), name, str(pattern.this) if pattern is not None else None
    )


def bind_columns(
    select: exp.Select,
    source: Source,
    relation: str,
    kind: str,
    names: Sequence[str] = (),
    types: Sequence[DataType] = (),
) -> int:
    """Make a SELECT read a relation, and return how many columns of it.

    Args:
        select: Changed.
        source: What it reads.
        relation: Name of the relation, with columns `$1`, … and METADATA$….
        kind: CSV, JSON or PARQUET.
        names: Of the columns, of Parquet, which stand in the relation as `$1`, `$2`, ….
        types: Theirs.

    Raises:
        SqlError: It reads what staged files do not have.
    """
    alias = source.node.alias.upper() if source.node.alias else relation
    if source.node.args.get("alias") is not None:
        given = source.node.args["alias"].this
        alias = str(given.this) if given.args.get("quoted") else str(given.this).upper()
    most = 1
    for node in list(_own(select)):
        number = _number(node)
        if number is not None:
            target = node.parent if isinstance(node.parent, exp.Column) else node
            if not 1 <= number <= _MOST_COLUMNS:
                raise compilation(f"invalid identifier '${number}'", 904, "42000")
            if kind != "CSV" and number > 1:
                target.replace(exp.Null())
                continue
            made: exp.Expr = _made(target, number, alias, kind, names, types)
            most = max(most, number)
            if made is not target:
                target.replace(made)
        elif isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            raise unsupported("SELECT * from staged files: name $1, $2, …")
        elif isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
            name = node.name.upper()
            if name in METADATA:
                made = exp.column(name, table=alias, quoted=True)
                made.meta[KEY] = METADATA[name]
                node.replace(made)
    table = exp.Table(this=exp.to_identifier(relation, quoted=True))
    table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    source.node.replace(table)
    return most


def _own(select: exp.Select) -> Iterator[exp.Expr]:
    """Yield the nodes of a SELECT without those of the SELECTs in it."""
    waiting: list[exp.Expr] = [select]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [
            child
            for child in node.iter_expressions()
            if not isinstance(child, exp.Select | exp.From)
        ]


def _number(node: exp.Expr) -> int | None:
    if not isinstance(node, exp.Parameter) or not isinstance(node.this, exp.Literal):
        return None
    text = str(node.this.this)
    return int(text) if text.isdigit() and len(text) < 6 else None


def _made(
    target: exp.Expr,
    number: int,
    alias: str,
    kind: str,
    names: Sequence[str],
    types: Sequence[DataType],
) -> exp.Expr:
    if kind != "PARQUET":
        made: exp.Expr = exp.column(f"${number}", table=alias, quoted=True)
        made.meta[KEY] = TEXT if kind == "CSV" else VARIANT
        return made
    path = target.parent
    if isinstance(path, exp.JSONExtract) and target.arg_key == "this":
        keys = path.expression.expressions if isinstance(path.expression, exp.JSONPath) else []
        rest = [key for key in keys if not isinstance(key, exp.JSONPathRoot)]
        if len(rest) == 1 and isinstance(rest[0], exp.JSONPathKey):
            key = str(rest[0].this)
            place = list(names).index(key) if key in names else -1
            member: exp.Expr = exp.Null()
            if place >= 0:
                member = exp.column(f"${place + 1}", table=alias, quoted=True)
                member.meta[KEY] = types[place]
            path.replace(member)
            # What was to be replaced is gone with the path.
            return target
    whole: exp.Expr = exp.column("$0", table=alias, quoted=True)
    whole.meta[KEY] = VARIANT
    return whole


def relation_sql(table: str, kind: str, count: int, names: Sequence[str], metadata: str) -> str:
    """Return DuckDB's SQL of the relation that `bind_columns` reads.

    Args:
        table: Where the rows of a batch are, with columns `c1`, … and `row`.
        kind: CSV, JSON or PARQUET.
        count: How many columns of delimited text.
        names: Of the columns of Parquet.
        metadata: SQL of the columns METADATA$….
    """
    if kind == "JSON":
        columns = ['json(c1) AS "$1"']
    elif kind == "CSV":
        columns = [f'c{index} AS "${index}"' for index in range(1, count + 1)]
    else:
        columns = [f'c{index} AS "${index}"' for index in range(1, len(names) + 1)]
        columns.append(f'{document_sql(names, keeps_nulls=False)} AS "$0"')
    return f"SELECT {', '.join([*columns, metadata])} FROM {table}"


def document_sql(names: Sequence[str], *, keeps_nulls: bool) -> str:
    """Return DuckDB's SQL of the document that a row of Parquet is.

    Nulls are left out: https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#type-parquet
    """
    pairs = ", ".join(f"{_quoted(name)} := c{index}" for index, name in enumerate(names, 1))
    made = f"to_json(struct_pack({pairs}))"
    return made if keeps_nulls else f"json_merge_patch('{{}}', {made})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
