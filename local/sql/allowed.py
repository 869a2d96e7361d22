"""What a translated query may reach in DuckDB: the functions and relations that we produce.

DuckDB has some thousand functions and relations of its own: its catalogue, its settings, files.
None is named here. A call is let through when a translation made it or when it is one of the
functions below, which mean the same in Snowflake; a relation when a translation made it. Whatever
else is left in a tree stops the statement, wherever it stands: this looks at the finished tree of
every query, expression, default, policy and body of a function.
"""

import re
from collections.abc import Iterator

from sqlglot import exp

from ..language.errors import SqlError, compilation, missing, unsupported
from .marks import MADE, SEALED

# Functions that DuckDB calls the same as Snowflake and means the same by.
_SAME = """
ABS ACOS ASIN ATAN ATAN2 CEIL COS COT DEGREES EXP FLOOR LN PI POWER RADIANS RANDOM SIGN SIN SQRT
TAN ASCII CHR CONCAT CONCAT_WS LEFT LENGTH LOWER LPAD LTRIM RIGHT RPAD RTRIM REPEAT REPLACE
REVERSE TRIM UPPER TRANSLATE CONTAINS MD5 NVL COALESCE GREATEST LEAST NULLIF MEDIAN MODE CORR
COVAR_POP COVAR_SAMP STDDEV STDDEV_POP STDDEV_SAMP VAR_POP VAR_SAMP VARIANCE KURTOSIS REGR_SLOPE
REGR_INTERCEPT REGR_R2 REGR_COUNT FACTORIAL CBRT CUME_DIST DENSE_RANK RANK
ROW_NUMBER PERCENT_RANK NTILE LAG LEAD FIRST_VALUE LAST_VALUE NTH_VALUE EDITDISTANCE
LAST_DAY MONTHNAME DAYNAME
"""
# Functions that sqlglot reads as classes of their own and writes for DuckDB, by the class.
_READ = """
Abs Acos Acosh Asin Asinh Atan Atan2 Atanh Cbrt Ceil Cos Cosh Cot Degrees Exp Factorial Floor Ln
Log Pi Pow Radians Rand Randn Round Sign Sin Sinh Sqrt Tan Tanh Trunc WidthBucket Uniform Normal
Randstr BitwiseAndAgg BitwiseOrAgg BitwiseXorAgg BitwiseCount IsNan IsInf And Or Xor If
Case Coalesce Nullif Nvl2 Greatest Least DecodeCase EqualNull Booland Boolor Boolnot Cast TryCast
Collate ToChar ToNumber ToDouble ToBoolean ToBinary CastToStrType Ascii BitLength ByteLength Chr
Unicode Concat ConcatWs Contains EndsWith StartsWith Format GroupConcat Hex Unhex Initcap Left
Right Length Levenshtein Lower Upper Pad Overlay Stuff RegexpCount
RegexpExtract RegexpExtractAll RegexpFullMatch RegexpILike RegexpInstr RegexpLike RegexpReplace
RegexpSplit Repeat Replace Reverse Search Space Split SplitPart StrPosition Strtok
Substring SubstringIndex Translate Trim Uuid Base64DecodeBinary Base64DecodeString Base64Encode
ToBase64 FromBase64 HexDecodeString TryBase64DecodeBinary TryBase64DecodeString TryHexDecodeBinary
TryHexDecodeString LowerHex MD5 MD5Digest MD5NumberLower64 MD5NumberUpper64 SHA SHA1Digest SHA2
SHA2Digest AddMonths ConvertTimezone Date DateAdd DateBin DateDiff DateFromParts DateSub DateTrunc
Day DayOfMonth DayOfWeek DayOfWeekIso DayOfYear Dayname Extract Hour LastDay Minute Month
Monthname MonthsBetween NextDay PreviousDay Quarter Second StrToDate StrToTime StrToUnix Time
TimeAdd TimeDiff TimeFromParts TimeSlice TimeStrToTime TimeSub TimeToStr TimeToUnix TimeTrunc
Timestamp TimestampAdd TimestampDiff TimestampFromParts TimestampLtzFromParts TimestampSub
TimestampTrunc TimestampTzFromParts TsOrDsAdd TsOrDsDiff TsOrDsToDate TsOrDsToTime
TsOrDsToTimestamp UnixToTime Week WeekOfYear Year YearOfWeek YearOfWeekIso UnixDate UnixSeconds
UnixMillis UnixMicros Datetime DatetimeAdd DatetimeDiff DatetimeSub Localtime Localtimestamp
AnyValue ApproxDistinct ApproxQuantile ApproxTopK ArgMax ArgMin Avg BoolxorAgg Corr Count CountIf
CovarPop CovarSamp Hll Kurtosis LogicalAnd LogicalOr Max Median Min Mode PercentileCont
PercentileDisc Quantile RegrAvgx RegrAvgy RegrCount RegrIntercept RegrR2 RegrSlope RegrSxx RegrSxy
RegrSyy Skewness Stddev StddevPop StddevSamp Sum Variance VariancePop Grouping GroupingId CumeDist
DenseRank FirstValue Lag LastValue Lead NthValue Ntile PercentRank Rank RowNumber Array
ArrayConcat JSONExtract JSONExtractScalar JSONKeys ParseJSON Exists Seq1 Seq2 Seq4 Seq8
"""
SAME = frozenset(re.findall(r"\w+", _SAME))
_CLASSES = frozenset(re.findall(r"\w+", _READ))
# Statements and forms that are no part of a query, in case sqlglot reads one as such.
_NO_QUERY = (
    exp.DDL, exp.DML, exp.Command, exp.Pragma, exp.Attach, exp.Detach, exp.Copy, exp.Set, exp.Use, exp.Kill, exp.Describe,
    exp.Show, exp.Analyze, exp.Cache, exp.Uncache, exp.Refresh, exp.Transaction, exp.Commit, exp.Rollback, exp.Drop,
    exp.Alter, exp.Into, exp.SessionParameter, exp.PositionalColumn, exp.Summarize, exp.Export,
)  # fmt: skip
# What a name for something in brackets is wrapped around.
_IN_BRACKETS = (exp.Values, exp.Subquery, exp.Paren, exp.Select, exp.SetOperation)
_QUERIES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Table, exp.Values)


