"""Functions on texts that the engine's own functions in Python answer, and small ones beside them.

https://docs.snowflake.com/en/sql-reference/functions-string
"""

from functools import partial
from typing import Any

from sqlglot import exp

from ...language.errors import unsupported
from ...language.types import NUMBER
from ..context import Context, as_text, call, cast
from ..expression_types import KEY, kind_of
from ..marks import MADE
from ..native import by_table, constant, count_wrong, native, of_count

_NATIVE: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "SOUNDEX": ("soundex", "t", (), ""),
    "SOUNDEX_P123": ("soundex_p123", "t", (), ""),
    "JAROWINKLER_SIMILARITY": ("jarowinkler_similarity", "tt", (), ""),
    "RTRIMMED_LENGTH": ("rtrimmed_length", "t", (), ""),
    "PARSE_URL": ("parse_url", "ti", ("0",), "JSON"),
    "PARSE_IP": ("parse_ip", "tti", ("0",), "JSON"),
    "BASE64_DECODE_BINARY": ("base64_decode", "ttb", ("''", "false"), ""),
    "HEX_DECODE_BINARY": ("hex_decode", "tb", ("false",), ""),
    "HEX_ENCODE": ("hex_encode", "ti", ("1",), ""),
    "SHA2": ("sha2", "ti", ("256",), ""),
    "SHA2_HEX": ("sha2", "ti", ("256",), ""),
    "MD5_NUMBER_LOWER64": ("md5_number_lower64", "t", (), "DECIMAL(20,0)"),
    "MD5_NUMBER_UPPER64": ("md5_number_upper64", "t", (), "DECIMAL(20,0)"),
}


def _decoded(function: str, forms: str, *, quietly: bool, as_binary: bool) -> Any:
    """BASE64_DECODE_… and HEX_DECODE_…: what is no such text is an error, or null in TRY_…."""

    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        if not 1 <= len(arguments) <= len(forms) - 1:
            raise count_wrong(function.upper(), 1, len(forms) - 1, len(arguments))
        given = list(arguments)
        if len(forms) == 3 and len(given) == 1:
            given.append(constant("''"))
        found = native(function, [*given, exp.Boolean(this=quietly)], forms)
        return found if as_binary else call("hush_utf8", found, exp.Boolean(this=quietly))

    return rewrite


