"""Errors of what is read on behalf of an owner: a view, a function, a policy."""

import contextlib
from collections.abc import Iterator

from ..engine.catalogue import Object
from ..language.errors import SqlError

_REFUSED = {2003, 2037, 3001}
_POLICIES = {"MASKING POLICY", "ROW ACCESS POLICY"}


@contextlib.contextmanager
def expanding(item: Object) -> Iterator[None]:
    """Tell of a refusal within an object as Snowflake does.

    What a policy or a secure object reads is not named.
    https://docs.snowflake.com/en/release-notes/bcr-bundles/un-bundled/bcr-1858

    Raises:
        SqlError: 2037 for a view or a policy; a function keeps the code.
    """
    try:
        yield
    except SqlError as error:
        if error.code not in _REFUSED:
            raise
        hidden = item.kind in _POLICIES or bool(item.body.get("secure"))
        inner = "SQL compilation error:\nError in secure object" if hidden else error.message
        if item.kind in {"VIEW", "SEMANTIC VIEW"}:
            what = f"Failure during expansion of view '{item.name}': {inner}"
        elif item.kind == "FUNCTION":
            what = f"Compilation of SQL UDF failed: {inner}"
        else:
            what = "Error in secure object"
        code = error.code if item.kind == "FUNCTION" else 2037
        raise SqlError(f"SQL compilation error:\n{what}", code, "42601") from None
