"""A project and a stack to what the stack should have."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .errors import DefinitionError, SchemaError
from .folder import Project
from .stack import Stack
from .state import Desired

__all__ = ["Desired", "Project", "Stack", "compile_stack", "load_stack", "validate_stacks"]


def load_stack(project: Project, name: str) -> Stack:
    """Read `stacks/<name>.yaml`.

    Raises:
        ProjectNotFoundError: the project has no such stack; the message names those it has.
        DefinitionError: mistakes in the file.
    """
    from .settings import load_stack

    return load_stack(project, name)


def compile_stack(project: Project, stack: Stack, *, thorough: bool = False) -> Desired:
    """Read every definition of the project and expand it for a stack.

    Args:
        thorough: Also read the queries of views, for warnings.

    Raises:
        DefinitionError: every mistake of every file, with positions.
    """
    from .loader import load_project

    with without_collector():
        return load_project(project, stack, thorough=thorough)


@contextmanager
def without_collector() -> Iterator[None]:
    """Pause the cycle collector: compiling and planning make many values and no garbage, and the
    collector's passes over the growing heap would cost a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def validate_stacks(project: Project, names: Sequence[str] = ()) -> dict[str, Desired]:
    """Compile several stacks, all of the project's when none is named, and report all mistakes.

    A stack file with mistakes is no reason to leave the definitions unread: what it says rightly
    counts, and defaults stand for the rest.

    Raises:
        DefinitionError: every mistake of every file and stack, each once.
        ProjectNotFoundError: no such stack.
    """
    from .settings import load_stack_partly

    errors: list[SchemaError] = []
    compiled: dict[str, Desired] = {}
    for name in names or project.stack_names():
        stack, mistakes = load_stack_partly(project, name)
        errors += mistakes
        try:
            compiled[name] = compile_stack(project, stack, thorough=True)
        except DefinitionError as error:
            errors += error.errors
    if errors:
        raise DefinitionError(errors)
    return compiled
