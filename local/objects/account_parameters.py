"""Parameters of the account and of users: ALTER ACCOUNT, and SHOW PARAMETERS of them.

https://docs.snowflake.com/en/sql-reference/parameters
"""

from typing import Any

from ..engine.catalogue import ACCOUNT_ID, Object
from ..language.errors import SqlError, not_allowed
from ..language.parser import Parser
from ..language.patterns import like
from ..language.results import SHOW, Column, Result
from ..language.types import TEXT
from ..sessions.call import Call
from ..sessions.parameters import KNOWN, checked, is_known
from ..sessions.session import Session

KIND = "ACCOUNT PARAMETER"
# Of the account alone: default, and the words that it may be.
_OF_ACCOUNT: dict[str, tuple[Any, tuple[str, ...]]] = {
    "ALLOW_CLIENT_MFA_CACHING": (False, ()),
    "ALLOW_ID_TOKEN": (False, ()),
    "CLIENT_ENCRYPTION_KEY_SIZE": (128, ("128", "256")),
    "CORTEX_ENABLED_CROSS_REGION": ("DISABLED", ()),
    "CORTEX_MODELS_ALLOWLIST": ("ALL", ()),
    "DATA_RETENTION_TIME_IN_DAYS": (1, ()),
    "ENABLE_INTERNAL_STAGES_PRIVATELINK": (False, ()),
    "ENFORCE_NETWORK_RULES_FOR_INTERNAL_STAGES": (False, ()),
    "EXTERNAL_OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST": (True, ()),
    "MIN_DATA_RETENTION_TIME_IN_DAYS": (0, ()),
    "NETWORK_POLICY": ("", ()),
    "PERIODIC_DATA_REKEYING": (False, ()),
    "PREVENT_UNLOAD_TO_INLINE_URL": (False, ()),
    "REQUIRE_STORAGE_INTEGRATION_FOR_STAGE_CREATION": (False, ()),
    "REQUIRE_STORAGE_INTEGRATION_FOR_STAGE_OPERATION": (False, ()),
}


def alter_account(call: Call) -> Result:
    """Run ALTER ACCOUNT; the keywords are consumed."""
    from .kinds.base import status

    parser, session = call.parser, call.session
    if parser.accept("UNSET"):
        names = [parser.identifier()]
        while parser.accept(","):
            names.append(parser.identifier())
        found: dict[str, Any] = dict.fromkeys(names)
    else:
        parser.expect("SET")
        found = {}
        while not parser.at_end():
            name = parser.identifier()
            parser.expect("=")
            found[name] = _checked(session, name, parser.value())
            parser.accept(",")
    parser.end()
    _require_administrator(session, found)
    with session.transaction.ddl() as change:
        for name, value in found.items():
            _default(name)
            held = change.find(KIND, ACCOUNT_ID, name)
            body = {"owner": "", "properties": {"VALUE": value}}
            if value is None and held is not None:
                change.remove(held)
            elif held is not None:
                change.put(held.with_body(**body))
            elif value is not None:
                change.add(KIND, ACCOUNT_ID, name, body)
    return status("Statement executed successfully.")


def _require_administrator(session: Session, found: dict[str, Any]) -> None:
    """ACCOUNTADMIN sets them; a network policy also SECURITYADMIN."""
    catalogue, identity = session.engine.catalogue, session.identity
    names = ["ACCOUNTADMIN", *(["SECURITYADMIN"] if set(found) == {"NETWORK_POLICY"} else [])]
    roles = (catalogue.find("ROLE", ACCOUNT_ID, name) for name in names)
    wanted = {role.id for role in roles if role is not None}
    if not any(wanted & identity.privileges.reach(role) for role in identity.roles):
        raise not_allowed("account", "LOCAL")


def _checked(session: Session, name: str, value: Any) -> Any:
    default = _default(name)
    if name not in _OF_ACCOUNT:
        return checked(name, value)
    if name == "NETWORK_POLICY":
        policy = Parser(str(value)).name()
        return session.names.find_account("NETWORK POLICY", policy).name
    text, words = str(value), _OF_ACCOUNT[name][1]
    is_right = (
        text.upper() in {"TRUE", "FALSE"}
        if isinstance(default, bool)
        else text.lstrip("-").isdigit() or not isinstance(default, int)
    )
    if not is_right or (words and text.upper() not in words):
        raise SqlError(
            f"SQL compilation error:\ninvalid value [{value}] for parameter '{name}'", 1008, "22023"
        )
    return text.upper() == "TRUE" if isinstance(default, bool) else value


def _default(name: str) -> Any:
    if name in _OF_ACCOUNT:
        return _OF_ACCOUNT[name][0]
    if not is_known(name):
        raise SqlError(f"SQL compilation error:\ninvalid parameter '{name}'", 1006, "22023")
    return KNOWN[name].default if name in KNOWN else ""


def show_held_parameters(call: Call, pattern: str) -> Result:
    """Run SHOW PARAMETERS IN ACCOUNT, or IN USER."""
    parser, session = call.parser, call.session
    user: Object | None = None
    if parser.accept("IN", "USER"):
        user = session.names.find_account("USER", parser.name())
    parser.end()
    matches = like(pattern, case_sensitive=False)
    defaults = {name: item.default for name, item in KNOWN.items()}
    defaults |= {name: default for name, (default, _) in _OF_ACCOUNT.items()}
    rows = []
    for name, default in sorted(defaults.items()):
        if matches(name):
            value, level = _value(session, name, default, user)
            kind = {bool: "BOOLEAN", int: "NUMBER"}.get(type(default), "STRING")
            rows.append([name, _shown(value), _shown(default), level, "", kind])
    names = ("key", "value", "default", "level", "description", "type")
    return Result([Column(name, TEXT) for name in names], rows, SHOW)


def _value(session: Session, name: str, default: Any, user: Object | None) -> tuple[Any, str]:
    own = (user.body.get("properties", {}) if user is not None else {}).get(name)
    if own is not None:
        return own, "USER"
    held = session.engine.catalogue.find(KIND, ACCOUNT_ID, name)
    return (held.body["properties"]["VALUE"], "ACCOUNT") if held else (default, "")


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
