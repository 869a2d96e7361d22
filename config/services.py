"""Service classes: the configuration of one concern as typed fields, loaded and checked at once.

    class Billing(Service):
        api_key: Secret = setting("STRIPE_API_KEY")
        currency: str = "EUR"                    # the key is CURRENCY
        retries: int = setting("BILLING_RETRIES", default=3)

    billing = Billing.load()

Subclass the shipped ones to add fields, or to change a key, a type or a default.
"""

import dataclasses
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, ClassVar, Literal, NamedTuple, Self, dataclass_transform, get_type_hints

from . import access
from .cells import ABSENT
from .convert import InvalidError, convert
from .errors import ConfigError
from .secret import Secret

_KEY = "hushflake.key"
_SECRET = "hushflake.secret"  # noqa: S105 - a name in field metadata


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
    """One field of a service class."""

    name: str
    key: str
    type: Any
    secret: bool
    required: bool


def setting(
    key: str | None = None,
    *,
    default: Any = dataclasses.MISSING,
    default_factory: Callable[[], Any] | Any = dataclasses.MISSING,
    secret: bool | None = None,
) -> Any:
    """A field of a service class.

    Args:
        key: The key to read; else the field's name in upper case, after the class's `prefix`.
        default: Taken as it is where the key is missing; without one the key is required.
        default_factory: Makes the default.
        secret: Whether doctor counts it as a secret; else whether its type is `Secret`.
    """
    metadata = {_KEY: key, _SECRET: secret}
    if default_factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=default_factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(setting,))
class Service:
    """Base of service classes. Subclasses become frozen dataclasses with keyword fields."""

    prefix: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)

    @classmethod
    def fields(cls) -> list[Field]:
        """The fields with their keys."""
        hints = get_type_hints(cls)
        found = []
        # Every subclass is made a dataclass above, which a type checker cannot see.
        for field in dataclasses.fields(cls):  # type: ignore[arg-type]
            hint = hints[field.name]
            declared = field.metadata.get(_SECRET)
            found.append(
                Field(
                    field.name,
                    field.metadata.get(_KEY) or f"{cls.prefix}{field.name}".upper(),
                    hint,
                    _is_secret(hint) if declared is None else declared,
                    field.default is dataclasses.MISSING
                    and field.default_factory is dataclasses.MISSING,
                )
            )
        return found

    @classmethod
    def load(cls) -> Self:
        """Read every field.

        Raises:
            ServiceError: Names every key that is missing or invalid, and no value.
            ConfigSourceError, PolicyError: As reading a key.
        """
        frame = sys._getframe(1)
        read = {field: _read(field, frame) for field in cls.fields()}
        missing = tuple(
            field.key for field, found in read.items() if found is ABSENT and field.required
        )
        invalid = tuple(
            (field.key, str(found))
            for field, found in read.items()
            if isinstance(found, InvalidError)
        )
        if missing or invalid:
            read.clear()  # a traceback may show this frame's variables
            raise ServiceError(cls.__name__, missing, invalid)
        return cls(**{field.name: found for field, found in read.items() if found is not ABSENT})


def _read(field: Field, frame: FrameType) -> Any:
    """A field's value, ABSENT, or the InvalidError that its text is."""
    # Counted as a read by whoever called `load`, not by this line.
    text = access.read_from(frame, field.key, ABSENT)
    try:
        return ABSENT if text is ABSENT else convert(text, field.type)
    except InvalidError as error:
        return error.with_traceback(None)


def _is_secret(hint: Any) -> bool:
    return hint is Secret or Secret in getattr(hint, "__args__", ())


class AIConfig(Service):
    """Language models."""

    openai_api_key: Secret
    anthropic_api_key: Secret | None = None
    openai_base_url: str | None = None
    ai_model: str | None = None
    ai_timeout_seconds: float = 60.0


class DataConfig(Service):
    """Snowflake."""

    snowflake_account: str
    snowflake_user: str
    snowflake_password: Secret | None = None
    snowflake_private_key: Secret | None = None
    snowflake_role: str | None = None
    snowflake_warehouse: str | None = None
    snowflake_database: str | None = None
    snowflake_schema: str | None = None


class BusinessConfig(Service):
    """The systems that knowledge about customers comes from."""

    hubspot_access_token: Secret | None = None
    gong_access_key: Secret | None = None
    gong_access_key_secret: Secret | None = None
    slack_bot_token: Secret | None = None
    notion_api_key: Secret | None = None


class InfrastructureConfig(Service):
    """Where and how the service itself runs."""

    environment: str = "production"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    database_url: Secret | None = None
    redis_url: Secret | None = None
    pulumi_access_token: Secret | None = None
    port: int = 8000


SHIPPED: tuple[type[Service], ...] = (AIConfig, DataConfig, BusinessConfig, InfrastructureConfig)
GROUP = "hushflake.services"


def known_services() -> dict[str, type[Service]]:
    """The shipped classes and those that installed packages register under `hushflake.services`."""
    from importlib.metadata import entry_points

    found = {service.__name__: service for service in SHIPPED}
    for entry in entry_points(group=GROUP):
        service = entry.load()
        if not (isinstance(service, type) and issubclass(service, Service)):
            raise ConfigError(f"{entry.value}: is registered as a service class and is none")
        found[entry.name] = service
    return found
