"""The class that `hushflake config codegen` writes: one typed attribute for each declared key.

    class Keys(ConfigKeys):
        port: Typed[int] = Typed("PORT", "int", default=8000)

    keys = Keys()
    keys.port        # read now, through the accessor, as an int

Importing such a class costs little: what converts a value is imported when one is read.
"""

from collections.abc import Iterable, Mapping
from sys import _getframe
from types import FrameType
from typing import Any, ClassVar, Generic, NoReturn, Self, TypeVar, overload

from ..errors import ConfigError, InvalidConfigError, MissingConfigError, bare
from ..reading import access, known
from ..reading.cells import ABSENT
from .key import Alias, DeclaredKey, Default

T_co = TypeVar("T_co", covariant=True)
_NOTHING: tuple[Any, Any] = (object(), None)


class Typed(Generic[T_co]):
    """One declared key as an attribute. The arguments are those of `DeclaredKey`.

    `required` is filled in, and so is `secret`: nothing is left to the name of the key. The last
    days of `aliases` are texts, such as `2027-01-31`.
    """

    __slots__ = ("_aliases", "_convert", "_declared", "_keeps", "_last")

    def __init__(
        self,
        name: str,
        kind: str = "str",
        *,
        secret: bool = False,
        default: Default | None = None,
        required: bool | tuple[str, ...] | None = None,
        owner: str = "",
        description: str = "",
        group: str = "",
        choices: tuple[str | int | float, ...] = (),
        schemes: tuple[str, ...] = (),
        deprecated: str = "",
        aliases: Mapping[str, str | None] | None = None,
    ) -> None:
        self._declared = DeclaredKey(
            name, kind, secret, default, required, owner, description, group, choices, schemes,
            deprecated,
        )  # fmt: skip
        self._aliases = aliases
        self._convert: Any = None
        self._keeps = False
        self._last = _NOTHING

    @property
    def declared(self) -> DeclaredKey:
        """What is declared of the key."""
        if self._aliases:
            from datetime import date

            self._declared = self._declared._replace(
                deprecated_aliases=tuple(
                    Alias(name, date.fromisoformat(end) if end else None)
                    for name, end in self._aliases.items()
                )
            )
            self._aliases = None
        return self._declared

    @property
    def names(self) -> tuple[str, ...]:
        """The key and its earlier names."""
        return (self._declared.name, *(self._aliases or ()))

    @overload
    def __get__(self, instance: None, owner: Any) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: Any = None) -> T_co: ...
    def __get__(self, instance: object, owner: Any = None) -> Any:
        if instance is None:
            return self
        # No text may be a variable of a frame that an error passes.
        value, failure = self._read(_getframe(1))
        if failure is not None:
            raise failure
        return value

    def __set__(self, instance: object, value: NoReturn) -> NoReturn:
        raise AttributeError(f"{self._declared.name}: a key is set where its value comes from")

    def _read(self, frame: FrameType) -> tuple[Any, Exception | None]:
        try:
            text = access.read_from(frame, self._declared.name, ABSENT)
            if text is ABSENT and self.declared.deprecated_aliases:
                from .aliases import text_of

                text = text_of(self._declared, frame)
            last = self._last
            if text is last[0]:
                return last[1], None
            return self._made(text), None
        except ConfigError as error:
            return None, bare(error)

    def _made(self, text: Any) -> Any:
        if text is ABSENT:
            return self._without_text()
        value = self._converted(text)
        if self._keeps:
            # One object, so that no thread sees half of it.
            self._last = (text, value)
        return value

    def _without_text(self) -> Any:
        from ..reading.process import mode
        from .types import as_text

        key = self._declared
        is_asked = mode() in key.required if isinstance(key.required, tuple) else key.is_required
        if is_asked or (key.default is None and key.is_always_required):
            raise MissingConfigError(key.name)
        return None if key.default is None else self._converted(as_text(key.default))

    def _converted(self, text: str) -> Any:
        from ..fields.invalid import InvalidError
        from .types import spelled
        from .values import is_mutable, typed

        if self._convert is None:
            self._keeps = not is_mutable(spelled(self._declared.type))
            self._convert = typed(self._declared)
        try:
            return self._convert(text)
        except InvalidError as error:
            reason = str(error)
        raise InvalidConfigError(self._declared.name, reason)


class ConfigKeys:
    """Base of the class of declared keys. Its attributes are `Typed`."""

    # Patterns of the keys that the code works out.
    patterns: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for each in vars(cls).values():
            if isinstance(each, Typed):
                known.names.update(each.names)

    @classmethod
    def declared_keys(cls) -> tuple[DeclaredKey, ...]:
        """What is declared, in order."""
        found = {
            name: each
            for base in reversed(cls.__mro__)
            for name, each in vars(base).items()
            if isinstance(each, Typed)
        }
        return tuple(each.declared for each in found.values())


def declared_in(given: Any) -> Iterable[DeclaredKey]:
    """The keys that somebody declares: a class of typed keys, or the keys themselves.

    Raises:
        ConfigError: It declares none.
    """
    if isinstance(given, type) and issubclass(given, ConfigKeys):
        return given.declared_keys()
    if isinstance(given, ConfigKeys):
        return type(given).declared_keys()
    keys = () if isinstance(given, str | bytes) else tuple(given)
    if not all(isinstance(each, DeclaredKey) for each in keys):
        raise ConfigError(
            "keys: must be the class that `hushflake config codegen` writes, such as Keys"
        )
    return keys
