"""What a service class is made of: keys that it reads, and sections, other service classes."""

import dataclasses
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple, get_args, get_type_hints

from ..declared.key import DeclaredKey
from ..errors import ConfigError
from ..secret import Secret

# Where a field of a dataclass holds the key that it declares.
METADATA = "hushflake"
_PARTS = "__hushflake_parts__"


class ServiceError(ConfigError):
    """A service that cannot be loaded: every missing and every invalid key, and no value."""

    def __init__(
        self, service: str, missing: tuple[str, ...], invalid: tuple[tuple[str, str], ...]
    ) -> None:
        self.service = service
        self.missing = missing
        self.invalid = invalid
        super().__init__(service, missing, invalid)

    def __str__(self) -> str:
        parts = [f"missing: {', '.join(self.missing)}"] if self.missing else []
        parts += [f"{key} {reason}" for key, reason in self.invalid]
        return f"{self.service}: {'; '.join(parts)}"


class Field(NamedTuple):
    """One field of a service class, and the key that it declares."""

    name: str
    type: Any
    declared: DeclaredKey

    @property
    def key(self) -> str:
        """The key that it reads."""
        return self.declared.name

    @property
    def secret(self) -> bool:
        """Whether its value is a secret."""
        return bool(self.declared.secret)

    @property
    def required(self) -> bool:
        """Whether there must be a value in every mode."""
        return self.declared.is_always_required


class Part(NamedTuple):
    """What one attribute of a service class is made of.

    Attributes:
        name: The attribute.
        field: The key that it reads; None for a section.
        section: The service class that a section is made of.
        optional: Whether a section may be left out, where no key of it has a value.
        or_none: Whether it is None then; else the default stands.
    """

    name: str
    field: Field | None
    section: "type[Described] | None" = None
    optional: bool = False
    or_none: bool = False


class Described:
    """A class of typed fields; `Service`, its one subclass, makes each class a dataclass."""

    prefix: ClassVar[str] = ""

    @classmethod
    def fields(cls) -> list[Field]:
        """The fields with their keys, those of sections included.

        Raises:
            TypeError: A service class holds itself.
        """
        return list(_fields(cls, ()))


def parts(service: type[Described]) -> tuple[Part, ...]:
    """What the attributes of a service class are made of, in order."""
    known: tuple[Part, ...] | None = service.__dict__.get(_PARTS)
    if known is None:
        known = tuple(_parts(service))
        setattr(service, _PARTS, known)
    return known


def _parts(service: type[Described]) -> Iterator[Part]:
    hints = get_type_hints(service, include_extras=True)
    # `Service` makes every subclass a dataclass, which a type checker cannot see.
    for field in dataclasses.fields(service):  # type: ignore[arg-type]
        hint = hints[field.name]
        has_default = (
            field.default is not dataclasses.MISSING
            or field.default_factory is not dataclasses.MISSING
        )
        section, is_optional = _section(hint)
        if section is not None:
            or_none = is_optional and not has_default
            yield Part(field.name, None, section, is_optional or has_default, or_none)
            continue
        declared: DeclaredKey = field.metadata.get(METADATA) or DeclaredKey("")
        declared = declared._replace(
            name=declared.name or f"{service.prefix}{field.name}".upper(),
            secret=_is_secret(hint) if declared.secret is None else declared.secret,
            required=declared.required if declared.required is not None else not has_default,
        )
        yield Part(field.name, Field(field.name, hint, declared))


def _section(hint: Any) -> tuple[type[Described] | None, bool]:
    """The service class that a type is, and whether it may be None."""
    inner = [option for option in get_args(hint) if option is not type(None)]
    is_optional = len(inner) == 1 and type(None) in get_args(hint)
    found = inner[0] if is_optional else hint
    is_section = isinstance(found, type) and issubclass(found, Described)
    return (found if is_section else None), is_optional


def _fields(service: type[Described], above: tuple[type[Described], ...]) -> Iterator[Field]:
    if service in above:
        raise TypeError(f"{service.__name__}: a service class cannot hold itself")
    for part in parts(service):
        if part.section is not None:
            yield from _fields(part.section, (*above, service))
        elif part.field is not None:
            yield part.field


def _is_secret(hint: Any) -> bool:
    return hint is Secret or any(map(_is_secret, get_args(hint)))
