"""INTEGRATION of storage, APIs, notifications and external access: kept and shown, never used."""

from typing import Any

from ...engine.catalogue import Object
from ...language.errors import SqlError, compilation
from ...language.names import Name
from ...language.parser import Parser
from ...sessions.call import Call
from ...sessions.session import Session
from .base import Mode
from .property_objects import PropertyObject, columns, full_names, names, require, texts
from .readers import Reader, a_boolean, one_of

_TABLES: dict[str, dict[str, Reader]] = {
    "STORAGE": {
        "TYPE": one_of("EXTERNAL_STAGE"),
        "STORAGE_PROVIDER": one_of("S3", "S3CHINA", "S3GOV", "GCS", "AZURE"),
        "STORAGE_AWS_ROLE_ARN": Parser.string,
        "STORAGE_AWS_EXTERNAL_ID": Parser.string,
        "AZURE_TENANT_ID": Parser.string,
        "ENABLED": a_boolean,
        "STORAGE_ALLOWED_LOCATIONS": texts,
        "STORAGE_BLOCKED_LOCATIONS": texts,
    },
    "API": {
        "API_PROVIDER": one_of(
            "AWS_API_GATEWAY", "AWS_PRIVATE_API_GATEWAY", "AZURE_API_MANAGEMENT",
            "GOOGLE_API_GATEWAY", "GIT_HTTPS_API",
        ),
        "API_AWS_ROLE_ARN": Parser.string,
        "AZURE_TENANT_ID": Parser.string,
        "AZURE_AD_APPLICATION_ID": Parser.string,
        "GOOGLE_AUDIENCE": Parser.string,
        "API_ALLOWED_PREFIXES": texts,
        "API_BLOCKED_PREFIXES": texts,
        "ALLOWED_AUTHENTICATION_SECRETS": names,
        "ENABLED": a_boolean,
    },
    "EXTERNAL ACCESS": {
        "ALLOWED_NETWORK_RULES": names,
        "ALLOWED_AUTHENTICATION_SECRETS": names,
        "ENABLED": a_boolean,
    },
    "NOTIFICATION": {
        "TYPE": one_of("QUEUE", "EMAIL"),
        "DIRECTION": one_of("OUTBOUND", "INBOUND"),
        "ENABLED": a_boolean,
        "NOTIFICATION_PROVIDER": one_of("AWS_SNS", "GCP_PUBSUB", "AZURE_STORAGE_QUEUE"),
        "ALLOWED_RECIPIENTS": texts,
        "AWS_SNS_TOPIC_ARN": Parser.string,
        "AWS_SNS_ROLE_ARN": Parser.string,
        "GCP_PUBSUB_TOPIC_NAME": Parser.string,
        "AZURE_STORAGE_QUEUE_PRIMARY_URI": Parser.string,
        "AZURE_TENANT_ID": Parser.string,
    },
}  # fmt: skip
_REQUIRED = {
    "STORAGE": ("TYPE", "STORAGE_PROVIDER", "ENABLED", "STORAGE_ALLOWED_LOCATIONS"),
    "API": ("API_PROVIDER", "API_ALLOWED_PREFIXES", "ENABLED"),
    "EXTERNAL ACCESS": ("ALLOWED_NETWORK_RULES", "ENABLED"),
    "NOTIFICATION": ("TYPE", "ENABLED"),
}
_SHOWN = {
    "STORAGE": "EXTERNAL_STAGE",
    "API": "EXTERNAL_API",
    "EXTERNAL ACCESS": "EXTERNAL_ACCESS",
}
_FIXED = {"TYPE", "STORAGE_PROVIDER", "API_PROVIDER", "NOTIFICATION_PROVIDER", "DIRECTION"}


class Integration(PropertyObject):
    """Integrations of one category; of any where a statement says INTEGRATION alone."""

    name = "INTEGRATION"
    level = "account"
    show_columns = columns("name type category enabled comment created_on")

    def __init__(self, category: str = "") -> None:
        self.category = category

    @property
    def plural(self) -> str:  # type: ignore[override]  # one class for five plurals
        return f"{self.category} INTEGRATIONS".strip()

    @property
    def properties(self) -> dict[str, Reader]:  # type: ignore[override]
        return _TABLES.get(self.category, {})

    def create(self, call: Call, mode: Mode) -> Any:
        if not self.category:
            raise call.parser.unexpected()
        return super().create(call, mode)

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        if mode.if_not_exists and self.category == "EXTERNAL ACCESS":
            raise compilation("IF NOT EXISTS is no part of CREATE EXTERNAL ACCESS INTEGRATION")
        body = super().read_body(call, mode)
        held = body["properties"]
        require(held, _REQUIRED[self.category])
        if "ALLOWED_NETWORK_RULES" in held:
            rules = full_names(call.session, "NETWORK RULE", held["ALLOWED_NETWORK_RULES"])
            held["ALLOWED_NETWORK_RULES"] = rules
            _require_egress(call.session, rules)
        if "ALLOWED_AUTHENTICATION_SECRETS" in held:
            secrets = held["ALLOWED_AUTHENTICATION_SECRETS"]
            held["ALLOWED_AUTHENTICATION_SECRETS"] = full_names(call.session, "SECRET", secrets)
        return {**body, "category": self.category}

    def find(self, session: Session, name: Name) -> Object:
        found = super().find(session, name)
        category = found.body["category"]
        if self.category and category != self.category:
            raise SqlError(
                f"SQL compilation error:\nIntegration '{found.name}' is of type {category}, not "
                f"{self.category}.",
                2203,
                "42710",
            )
        return found

    def alter_item(self, call: Call, item: Object) -> None:
        of = Integration(item.body["category"])
        if of.category != self.category:
            of.alter_item(call, item)
            return
        super().alter_item(call, item)

    @property
    def alterable(self) -> dict[str, Reader]:
        return {name: read for name, read in self.properties.items() if name not in _FIXED}

    def listed(self, session: Session, scope: Any) -> list[Object]:
        found = super().listed(session, scope)
        return [item for item in found if self.category in ("", item.body["category"])]

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = super().show_row(session, item)
        category, held = item.body["category"], item.body.get("properties", {})
        kind = _SHOWN.get(category, held.get("TYPE", ""))
        if held.get("NOTIFICATION_PROVIDER"):
            kind = f"QUEUE - {held['NOTIFICATION_PROVIDER']}"
        enabled = str(held.get("ENABLED", True)).lower()
        return {**row, "category": category.replace(" ", "_"), "type": kind, "enabled": enabled}


def _require_egress(session: Session, rules: list[str]) -> None:
    for rule in rules:
        item = session.names.find("NETWORK RULE", Parser(rule).name())
        if item.body.get("properties", {}).get("MODE") != "EGRESS":
            raise compilation(f"network rule {rule} is not of mode EGRESS", 392305)


KIND = Integration()
ALIASES = {f"{category} INTEGRATION": Integration(category) for category in _TABLES}
