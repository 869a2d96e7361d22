"""Integrations of storage, APIs, notifications and external access.

https://docs.snowflake.com/en/sql-reference/sql/create-integration and the page of each type. One
kind: they share one name space, and GRANT, DROP and SHOW know them as INTEGRATION alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any, Final, Literal

from ..names import QualifiedName
from ..stack import Stack
from ..values import Row
from .annotations import Ref
from .base import Mistake, Spec
from .properties import COMMENT, Property, truth, words
from .property_kind import PropertyKind, listed, names_listed, told_by

Type = Literal["STORAGE", "API", "NOTIFICATION", "EXTERNAL_ACCESS"]
Provider = Literal[
    "S3", "S3CHINA", "S3GOV", "GCS", "AZURE", "AWS_API_GATEWAY", "AWS_PRIVATE_API_GATEWAY",
    "AZURE_API_MANAGEMENT", "GOOGLE_API_GATEWAY", "GIT_HTTPS_API", "AWS_SNS", "GCP_PUBSUB",
    "AZURE_STORAGE_QUEUE",
]  # fmt: skip
_TOLD: Final = {"readable": False}
_PROVIDERS: Final = {
    "STORAGE": ("S3", "S3CHINA", "S3GOV", "GCS", "AZURE"),
    "API": ("AWS_API_GATEWAY", "AWS_PRIVATE_API_GATEWAY", "AZURE_API_MANAGEMENT",
            "GOOGLE_API_GATEWAY", "GIT_HTTPS_API"),
    "NOTIFICATION": ("AWS_SNS", "GCP_PUBSUB", "AZURE_STORAGE_QUEUE"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration(Spec):
    """`type` says which of the fields it has. A notification without `provider` goes by e-mail.
    Credentials have no place here: a role is assumed, or a secret is named."""

    type: Type
    active: bool = True
    provider: Provider | None = field(default=None, metadata=_TOLD)
    role_arn: str = field(default="", metadata=_TOLD)
    tenant_id: str = field(default="", metadata=_TOLD)
    application_id: str = field(default="", metadata=_TOLD)
    audience: str = field(default="", metadata=_TOLD)
    topic: str = field(default="", metadata=_TOLD)
    recipients: tuple[str, ...] = field(default=(), metadata=_TOLD)
    allowed: tuple[str, ...] = field(default=(), metadata=_TOLD)
    blocked: tuple[str, ...] = field(default=(), metadata=_TOLD)
    network_rules: tuple[Annotated[QualifiedName, Ref("network_rule")], ...] = field(
        default=(), metadata=_TOLD
    )
    secrets: tuple[Annotated[QualifiedName, Ref("secret", external=True)], ...] = field(
        default=(), metadata=_TOLD
    )


_ENABLED: Final = Property("active", "ENABLED", always=True)
_SECRETS: Final = Property("secrets", "ALLOWED_AUTHENTICATION_SECRETS", "name")
TABLES: Final[Mapping[str, tuple[Property, ...]]] = {
    "STORAGE": (
        Property("provider", "STORAGE_PROVIDER", "literal"),
        Property("role_arn", "STORAGE_AWS_ROLE_ARN", "literal"),
        Property("tenant_id", "AZURE_TENANT_ID", "literal"),
        _ENABLED,
        Property("allowed", "STORAGE_ALLOWED_LOCATIONS", "literal"),
        Property("blocked", "STORAGE_BLOCKED_LOCATIONS", "literal"),
        COMMENT,
    ),
    "API": (
        Property("provider", "API_PROVIDER"),
        Property("role_arn", "API_AWS_ROLE_ARN", "literal"),
        Property("tenant_id", "AZURE_TENANT_ID", "literal"),
        Property("application_id", "AZURE_AD_APPLICATION_ID", "literal"),
        Property("audience", "GOOGLE_AUDIENCE", "literal"),
        Property("allowed", "API_ALLOWED_PREFIXES", "literal"),
        Property("blocked", "API_BLOCKED_PREFIXES", "literal"),
        _SECRETS,
        _ENABLED,
        COMMENT,
    ),
    "EXTERNAL_ACCESS": (
        Property("network_rules", "ALLOWED_NETWORK_RULES", "name"),
        _SECRETS,
        _ENABLED,
        COMMENT,
    ),
    "NOTIFICATION": (
        _ENABLED,
        Property("provider", "NOTIFICATION_PROVIDER"),
        Property("recipients", "ALLOWED_RECIPIENTS", "literal"),
        COMMENT,
    ),
}
# Where a message goes, by provider.
TOPICS: Final[Mapping[str, tuple[Property, ...]]] = {
    "AWS_SNS": (
        Property("topic", "AWS_SNS_TOPIC_ARN", "literal"),
        Property("role_arn", "AWS_SNS_ROLE_ARN", "literal"),
    ),
    "GCP_PUBSUB": (Property("topic", "GCP_PUBSUB_TOPIC_NAME", "literal"),),
    "AZURE_STORAGE_QUEUE": (
        Property("topic", "AZURE_STORAGE_QUEUE_PRIMARY_URI", "literal"),
        Property("tenant_id", "AZURE_TENANT_ID", "literal"),
    ),
}
_NEEDED: Final = {
    "STORAGE": ("provider", "allowed"),
    "API": ("provider", "allowed"),
    "EXTERNAL_ACCESS": ("network_rules",),
    "NOTIFICATION": (),
}


class IntegrationKind(PropertyKind[Integration]):
    name = "integration"
    privileges = ("USAGE",)
    level = "account"
    spec_type = Integration
    order = 31
    held_by_use = True
    show = "INTEGRATIONS"
    pages = False
    described = True
    fixed = ("type", "provider")

    def title(self, spec: Integration) -> str:
        return f"{spec.type.replace('_', ' ')} INTEGRATION"

    def table(self, spec: Integration) -> Sequence[Property]:
        return (*TABLES[spec.type], *TOPICS.get(spec.provider or "", ()))

    def body(self, name: str, spec: Integration) -> dict[str, Any]:
        notifies = spec.type == "NOTIFICATION"
        return {
            "of_storage": spec.type == "STORAGE",
            "by_queue": notifies and spec.provider is not None,
            "by_email": notifies and spec.provider is None,
        }

    def create(self, name: str, spec: Integration) -> dict[str, Any]:
        return {**super().create(name, spec), "if_not_exists": spec.type != "EXTERNAL_ACCESS"}

    def normalise(self, spec: Integration) -> Integration:
        return replace(
            spec,
            recipients=tuple(sorted(spec.recipients)),
            allowed=tuple(sorted(spec.allowed)),
            blocked=tuple(sorted(spec.blocked)),
            network_rules=tuple(sorted(spec.network_rules)),
            secrets=tuple(sorted(spec.secrets)),
        )

    def check(self, name: str, spec: Integration, stack: Stack) -> Iterator[Mistake]:
        known = {item.field for item in self.table(spec)} | {"type"}
        for item in fields(spec):
            if item.name not in known and getattr(spec, item.name):
                words_ = spec.type.lower().replace("_", " ")
                yield Mistake(item.name, f"{item.name} is nothing of {words_}", "remove it")
        providers = _PROVIDERS.get(spec.type, ())
        if spec.provider is not None and providers and spec.provider not in providers:
            message = f"{spec.provider} is no provider of {spec.type.lower()}"
            yield Mistake("provider", message, f"write one of {', '.join(providers)}")
        for needed in _NEEDED[spec.type]:
            if not getattr(spec, needed):
                yield Mistake("type", f"it needs {needed}", f"add {needed}: …")
        for place in (*spec.allowed, *spec.blocked):
            if "@" in place.partition("://")[2].partition("/")[0] or "?" in place:
                yield Mistake("allowed", f"{place} may hold a credential", "name the place alone")

    def read_row(self, row: Row) -> Integration | None:
        category = words(row.get("category")).upper().replace(" ", "_")
        if category not in TABLES:
            return None  # of security and catalogues
        return Integration(
            comment=words(row.get("comment")),
            type=category,  # type: ignore[arg-type]  # one of TABLES
            active=truth(row.get("enabled")),
        )

    def read_own(self, row: Row, rows: Sequence[Row]) -> dict[str, Any]:
        told = told_by(rows)
        category = words(row.get("category")).upper().replace(" ", "_")
        found: dict[str, Any] = {}
        table = TABLES.get(category, ())
        provider = told.get("NOTIFICATION_PROVIDER", "").upper()
        for item in (*table, *TOPICS.get(provider, ())):
            if item.field in ("comment", "active"):
                continue
            text = told.get(item.sql, "")
            if item.field in ("network_rules", "secrets"):
                found[item.field] = tuple(sorted(names_listed(text)))
            elif item.field in ("allowed", "blocked", "recipients"):
                found[item.field] = tuple(sorted(listed(text)))
            elif item.field == "provider":
                found["provider"] = text.upper() or None
            else:
                found[item.field] = text
        return found
