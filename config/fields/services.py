"""Service classes: the configuration of one concern as typed fields, loaded and checked at once.

    class Billing(Service):
        api_key: Secret = setting("STRIPE_API_KEY", owner="@acme/payments")
        currency: str = "EUR"                    # the key is CURRENCY
        retries: int = setting("BILLING_RETRIES", default=3)

    billing = Billing.load()

A field whose type is another service class is a section: it reads the keys of that class.
"""

import dataclasses
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Self, cast, dataclass_transform

from ..declared.key import Alias, DeclaredKey
from .parts import METADATA, Described


def setting(
    key: str | None = None,
    *,
    default: Any = dataclasses.MISSING,
    default_factory: Callable[[], Any] | Any = dataclasses.MISSING,
    secret: bool | None = None,
    required: Iterable[str] | None = None,
    description: str = "",
    owner: str = "",
    aliases: Iterable[str] | Mapping[str, date | str | None] = (),
) -> Any:
    """A field of a service class.

    Args:
        key: The key to read; else the field's name in upper case, after the class's `prefix`.
        default: Taken as it is where the key is missing; without one the key is required.
        default_factory: Makes the default.
        secret: Whether doctor counts it as a secret; else whether its type is `Secret`.
        required: Modes in which the key must have a value, although there is a default.
        description: What it is for.
        owner: Who answers for it.
        aliases: Deprecated names of the key, perhaps with the last day of each (a date, or its
            text, `2027-01-31`): answered with a warning, and refused after that day.
    """
    ends = aliases if isinstance(aliases, Mapping) else dict.fromkeys(aliases)
    declared = DeclaredKey(
        key or "",
        secret=secret,
        required=None if required is None else tuple(required),
        description=description,
        owner=owner,
        deprecated_aliases=tuple(
            Alias(name, date.fromisoformat(end) if isinstance(end, str) else end)
            for name, end in ends.items()
        ),
    )
    metadata = {METADATA: declared}
    if default_factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=default_factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(setting,))
class Service(Described):
    """Base of service classes. Subclasses become frozen dataclasses with keyword fields."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)

    @classmethod
    def load(cls) -> Self:
        """Read every field.

        Raises:
            ServiceError: Names every key that is missing or invalid, and no value.
            ConfigSourceError, PolicyError: As reading a key.
            TypeError: A field cannot have its type.
        """
        from .loading import loaded

        # No value may be a variable of a frame that the error passes.
        made, failure = loaded(cls, sys._getframe(1))
        if failure is not None:
            raise failure
        return cast("Self", made)
