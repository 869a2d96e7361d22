"""A value that does not show itself."""

import hmac
from typing import Any, NoReturn, final

from .censor import redact

_SHOWN = "**********"


@final
class Secret:
    """A text that prints, formats, logs, pickles and serialises as nothing but asterisks.

    It is no `str`, so nothing that takes strings can show it by accident. `reveal()` is the one
    way to the text; whatever it reveals is censored in redacted logs from then on.
    """

    __slots__ = ("__text",)
    __text: str

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            # The message names the type: the object itself may be the secret.
            raise TypeError(f"a Secret holds a str, not {type(text).__name__}")
        object.__setattr__(self, "_Secret__text", text)
        redact.register(text)

    def reveal(self) -> str:
        """The text itself."""
        redact.register(self.__text)
        return self.__text

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Secret cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a Secret cannot be changed")

    def __repr__(self) -> str:
        return f"Secret('{_SHOWN}')"

    def __str__(self) -> str:
        return _SHOWN

    def __format__(self, spec: str) -> str:
        return format(_SHOWN, spec)

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        mine, theirs = (
            text.encode("utf-8", "surrogatepass") for text in (self.__text, other.__text)
        )
        return hmac.compare_digest(mine, theirs)

    def __hash__(self) -> int:
        return hash((Secret, self.__text))

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is not pickled; reveal() it where it is needed")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a Secret has no state to save; reveal() it where it is needed")
