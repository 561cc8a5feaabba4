"""The parts of SQL that a metric may be made of, by the names of sqlglot's syntax classes; what is not here is refused.

Left out on purpose: whatever grows its input without bound (`repeat`, `lpad`, `replace`, `range`, `list`, `string_agg`), reads the clock or
chance (`now`, `random`), looks at the system (`getenv`, `current_setting`, `getvariable`), or builds nested values. Adding a word
means: it is pure, its result is about the size of its input, and it exists on other engines too (the parity test decides).
"""

from __future__ import annotations

from sqlglot import exp

_STRUCTURE = (
    "Select From Where Group Having Order Ordered Limit Offset Qualify Join Subquery With CTE TableAlias Table "
    "Union Intersect Except Values Column Identifier Star Alias Paren Tuple Distinct Filter WithinGroup "
    "Window WindowSpec IgnoreNulls RespectNulls Literal Boolean Null Placeholder Interval Var DataType DataTypeParam"
)
_OPERATORS = (
    "And Or Not EQ NEQ GT GTE LT LTE Is NullSafeEQ NullSafeNEQ In Between Exists Like ILike Escape "
    "Add Sub Mul Div IntDiv Mod Neg DPipe"
)
_AGGREGATES = (
    "Count CountIf Sum Avg Min Max Median Mode AnyValue ApproxDistinct ArgMax ArgMin First Last LogicalAnd LogicalOr "
    "Quantile PercentileCont PercentileDisc Stddev StddevPop StddevSamp Variance VariancePop"
)
_WINDOW_FUNCTIONS = "RowNumber Rank DenseRank PercentRank CumeDist Ntile Lag Lead FirstValue LastValue NthValue"
_DATES = (
    "DateAdd DateSub DateDiff DateTrunc TimestampTrunc Extract LastDay DateFromParts Year Quarter Month Week WeekOfYear "
    "Day DayOfMonth DayOfWeek DayOfWeekIso DayOfYear Hour Minute Second TimeToUnix TimeToStr AtTimeZone TsOrDsToDate Date"
)
_TEXT = "Lower Upper Trim Length Substring Left Right StartsWith EndsWith Contains StrPosition RegexpLike Concat"
_CHOICES = "Case If Coalesce Nullif Greatest Least Cast TryCast"
_MATHS = "Abs Round Floor Ceil Sqrt Pow Ln Log Exp Sign"
_CLOCK = "CurrentDate CurrentTimestamp CurrentTime CurrentDatetime Localtimestamp Localtime"
_PLAIN_TYPES = (
    "BOOLEAN TINYINT SMALLINT INT BIGINT INT128 UTINYINT USMALLINT UINT UBIGINT FLOAT DOUBLE DECIMAL VARCHAR TEXT CHAR "
    "DATE TIME TIMESTAMP TIMESTAMPTZ TIMESTAMPNTZ INTERVAL"
)


def _classes(*names: str) -> frozenset[type[exp.Expr]]:
    return frozenset(getattr(exp, name) for name in " ".join(names).split())


ALLOWED = _classes(_STRUCTURE, _OPERATORS, _AGGREGATES, _WINDOW_FUNCTIONS, _DATES, _TEXT, _CHOICES, _MATHS)
AGGREGATES = _classes(_AGGREGATES)
CLOCK = _classes(_CLOCK)
TYPES = frozenset(_PLAIN_TYPES.split())

# Functions for which sqlglot has no class.
ALLOWED_BY_NAME = frozenset({"date_part", "datepart", "isfinite"})
CLOCK_BY_NAME = frozenset({"now", "today", "get_current_time", "get_current_timestamp", "transaction_timestamp"})
# A quoted column that no table has is read as the function of its name: "current_date" is today.
SYSTEM_COLUMNS = frozenset(
    {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"}
    | {"user", "current_user", "session_user", "current_role", "current_schema", "current_catalog"}
)
