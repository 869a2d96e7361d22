"""Addresses that Django settings take from the environment: dj-database-url and its likes.

https://github.com/jazzband/dj-database-url, https://github.com/migonzalvar/dj-email-url,
https://github.com/epicserve/django-cache-url. `config()` reads the process environment by itself,
a fixed key unless another is named.
"""

from collections.abc import Iterator
from dataclasses import replace

from hushflake.lint_plugin.module import Module

from ..following.things import Function, Origin
from .base import FileUse, reading

NAME = "dj-database-url"
WORDS = (b"dj_database_url", b"dj_email_url", b"django_cache_url")
# Module -> distribution, and the key that it reads when none is named.
_READERS = {
    "dj_database_url": ("dj-database-url", "DATABASE_URL"),
    "dj_email_url": ("dj-email-url", "EMAIL_URL"),
    "django_cache_url": ("django-cache-url", "CACHE_URL"),
}


def _config(module: str) -> Function:
    """`config(env=…, default=…)`: without the key and a default it gives an empty dictionary."""
    name, key = _READERS[module]
    origin = Origin(name, "environment", f"{module}.config", reason="library")
    found = reading(origin, ("env", "default"), kind="url", key=key)
    return replace(found, ways=tuple(replace(way, required="never") for way in found.ways))


THINGS = {module: {f"{module}.config": _config(module)} for module in _READERS}


def files(_module: Module) -> Iterator[FileUse]:
    """Yield nothing: none of them reads a file."""
    return iter(())
