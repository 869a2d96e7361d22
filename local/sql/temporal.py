"""What Snowflake converts by itself in functions of dates and times, and which type comes of them.

https://docs.snowflake.com/en/sql-reference/functions-date-time
"""

from sqlglot import exp

from ..language.errors import compilation
from ..language.types import DATE, TIMESTAMP_NTZ, DataType
from .context import call, cast
from .expression_types import KEY, kind_of
from .intervals import LARGE, parts_of

# Functions whose `this` is a date or time: a text there is read as a timestamp.
OF_MOMENT = (
    exp.DateAdd, exp.DateSub, exp.TimestampTrunc, exp.DateTrunc, exp.Extract, exp.Year, exp.Month, exp.Day, exp.Quarter,
    exp.Week, exp.WeekOfYear, exp.DayOfWeek, exp.DayOfWeekIso, exp.DayOfYear, exp.DayOfMonth, exp.YearOfWeek,
    exp.YearOfWeekIso, exp.Hour, exp.Minute, exp.Second, exp.LastDay, exp.AddMonths, exp.MonthsBetween, exp.DateDiff,
    exp.TimestampDiff, exp.NextDay, exp.PreviousDay, exp.Monthname, exp.Dayname,
)  # fmt: skip
TWO_MOMENTS = (exp.DateDiff, exp.TimestampDiff, exp.MonthsBetween)
# What gives a date when it is given one.
_STAYS = (exp.AddMonths, exp.DateBin)


def of_text(node: exp.Expr) -> None:
    """Read a text as a timestamp where a function of dates and times takes it."""
    parent = node.parent
    if not isinstance(parent, OF_MOMENT):
        return
    moment = "expression" if isinstance(parent, exp.Extract) else "this"
    if node.arg_key == moment or (
        isinstance(parent, TWO_MOMENTS) and node.arg_key in {"this", "expression"}
    ):
        made = exp.Cast(
            this=node.copy(), to=exp.DataType.build("TIMESTAMP_NTZ", dialect="snowflake")
        )
        made.meta[KEY] = TIMESTAMP_NTZ
        node.replace(made)
        if isinstance(parent, exp.DateAdd | exp.TimestampTrunc | exp.DateTrunc):
            parent.meta[KEY] = TIMESTAMP_NTZ


def add_interval(node: exp.Add | exp.Sub) -> None:
    """Write an interval constant in the engine's terms; a date plus whole days stays a date."""
    interval = node.expression
    if not isinstance(interval, exp.Interval):
        return
    kind = kind_of(node.this)
    parts = parts_of(interval)
    found: exp.Expr | None = None
    for amount, unit in parts:
        made: exp.Expr = exp.Interval(this=exp.Literal.string(amount), unit=exp.Var(this=unit))
        found = made if found is None else exp.Add(this=found, expression=made)
    if found is None:
        raise compilation("an interval has no parts", 1003, "42000")
    interval.replace(exp.Paren(this=found) if len(parts) > 1 else found)
    if kind == DATE and all(unit in LARGE for _, unit in parts):
        stay_date(node)


def stay_date(node: exp.Expr) -> None:
    """Cast what the engine makes a timestamp of back to a date."""
    if isinstance(node.parent, exp.Cast) and node.parent.meta.get("date"):
        return
    copy = node.copy()
    copy.meta.pop(KEY, None)
    wrapped = exp.Cast(this=copy, to=exp.DataType.build("DATE"))
    wrapped.meta["date"] = True
    wrapped.meta[KEY] = DATE
    node.replace(wrapped)


def of_time(node: exp.Expr, kind: DataType | None) -> None:
    """DATE_TRUNC of a time of day, which the engine does of timestamps alone."""
    inner = kind_of(node.this)
    if kind is None or inner is None or inner.base != "TIME" or node.this.meta.get("day"):
        return
    day = cast(exp.Literal.string("1970-01-01"), "DATE")
    moment = exp.Paren(this=exp.Add(this=day, expression=node.this.copy()))
    moment.meta["day"] = True
    copy = node.copy()
    copy.set("this", moment)
    copy.meta.pop(KEY, None)
    made = cast(copy, "TIME")
    made.meta[KEY] = inner
    node.replace(made)


def months_between(node: exp.MonthsBetween) -> None:
    """MONTHS_BETWEEN counts the days of a month as 31 and the time of day, too."""
    made = call(
        "hush.months_between",
        cast(node.this.copy(), "TIMESTAMP"),
        cast(node.expression.copy(), "TIMESTAMP"),
    )
    made.meta[KEY] = DataType("FLOAT")
    node.replace(made)
