"""What TIMESTAMP_TZ and TIMESTAMP_LTZ become where they stand: wall-clock times, and back.

A function of dates and times works on the wall clock: that of a TIMESTAMP_TZ's own offset, or that of
the session's time zone for a TIMESTAMP_LTZ. The engine's own time zone is UTC: while the session's is
UTC as well, a TIMESTAMP_LTZ needs nothing.

https://docs.snowflake.com/en/sql-reference/data-types-datetime
"""

from sqlglot import exp

from ..language.errors import compilation, unsupported
from ..language.types import TIMESTAMP_LTZ, TIMESTAMP_NTZ, TIMESTAMP_TZ, DataType
from .context import call, text
from .expression_types import KEY, branches, kind_of
from .functions.types import of_wall, wall_of
from .intervals import LARGE
from .temporal import OF_MOMENT, TWO_MOMENTS

GUARDED = "guarded"
# What gives a timestamp of the kind that it is given.
_SAME_KIND = (
    exp.DateAdd,
    exp.DateSub,
    exp.TimestampTrunc,
    exp.DateTrunc,
    exp.AddMonths,
    exp.TimeSlice,
)
_COMPARISONS = (
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.NullSafeEQ,
    exp.NullSafeNEQ,
    exp.Nullif,
)
_CHOICES = (exp.Coalesce, exp.If, exp.Case, exp.Nvl2)
_NUMERIC = (exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Sum, exp.Avg, exp.Median, exp.Abs, exp.Round)
# What becomes a timestamp by itself beside one.
_BECOMES = {"VARCHAR", "DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ"}
_ZONE_PARTS = {"TIMEZONE_HOUR": "hour", "TZH": "hour", "TIMEZONE_MINUTE": "minute", "TZM": "minute"}
_FINE = {"MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "NANOSECOND"}
# By how many minutes the offsets of two values may differ so that their parts can be compared.
_ANY, _HOURS, _NONE = 1, 60, 100_000
_ITEM = "$zoned"


class Zones:
    """The conversions of one statement.

    Args:
        local: Whether the session's time zone is another than UTC.
    """

    def __init__(self, local: bool) -> None:
        self._local = local

    def convert(self, node: exp.Expr) -> None:
        """Make the conversions that a node asks for; what stands below it is converted already."""
        if isinstance(node, TWO_MOMENTS):
            self._difference(node)
        elif isinstance(node, (*OF_MOMENT, *_SAME_KIND)):
            self._moment(node)
        elif isinstance(node, exp.Sub):
            _minus(node)
        elif isinstance(node, _NUMERIC) and _holds_zoned(node.this):
            raise _wrong_types(node, kind_of(node.this))
        elif isinstance(node, exp.Interval):
            _interval(node)
        else:
            self._beside(node)

    def _beside(self, node: exp.Expr) -> None:
        """Convert values that are compared, or of which one is given."""
        if isinstance(node, _COMPARISONS):
            self._alike([node.this, node.expression])
        elif isinstance(node, exp.Between):
            self._alike([node.this, node.args["low"], node.args["high"]])
        elif isinstance(node, exp.In | exp.Greatest | exp.Least):
            self._alike([node.this, *node.expressions])
        elif isinstance(node, exp.DecodeCase):
            self._decoded(node)
        elif isinstance(node, exp.Values):
            rows = [
                row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions
            ]
            for column in zip(*rows, strict=False):
                self._alike(list(column))
        elif isinstance(node, _CHOICES):
            self._alike(branches(node))

    def add_interval(self, node: exp.Add | exp.Sub, units: set[str]) -> None:
        """Add an interval constant on the wall clock; hours and less are added to the instant."""
        kind = kind_of(node.this)
        if kind is None:
            _guard(node.this)
        elif self._is_zoned(kind) and (kind.base == "TIMESTAMP_TZ" or units & LARGE):
            self._around(node, "this", kind)

    def _is_zoned(self, kind: DataType | None) -> bool:
        return _is(kind, "TIMESTAMP_TZ") or (self._local and _is(kind, "TIMESTAMP_LTZ"))

    # --- functions of dates and times -------------------------------------------------------------

    def _moment(self, node: exp.Expr) -> None:
        key = "expression" if isinstance(node, exp.Extract) else "this"
        value = node.args.get(key)
        if not isinstance(value, exp.Expr):
            return
        kind = kind_of(value)
        if kind is None:
            _guard(value)
        elif not self._is_zoned(kind) or (
            isinstance(node, exp.Extract) and self._extract(node, kind)
        ):
            return
        elif isinstance(node, exp.DateAdd | exp.DateSub) and kind.base == "TIMESTAMP_LTZ":
            if _unit(node) in LARGE:
                self._around(node, key, kind)
        elif isinstance(node, _SAME_KIND):
            self._around(node, key, kind)
        else:
            value.replace(_wall(value.copy(), kind))

    def _extract(self, node: exp.Extract, kind: DataType) -> bool:
        """Answer the parts that are not of the wall clock."""
        part = str(node.this.name).upper()
        value = node.expression
        if part.startswith("EPOCH"):
            if kind.base == "TIMESTAMP_TZ":
                value.replace(_typed(call("hush.tz_instant", value.copy()), TIMESTAMP_NTZ))
            return True
        if part not in _ZONE_PARTS:
            return False
        offset = (
            call("hush.tz_offset", value.copy())
            if kind.base == "TIMESTAMP_TZ"
            else call(
                "hush.zone_offset",
                call("timezone", text("UTC"), value.copy()),
                call("hush.zone"),
            )
        )
        node.replace(call(f"hush.offset_{_ZONE_PARTS[part]}", offset))
        return True

    def _around(self, node: exp.Expr, key: str, kind: DataType) -> None:
        """Let a function work on the wall clock, and give what it returns the kind of its argument."""
        value = node.args[key]
        node.meta[KEY] = TIMESTAMP_NTZ
        if kind.base == "TIMESTAMP_LTZ":
            value.replace(_wall(value.copy(), kind))
            made = call("timezone", call("hush.zone"))
            node.replace(made)
            made.append("expressions", node)
        else:
            # The value is bound once: in a chain of functions each would double it.
            item = exp.to_identifier(_ITEM, quoted=True)
            listed = call("list_value", value.copy())
            value.replace(_wall(item.copy(), kind))
            made = call("list_extract")
            node.replace(made)
            body = exp.Lambda(this=call("hush.tz_like", node, item.copy()), expressions=[item])
            made.append("expressions", call("list_transform", listed, body))
            made.append("expressions", exp.Literal.number(1))
        made.meta[KEY] = kind

    def _difference(self, node: exp.Expr) -> None:
        """Bring both values to one clock: of the same offset, or of the session's time zone."""
        values = [node.this, node.expression]
        if not all(isinstance(value, exp.Expr) for value in values):
            return
        kinds = [kind_of(value) for value in values]
        for value, kind in zip(values, kinds, strict=True):
            if kind is None:
                _guard(value)
        if None in kinds or not any(self._is_zoned(kind) for kind in kinds):
            return
        unit = _unit(node) if node.args.get("unit") is not None else "DAY"
        fine = unit in _FINE or unit == "HOUR"
        if not any(_is(kind, "TIMESTAMP_TZ") for kind in kinds) and not fine:
            for value, kind in zip(values, kinds, strict=True):
                if self._is_zoned(kind):
                    value.replace(_wall(value.copy(), kind or TIMESTAMP_LTZ))
            return
        this, first = (_as_zoned(value, kind) for value, kind in zip(values, kinds, strict=True))
        step = exp.Literal.number(_ANY if unit in _FINE else _HOURS if fine else _NONE)
        node.set("this", _typed(call("hush.tz_beside", this, first.copy(), step), TIMESTAMP_NTZ))
        node.set("expression", _wall(first, TIMESTAMP_TZ))

    # --- values beside one another ----------------------------------------------------------------

    def _alike(self, values: list[exp.Expr]) -> DataType | None:
        """Convert values to the kind of timestamp that is among them."""
        values = [value for value in values if isinstance(value, exp.Expr)]
        kinds = [kind_of(value) for value in values]
        bases = {kind.base for kind in kinds if kind is not None}
        if "TIMESTAMP_TZ" in bases:
            target = TIMESTAMP_TZ
        elif self._local and "TIMESTAMP_LTZ" in bases:
            target = TIMESTAMP_LTZ
        else:
            return None
        for value, kind in zip(values, kinds, strict=True):
            if isinstance(value, exp.Null) or _is(kind, target.base):
                continue
            if kind is None or kind.base in _BECOMES:
                to = exp.DataType.build(target.base, dialect="snowflake")
                value.replace(_typed(exp.Cast(this=value.copy(), to=to), target))
        return target

    def _decoded(self, node: exp.DecodeCase) -> None:
        """DECODE: what is compared, then what is given."""
        given = node.expressions
        self._alike([given[0], *given[1:-1:2]])
        results = [*node.expressions[2::2]] + ([given[-1]] if len(given) % 2 == 0 else [])
        target = self._alike(results)
        if target is not None:
            node.meta[KEY] = target


def _is(kind: DataType | None, base: str) -> bool:
    return kind is not None and kind.base == base


def _holds_zoned(value: object) -> bool:
    return isinstance(value, exp.Expr) and _is(kind_of(value), "TIMESTAMP_TZ")


def _typed(node: exp.Expr, kind: DataType) -> exp.Expr:
    node.meta[KEY] = kind
    return node


def _wall(value: exp.Expr, kind: DataType) -> exp.Expr:
    return _typed(wall_of(value, kind.base), TIMESTAMP_NTZ)


def _as_zoned(value: exp.Expr, kind: DataType | None) -> exp.Expr:
    """Return a value of a known kind as a TIMESTAMP_TZ."""
    if _is(kind, "TIMESTAMP_TZ"):
        return value.copy()
    if _is(kind, "TIMESTAMP_LTZ"):
        return _typed(call("hush.tz_of_instant", value.copy()), TIMESTAMP_TZ)
    return _typed(of_wall(value.copy(), "TIMESTAMP_TZ"), TIMESTAMP_TZ)


def _unit(node: exp.Expr) -> str:
    unit = node.args.get("unit")
    return str(unit.name).upper().rstrip("S") if unit is not None else "DAY"


def _guard(value: exp.Expr) -> None:
    """Refuse a zoned value whose type is not known: the engine would read its INTERVAL as a duration."""
    inner = value.unnest()
    if isinstance(inner, exp.Literal | exp.Null | exp.Placeholder) or inner.meta.get(GUARDED):
        return
    if isinstance(inner, _SAME_KIND) and inner.this.meta.get(GUARDED):
        return
    made = call("hush.no_zone", value.copy())
    made.meta[GUARDED] = True
    value.replace(made)


def _minus(node: exp.Sub) -> None:
    """Refuse the difference of timestamps, which the engine gives as an INTERVAL."""
    if isinstance(node.expression, exp.Interval) or not isinstance(node.this, exp.Expr):
        return
    kinds = [kind_of(node.this), kind_of(node.expression)]
    bases = [kind.base if kind is not None else "" for kind in kinds]
    if all(base.startswith("TIMESTAMP") or base == "DATE" for base in bases):
        if any(base.startswith("TIMESTAMP") for base in bases):
            raise _wrong_types(node, *kinds)
        return
    if not all(base in {"", "DATE"} or base.startswith("TIMESTAMP") for base in bases):
        return
    top: exp.Expr = node
    while isinstance(top.parent, exp.Add | exp.Sub | exp.Paren):
        top = top.parent
    if top.meta.get(GUARDED) or any(isinstance(each, exp.Interval) for each in top.walk()):
        return
    top.meta[GUARDED] = True
    made = call("hush.no_zone")
    top.replace(made)
    made.append("expressions", top)


def _interval(node: exp.Interval) -> None:
    """Refuse an interval that is not added to anything: it is no value of a type here."""
    parent = node.parent
    if isinstance(parent, exp.WindowSpec):
        return
    if isinstance(parent, exp.Add) and node.arg_key == "this":
        other = parent.expression
        if not isinstance(other, exp.Interval):
            parent.set("this", other)
            parent.set("expression", node)
            return
    if not isinstance(parent, exp.Add | exp.Sub) or node.arg_key != "expression":
        raise unsupported("an INTERVAL that is not added to a date or time")


def _wrong_types(node: exp.Expr, *kinds: DataType | None) -> Exception:
    shown = ", ".join(str(kind) for kind in kinds)
    name = "-" if isinstance(node, exp.Sub) else node.key.upper()
    return compilation(f"Invalid argument types for function '{name}': ({shown})", 1044, "42P13")
