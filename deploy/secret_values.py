"""The values of secret objects: from the user's configuration, when their statements are sent."""

from collections.abc import Mapping

from hushflake.config import get_config_value
from hushflake.schema.kinds.secret import PREFIX, placeholder
from hushflake.schema.names import literal
from hushflake.schema.plan import Operation, Plan

from .errors import MistakeError


def values_of(plan: Plan) -> Mapping[str, Mapping[str, str]]:
    """Return for each operation that sets a secret: what stands for the value -> the value.

    Only keys that begin with `HUSHFLAKE_SECRET_` are read: a project, or a saved plan, decides
    about no other value of the configuration.

    Raises:
        MistakeError: A key has no value. It names all of them.
    """
    keys = {op.id: key for op in plan.operations if (key := _key_of(op))}
    values = {key: get_config_value(key) for key in keys.values()}
    missing = sorted(key for key, value in values.items() if not value)
    if missing:
        raise MistakeError(
            f"the configuration has no value for {', '.join(missing)}; nothing was done: set "
            "each in the environment or in Pulumi ESC, where `hushflake config` finds it"
        )
    # The whole literal is replaced, so that no value can end it.
    return {
        name: {literal(placeholder(key)): literal(str(values[key]))} for name, key in keys.items()
    }


def _key_of(op: Operation) -> str:
    key = op.payload.get("key") if op.kind == "secret" else None
    return key if isinstance(key, str) and key.startswith(PREFIX) else ""
