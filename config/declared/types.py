"""Types as a declaration spells them: `int`, `list[str]`, `tuple[int, str]`, `dict[str, float]`.

Each stands for a type that `fields.convert` makes of a text.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from .key import Default


class Kind(NamedTuple):
    """A simple type.

    Attributes:
        hint: Returns the type as Python has it. Called when it is needed: it may import.
        source: The same as source.
        module: What the source needs to be imported, as `module.name`; "" for nothing.
        plain: The types that its values have in TOML.
    """

    hint: Callable[[], Any]
    source: str
    module: str = ""
    plain: tuple[type, ...] = (str,)


def _named(dotted: str) -> Callable[[], Any]:
    def found() -> Any:
        from importlib import import_module

        module, _, name = dotted.rpartition(".")
        return getattr(import_module(module), name)

    return found


def _of(dotted: str, *plain: type) -> Kind:
    return Kind(_named(dotted), dotted.rpartition(".")[2], dotted, (str, *plain))


def _ruled(inner: Any, rule: str, source: str, module: str = "") -> Kind:
    def hint() -> Any:
        from typing import Annotated

        return Annotated[inner, _named(f"hushflake.config.fields.texts.{rule}")()()]

    return Kind(hint, source, module)


KINDS: dict[str, Kind] = {
    "str": Kind(lambda: str, "str"),
    "int": Kind(lambda: int, "int", plain=(int, str)),
    "float": Kind(lambda: float, "float", plain=(int, float, str)),
    "decimal": _of("decimal.Decimal", int, float),
    "bool": Kind(lambda: bool, "bool", plain=(bool, int, str)),
    "path": _of("pathlib.Path"),
    "url": _ruled(str, "Url", "str"),
    "json": _ruled(Any, "Json", "Any", "typing.Any"),
    "seconds": _of("datetime.timedelta", int, float),
    "date": _of("datetime.date"),
    "time": _of("datetime.time"),
    "datetime": _of("datetime.datetime"),
    "uuid": _of("uuid.UUID"),
    "base64": _ruled(bytes, "Base64", "bytes"),
}
_WORDS = re.compile(r"[a-z0-9]+|\.\.\.|[\[\],]|\S")
_LONGEST = 200


class Spelled(NamedTuple):
    """A type that was read: its name, and the types in its brackets."""

    name: str
    inner: tuple["Spelled", ...] = ()

    @property
    def is_array(self) -> bool:
        """Whether a text of it holds several values, with commas between them."""
        return self.name in ("list", "tuple")


_REST = Spelled("...")
SEVERAL = ("list", "tuple", "dict")
FORMS = (*KINDS, "list", "list[T]", "tuple[T, ...]", "tuple[T, U]", "dict[str, T]")


def spelled(text: str) -> Spelled:
    """Read a type.

    Raises:
        ValueError: It is none; the message says what is one.
    """
    found = _read(text) if isinstance(text, str) and len(text) <= _LONGEST else None
    if found is None:
        raise ValueError(f"must be one of {', '.join(FORMS)}")
    return found


@cache
def _read(text: str) -> Spelled | None:
    words = iter([*_WORDS.findall(text), ""])
    try:
        found, after = _one(words, next(words))
    except ValueError:
        return None
    return found if after == "" else None


def _one(words: Iterator[str], word: str) -> tuple[Spelled, str]:
    """The type that begins with `word`, and the word after it."""
    if word not in KINDS and word not in SEVERAL:
        raise ValueError
    after = next(words, "")
    inner: list[Spelled] = []
    if after == "[":
        while after != "]":
            begin = next(words, "")
            if begin == "...":
                inner.append(_REST)
                after = next(words, "")
            else:
                one, after = _one(words, begin)
                inner.append(one)
            if after not in (",", "]"):
                raise ValueError
        after = next(words, "")
    return _checked(word, tuple(inner)), after


def _checked(name: str, inner: tuple[Spelled, ...]) -> Spelled:
    if name in KINDS:
        if inner:
            raise ValueError
    elif name == "list":
        if not inner:
            inner = (Spelled("str"),)
        if len(inner) != 1 or _REST in inner:
            raise ValueError
    elif name == "tuple":
        if not inner:
            inner = (Spelled("str"), _REST)
        if _REST in inner and (len(inner) != 2 or inner[0] == _REST):
            raise ValueError
    else:
        if not inner:
            inner = (Spelled("str"), Spelled("json"))
        if len(inner) != 2 or inner[0] != Spelled("str") or inner[1] == _REST:
            raise ValueError
    return Spelled(name, inner)


def hint_of(kind: Spelled) -> Any:
    """Return a type as `fields.convert` takes it."""
    if kind.name in KINDS:
        return KINDS[kind.name].hint()
    whole: Any = {"list": list, "tuple": tuple, "dict": dict}[kind.name]
    return whole[tuple(Ellipsis if each == _REST else hint_of(each) for each in kind.inner)]


def source_of(kind: Spelled) -> tuple[str, set[str]]:
    """Return a type as source, and what it needs to be imported, each as `module.name`."""
    if kind.name in KINDS:
        known = KINDS[kind.name]
        return known.source, {known.module} - {""}
    needed: set[str] = set()
    parts = []
    for each in kind.inner:
        source, modules = ("...", set[str]()) if each == _REST else source_of(each)
        parts.append(source)
        needed |= modules
    return f"{kind.name}[{', '.join(parts)}]", needed


def as_text(value: Default) -> str:
    """Return a default as the process environment would hold it."""
    if isinstance(value, tuple):
        texts = list(map(as_text, value))
        if any("," in text or text != text.strip() or not text for text in texts):
            import json

            return json.dumps(list(value), ensure_ascii=False)
        return ",".join(texts)
    return str(value).lower() if isinstance(value, bool) else str(value)


def fits(kind: str, value: Any) -> bool:
    """Say whether a value, as TOML has it or as the text of a variable, is one of a type."""
    wanted = spelled(kind)
    if isinstance(value, tuple) and not wanted.is_array:
        return False
    if not _is_plain(wanted, value):
        return False
    try:
        value_of(wanted, value)
    except ValueError:
        return False
    return True


def _is_plain(wanted: Spelled, value: Any) -> bool:
    """Whether a value is of a type that TOML has for it: `true` is no number, and 5 is no text."""
    if isinstance(value, tuple):
        items = [each for each in wanted.inner if each != _REST] * len(value)
        return all(_is_plain(inner, each) for inner, each in zip(items, value, strict=False))
    plain = KINDS[wanted.name].plain if wanted.name in KINDS else (str,)
    return isinstance(value, plain) and (bool in plain or not isinstance(value, bool))


def value_of(wanted: Spelled, value: Default) -> Any:
    """Return what a program gets for a value.

    Raises:
        ValueError: It is no value of the type; the message is what would be one.
    """
    from ..fields.convert import convert

    return convert(as_text(value), hint_of(wanted))


def same(kind: str, one: Default, other: Default) -> bool:
    """Say whether two defaults come to the same value of a type: `true` and `1`, `8` and `8.0`."""
    if as_text(one) == as_text(other):
        return True
    wanted = spelled(kind)
    if wanted.name == "int":  # a program may well take `8.0` apart
        wanted = Spelled("float")
    try:
        return bool(value_of(wanted, one) == value_of(wanted, other))
    except ValueError:
        return False
