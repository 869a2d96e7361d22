"""TOML of anybody: read in a time that grows with the text and not with its square.

`tomllib` compares each part of a dotted key with all parts before it. One key of 400,000 parts,
less than a megabyte, keeps it busy for hours.
"""

import re
from typing import Any

MAX_PARTS = 32  # of one key; keys of people have less than ten
_PART = r"""(?:[\w-]+|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_LONG = re.compile(rf"(?<![\w-])(?:{_PART}[ \t]*+\.[ \t]*+){{{MAX_PARTS}}}", re.ASCII)


def parsed(text: str) -> dict[str, Any]:
    """Read a document.

    Raises:
        ValueError: It is not TOML (`TOMLDecodeError`), a number is too long, or a key has more
            than `MAX_PARTS` parts.
        RecursionError: It is nested too deeply.
    """
    import tomllib

    if text.count(".") >= MAX_PARTS and (long := _LONG.search(text)):
        line = text.count("\n", 0, long.start()) + 1
        column = long.start() - text.rfind("\n", 0, long.start())
        raise tomllib.TOMLDecodeError(
            f"A key of more than {MAX_PARTS} parts (at line {line}, column {column})"
        )
    return tomllib.loads(text)
