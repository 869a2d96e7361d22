"""What Snowflake converts by itself where DuckDB would read JSON text or refuse.

A VARIANT beside a text, a number or in a function of texts is converted; dividing exact numbers
gives an exact number; a date plus days stays a date.
"""

from sqlglot import exp

from ..language.types import DATE, MAX_TEXT, NUMBER, TIME, VARIANT, DataType
from .context import as_text, as_variant, call, cast
from .expression_types import KEY, branches, kind_of
from .intervals import parts_of
from .marks import MADE
from .temporal import add_interval, months_between, of_text, of_time, stay_date
from .texts_as_numbers import number_of_text
from .window_functions import rewrite_window
from .zoned import Zones

_SEMI = {"VARIANT", "OBJECT", "ARRAY"}
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
# What takes a VARIANT as it is.
_TAKE = (
    exp.Alias, exp.Paren, exp.Is, exp.Cast, exp.JSONExtract, exp.Bracket, exp.Coalesce, exp.If, exp.Case, exp.Anonymous,
    exp.Select, exp.Subquery, exp.Kwarg, exp.Explode, exp.Lateral, exp.TableFromRows, exp.Array, exp.Struct,
    exp.PropertyEQ, exp.Count, exp.Max, exp.Min, exp.AnyValue, exp.Ordered, exp.Order, exp.Group, exp.Distinct,
    exp.Lambda, exp.ArrayFilter, exp.Transform, exp.Reduce, exp.Greatest, exp.Least,
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


def coerce(tree: exp.Expr, zones: Zones) -> None:
    """Make the conversions below `tree` explicit; types were inferred before."""
    # Innermost first: what is replaced by a copy has its parts converted already.
    for node in reversed(list(tree.walk(bfs=True))):
        kind = kind_of(node)
        zones.convert(node)
        if not _by_node(node, kind, zones) and kind is not None and node.parent is not None:
            _by_kind(node, kind, node.parent)


def _by_node(node: exp.Expr, kind: DataType | None, zones: Zones) -> bool:
    """Convert what an operation asks for; tell whether that was all."""
    if isinstance(node, exp.Add | exp.Sub) and isinstance(node.expression, exp.Interval):
        units = {unit for _, unit in parts_of(node.expression)}
        add_interval(node)
        zones.add_interval(node, units)
    elif isinstance(node, exp.Window):
        rewrite_window(node)
        return False
    elif isinstance(node, exp.MonthsBetween):
        months_between(node)
    elif isinstance(node, exp.TimestampTrunc | exp.DateTrunc) and kind == TIME:
        of_time(node, TIME)
    elif isinstance(node, _STAY_DATES) and kind == DATE:
        stay_date(node)
    elif isinstance(node, exp.Ordered):
        _by_place(node)
    elif isinstance(node, exp.If | exp.Case | exp.Coalesce) and kind == VARIANT:
        _mixed(node)
        return False
    elif isinstance(node, exp.Avg | exp.Median) and kind is not None and kind.base == "NUMBER":
        _exact_mean(node, kind)
    elif isinstance(node, exp.GroupConcat):
        _list_of_nothing(node)
    else:
        return False
    return True


def _by_kind(node: exp.Expr, kind: DataType, parent: exp.Expr) -> None:
    """Convert a value of a type to what stands around it."""
    if kind.base in _SEMI:
        _convert(node, parent)
    elif (
        kind.base in {"NUMBER", "FLOAT", "BOOLEAN"}
        or kind.base.startswith("TIMESTAMP")
        or (kind.base in {"DATE", "TIME"} and isinstance(node.parent, exp.Reverse))
    ):
        _text_of_number(node, kind)
    elif kind.base == "VARCHAR":
        of_text(node)
        if isinstance(parent, exp.Sum | exp.Avg) and not isinstance(node, exp.Literal):
            _float_of_text(node)
        elif node.parent is parent:
            number_of_text(node)


def _float_of_text(node: exp.Expr) -> None:
    """SUM and AVG take a text as the float that it spells."""
    made = cast(node.copy(), "DOUBLE")
    made.meta[KEY] = DataType("FLOAT")
    node.replace(made)


# What keeps a date that it is given one.
_STAY_DATES = (exp.DateAdd, exp.DateTrunc, exp.TimestampTrunc, exp.AddMonths, exp.TimeSlice)


def _mixed(node: exp.Expr) -> None:
    """Make VARIANTs of the values that are none, beside one that is."""
    for value in branches(node):
        kind = kind_of(value)
        if not isinstance(value, exp.Null) and (kind is None or kind.base not in _SEMI):
            made = as_variant(value.copy())
            made.meta[KEY] = VARIANT
            value.replace(made)


def _exact_mean(node: exp.Avg | exp.Median, kind: DataType) -> None:
    """AVG and MEDIAN of exact numbers are exact: a sum divided, or the middle with more digits."""
    if isinstance(node, exp.Median):
        wide = cast(node.this.copy(), f"DECIMAL(38,{kind.scale})")
        node.set("this", wide)
        return
    held = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    inner = kind_of(held)
    total, rows = exp.Sum(this=node.this.copy()), exp.Count(this=node.this.copy())
    around: exp.Expr = node
    if isinstance(node.parent, exp.Window | exp.Filter) and node.arg_key == "this":
        around = node.parent
        if isinstance(around.parent, exp.Window) and around.arg_key == "this":
            around = around.parent
    parts: list[exp.Expr] = []
    for made in (total, rows):
        if around is node:
            parts.append(made)
            continue
        copy = around.copy()
        found = copy.find(exp.Avg)
        if found is None:
            return
        found.replace(made)
        parts.append(copy)
    quotient = exp.Div(this=parts[0], expression=call("nullif", parts[1], exp.Literal.number(0)))
    quotient.this.meta[KEY] = DataType("NUMBER", 38, inner.scale if inner is not None else 0)
    quotient.expression.meta[KEY] = NUMBER
    quotient.meta[KEY] = kind
    around.replace(exp.Paren(this=quotient))


# What takes a text first, and converts what is none.
_TEXTUAL = (exp.Trim, exp.Pad, exp.Upper, exp.Lower, exp.Left, exp.Right, exp.Substring, exp.Replace, exp.Reverse,
            exp.SplitPart, exp.GroupConcat)  # fmt: skip


def _text_of_number(node: exp.Expr, kind: DataType) -> None:
    """A number or timestamp where a text is expected is the text of its cast to VARCHAR."""
    parent = node.parent
    beside = isinstance(parent, exp.DPipe | exp.Concat | exp.ConcatWs) or (
        isinstance(parent, exp.Like | exp.ILike) and kind.base.startswith("TIMESTAMP")
    )
    first = isinstance(parent, _TEXTUAL) and node.arg_key == "this"
    if (
        beside
        or first
        or (isinstance(parent, exp.Order) and isinstance(parent.parent, exp.GroupConcat))
    ):
        made = as_text(node.copy())
        made.meta[KEY] = DataType("VARCHAR", length=MAX_TEXT)
        node.replace(made)


def _list_of_nothing(node: exp.GroupConcat) -> None:
    """LISTAGG of no value is the empty text."""
    around: exp.Expr = node
    while (
        isinstance(around.parent, exp.WithinGroup | exp.Filter | exp.Window)
        and around.arg_key == "this"
    ):
        around = around.parent
    if isinstance(around.parent, exp.Coalesce) and around.parent.meta.get(MADE):
        return
    made = exp.Coalesce(this=exp.Null(), expressions=[exp.Literal.string("")])
    made.meta[MADE] = True
    around.replace(made)
    made.set("this", around)


def _convert(node: exp.Expr, parent: exp.Expr) -> None:
    if isinstance(parent, exp.Ordered):
        _order(node)
    elif isinstance(parent, exp.Max | exp.Min):
        _extreme(node, parent)
    elif isinstance(parent, exp.Count):
        # A JSON null counts as little as a null.
        node.replace(_keyed("hush.strip_null_value", node))
    elif isinstance(parent, _COMPARISONS):
        other = parent.expression if node.arg_key == "this" else parent.this
        kind = kind_of(other)
        if kind is not None and kind.base in _SEMI:
            node.replace(_keyed("hush.variant_key", node))
        else:
            _as(node, _target(kind))
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


def _keyed(name: str, node: exp.Expr) -> exp.Expr:
    """Return a call of a macro on a VARIANT, known as one still."""
    made = call(name, as_variant(node.copy()))
    made.meta[KEY] = DataType("VARIANT")
    return made


def _order(node: exp.Expr) -> None:
    """Order a VARIANT by its number where it is one, else by its text: JSON's text would not do."""
    node.replace(_keyed("hush.variant_key", node))


def _by_place(ordered: exp.Ordered) -> None:
    """Replace a place in the SELECT list by the VARIANT that stands there, to order by its value."""
    select = ordered.parent.parent if ordered.parent is not None else None
    place = str(ordered.this.this) if isinstance(ordered.this, exp.Literal) else ""
    if not isinstance(select, exp.Select) or not place.isdigit():
        return
    if not 0 < int(place) <= len(select.expressions):
        return
    item = select.expressions[int(place) - 1].unalias()
    kind = kind_of(item)
    if kind is not None and kind.base in _SEMI:
        ordered.set("this", _keyed("hush.variant_key", item))


def _extreme(node: exp.Expr, aggregate: exp.Expr) -> None:
    """MAX and MIN of a VARIANT, by number where it is one, else by text."""
    name = "arg_max" if isinstance(aggregate, exp.Max) else "arg_min"
    made = call(name, node.copy(), _keyed("hush.variant_key", node))
    made.meta[KEY] = DataType("VARIANT")
    aggregate.replace(made)


def _target(kind: DataType | None) -> str | None:
    if kind is None or kind.base in _SEMI:
        return None
    if kind.base in {"NUMBER", "FLOAT"}:
        return "DOUBLE"
    return kind.duckdb


# What reads the text of a VARIANT as a zoned timestamp.
_READ_AS = {"INTERVAL": "hush.text_tz", "TIMESTAMP WITH TIME ZONE": "hush.text_instant"}


def _as(node: exp.Expr, target: str | None) -> None:
    if target is None:
        return
    made: exp.Expr = call("hush.variant_text", node.copy())
    made.meta[MADE] = True
    if target in _READ_AS:
        made = call(_READ_AS[target], made, exp.Literal.string(""), exp.false())
    elif target != "VARCHAR":
        made = cast(made, target)
        made.meta[MADE] = True
    node.replace(made)