def _base64_encode(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    if not 1 <= len(arguments) <= 3:
        raise count_wrong("BASE64_ENCODE", 1, 3, len(arguments))
    given = [*arguments, *(constant(default) for default in ("0", "''")[len(arguments) - 1 :])]
    kind = kind_of(arguments[0])
    if kind is not None and kind.base == "BINARY":
        return call("hush_base64_encode_binary", given[0], cast(given[1], "BIGINT"), given[2])
    return native("base64_encode", given, "tit")


def _sha2_binary(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    given = [*arguments, *([constant("256")] if len(arguments) == 1 else [])]
    return call("unhex", native("sha2", given, "ti"))


def _octet_length(value: exp.Expr) -> exp.Expr:
    kind = kind_of(value)
    if kind is not None and kind.base == "BINARY":
        return call("octet_length", value)
    return cast(call("strlen", cast(as_text(value), "VARCHAR")), "BIGINT")


def _uuid(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    if len(arguments) not in {0, 2}:
        raise count_wrong("UUID_STRING", 0, 2, len(arguments))
    if arguments:
        return native("uuid_named", arguments, "tt")
    return cast(call("uuid"), "VARCHAR")


def _group_of(node: exp.RegexpExtract | exp.RegexpExtractAll | exp.RegexpInstr) -> None:
    """`e` without a number extracts the first group; a number without `e` means `e`, too."""
    parameters, group = node.args.get("parameters"), node.args.get("group")
    letters = str(parameters.this) if isinstance(parameters, exp.Literal) else ""
    number = str(group.this) if isinstance(group, exp.Literal) else ""
    pattern = str(node.expression.this) if isinstance(node.expression, exp.Literal) else "("
    if "e" in letters and number in {"", "0"} and "(" in pattern.replace("\\(", ""):
        number = "1"
        node.set("group", exp.Literal.number(1))
    if isinstance(node, exp.RegexpInstr):
        if number not in {"", "0"} and "e" not in letters:
            node.set("parameters", exp.Literal.string(letters + "e"))
    elif "e" in letters:
        node.set("parameters", exp.Literal.string(letters.replace("e", "") or "c"))


def _regexp(node: Any, context: Context) -> None:
    _group_of(node)


def _binary_refused(node: exp.Expr, context: Context) -> None:
    """Bits of BINARY are refused: the engine has them for whole numbers.

    A text is the whole number that it spells, and null when it spells none.
    https://docs.snowflake.com/en/sql-reference/functions/bitnot
    """
    for name in ("this", "expression"):
        value = node.args.get(name)
        kind = kind_of(value)
        if value is not None and kind is not None and kind.base == "VARCHAR":
            number = exp.TryCast(this=value.copy(), to=exp.DataType.build("DOUBLE"))
            made = exp.TryCast(this=call("trunc", number), to=exp.DataType.build("BIGINT"))
            made.meta[KEY] = NUMBER
            node.set(name, made)
            continue
        if (kind is not None and kind.base == "BINARY") or isinstance(value, exp.HexString):
            raise unsupported("bitwise functions of BINARY")


def _getbit(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    if len(arguments) != 2:
        raise count_wrong("GETBIT", 2, 2, len(arguments))
    return call("hush.getbit", *(cast(argument, "BIGINT") for argument in arguments))


CALLS: dict[str, Any] = by_table(_NATIVE)
for _prefix, _quietly in (("", False), ("TRY_", True)):
    for _name, _function, _forms in (
        ("BASE64", "base64_decode", "ttb"),
        ("HEX", "hex_decode", "tb"),
    ):
        for _suffix in ("STRING", "BINARY"):
            CALLS[f"{_prefix}{_name}_DECODE_{_suffix}"] = _decoded(
                _function, _forms, quietly=_quietly, as_binary=_suffix == "BINARY"
            )
CALLS |= {
    "BASE64_ENCODE": _base64_encode,
    "SHA2_BINARY": _sha2_binary,
    "OCTET_LENGTH": of_count("OCTET_LENGTH", 1, _octet_length),
    "UUID_STRING": _uuid,
    "GETBIT": _getbit,
    "BIT_GET": _getbit,
    "HAVERSINE": of_count("HAVERSINE", 4, partial(call, "hush.haversine")),
}


def _translate(node: exp.Translate, context: Context) -> exp.Expr:
    return call("hush.translated", node.this, node.args["from_"], node.args["to"])


def _distance(node: exp.Levenshtein, context: Context) -> exp.Expr | None:
    """A negative greatest distance counts as 0."""
    most = node.args.get("max_dist")
    if most is None or most.meta.get(MADE):
        return None
    made = call("greatest", most.copy(), exp.Literal.number(0))
    made.meta[MADE] = True
    node.set("max_dist", made)
    return None


def _upper(node: exp.Upper, context: Context) -> exp.Expr | None:
    """The letter ß has no other capital than SS in Snowflake."""
    if node.meta.get(MADE) or (
        isinstance(node.this, exp.Literal) and "ß" not in str(node.this.this)
    ):
        return None
    inner = call("replace", node.this, exp.Literal.string("ß"), exp.Literal.string("SS"))
    made = exp.Upper(this=inner)
    made.meta[MADE] = True
    return made


def _bit_length(node: exp.BitLength, context: Context) -> exp.Expr | None:
    kind = kind_of(node.this)
    if kind is None or kind.base != "BINARY":
        return None
    return exp.Mul(this=call("octet_length", node.this), expression=exp.Literal.number(8))


def _pad(node: exp.Pad, context: Context) -> exp.Expr | None:
    """With nothing to fill with, a text is cut alone."""
    _text_alone(node.this, "LPAD and RPAD")
    fill = node.args.get("fill_pattern")
    if not isinstance(fill, exp.Literal) or str(fill.this):
        return None
    return call("left", node.this, call("greatest", node.expression, exp.Literal.number(0)))


def _position(node: exp.StrPosition, context: Context) -> None:
    _text_alone(node.this, "POSITION and CHARINDEX")


def _text_alone(value: exp.Expr, names: str) -> None:
    kind = kind_of(value)
    if kind is not None and kind.base == "BINARY":
        raise unsupported(f"{names} of BINARY")


NODES = {
    exp.Translate: _translate,
    exp.Levenshtein: _distance,
    exp.Pad: _pad,
    exp.Upper: _upper,
    exp.BitLength: _bit_length,
    exp.StrPosition: _position,
    exp.RegexpExtract: _regexp,
    exp.RegexpExtractAll: _regexp,
    exp.RegexpInstr: _regexp,
    exp.BitwiseAnd: _binary_refused,
    exp.BitwiseOr: _binary_refused,
    exp.BitwiseXor: _binary_refused,
    exp.BitwiseNot: _binary_refused,
    exp.BitwiseLeftShift: _binary_refused,
    exp.BitwiseRightShift: _binary_refused,
}
