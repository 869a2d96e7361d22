"""What Snowflake converts by itself where DuckDB would read JSON text or refuse.

A VARIANT beside a text, a number or in a function of texts is converted; dividing exact numbers
gives an exact number; a date plus days stays a date.
"""

from sqlglot import exp

from ..types import DataType
from .context import call, cast, duckdb_type
from .inference import KEY, kind_of
from .marks import MADE

_SEMI = {"VARIANT", "OBJECT", "ARRAY"}
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
# What takes a VARIANT as it is.
_TAKE = (
    exp.Alias, exp.Paren, exp.Is, exp.Cast, exp.JSONExtract, exp.Bracket, exp.Coalesce, exp.If, exp.Case, exp.Anonymous,
    exp.Select, exp.Subquery, exp.Kwarg, exp.Explode, exp.Lateral, exp.TableFromRows, exp.Array, exp.Struct,
    exp.PropertyEQ, exp.Count, exp.Max, exp.Min, exp.AnyValue, exp.Ordered, exp.Order, exp.Group, exp.Distinct,
    exp.Tuple, exp.Values, exp.Window, exp.Filter, exp.WithinGroup, exp.Nullif, exp.Lag, exp.Lead, exp.Having,
    exp.FirstValue, exp.LastValue, exp.Union, exp.Intersect, exp.Except, exp.Dot, exp.ToNumber, exp.ToDouble,
    exp.ToBoolean, exp.TsOrDsToDate, exp.TsOrDsToTimestamp, exp.ToChar, exp.Column, exp.Where, exp.Qualify,
    exp.ArrayConcat, exp.Not, exp.And, exp.Or,
)  # fmt: skip
_ARITHMETIC = (
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.Div,
    exp.Mod,
    exp.Neg,
    exp.Sum,
    exp.Avg,
    exp.Abs,
    exp.Round,
)


def coerce(tree: exp.Expr) -> None:
    """Make the conversions below `tree` explicit; types were inferred before."""
    for node in list(tree.walk(bfs=True)):
        kind = kind_of(node)
        if (
            isinstance(node, exp.DateAdd | exp.DateTrunc | exp.TimestampTrunc)
            and kind is not None
            and kind.base == "DATE"
        ):
            _stay_date(node)
        elif isinstance(node, exp.Div):
            _exact(node)
        elif kind is not None and kind.base in _SEMI and node.parent is not None:
            _convert(node, node.parent)


def _stay_date(node: exp.Expr) -> None:
    if isinstance(node.parent, exp.Cast) and node.parent.meta.get("date"):
        return
    copy = node.copy()
    copy.meta.pop(KEY, None)
    wrapped = exp.Cast(this=copy, to=exp.DataType.build("DATE"))
    wrapped.meta["date"] = True
    wrapped.meta[KEY] = DataType("DATE")
    node.replace(wrapped)


def _exact(node: exp.Div) -> None:
    kinds = [kind_of(node.this), kind_of(node.expression)]
    if all(kind is not None and kind.base == "NUMBER" for kind in kinds):
        node.meta["exact"] = True


def _convert(node: exp.Expr, parent: exp.Expr) -> None:
    if isinstance(parent, exp.Ordered):
        _order(node, parent)
    elif isinstance(parent, exp.Max | exp.Min):
        _extreme(node, parent)
    elif isinstance(parent, _COMPARISONS):
        other = parent.expression if node.arg_key == "this" else parent.this
        _as(node, _target(kind_of(other)))
    elif isinstance(parent, exp.In | exp.Between):
        options = (
            [*parent.expressions, parent.args.get("low")]
            if node.arg_key == "this"
            else [parent.this]
        )
        _as(
            node, _target(next((kind_of(option) for option in options if option is not None), None))
        )
    elif isinstance(parent, _ARITHMETIC):
        _as(node, "DOUBLE")
    elif not isinstance(parent, _TAKE) and isinstance(
        parent, exp.Func | exp.Binary | exp.Predicate
    ):
        _as(node, "VARCHAR")
    elif isinstance(parent, exp.And | exp.Or | exp.Not | exp.Where):
        _as(node, "BOOLEAN")


def _text(node: exp.Expr) -> exp.Expr:
    made = call("hush.to_text", node.copy())
    made.meta[MADE] = True
    return made


def _as_number(node: exp.Expr) -> exp.Expr:
    made = exp.TryCast(this=_text(node), to=duckdb_type("DOUBLE"))
    made.meta[MADE] = True
    return made


def _order(node: exp.Expr, ordered: exp.Expr) -> None:
    """Order a VARIANT by its number where it is one, else by its text: JSON's text would not do."""
    if isinstance(ordered.parent, exp.Order):
        first = ordered.copy()
        first.set("this", _as_number(node))
        keys = ordered.parent.expressions
        index = next(index for index, key in enumerate(keys) if key is ordered)
        ordered.parent.set("expressions", [*keys[:index], first, *keys[index:]])
    node.replace(_text(node))


def _extreme(node: exp.Expr, aggregate: exp.Expr) -> None:
    """MAX and MIN of a VARIANT, by number where it is one, else by text."""
    name = "arg_max" if isinstance(aggregate, exp.Max) else "arg_min"
    parts = [call(name, node.copy(), key) for key in (_as_number(node), _text(node))]
    for part in parts:
        part.meta[MADE] = True
    made = exp.Coalesce(this=parts[0], expressions=parts[1:])
    made.meta[KEY] = DataType("VARIANT")
    aggregate.replace(made)


def _target(kind: DataType | None) -> str | None:
    if kind is None or kind.base in _SEMI:
        return None
    if kind.base in {"NUMBER", "FLOAT"}:
        return "DOUBLE"
    return kind.duckdb


def _as(node: exp.Expr, target: str | None) -> None:
    if target is None:
        return
    made: exp.Expr = call("hush.to_text", node.copy())
    made.meta[MADE] = True
    if target != "VARCHAR":
        made = cast(made, target)
        made.meta[MADE] = True
    node.replace(made)