def require_allowed(tree: exp.Expr) -> None:
    """Fail when a finished tree calls or reads what no translation made.

    Raises:
        SqlError: 002140 for a function, 002003 for a relation, 000002 for anything else.
    """
    for node in _users(tree):
        if node.meta.get(MADE):
            continue
        if isinstance(node, exp.Table) and not isinstance(node.this, _IN_BRACKETS):
            raise _foreign_relation(node)
        if isinstance(node, exp.Dot):
            raise compilation(f"invalid identifier '{_shown(node)}'", 904, "42000")
        if isinstance(node, exp.Func):
            _require_function(node)
        elif isinstance(node, _NO_QUERY) and not isinstance(node, _QUERIES):
            raise unsupported(f"{type(node).__name__.upper()} in a query")


def _users(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the nodes that may hold something of a user's text."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for name, value in node.args.items():
            if name == "this" and node.meta.get(SEALED):
                continue
            held = value if isinstance(value, list) else [value]
            waiting += [child for child in held if isinstance(child, exp.Expr)]


def _require_function(node: exp.Func) -> None:
    if type(node) is exp.Anonymous:
        if str(node.this).upper() in SAME:
            return
        raise unknown_function(str(node.this))
    if type(node).__name__ not in _CLASSES:
        raise unknown_function(node.sql_name())


def _foreign_relation(table: exp.Table) -> SqlError:
    if isinstance(table.this, exp.Func):
        return unknown_function(table.this.sql_name() if table.this.name == "" else table.this.name)
    return missing("OBJECT", _shown(table))


def _shown(node: exp.Expr) -> str:
    return node.sql(dialect="snowflake")[:200]


def unknown_function(name: str) -> SqlError:
    """Return the error for a function that is not known (002140)."""
    return compilation(f"Unknown function {name.upper()[:200]}", 2140, "42601")
