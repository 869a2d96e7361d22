"""What is said of a key that a definition does not know."""

from collections.abc import Mapping
from typing import Final

from .context import Context
from .nodes import Node
from .suggest import one_of

SECRET_KEYS: Final = frozenset(
    {"password", "passwd", "secret", "token", "credentials", "private_key", "api_key", "aws_key_id",
     "aws_secret_key", "azure_sas_token", "passphrase", "oauth_client_secret"}
)  # fmt: skip


def unknown_key(node: Node, key: str, known: list[str], context: Context) -> None:
    if key == "<<":
        context.error(node, "merge keys are not part of YAML 1.2", "write the keys out")
    elif key.lower() in SECRET_KEYS:
        context.error(
            node,
            f"{key!r} would put a secret into a definition",
            "use an integration or a Snowflake secret",
        )
    else:
        instead = [word for word in _INSTEAD.get(key.lower(), ()) if word in known]
        remedy = f"did you mean {instead[0]}?" if instead else one_of(key, known)
        context.error(node, f"unknown key {key!r}", remedy)


# Words that other tools, or other kinds, have for the same thing.
_INSTEAD: Final[Mapping[str, tuple[str, ...]]] = {
    "columns": ("fields",),
    "fields": ("columns",),
    "comment": ("description",),
    "description": ("comment",),
    "doc": ("description", "comment"),
    "primary_key": ("key",),
    "key": ("primary_key",),
    "not_null": ("required", "nullable"),
    "nullable": ("required",),
    "required": ("nullable",),
    "sql": ("query", "definition", "body"),
    "as": ("query", "definition", "body"),
    "select": ("query",),
    "schedule": ("when",),
    "cron": ("schedule", "when"),
    "warehouse": ("run_on",),
    "run_on": ("warehouse",),
    "template": ("text",),
    "aliases": ("synonyms",),
    "foreign_key": ("references",),
    "relationships": ("references",),
    "grants": ("privileges",),
}
