"""Which keys hold a secret: those whose names say so, and addresses that carry a password."""

import re
from collections.abc import Callable

from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.settings import Policy, Settings

# Keys whose value is an address with a password or a token in it, by the way they are used.
_ADDRESSES = re.compile(
    r"(?:.*_)?(?:DSN|CONNECTION_STRING|CONN_STR(?:ING)?|WEBHOOK(?:_URL)?)"
    r"|(?:.*_)?(?:DATABASE|DB|POSTGRES(?:QL)?|PG|MYSQL|MARIADB|MONGO(?:DB)?|REDIS|VALKEY|AMQP"
    r"|RABBITMQ|BROKER|CELERY_BROKER|CELERY_RESULT_BACKEND|SQLALCHEMY|CLICKHOUSE|NEO4J)"
    r"(?:_[A-Z]+)?_UR[IL](?:_.*)?|SQLALCHEMY_DATABASE_UR[IL]",
    re.IGNORECASE,
)


def is_said_public(settings: Settings, key: str) -> bool:
    """Say whether the settings of a repository say that a key holds no secret."""
    declared = Policy(settings).declared
    declaration = declared.find(key).declaration if declared else None
    if declaration is not None and declaration.secret is not None:
        return not declaration.secret
    return key.lower() in {name.lower() for name in settings.public_names}


def judge(settings: Settings) -> Callable[[str], bool]:
    """Return the question whether a key holds a secret, as a repository's settings answer it.

    What `[tool.hushflake.keys]` says of a key counts more than its name; a name that looks like
    a secret's stays one where nothing is said.
    """
    names = Names(settings.secret_names, settings.public_names)
    public = {name.lower() for name in settings.public_names}
    declared = Policy(settings).declared

    def is_secret(key: str) -> bool:
        declaration = declared.find(key).declaration if declared else None
        if declaration is not None and declaration.secret is not None:
            return declaration.secret
        if names.kind(key) is not None:
            return True
        return key.lower() not in public and _ADDRESSES.fullmatch(key) is not None

    return is_secret
