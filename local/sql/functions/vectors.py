"""Vectors and embeddings. Similarities go up with likeness, distances down: never mixed up."""

from typing import Any

from sqlglot import exp

from ...language.errors import SqlError, compilation
from ..context import Context, call, cast
from ..embedding_models import MODELS, MODELS_768
from ..expression_types import kind_of


def _distance(function: str) -> Any:
    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        if len(arguments) != 2:
            raise compilation("not enough arguments for function [VECTOR distance]", 938, "22023")
        return cast(call(function, *map(_floats, arguments)), "DOUBLE")

    return rewrite


def _floats(node: exp.Expr) -> exp.Expr:
    """Return a vector of whole numbers as one of floats: DuckDB compares no others."""
    kind = kind_of(node)
    if kind is not None and kind.base == "VECTOR" and kind.element == "INT":
        return cast(node, f"FLOAT[{kind.length}]")
    return node


def _manhattan(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    return call("hush.l1_distance", *arguments)


def _model(node: exp.Expr, models: dict[str, int]) -> int:
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise compilation("the model of an embedding must be a string literal", 1015, "22023")
    size = models.get(str(node.this).lower())
    if size is None:
        raise SqlError(
            f"Unknown model {node.this}. Models are: {', '.join(models)}.", 100351, "P0000"
        )
    return size


def _embed_768(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    return _embed(arguments, context, MODELS_768)


def _embed_any(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    if len(arguments) != 3:
        return _embed(arguments, context, MODELS, "ai_embed")
    if not isinstance(arguments[2], exp.Boolean):
        raise compilation("return_error_details must be TRUE or FALSE", 1015, "22023")
    if not arguments[2].this:
        return _embed(arguments[:2], context, MODELS, "ai_embed")
    return cast(_embed(arguments[:2], context, MODELS, "ai_embed_told"), "JSON")


def _embed(
    arguments: list[exp.Expr], context: Context, models: dict[str, int], function: str = "embed"
) -> exp.Expr:
    if len(arguments) != 2:
        raise compilation("an embedding takes a model and a text", 938, "22023")
    size = _model(arguments[0], models)
    _require_cortex(context)
    return call(f"hush_{function}_{size}", arguments[0], arguments[1])


def _require_cortex(context: Context) -> None:
    session = context.session
    catalogue = session.engine.catalogue
    database = catalogue.find("DATABASE", 0, "SNOWFLAKE")
    assert database is not None
    for name in ("CORTEX_USER", "CORTEX_EMBED_USER"):
        role = catalogue.find("DATABASE ROLE", database.id, name)
        if role is not None and any(
            role.id in session.identity.privileges.reach(key) for key in session.identity.roles
        ):
            return
    raise SqlError(
        "SQL access control error:\nInsufficient privileges to operate on Cortex functions: the "
        "role needs the database role SNOWFLAKE.CORTEX_USER or SNOWFLAKE.CORTEX_EMBED_USER.",
        3001,
        "42501",
    )


CALLS = {
    "VECTOR_COSINE_SIMILARITY": _distance("array_cosine_similarity"),
    "VECTOR_INNER_PRODUCT": _distance("array_inner_product"),
    "VECTOR_L2_DISTANCE": _distance("array_distance"),
    "VECTOR_L1_DISTANCE": _manhattan,
    "SNOWFLAKE.CORTEX.EMBED_TEXT_768": _embed_768,
    "AI_EMBED": _embed_any,
    "SNOWFLAKE.CORTEX.AI_EMBED": _embed_any,
}
