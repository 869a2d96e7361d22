"""Passwords that everybody knows: what images, tutorials and test databases are started with.

In a configuration file most of them keep out nobody on purpose: a database of a developer's own
machine or of a run of tests. They are notes, for in the file of a server that can be reached they
are worse than a secret.
"""

import re
from functools import lru_cache

from ..entries.model import Entry, Scope
from .names import split

_STOCK = {
    *("admin", "administrator", "root", "toor", "guest", "user", "test", "tests", "testing"),
    *("password", "passwd", "pass", "passw0rd", "p@ssw0rd", "secret", "default", "example"),
    *("postgres", "postgresql", "mysql", "mariadb", "mongo", "mongodb", "redis", "rabbitmq"),
    *("airflow", "minio", "minioadmin", "minio123", "elastic", "grafana", "keycloak", "neo4j"),
    *("oracle", "sa", "docker", "dev", "development", "local", "demo", "foobar", "foo", "bar"),
    *("debug", "123", "111111", "000000", "pwd", "pw", "password!", "changeit"),
    *("1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "qwerty"),
    *("letmein", "abc123", "admin123", "password1", "password123", "test123", "testpass"),
    *("testpassword", "test1234", "rootpassword", "rootpass", "mypassword", "mysecret"),
    *("secretpassword", "supersecret", "supersecretpassword", "insecure", "secret123"),
    *("dbpassword", "dbpass", "userpassword", "adminpassword", "pgpassword", "devpassword"),
}

# The last words of keys that say who or what it is that has the password.
_NAMING = {
    *("user", "username", "login", "name", "db", "database", "dbname", "host", "hostname", "email"),
    *("service", "project", "org", "tenant", "container"),
}

# Words of which such a password is put together, and those that it ends or begins in.
_PLAIN_WORDS = {
    *("test", "tests", "testing", "very", "some", "my", "the", "a", "for", "ci", "dev", "local"),
    *("secret", "password", "passwd", "pass", "pwd", "key", "token", "admin", "root", "user"),
    *("django", "pg", "default", "super", "insecure", "development", "demo", "sample", "db"),
    *("external", "internal", "app", "service", "server", "database", "is", "this", "not"),
}
_FOR_A_SECRET = re.compile(r"password|passwd|secret|pass(?!w)")
# A longer text names nobody.
_LONGEST_NAME = 500
_BEFORE_DEFAULT = re.compile("[-=]")


def is_stock(value: str, entry: Entry) -> bool:
    """Say whether a value is one that everybody tries, or the name of its user, database or host.

    Args:
        value: The value.
        entry: The entry that it stands in.
    """
    value = value.lower().strip()
    if value in _STOCK or f"//{value}:{value}@" in entry.value:
        return True
    scope = entry.scope
    if value in split(entry.name) or value in _beside(scope):
        return True
    if scope.name and value == scope.name.lower():
        return True
    return _says_what_it_is(value, {*split(entry.name), *split(".".join(entry.path))})


def _says_what_it_is(value: str, named: set[str]) -> bool:
    """Say whether a value is put together of words for a password and of the names around it.

    `test-redis` of `redis.auth.password`, `redispassword`, `very-secret`: not meant to keep out.
    """
    parts = re.split(r"[-_. ]+", _FOR_A_SECRET.sub(r"-\g<0>-", value))
    return all(part in _PLAIN_WORDS or part in named for part in parts if part)


@lru_cache(maxsize=16)
def _beside(scope: Scope) -> frozenset[str]:
    """Return what a user, database or host is called in a scope of perhaps thousands of keys."""
    found = set()
    for key, text in scope.values.items():
        if _NAMING.intersection(split(key)[-1:]):
            text = text.lower()
            found.add(text)
            # Of a substitution the default: `${DB_USER:-app}`.
            if text.endswith("}") and len(text) <= _LONGEST_NAME:
                found.update(text[at.end() : -1] for at in _BEFORE_DEFAULT.finditer(text))
    return frozenset(found)
