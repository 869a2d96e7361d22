"""Which connector arguments a stack of a project means."""

from typing import Any

from hushflake.schema.project import Project, Stack

from .credentials import connector_arguments, place
from .errors import MistakeError


def stack_of(project: Project, name: str) -> Stack:
    """Return the settings of a stack.

    Raises:
        MistakeError: The shipped project against an account without having been named.
        SchemaError: No such stack, or a mistake in its file.
    """
    from hushflake.schema.compile import load_stack

    stack = load_stack(project, name)
    if project.is_shipped and not project.was_named and not stack.is_local:
        raise MistakeError(
            f"stack {name} is a real account and no schema project was found here: run in a "
            "project's folder, or say --project foundation to deploy the shipped one"
        )
    return stack


def arguments_of(project: Project, name: str) -> dict[str, Any]:
    """Return the connector arguments of a stack; a local stack is started if need be.

    Raises:
        MistakeError: Nothing to sign in with, or a setting that is not one.
    """
    stack = stack_of(project, name)
    if stack.is_local:
        from hushflake.local.server.process.lifecycle import ensure_running

        endpoint = ensure_running(project.make_local_data(), stack.name)
        return dict(endpoint.connect_arguments())
    return connector_arguments(stack.connection, f"stacks/{name}.yaml")


def earlier_vectors(project: Project, stack: Stack) -> dict[str, int]:
    """Return table -> rows with vectors that an earlier embedder of a local stack made.

    They cannot be compared with those of the present one. Empty for an account.
    """
    if not stack.is_local:
        return {}
    from hushflake.local.server.process.lifecycle import status

    details = status(project.make_local_data(), stack.name).details
    return {held["table"]: held["rows"] for held in details.get("earlier_vectors", ())}


def place_of(project: Project, name: str) -> str | None:
    """Say where a stack's statements and the user's credentials go; None for a local stack.

    Raises:
        MistakeError: As `arguments_of`.
    """
    stack = stack_of(project, name)
    if stack.is_local:
        return None
    where = f"stacks/{name}.yaml"
    setting = stack.connection
    named = setting.get("name") if isinstance(setting, dict) else setting
    by = f" (connection {named})" if named else ""
    return place(connector_arguments(setting, where)) + by
