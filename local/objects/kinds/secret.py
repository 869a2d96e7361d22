"""SECRET: that there is a value is kept, and not which."""

from typing import Any

from ...engine.catalogue import Object
from ...language.errors import compilation
from ...language.parser import Parser
from ...language.results import SHOW, Column, Result
from ...sessions.call import Call
from ...sessions.session import Session
from .base import Mode
from .property_objects import PropertyObject, columns, require, texts, written
from .readers import a_boolean, an_object, one_of


def _presence(parser: Parser) -> bool:
    parser.string()
    return True


_OF_TYPE = {
    "PASSWORD": ("USERNAME", "PASSWORD"),
    "GENERIC_STRING": ("SECRET_STRING",),
    "OAUTH2": ("API_AUTHENTICATION",),
    "CLOUD_PROVIDER_TOKEN": ("API_AUTHENTICATION", "ENABLED"),
    "SYMMETRIC_KEY": ("ALGORITHM",),
    "WORKLOAD_IDENTITY_FEDERATION": (),
}
_ALSO = {"OAUTH2": ("OAUTH_SCOPES", "OAUTH_REFRESH_TOKEN", "OAUTH_REFRESH_TOKEN_EXPIRY_TIME")}


class Secret(PropertyObject):
    """Secrets."""

    name = "SECRET"
    plural = "SECRETS"
    properties = {
        "TYPE": one_of(*_OF_TYPE),
        "USERNAME": Parser.string,
        "PASSWORD": _presence,
        "SECRET_STRING": _presence,
        "API_AUTHENTICATION": an_object,
        "ENABLED": a_boolean,
        "OAUTH_SCOPES": texts,
        "OAUTH_REFRESH_TOKEN": _presence,
        "OAUTH_REFRESH_TOKEN_EXPIRY_TIME": Parser.string,
        "ALGORITHM": one_of("GENERIC"),
    }
    required = ("TYPE",)
    fixed = frozenset({"TYPE", "ALGORITHM", "ENABLED"})
    altered_with = {"MODIFY": (("SET",),)}
    show_columns = columns(
        "created_on name schema_name database_name owner comment secret_type oauth_scopes "
        "owner_role_type"
    )

    def checked(self, properties: dict[str, Any]) -> dict[str, Any]:
        kind = properties.get("TYPE")
        known = {"TYPE", *_OF_TYPE.get(kind or "", ()), *_ALSO.get(kind or "", ())}
        for name in properties:
            if kind is not None and name not in known:
                raise compilation(f"invalid property '{name}' for a secret of type {kind}", 1420)
        return properties

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        body = super().read_body(call, mode)
        require(body["properties"], _OF_TYPE[body["properties"]["TYPE"]])
        return body

    def alter_unset(self, call: Call, item: Object) -> None:
        # https://docs.snowflake.com/en/sql-reference/sql/alter-secret (usage notes)
        raise call.parser.unexpected()

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        held = item.body.get("properties", {})
        row = super().show_row(session, item)
        shown = held["TYPE"].replace("GENERIC_STRING", "GENERIC")
        scopes = written(held["OAUTH_SCOPES"]) if held.get("OAUTH_SCOPES") else None
        return {**row, "secret_type": shown, "oauth_scopes": scopes}

    def describe(self, session: Session, item: Object, what: str) -> Result:
        held = item.body.get("properties", {})
        row = self.show_row(session, item)
        row |= {"username": held.get("USERNAME"), "algorithm": held.get("ALGORITHM")}
        row["integration_name"] = held.get("API_AUTHENTICATION")
        named = (
            "created_on name schema_name database_name owner comment secret_type username "
            "oauth_access_token_expiry_time oauth_refresh_token_expiry_time oauth_scopes "
            "integration_name algorithm"
        )
        shown = [Column(name, kind) for name, kind in columns(named)]
        return Result(shown, [[row.get(column.name) for column in shown]], SHOW)


KIND = Secret()
