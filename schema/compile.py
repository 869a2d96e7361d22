"""A project and a stack to what the stack should have."""

from .project import Project, Stack
from .state import Desired

__all__ = ["Desired", "Project", "Stack", "compile_stack", "load_stack"]


def load_stack(project: Project, name: str) -> Stack:
    """Read `stacks/<name>.yaml`.

    Raises:
        ProjectNotFoundError: the project has no such stack; the message names those it has.
        DefinitionError: mistakes in the file.
    """
    from .loader import load_stack

    return load_stack(project, name)


def compile_stack(project: Project, stack: Stack) -> Desired:
    """Read every definition of the project and expand it for a stack.

    Raises:
        DefinitionError: every mistake of every file, with positions.
    """
    from .loader import load_project

    return load_project(project, stack)
