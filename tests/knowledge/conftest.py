"""Loaded stacks for the tests of this folder."""

from knowledge_stacks import (
    applied_home,
    base,
    empty_base,
    empty_project,
    home,
    loaded_home,
    project,
)

__all__ = [
    "applied_home",
    "base",
    "empty_base",
    "empty_project",
    "home",
    "loaded_home",
    "project",
]
